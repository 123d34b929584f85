"""How what a pattern matches begins, where it is bound to the beginning of a line: a few bytes, looked up.

Nearly all lines begin with other letters than the words of a rule, so that the rest of them is not looked at.
As in `ingest.demands`, what is not understood says nothing.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from unicodedata import category

from ingest import compiled
from ingest.demands import STRANGE, spelled
from ingest.kernels.needs import QUOTE
from ingest.literals import HIGH, ROUGH
from ingest.patterns import START
from ingest.prefilter import Tokens, bounds

LONGEST = 6  # bytes of an opening
WIDEST = 20  # letters that alone are openings; with more of them nearly every line would do
CHOICES = 512  # openings that a sequence is spelled out to

_Open = tuple[bytes, bool]
"""Folded bytes, and whether more may stand behind them than what follows in the pattern."""
_Part = frozenset[_Open]

_NOTHING: _Part = frozenset([(b"", False)])
_ANYTHING: _Part = frozenset([(b"", True)])
_BEYOND: _Open = (bytes([HIGH]), True)  # any letter beyond ASCII
# A class that matches letters of ASCII alone, and those that RE2 takes for one of them.
ASCII_ALONE = re.compile(r"\[[^\^\\\x80-\U0010ffff](?:\\[^pPDSWB]|[^\\\x80-\U0010ffff])*\]|\\[dsw]")
_QUOTED = bytes([QUOTE])
_QUOTES = [chr(point).encode() for point in range(0x2018, 0x2020)]
_EMPTY = {"^", "$", "\\b", "\\B"}
_ASCII = [bytes([byte]) for byte in range(HIGH)]
_DIGITS, _WHITE = b"0123456789", b" \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"
OPENING = ROUGH.table.translate(bytes.maketrans(_DIGITS, b"0" * len(_DIGITS)))
OPENING = bytes(ord(" ") if byte in _WHITE else folded for byte, folded in enumerate(OPENING))
"""What each of the 256 bytes is taken for: as in `ROUGH`, but all digits are one, and white space another."""


@lru_cache(maxsize=8192)  # a pure function, and the same rules come with every chunk
def openings(pattern: str) -> frozenset[bytes]:
    """Tell with which bytes a match begins, behind the signs that may stand in front of a line.

    About texts with strange letters of `ROUGH` the openings say nothing.

    Args:
        pattern: plain RE2, from `ingest.patterns.translate`.

    Returns:
        Openings of one byte or more, folded by `OPENING`, one of which stands there; empty where nothing can
        be said.
    """
    flags = "(?i:" if pattern.startswith("(?i:") else "(?:"
    body = pattern.removeprefix(flags)
    if not body.startswith(START) or STRANGE.search(pattern):
        return frozenset()
    words = {word for word, _ in _Reader(body.removeprefix(START)[:-1], flags).choice()}
    vague = b"" in words or sum(word.isalpha() for word in words if len(word) == 1) > WIDEST
    return frozenset() if vague else frozenset(words)


@cache
def before_openings() -> bytes:
    """Return for each of the 256 bytes 1 if it may belong to the signs in front of a line, else 0."""
    letters = [chr(point) for point in (*range(0xD800), *range(0xE000, 0x10000))]
    signs = [letter for letter in letters if category(letter)[0] in "PSZ" or category(letter) in ("Cc", "Cf")]
    encoded = [sign.encode() for sign in signs]
    found = compiled.matched(encoded, START.removeprefix("^").removesuffix("*"))
    known = {byte for sign, told in zip(encoded, found, strict=True) if told for byte in sign}
    return bytes(byte in known for byte in range(256))


class _Reader:
    """A recursive descent over the tokens of one pattern."""

    def __init__(self, pattern: str, flags: str) -> None:
        self._tokens = Tokens(pattern)
        self._flags = flags

    def choice(self) -> _Part:
        """Read alternatives."""
        found = self._sequence()
        while self._tokens.kind() == "bar":
            self._tokens.take()
            found |= self._sequence()
        return found

    def _sequence(self) -> _Part:
        found = _NOTHING
        while self._tokens.kind() in ("open", "atom"):
            if not _going(found):
                self._tokens.skip()
                break
            found = _joined(found, self._repeated(self._item()))
        return found

    def _item(self) -> _Part:
        if self._tokens.kind() == "atom":
            return _atom(self._tokens.take(), self._flags)
        self._tokens.take()
        part = self.choice()
        self._tokens.take()
        return part

    def _repeated(self, part: _Part) -> _Part:
        if self._tokens.kind() != "repeat":
            return part
        low, high = bounds(self._tokens.take())
        found = _NOTHING
        for _ in range(min(low, LONGEST)):
            found = _joined(found, part)
        if high == low:
            return found
        once = part if high == low + 1 else frozenset((word, True) for word, _ in part)
        return found | _joined(found, once)


def _going(part: _Part) -> list[bytes]:
    """Return the beginnings to which more can be added."""
    return [word for word, more in part if not more and len(word) < LONGEST]


def _joined(left: _Part, right: _Part) -> _Part:
    """Return how two parts one behind the other begin."""
    going = _going(left)
    if not going:
        return left
    if going != [b""] and any(_QUOTED in word for word, _ in right):  # known at the very beginning alone
        right = frozenset((b"", True) if _QUOTED in word else (word, more) for word, more in right)
    ended = frozenset((word, True) for word, more in left if more or len(word) >= LONGEST)
    for length in (LONGEST, 2, 1, 0):  # the more there are, the less of each is spelled out
        cut = {(word[:length], more or len(word) > length) for word, more in right}
        if len(going) * len(cut) <= max(CHOICES, len(going)):
            break
    return ended | {((word + next_)[:LONGEST], more) for word in going for next_, more in cut}


@lru_cache(maxsize=4096)  # a pure function; patterns are made of the same letters and classes
def _atom(atom: str, flags: str) -> _Part:
    """Return how one character, class or escape begins."""
    if atom in _EMPTY:
        return _NOTHING
    quotes = {(_QUOTED, True)} if compiled.matched(_QUOTES, f"{flags}{atom})").any() else set()
    word = spelled(atom, ROUGH)
    if word is not None and word[0] != HIGH and not quotes:
        return frozenset([(word.translate(OPENING), False)])
    if len(atom) == 1 and not atom.isascii():
        return frozenset([_BEYOND]) | quotes if atom not in ROUGH.strange else _ANYTHING
    found = compiled.matched(_ASCII, f"{flags}{atom})")
    plain = {byte.translate(OPENING) for byte, told in zip(_ASCII, found, strict=True) if told}
    beyond = frozenset() if ASCII_ALONE.fullmatch(atom) else frozenset([_BEYOND])
    return frozenset((byte, False) for byte in plain) | beyond | quotes
