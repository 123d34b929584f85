"""What a text must hold for a pattern to match it: a few literals, which are looked for more cheaply.

A pattern is read as far as it can be understood; what is not understood demands nothing. So a text without
the literals is never matched, and one with them may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import category

from ingest.literals import FINE, HIGH, ROUGH, SHORT, Fold, folded, squeezed
from ingest.patterns import WHITE
from ingest.prefilter import Tokens

CLAUSES = 5  # are asked of a text, those that say most; with two of them twice as many lines meet a pattern
CHOICES, MORE = 48, 256  # literals that a stretch of a pattern is spelled out to; more if none say enough
LONGEST = 16  # bytes of a literal; what is longer is hardly rarer
STRANGE = re.compile(
    r"\\[QEC]|(?<!\\)(?:\\\\)*\(\?(?!:|P?<\w+>|-?i:)"
)  # spelled in ways that are not read here
_MEMBERS = re.compile(r"\\?(.)", re.DOTALL)
_LETTERS_OF_CLASS = re.compile(r"\[(?!\^)(?:\\[^\w]|[^\\\[\]-]){1,12}\]")
_COMMON = frozenset(b"the and for are our not can has was you this that with from have will".split())
_EMPTY = {"^", "$", "\\b", "\\B"}
_CAPITALS = bytes(range(ord("A"), ord("Z") + 1))

CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюя")  # of two bytes in either case, told apart by `FINE`
# Categories of letters, marks and signs that have one case, almost all.
_CASELESS = frozenset(["Lo", "Mn", "Mc", "Nd", "Po", "Ps", "Pe", "Pi", "Pf", "Pd"])

Clause = frozenset[bytes]
"""Literals of which a text must hold one, folded and squeezed as by `ingest.literals.folded`.

