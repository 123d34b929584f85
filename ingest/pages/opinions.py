"""Two texts of one page, by two extractors: what one of them says of the other's edges and gaps.

Extractors fail in different ways, so what both have is almost always the article. What only the first one
has above the first line they share, or below the last, is mostly none; and where the second goes straight on
below the first one's last line, the first has stopped too early. Lines are compared by letters and digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ingest.pages.blocks import is_prose

_SURE = 20  # letters: shorter lines may stand on a page twice
_PART = 60  # letters: paragraphs end elsewhere for others
_MUCH_MORE = 0.5  # of the characters that the first one found
_OTHERS = re.compile(r"(?:[^\w\n]|_)+")  # neither letters nor digits


def settled(text: str, other: str) -> str:
    """Return the first text of two, corrected by the second.

    Args:
        text: lines of the article, by the extractor that is trusted more.
        other: the same, by another extractor.

    Returns:
        The first text without edges that the second does not confirm; or the second, where the first one
        found nothing or stops short. The first as it is where the two have nothing in common.
    """
    first, second = _lines(text), _lines(other)
    if not first.lines and any(map(is_prose, second.lines)):
        return other
    return "\n".join(second.lines if _stops_short(first, second) else _trimmed(first, second))


class _Lines(NamedTuple):
    lines: Sequence[str]
    keys: Sequence[str]  # their letters and digits


def _lines(text: str) -> _Lines:
    lines = [line for line in text.split("\n") if line.strip()]
    return _Lines(lines, _OTHERS.sub("", "\n".join(lines)).casefold().split("\n"))


def _shared(mine: _Lines, others: _Lines) -> tuple[int, int] | None:
    """Return where the part that both texts have begins and ends among the lines of the first one.

    A long line is shared if the other text has its beginning or its end, a short one only next to such lines.
    """
    keys, known, whole = mine.keys, set(others.keys), "".join(others.keys)
    sure = [
        place
        for place, key in enumerate(keys)
        if len(key) >= _SURE and (key[:_PART] in whole or key[-_PART:] in whole)
    ]
    if not sure:
        return None
    first, last = sure[0], sure[-1] + 1
    while first and keys[first - 1] in known:
        first -= 1
    while last < len(keys) and keys[last] in known:
        last += 1
    return first, last


def _stops_short(first: _Lines, second: _Lines) -> bool:
    """Tell whether the second text has much more prose, beginning right behind the first one's last line."""
    shared = _shared(second, first)
    beyond = second.lines[shared[1] :] if shared else []
    more = sum(len(line) for line in beyond if is_prose(line))
    goes_on = bool(beyond) and is_prose(beyond[0]) and more > _MUCH_MORE * sum(map(len, first.lines))
    return goes_on and _has_prose_of(second, first)


def _has_prose_of(mine: _Lines, others: _Lines) -> bool:
    """Tell whether one text has all the prose of another, so that nothing is lost by taking it instead."""
    whole = "".join(mine.keys)
    prose = [key for line, key in zip(others.lines, others.keys, strict=True) if is_prose(line)]
    return all(key[:_PART] in whole or key[-_PART:] in whole for key in prose)


def _trimmed(first: _Lines, second: _Lines) -> list[str]:
    """Leave out what is no prose above and below the part that both texts have."""
    begin, end = _shared(first, second) or (0, len(first.lines))
    return [line for place, line in enumerate(first.lines) if begin <= place < end or is_prose(line)]
