"""Where texts hold literals: all of them looked for in one pass over the bytes of a chunk.

Each literal has four bytes that are rare in news; wherever a text has such four, the whole literal is
compared. Unlike a compiled pattern, the tables for this are made once a process and not once a chunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.words import utf8

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]

HIGH = 0x80
GRAM = 4  # bytes
_WINDOW = 8  # bytes compared at once


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
LETTERS = Fold(
    bytes(_rough(byte) if chr(byte).isalpha() else HIGH for byte in range(256)),
    gap=bytes([HIGH]),
    shortest=1,
    fewest=1,
    rarity=1e9,
    frequent=(),
    strange=ROUGH.strange,
)
"""All but letters of ASCII are one: it asks for one such letter."""


_TABLE_BITS = 17  # a table that stays in the processor's cache, in which few grams meet by chance
_SPREAD = np.uint32(0x9E3779B1)  # 2^32 divided by the golden ratio, as in Knuth's multiplicative hashing


@dataclass(frozen=True)
class _Grams:
    """What to look for.

    Attributes:
        keys: uint32, distinct grams in ascending order.
        table: uint8, 1 at the hash of each gram.
        literals: all of them, those of one gram side by side.
        bounds: int64, where the literals of each gram begin, and the end.
        places: int64, where the gram stands in each literal.
        pieces: uint64, a row for every eight bytes of the longest literal: the bytes of each literal there.
        masks: uint64, likewise: which bits of those are its own.
    """

    keys: Words
    table: pa.Array
    literals: tuple[bytes, ...]
    bounds: Ints
    places: Ints
    pieces: npt.NDArray[np.uint64]
    masks: npt.NDArray[np.uint64]


def folded(text: str, fold: Fold) -> bytes:
    """Fold a text.

    Args:
        text: any text.
        fold: what is the same.

    Returns:
        Its bytes in UTF-8, folded.
    """
    return text.encode().translate(fold.table)


def search(texts: pa.Array, literals: Iterable[bytes], fold: Fold) -> Mapping[bytes, Ints]:
    """Find literals in texts, folded.

    Args:
        texts: string array without nulls.
        literals: folded, of `GRAM` bytes or more.
        fold: what is the same.

    Returns:
        For each literal the positions of texts that hold it (int64, may repeat). A text that only together
        with the next one holds it may be among them.
    """
    grams = _grams(frozenset(literals), fold)
    if not grams.literals:
        return {}
    offsets, values = utf8(texts)
    room = _WINDOW * len(grams.pieces)  # behind the last text, so that windows need not look where it ends
    plain = np.zeros(len(values) + room, np.uint8)
    table = pa.array(np.frombuffer(fold.table, np.uint8))
    plain[: len(values)] = pc.take(table, pa.array(values), boundscheck=False).to_numpy()
    starts, which = _compared(plain, *_proposed(plain[: len(values) + GRAM], grams), grams)
    rows = np.searchsorted(offsets, starts, "right") - 1
    order = np.argsort(which.astype(np.uint16), kind="stable")  # numpy sorts two bytes by radix
    ends = np.cumsum(np.bincount(which, minlength=len(grams.literals)))[:-1]
    return dict(zip(grams.literals, np.split(rows[order], ends), strict=True))


def _proposed(plain: Bytes, grams: _Grams) -> tuple[Ints, Ints]:
    """Return where literals may begin, as their gram stands there, and which they are."""
    windows = _windows(plain, np.uint32)
    seen = pc.take(grams.table, pa.array(_hashed(windows)), boundscheck=False).to_numpy()
    places = np.flatnonzero(seen.view(np.bool_))
    keys = windows[places]
    gram = np.minimum(np.searchsorted(grams.keys, keys), len(grams.keys) - 1)
    exact = grams.keys[gram] == keys
    places, gram = places[exact], gram[exact]
    counts = grams.bounds[gram + 1] - grams.bounds[gram]
    behind = np.cumsum(counts)
    which = np.arange(behind[-1] if len(behind) else 0) + np.repeat(
        grams.bounds[gram] - behind + counts, counts
    )
    return np.repeat(places, counts) - grams.places[which], which


def _compared(plain: Bytes, starts: Ints, which: Ints, grams: _Grams) -> tuple[Ints, Ints]:
    """Leave those that stand there as a whole."""
    windows = _windows(plain, np.uint64)
    stands = starts >= 0
    starts, which = starts[stands], which[stands]
    for at, (pieces, masks) in enumerate(zip(grams.pieces, grams.masks, strict=True)):
        stands = windows[starts + _WINDOW * at] & masks[which] == pieces[which]
        starts, which = starts[stands], which[stands]
    return starts, which


def _windows(plain: Bytes, kind: type[np.unsignedinteger]) -> npt.NDArray[np.unsignedinteger]:
    """Return the bytes from each place on as numbers, as many as there are."""
    dtype = np.dtype(kind).newbyteorder("<")
    return np.ndarray(len(plain) - dtype.itemsize + 1, dtype, plain, strides=(1,))


def _hashed(keys: Words) -> Words:
    hashes: Words = keys * _SPREAD >> np.uint32(32 - _TABLE_BITS)
    return hashes


@lru_cache(maxsize=64)  # a pure function, and the same rules come with every chunk
def _grams(literals: frozenset[bytes], fold: Fold) -> _Grams:
    places = {literal: _rarest(literal, fold.frequent) for literal in literals}
    key = {word: int.from_bytes(word[at : at + GRAM], "little") for word, at in places.items()}
    ordered = sorted(literals, key=lambda literal: (key[literal], literal))
    keys, first = np.unique(np.array([key[literal] for literal in ordered], np.uint32), return_index=True)
    table = np.zeros(1 << _TABLE_BITS, np.uint8)
    table[_hashed(keys)] = 1
    rows = range(0, max(map(len, ordered), default=0), _WINDOW)
    pieces = [[literal[at : at + _WINDOW] for literal in ordered] for at in rows]
    return _Grams(
        keys,
        pa.array(table),
        tuple(ordered),
        np.append(first, len(ordered)),
        np.array([places[literal] for literal in ordered], np.int64),
        np.array([[int.from_bytes(piece, "little") for piece in row] for row in pieces], np.uint64),
        np.array([[(1 << 8 * len(piece)) - 1 for piece in row] for row in pieces], np.uint64),
    )


def _rarest(literal: bytes, frequent: tuple[bytes, ...]) -> int:
    """Return where the rarest gram of a literal stands, judged by its letters."""
    ranks = {letter: len(frequent) - rank for rank, letter in enumerate(frequent)}
    common = [
        max(ranks.get(literal[max(0, end - size) : end], 0) for size in (1, 2, 3))
        for end in range(1, len(literal) + 1)
    ]
    return min(range(len(literal) - GRAM + 1), key=lambda at: sum(common[at : at + GRAM]))


def strangers(texts: pa.Array, fold: Fold) -> Ints:
    """Find texts about which a search says nothing: they hold one of a fold's strange letters.

    Args:
        texts: string array without nulls.
        fold: what is the same.

    Returns:
        Positions of such texts, ascending (int64).
    """
    offsets, values = utf8(texts)
    found = [np.zeros(0, np.int64)]
    for lead in {letter.encode()[0] for letter in fold.strange}:
        places = np.flatnonzero(values == lead)  # the first byte of a letter says how many follow
        for letter in (letter.encode() for letter in fold.strange):
            if letter[0] == lead:
                same = [values[places + at] == byte for at, byte in enumerate(letter)]
                found.append(places[np.logical_and.reduce(same)])
    return np.unique(np.searchsorted(offsets, np.concatenate(found), "right") - 1)
