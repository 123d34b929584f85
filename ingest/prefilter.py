"""Cheaper patterns that match at least wherever the given ones do, joined to a few combined ones.

RE2 runs a combined pattern in one pass, as long as its automaton stays small. What makes it explode are
stretches of anything (`.{0,80}`, `[^.]*`) in many alternatives at once. So each alternative of a pattern is
cut to pieces at such stretches, and the piece that says most (the most letters that must be there) is its
hook: wherever the pattern matches, the hook does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.patterns import START

GROUP = 250  # hooks in one combined pattern; beyond that RE2's automata outgrow their cache
FEW = 8  # up to so many repeats of anything stay in a hook, relaxed to a star
ENOUGH = 2.0  # letters; a hook that says less is found everywhere, and the pattern itself is used
ANCHOR = 4.0  # letters that an anchor is worth

_CLASS = r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]"
TOKEN = re.compile(
    rf"(?P<open>\((?:\?P?<\w+>|\?[a-zA-Z-]*:)?)|(?P<close>\))|(?P<bar>\|)"
    rf"|(?P<repeat>(?:[*+?]|\{{\d+(?:,\d*)?\}})\??)|(?P<atom>{_CLASS}|\\[pPx]\{{[^}}]*\}}|\\.|.)",
    re.DOTALL,
)
_NAME = re.compile(r"\(\?P?<\w+>")
_ANYTHING = re.compile(r"\.|\[\^.*|\\[SWDP].*|.*(?:\\p\{L\}|A-Za-z).*", re.DOTALL)
_CHOICE = re.compile(r"\[.*|\\[pPdDsSwWbB].*|[.^$]", re.DOTALL)


@dataclass(frozen=True)
class _Piece:
    """A relaxed piece of a pattern without a stretch of anything, and how many letters it demands."""

    text: str
    letters: float
    whole: bool = True  # all of what it stands for, so that neighbours may be joined to it
    first: bool = False  # begins where its sequence begins


def hooks(pattern: str) -> list[str]:
    """Take a pattern apart into hooks.

    Args:
        pattern: plain RE2, from `ingest.patterns.translate`.

    Returns:
        Patterns, cheap to combine, one of which matches wherever the given one does.
    """
    flags = "(?i:" if pattern.startswith("(?i:") else "(?:"
    body = pattern.removeprefix(flags)[:-1]
    anchored = body.startswith(START)
    found = [_best(pieces, anchored=anchored) for pieces in _Parser(body.removeprefix(START)).branches()]
    if any(_worth(piece, anchored=anchored) < ENOUGH for piece in found):
        return [_NAME.sub("(?:", pattern)]
    starts = [START if anchored and piece.first else "" for piece in found]
    return [f"{flags}{start}(?:{piece.text}))" for start, piece in zip(starts, found, strict=True)]


def combine(patterns: Sequence[str]) -> Iterator[str]:
    """Join the hooks of patterns to alternations, anchored ones apart: RE2 leaves them at the first letters.

    Args:
        patterns: plain RE2, from `ingest.patterns.translate`.

    Yields:
        Patterns one of which matches wherever one of the given ones does.
    """
    relaxed = [hook for pattern in patterns for hook in _hooks(pattern)]
    for flags in ("(?i:", "(?:"):
        own = [hook.removeprefix(flags)[:-1] for hook in relaxed if hook.startswith(flags)]
        anchored = [body.removeprefix(START) for body in own if body.startswith(START)]
        others = [body for body in own if not body.startswith(START)]
        for start, bodies in ((START, anchored), ("", others)):
            for at in range(0, len(bodies), GROUP):
                yield f"{flags}{start}(?:{'|'.join(bodies[at : at + GROUP])}))"


class Tokens:
    """The tokens of one pattern, one behind the other, for those who read patterns."""

    def __init__(self, pattern: str) -> None:
        """Begin at the first token.

        Args:
            pattern: plain RE2, from `ingest.patterns.translate`.
        """
        self._tokens = _tokens(pattern)
        self._at = 0

    def kind(self) -> str | None:
        """Return the kind of the next token, a group of `TOKEN`; null behind the last."""
        return self._tokens[self._at][0]

    def take(self) -> str:
        """Return the next token, and go on behind it."""
        self._at += 1
        return self._tokens[self._at - 1][1]

    def skip(self) -> None:
        """Leave out what is left of an alternative."""
        depth = 0
        while True:
            kind = self._tokens[self._at][0]
            depth += (kind == "open") - (kind == "close")
            if kind is None or depth < 0 or (kind == "bar" and not depth):
                return
            self._at += 1


@lru_cache(maxsize=4)  # a pattern is read several times, by one reader after the other
def _tokens(pattern: str) -> list[tuple[str | None, str]]:
    return [*((token.lastgroup, token.group()) for token in TOKEN.finditer(pattern)), (None, "")]


def bounds(repeat: str) -> tuple[int, float]:
    """Tell how often something may stand.

    Args:
        repeat: a token of that kind, such as `{2,5}?`.

    Returns:
        At least and at most how often.
    """
    sign = repeat[:-1] if len(repeat) > 1 and repeat.endswith("?") else repeat
    if sign in ("*", "+", "?"):
        return int(sign == "+"), 1 if sign == "?" else float("inf")
    low, _, high = sign[1:-1].partition(",")
    return int(low), float(high or ("inf" if "," in sign else low))


Branch = list[_Piece]
"""The pieces of one alternative, in order; between two of them lies a stretch of anything."""

_BREAK = _Piece("", 0)


class _Parser:
    """A recursive descent over the tokens of one pattern."""

    def __init__(self, pattern: str) -> None:
        self._tokens = Tokens(pattern)

    def branches(self) -> list[Branch]:
        """Return the pieces of each alternative."""
        found = self._sequence()
        while self._tokens.kind() == "bar":
            self._tokens.take()
            found += self._sequence()
        return found

    def _sequence(self) -> list[Branch]:
        """Return the pieces of a sequence: several branches where it begins with a choice among stretches."""
        found: list[Branch] = [[_Piece("", 0, first=True)]]
        while self._tokens.kind() in ("open", "atom"):
            item = self._group() if self._tokens.kind() == "open" else self._atom()
            if isinstance(item, list) and len(found) == 1 and len(found[0]) == 1:
                found = [[_join(found[0][0], branch[0]), *branch[1:], _BREAK] for branch in item]
            elif isinstance(item, list):
                found = [[*branch, _choice("(?:", item), _BREAK] for branch in found]
            elif item is None or not item.whole:
                found = [[*branch, item or _BREAK, _BREAK] for branch in found]
            else:
                found = [[*branch[:-1], _join(branch[-1], item)] for branch in found]
        return found

    def _atom(self) -> _Piece | None:
        """Return an atom with its repeat, or null for a stretch of anything."""
        atom = self._tokens.take()
        low, high = self._repeat()
        if high > FEW and _ANYTHING.fullmatch(atom):
            return None
        if atom in ("\\b", "\\B"):
            return _Piece("", 0)  # costs RE2 more than it saves
        letters = 0.3 if _CHOICE.fullmatch(atom) else 1.0
        return _Piece(atom + _quantifier(low, high), letters * min(low, 1))

    def _group(self) -> _Piece | list[Branch] | None:
        """Return a group as one piece, as a choice of branches, or null where it may be missing."""
        opening = _NAME.sub("(?:", self._tokens.take())
        branches = self.branches()
        self._tokens.take()
        low, high = self._repeat()
        if all(len(branch) == 1 for branch in branches):
            text = "|".join(branch[0].text for branch in branches)
            letters = min(branch[0].letters for branch in branches)
            return _Piece(f"{opening}{text}){_quantifier(low, high)}", letters * min(low, 1))
        if not low:
            return None
        return branches if opening in ("(", "(?:") else _choice(opening, branches)

    def _repeat(self) -> tuple[float, float]:
        """Return how often the item before may stand, at least and at most."""
        if self._tokens.kind() != "repeat":
            return 1, 1
        return bounds(self._tokens.take())


def _join(left: _Piece, right: _Piece) -> _Piece:
    return _Piece(left.text + right.text, left.letters + right.letters, first=left.first)


def _choice(opening: str, branches: list[Branch]) -> _Piece:
    """Return a choice among the best pieces of branches."""
    found = [_best(branch, anchored=False) for branch in branches]
    text = "|".join(piece.text for piece in found)
    return _Piece(f"{opening}{text})", min(piece.letters for piece in found), whole=False)


def _best(pieces: list[_Piece], *, anchored: bool) -> _Piece:
    return max(pieces, key=lambda piece: _worth(piece, anchored=anchored))


def _worth(piece: _Piece, *, anchored: bool) -> float:
    """Return how much a piece says, in letters; without a letter the anchor says nothing."""
    return piece.letters + ANCHOR * (anchored and piece.first and piece.letters >= 1)


def _quantifier(low: float, high: float) -> str:
    if high == 1:
        return "" if low else "?"
    return "+" if low else "*"


_hooks = lru_cache(maxsize=4096)(hooks)  # a pure function, and the same rules come with every chunk