A capital among them stands for itself alone, all other letters for both cases.
"""


@dataclass(frozen=True)
class _Part:
    """A part of a pattern: all that it can stand for (null: too much), else what it demands."""

    words: Clause | None
    clauses: tuple[Clause, ...] = ()


_NONE: Clause = frozenset()
_ANYTHING = _Part(None)
_NOTHING = _Part(frozenset([b""]))


@lru_cache(maxsize=8192)  # a pure function, and the same rules come with every chunk
def demands(pattern: str, fold: Fold, choices: int = CHOICES) -> tuple[Clause, ...]:
    """Tell which literals a text must hold for a pattern to match it.

    About texts with strange letters of the fold the demands say nothing.

    Args:
        pattern: plain RE2, from `ingest.patterns.translate`.
        fold: how literals and texts are folded.
        choices: literals that a stretch of the pattern is spelled out to, at most.

    Returns:
        Sets of literals; a match holds at least one literal of every set. Empty where nothing is demanded.
    """
    if STRANGE.search(pattern):
        return ()
    reader = _Reader(pattern, fold, choices)
    return tuple(sorted(reader.demanded(reader.choice()), key=reader.commonness)[:CLAUSES])


def best_demands(pattern: str, fold: Fold) -> tuple[Clause, ...]:
    """Tell which literals a text must hold for a pattern to match it, if need be many or short ones.

    Args:
        pattern: plain RE2, from `ingest.patterns.translate`.
        fold: how literals and texts are folded.

    Returns:
        As `demands`.
    """
    found = demands(pattern, fold)
    if found or fold is not ROUGH:
        return found
    return demands(pattern, ROUGH, MORE) or demands(pattern, SHORT, MORE)


class _Reader:
    """A recursive descent over the tokens of one pattern."""

    def __init__(self, pattern: str, fold: Fold, choices: int) -> None:
        self._tokens = Tokens(pattern)
        self._fold = fold
        self._choices = choices
        self._exact = True  # upper and lower case differ, unless a flag says otherwise

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
        parts, tokens = [], self._tokens
        while (kind := tokens.kind()) in ("open", "atom"):
            part = self._group() if kind == "open" else _atom(tokens.take(), self._fold, self._exact)
            parts.append(self._repeated(part) if tokens.kind() == "repeat" else part)
        return parts[0] if len(parts) == 1 else self._in_order(parts)

    def _group(self) -> _Part:
        flags, outside = self._tokens.take(), self._exact
        self._exact = {"(?i:": False, "(?-i:": True}.get(flags, outside)
        part = self.choice()
        self._tokens.take()
        self._exact = outside
        return part

    def _repeated(self, part: _Part) -> _Part:
        """Return what a part stands for, as often as it may stand."""
        sign = self._tokens.take()
        gap = part.words == frozenset(
            [self._fold.gap]
        )  # however long a run of white space is, it is one byte
        if gap and sign[0] == "+":
            return part
        if sign[0] == "?" or (gap and sign[0] == "*"):
            return _ANYTHING if part.words is None else _Part(part.words | {b""})
        if sign[0] == "*" or re.match(r"\{0*[,}]", sign):
            return _ANYTHING
        return _Part(None, self.demanded(part))

    def _in_order(self, parts: list[_Part]) -> _Part:
        """Return what parts one behind the other stand for."""
        clauses: list[Clause] = []
        words: Clause = frozenset([b""])
        run = b""  # behind all of them: most parts are a letter
        whole = True
        for part in parts:
            if part.words is not None and len(words) * len(part.words) <= self._choices:
                if len(part.words) == 1 and HIGH not in (letter := next(iter(part.words))):
                    run += letter
                else:
                    words = frozenset(squeezed(left + run + right) for left in words for right in part.words)
                    run = b""
                continue
            whole = False
            clauses += [*self._worthwhile(_behind(words, run)), *part.clauses]
            words, run = part.words or frozenset([b""]), b""
        words = _behind(words, run)
        return _Part(words) if whole else _Part(None, (*clauses, *self._worthwhile(words)))

    def _either(self, parts: list[_Part]) -> _Part:
        """Return what one of several parts stands for."""
        if all(part.words is not None for part in parts):
            words = _union(part.words or _NONE for part in parts)
            if len(words) <= self._choices:
                return _Part(words)
        found = [self.demanded(part) for part in parts]
        return _Part(None, self._worthwhile(_union(map(self._best, found))) if all(found) else ())

    def _best(self, clauses: tuple[Clause, ...]) -> Clause:
        return min(clauses, key=self.commonness)

    def commonness(self, clause: Clause) -> float:
        """Tell roughly how many texts hold a clause, all the more the shorter its literals are."""
        return sum(1.0 if word.strip(self._fold.gap) in _COMMON else self._frequency(word) for word in clause)

    def _frequency(self, word: bytes) -> float:
        capitals = len(word) - len(word.translate(None, _CAPITALS))
        return self._fold.rarity ** -(len(word) + capitals)

    def _worthwhile(self, words: Clause) -> tuple[Clause, ...]:
        """Return a clause without the literals that hold another one; none where it says too little."""
        if min(map(len, words)) < self._fold.shortest:
            return ()
        words = min(_cut(words), key=len)
        if self.commonness(words) >= self._fold.commonest or not all(map(self._says_enough, words)):
            return ()
        sizes = {len(word) for word in words}
        return (frozenset(word for word in words if words.isdisjoint(_parts(word, sizes))),)

    def _says_enough(self, word: bytes) -> bool:
        blanks = word.count(self._fold.gap) if self._fold.gap else 0
        return len(word) >= self._fold.shortest and len(word) - blanks >= self._fold.fewest


def _behind(words: Clause, run: bytes) -> Clause:
    """Return words with some letters behind each."""
    return frozenset(squeezed(word + run) for word in words) if run else words


def _cut(words: Clause) -> tuple[Clause, Clause]:
    """Return the beginnings of words, and their ends: fewer, of long ones that differ in the rest."""
    return frozenset(word[:LONGEST] for word in words), frozenset(word[-LONGEST:] for word in words)


def _parts(word: bytes, sizes: set[int]) -> Iterator[bytes]:
    """Yield all of some sizes that a word holds, but itself."""
    for size in sizes:
        if size < len(word):
            yield from (word[at : at + size] for at in range(len(word) - size + 1))


@lru_cache(maxsize=4096)  # a pure function; patterns are made of the same letters and classes
def _atom(atom: str, fold: Fold, exact: bool) -> _Part:
    """Return what one character, class or escape stands for."""
    if atom in _EMPTY:
        return _NOTHING
    letters = [atom]
    plain = atom.replace(WHITE[1:-1], " ")
    if _LETTERS_OF_CLASS.fullmatch(plain):
        letters = [WHITE if letter == " " else letter for letter in _MEMBERS.findall(plain[1:-1])]
    found = [spelled(letter, fold, exact=exact) for letter in letters]
    words = frozenset(word for word in found if word is not None)
    return _Part(words) if None not in found else _ANYTHING


def spelled(atom: str, fold: Fold, *, exact: bool = False) -> bytes | None:
    """Spell out a letter.

    Args:
        atom: one character of a pattern, a class, or an escape.
        fold: how literals and texts are folded.
        exact: upper and lower case differ.

    Returns:
        Its bytes, folded and squeezed, but a capital where it is exact; null for what is no letter, or one
        whose cases do not fold to the same.
    """
    if atom == WHITE:
        return fold.gap or None
    letter = atom.removeprefix("\\")
    if len(letter) != 1 or atom == "." or (atom[0] == "\\" and letter.isalnum()) or letter in fold.strange:
        return None
    plain = folded(letter, fold)
    if letter.isascii():
        return letter.encode() if exact and plain == letter.lower().encode() else plain
    told_apart = letter.lower() in CYRILLIC or caseless(letter)
    return plain if told_apart or fold is not FINE else None


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
