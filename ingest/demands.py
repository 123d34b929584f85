"""What a text must hold for a pattern to match it: a few literals, which are looked for more cheaply.

A pattern is read as far as it can be understood; what is not understood demands nothing. So a text without
the literals is never matched, and one with them may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ingest.literals import GRAM, HIGH
from ingest.patterns import WHITE
from ingest.prefilter import TOKEN

LETTERS = 3  # of a literal, at least: shorter ones stand in every other text
CLAUSES = 5  # are asked of a text, those that say most; with two of them twice as many lines meet a pattern
CHOICES = 48  # literals that a stretch of a pattern is spelled out to
STRANGE = re.compile(r"\\[QEC]|\(\?(?!:|P?<\w+>|-?i:)")  # spelled in ways that are not read here
_LETTERS_OF_CLASS = re.compile(r"\[[A-Za-z0-9 .:,;!?]{1,4}\]")
_COMMON = frozenset(b"the and for are our not can has was you this that with from have will".split())
_EMPTY = {"^", "$", "\\b", "\\B"}

# Letters and signs beyond ASCII whose upper and lower case, for RE2, are two code points of as many bytes.
OTHERS = frozenset("àáâãäæçèéêëìíîïñòóôõöøùúûüýабгежзийклмнпруфхцчшщыьэюя‘’“”„«»–—…•©®")
STRANGE_LETTERS = r"[\x{17F}\x{212A}]"
"""RE2 takes the long s and the Kelvin sign for an s and a k, which folding bytes does not: see `demands`."""

Clause = frozenset[bytes]
"""Literals of which a text must hold one, folded as `ingest.literals` folds."""


@dataclass(frozen=True)
class _Part:
    """A part of a pattern: all that it can stand for (null: too much), else what it demands."""

    words: Clause | None
    clauses: tuple[Clause, ...] = ()

    def demands(self) -> tuple[Clause, ...]:
        """Return what a match of the part demands."""
        return self.clauses if self.words is None else _worthwhile(self.words)


_ANYTHING = _Part(None)
_NOTHING = _Part(frozenset([b""]))
_GAP = _Part(None)  # white space: one byte or more, all folded to the same


@lru_cache(maxsize=4096)  # a pure function, and the same rules come with every chunk
def demands(pattern: str) -> tuple[Clause, ...]:
    """Tell which literals a text must hold for a pattern to match it.

    Upper and lower case are not told apart. About texts with `STRANGE_LETTERS` the demands say nothing.

    Args:
        pattern: plain RE2, from `ingest.patterns.translate`.

    Returns:
        Sets of literals; a match holds at least one literal of every set. Empty where nothing is demanded.
    """
    if STRANGE.search(pattern):
        return ()
    return tuple(sorted(_Reader(pattern).choice().demands(), key=_commonness)[:CLAUSES])


class _Reader:
    """A recursive descent over the tokens of one pattern."""

    def __init__(self, pattern: str) -> None:
        self._tokens = list(TOKEN.finditer(pattern))
        self._at = 0

    def choice(self) -> _Part:
        """Read alternatives."""
        found = [self._sequence()]
        while self._kind() == "bar":
            self._next()
            found.append(self._sequence())
        return found[0] if len(found) == 1 else _either(found)

    def _kind(self) -> str | None:
        return self._tokens[self._at].lastgroup if self._at < len(self._tokens) else None

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1].group()

    def _sequence(self) -> _Part:
        parts = []
        while self._kind() in ("open", "atom"):
            parts.append(self._item())
        return parts[0] if len(parts) == 1 else _in_order(parts)

    def _item(self) -> _Part:
        """Read an atom or a group, and how often it may stand."""
        if self._kind() == "open":
            return self._repeated(self._group())
        atom = self._next()
        return self._repeated(_GAP if atom == WHITE else _atom(atom))

    def _group(self) -> _Part:
        self._next()
        part = self.choice()
        self._next()
        return part

    def _repeated(self, part: _Part) -> _Part:
        if self._kind() != "repeat":
            return part
        sign = self._next()
        if part is _GAP and sign == "+":
            return _GAP
        if sign.startswith("?"):
            return _ANYTHING if part.words is None else _Part(part.words | {b""})
        if sign.startswith("*") or re.match(r"\{0*[,}]", sign):
            return _ANYTHING
        return _Part(None, part.demands())


def _atom(atom: str) -> _Part:
    """Return what one character, class or escape stands for."""
    if atom in _EMPTY:
        return _NOTHING
    if _LETTERS_OF_CLASS.fullmatch(atom):
        return _Part(frozenset(letter.encode() for letter in atom[1:-1].lower()))
    letter = atom.removeprefix("\\").lower()
    if atom in OTHERS or letter in OTHERS:
        return _Part(frozenset([bytes([HIGH]) * len(letter.encode())]))
    if len(letter) != 1 or not letter.isascii() or atom == "." or (atom[0] == "\\" and letter.isalnum()):
        return _ANYTHING
    return _Part(frozenset([letter.encode()]))


def _in_order(parts: list[_Part]) -> _Part:
    """Return what parts one behind the other stand for."""
    clauses: list[Clause] = []
    words: Clause = frozenset([b""])
    whole = True
    for part in parts:
        if part.words is not None and len(words) * len(part.words) <= CHOICES:
            words = frozenset(left + right for left in words for right in part.words)
            continue
        whole = False
        gap = bytes([HIGH]) if part is _GAP else b""
        clauses += [*_worthwhile(frozenset(word + gap for word in words)), *part.clauses]
        words = part.words or frozenset([gap])
    return _Part(words) if whole else _Part(None, (*clauses, *_worthwhile(words)))


def _either(parts: list[_Part]) -> _Part:
    """Return what one of several parts stands for."""
    if all(part.words is not None for part in parts):
        words = frozenset[bytes]().union(*(part.words or () for part in parts))
        if len(words) <= CHOICES:
            return _Part(words)
    found = [part.demands() for part in parts]
    return _Part(None, _worthwhile(_union(map(_best, found))) if all(found) else ())


def _best(clauses: tuple[Clause, ...]) -> Clause:
    return min(clauses, key=_commonness)


def _commonness(clause: Clause) -> float:
    """Tell roughly how many texts hold a clause: a literal of one letter more stands in half as many."""
    return sum(1.0 if word.strip(bytes([HIGH])) in _COMMON else 2.0 ** -len(word) for word in clause)


def _union(clauses: Iterable[Clause]) -> Clause:
    return frozenset[bytes]().union(*clauses)


def _letters(word: bytes) -> int:
    """Tell how many letters of a literal are told apart."""
    return len(word) - word.count(HIGH)


def _worthwhile(words: Clause) -> tuple[Clause, ...]:
    """Return a clause without the literals that hold another one; none where it says too little."""
    if not all(len(word) >= GRAM and _letters(word) >= LETTERS for word in words) or _commonness(words) >= 1:
        return ()
    return (frozenset(word for word in words if not any(w in word for w in words if w != word)),)
