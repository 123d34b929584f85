"""What changed between two versions of a text: a difference by paragraphs, and inside those by words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORDS = re.compile(r"\S+|\s+")


@dataclass(frozen=True)
class Piece:
    """A stretch of both texts.

    Attributes:
        before: words that the earlier text has here.
        after: words that the later text has here; the same where nothing changed.
    """

    before: str
    after: str

    @property
    def same(self) -> bool:
        """Nothing changed."""
        return self.before == self.after


def changes(before: str, after: str) -> list[Piece]:
    """Compare two clean texts.

    Args:
        before: paragraphs joined by a blank line.
        after: likewise.

    Returns:
        Pieces that, one behind the other, give both texts; neighbours are never both the same.
    """
    pieces = list(_pieces(before.split("\n\n"), after.split("\n\n")))
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].same == piece.same:
            last = joined.pop()
            piece = Piece(last.before + piece.before, last.after + piece.after)  # noqa: PLW2901
        joined.append(piece)
    return joined


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    """Yield pieces paragraph by paragraph; where some were replaced, word by word."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        old, new = (
            "".join(one + "\n\n" * (at < len(lines) - 1) for at, one in enumerate(lines[:end]) if at >= start)
            for lines, start, end in ((before, i1, i2), (after, j1, j2))
        )
        if tag == "replace":
            yield from _by_words(old, new)
        else:
            yield Piece(old, new)


def _by_words(before: str, after: str) -> Iterator[Piece]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        yield Piece("".join(old[i1:i2]), "".join(new[j1:j2]))
