"""What letters are taken for the same where literals are looked for in texts, as bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

HIGH = 0x80
GRAM = 4  # bytes
_HIGH = bytes([HIGH])
_RUN = re.compile(rb"\x80{2,}")


@dataclass(frozen=True, eq=False)
class Fold:
    """What bytes are taken for the same, so that upper and lower case are.

    Attributes:
        table: what each of the 256 bytes is folded to.
        gap: what white space is folded to; empty where it is not always the same.
        shortest: bytes of a literal, at least.
        fewest: of those, that are told apart: with fewer it stands in every other text.
        rarity: in how many times fewer texts a literal stands that has one byte more.
        frequent: folded bytes and letters of news, the most frequent first; all others are rarer.
        commonest: texts that may hold a clause, as `ingest.demands` reckons; more say too little.
        strange: letters that RE2 takes for others which here are not the same: the long s for an s, the
            Kelvin sign for a k.
    """

    table: bytes
    gap: bytes
    shortest: int
    fewest: int
    rarity: float
    frequent: tuple[bytes, ...]
    strange: str
    commonest: float = 1.0


def _rough(byte: int) -> int:
    return HIGH if byte >= HIGH or chr(byte).isspace() else ord(chr(byte).lower())


def _fine(byte: int) -> int:
    """Fold upper and lower case of most letters in two bytes: they differ in one bit of each, if at all."""
    if byte < HIGH:
        return ord(chr(byte).lower())
    return byte & ~0x20 if byte < 0xC0 else byte & ~1 if byte < 0xE0 else byte


# Of Russian, Arabic and Hindi, each in order of how frequent they are.
_LETTERS = tuple(
    bytes(map(_fine, letter.encode()))
    for letters in zip("оеаинтсрвлкмдпуяыь", "اليمونرتبةعدسفهكقح", "ाकेरहीनतसिमपलदयोवज", strict=True)
    for letter in letters
)

ROUGH = Fold(
    bytes(map(_rough, range(256))),
    gap=bytes([HIGH]),
    shortest=GRAM,
    fewest=3,
    rarity=2.0,
    frequent=tuple(bytes([byte]) for byte in b"\x80etaoinshrdlucmfwypvbgkjqxz"),
    strange="\u017f\u212a",
)
"""White space and all bytes beyond ASCII are one: for literals of ASCII, whatever the white space in them."""
SHORT = replace(ROUGH, shortest=3, commonest=4.0)
"""Likewise, for patterns that need no literal of four letters, or only one of very many."""
FINE = Fold(
    bytes(map(_fine, range(256))),
    gap=b"",
    shortest=6,
    fewest=6,
    rarity=3.0,
    frequent=(b"\xd0", b"\xd8", b"\xe0", b"\xe3", b"\xe0\x84", b"\xe0\x85", *_LETTERS),
    strange="\u017f\u212a\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86\u1c87\u1c88",
)
"""Bytes beyond ASCII are told apart: for literals of other scripts, three letters or two ideographs."""
SIGNS = Fold(
    bytes(byte if chr(byte) in "@#([%&$*+=<>/{" else byte & HIGH for byte in range(256)),
    gap=b"",
    shortest=1,
    fewest=1,
    rarity=1e9,
    frequent=(),
    strange="\u017f\u212a",
)
"""All but a few signs of ASCII are one: it asks for one such sign."""


def folded(text: str, fold: Fold) -> bytes:
    """Fold a text.

    Args:
        text: any text.
        fold: what is the same.

    Returns:
        Its bytes in UTF-8, folded and squeezed.
    """
    return squeezed(text.encode().translate(fold.table))


def squeezed(plain: bytes) -> bytes:
    """Make each run of `HIGH` one byte, so that white space is one byte however long it is.

    Args:
        plain: folded bytes.

    Returns:
        What holds the squeezed bytes of all that the given ones hold.
    """
    return _RUN.sub(_HIGH, plain) if _HIGH + _HIGH in plain else plain


def rarest(literal: bytes, fold: Fold) -> int:
    """Find the four bytes of a literal that are rarest in news, judged by its letters.

    Args:
        literal: folded, four bytes or more.
        fold: how.

    Returns:
        Where they begin.
    """
    ranks = _ranks(fold)
    common = [
        max([ranks.get(literal[max(0, end - size) : end], 0) for size in (1, 2, 3)])
        for end in range(1, len(literal) + 1)
    ]
    return min(range(len(literal) - GRAM + 1), key=lambda at: sum(common[at : at + GRAM]))


@lru_cache
def _ranks(fold: Fold) -> dict[bytes, int]:
    """Return how frequent letters are, the more the larger."""
    return {letter: len(fold.frequent) - rank for rank, letter in enumerate(fold.frequent)}
