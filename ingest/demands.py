"""What a text must hold for a pattern to match it: a few literals, which are looked for more cheaply.

A pattern is read as far as it can be understood; what is not understood demands nothing. So a text without
the literals is never matched, and one with them may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import category

from ingest.literals import FINE, HIGH, ROUGH, SHORT, Fold, folded
from ingest.patterns import WHITE
from ingest.prefilter import Tokens

CLAUSES = 5  # are asked of a text, those that say most; with two of them twice as many lines meet a pattern
CHOICES = 48  # literals that a stretch of a pattern is spelled out to
STRANGE = re.compile(r"\\[QEC]|\(\?(?!:|P?<\w+>|-?i:)")  # spelled in ways that are not read here
_LETTERS_OF_CLASS = re.compile(r"\[[^\x00- ^\\\[\]-]{1,6}\]")
_COMMON = frozenset(b"the and for are our not can has was you this that with from have will".split())
_EMPTY = {"^", "$", "\\b", "\\B"}

# Letters and signs beyond ASCII whose upper and lower case, for RE2, are two code points of as many bytes.
OTHERS = frozenset("àáâãäæçèéêëìíîïñòóôõöøùúûüýабгежзийклмнпруфхцчшщыьэюя‘’“”„«»–—…•©®")
CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюя")  # likewise, told apart by `FINE`
# Categories of letters, marks and signs that have one case, almost all.
_CASELESS = frozenset(["Lo", "Mn", "Mc", "Nd", "Po", "Ps", "Pe", "Pi", "Pf", "Pd"])

Clause = frozenset[bytes]
"""Literals of which a text must hold one, folded as `ingest.literals` folds."""


@dataclass(frozen=True)
class _Part:
    """A part of a pattern: all that it can stand for (null: too much), else what it demands."""

    words: Clause | None
    clauses: tuple[Clause, ...] = ()


_NONE: Clause = frozenset()
_ANYTHING = _Part(None)
_NOTHING = _Part(frozenset([b""]))
_GAP = _Part(None)  # white space: one byte or more, all folded to the same


@lru_cache(maxsize=8192)  # a pure function, and the same rules come with every chunk
def demands(pattern: str, fold: Fold) -> tuple[Clause, ...]:
    """Tell which literals a text must hold for a pattern to match it.

    Upper and lower case are not told apart. About texts with strange letters of the fold the demands say
    nothing.

    Args:
        pattern: plain RE2, from `ingest.patterns.translate`.
        fold: how literals and texts are folded.

    Returns:
        Sets of literals; a match holds at least one literal of every set. Empty where nothing is demanded.
    """
    if STRANGE.search(pattern):
        return ()
    reader = _Reader(pattern, fold)
    return tuple(sorted(reader.demanded(reader.choice()), key=reader.commonness)[:CLAUSES])


def best_demands(pattern: str, fold: Fold) -> tuple[Clause, ...]:
    """Tell which literals a text must hold for a pattern to match it, short ones if there are no others.

    Args:
        pattern: plain RE2, from `ingest.patterns.translate`.
        fold: how literals and texts are folded.

    Returns:
        As `demands`.
    """
    return demands(pattern, fold) or (demands(pattern, SHORT) if fold is ROUGH else ())


class _Reader:
    """A recursive descent over the tokens of one pattern."""

    def __init__(self, pattern: str, fold: Fold) -> None:
        self._tokens = Tokens(pattern)
        self._fold = fold

    def demanded(self, part: _Part) -> tuple[Clause, ...]:
        """Return what a match of a part demands."""
        return part.clauses if part.words is None else self._worthwhile(part.words)

    def choice(self) -> _Part:
        """Read alternatives."""
        found = [self._sequence()]
        while self._tokens.kind() == "bar":
            self._tokens.take()
            found.append(self._sequence())
        return found[0] if len(found) == 1 else self._either(found)

    def _sequence(self) -> _Part:
        parts = []
        while self._tokens.kind() in ("open", "atom"):
            parts.append(self._item())
        return parts[0] if len(parts) == 1 else self._in_order(parts)

    def _item(self) -> _Part:
        """Read an atom or a group, and how often it may stand."""
        if self._tokens.kind() == "open":
            return self._repeated(self._group())
        atom = self._tokens.take()
        return self._repeated(_GAP if atom == WHITE else _atom(atom, self._fold))

    def _group(self) -> _Part:
        self._tokens.take()
        part = self.choice()
        self._tokens.take()
        return part

    def _repeated(self, part: _Part) -> _Part:
        if self._tokens.kind() != "repeat":
            return part
        sign = self._tokens.take()
        if part is _GAP and sign == "+":
            return _GAP
        if sign.startswith("?"):
            return _ANYTHING if part.words is None else _Part(part.words | {b""})
        if sign.startswith("*") or re.match(r"\{0*[,}]", sign):
            return _ANYTHING
        return _Part(None, self.demanded(part))

    def _in_order(self, parts: list[_Part]) -> _Part:
        """Return what parts one behind the other stand for."""
        clauses: list[Clause] = []
        words: Clause = frozenset([b""])
        whole = True
        for part in parts:
            if part.words is not None and len(words) * len(part.words) <= CHOICES:
                words = frozenset(left + right for left in words for right in part.words)
                continue
            whole = False
            gap = self._fold.gap if part is _GAP else b""
            clauses += [*self._worthwhile(frozenset(word + gap for word in words)), *part.clauses]
            words = part.words or frozenset([gap])
        return _Part(words) if whole else _Part(None, (*clauses, *self._worthwhile(words)))

    def _either(self, parts: list[_Part]) -> _Part:
        """Return what one of several parts stands for."""
        if all(part.words is not None for part in parts):
            words = _union(part.words or _NONE for part in parts)
            if len(words) <= CHOICES:
                return _Part(words)
        found = [self.demanded(part) for part in parts]
        return _Part(None, self._worthwhile(_union(map(self._best, found))) if all(found) else ())

    def _best(self, clauses: tuple[Clause, ...]) -> Clause:
        return min(clauses, key=self.commonness)

    def commonness(self, clause: Clause) -> float:
        """Tell roughly how many texts hold a clause, all the more the shorter its literals are."""
        rarity = self._fold.rarity
        return sum(1.0 if word.strip(self._fold.gap) in _COMMON else rarity ** -len(word) for word in clause)

    def _worthwhile(self, words: Clause) -> tuple[Clause, ...]:
        """Return a clause without the literals that hold another one; none where it says too little."""
        if self.commonness(words) >= self._fold.commonest or not all(map(self._says_enough, words)):
            return ()
        return (frozenset(word for word in words if not any(w in word for w in words if w != word)),)

    def _says_enough(self, word: bytes) -> bool:
        blanks = word.count(self._fold.gap) if self._fold.gap else 0
        return len(word) >= self._fold.shortest and len(word) - blanks >= self._fold.fewest


def _atom(atom: str, fold: Fold) -> _Part:
    """Return what one character, class or escape stands for."""
    if atom in _EMPTY:
        return _NOTHING
    letters = atom[1:-1] if _LETTERS_OF_CLASS.fullmatch(atom) else [atom]
    found = [spelled(letter, fold) for letter in letters]
    words = frozenset(word for word in found if word is not None)
    return _Part(words) if None not in found else _ANYTHING


def spelled(atom: str, fold: Fold) -> bytes | None:
    """Spell out a letter.

    Args:
        atom: one character of a pattern, a class, or an escape.
        fold: how literals and texts are folded.

    Returns:
        Its bytes, folded; null for what is no letter, or one whose cases do not fold to the same.
    """
    letter = atom.removeprefix("\\").lower()
    if fold is not FINE and letter in OTHERS:
        return bytes([HIGH]) * len(letter.encode())
    if len(letter) != 1 or atom == "." or (atom[0] == "\\" and letter.isalnum()):
        return None
    plain = letter.isascii() or (fold is FINE and (letter in CYRILLIC or caseless(letter)))
    return folded(letter, fold) if plain else None


def caseless(letter: str) -> bool:
    """Tell whether a letter, mark or sign matches nothing but itself, whatever the case.

    Args:
        letter: one character.

    Returns:
        Whether that is sure.
    """
    return category(letter) in _CASELESS and letter == letter.upper() == letter.casefold()


def _union(clauses: Iterable[Clause]) -> Clause:
    return frozenset[bytes]().union(*clauses)
