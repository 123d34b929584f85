"""Patterns run on a few texts: RE2, compiled once a process.

`pyarrow.compute` compiles a pattern at every call, a millisecond for one with many classes of letters, and
forgets what it has learned of it. For whole columns that hardly matters; for the handful of texts that a
rule may match it would cost more than all else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import re2

from ingest.words import utf8

Bools = npt.NDArray[np.bool_]

LINE_FEED = 10
MANY = 5_000  # texts; from there on it pays to compile anew and run over a column
FEW = 2_000  # likewise of texts that are a column already


def matched(texts: Sequence[bytes], pattern: str) -> Bools:
    """Tell which texts a pattern matches somewhere.

    Args:
        texts: UTF-8.
        pattern: plain RE2, from `ingest.patterns.translate`.

    Returns:
        One boolean a text.
    """
    if len(texts) > MANY:
        column = pa.array(texts, pa.binary()).cast(pa.string())
        return np.asarray(pc.match_substring_regex(column, pattern=pattern), np.bool_)
    search = _compiled(pattern).search
    return np.fromiter((search(text) is not None for text in texts), np.bool_, len(texts))


def found(texts: pa.Array, pattern: str) -> Bools:
    """Tell which texts of a column a pattern matches somewhere, whether they are many or few.

    Args:
        texts: string array without nulls.
        pattern: plain RE2.

    Returns:
        One boolean a text.
    """
    if len(texts) > FEW:
        return np.asarray(pc.match_substring_regex(texts, pattern=pattern), np.bool_)
    return matched(texts.cast(pa.binary()).to_pylist(), pattern)


def sought(texts: pa.Array, pattern: str) -> Bools:
    """Tell which texts of a column a pattern matches somewhere, one that matches few of them.

    All are searched as one text, a line each, from one match to the next.

    Args:
        texts: string array without nulls.
        pattern: plain RE2 that is bound to neither end of all it is given, but by `^` and `$`.

    Returns:
        One boolean a text.
    """
    offsets, data = utf8(texts)
    several, out = np.zeros((2, len(texts)), np.bool_)
    several[np.searchsorted(offsets, np.flatnonzero(data == LINE_FEED), "right") - 1] = True
    out[several] = found(texts.filter(pa.array(several)), pattern)
    out[~several] = _lines_with(texts.filter(pa.array(~several)), _compiled(pattern, lines=True).search)
    return out


def _lines_with(lines: pa.Array, search: Any) -> Bools:
    """Tell in which lines something is found that `search` finds in all of them."""
    ends = np.cumsum(pc.binary_length(lines).to_numpy().astype(np.int64) + 1)
    whole = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines.cast(pa.binary()))
    joined = pc.binary_join(whole, b"\n")[0].as_py()
    begins = np.append(0, ends).tolist()
    out = np.zeros(len(lines), np.bool_)
    line = 0
    while line < len(lines) and (hit := search(joined, begins[line])) is not None:
        line = int(np.searchsorted(ends, hit.start(), "right"))
        out[line] = True
        line += 1
    return out


def groups(text: bytes, pattern: str) -> tuple[str, dict[str, str]] | None:
    """Return what a pattern matches in a text first.

    Args:
        text: UTF-8.
        pattern: plain RE2.

    Returns:
        The match, and its named groups in order, the empty string for one that has no part in it; null where
        there is no match.
    """
    found = _compiled(pattern).search(text)
    if found is None:
        return None
    index, told = found.re.groupindex, found.groupdict(b"")
    return found[0].decode(), {name: told[name].decode() for name in sorted(index, key=index.__getitem__)}


def span(text: bytes, pattern: str, group: str) -> tuple[int, int] | None:
    """Return where a group of the first match of a pattern lies.

    Args:
        text: UTF-8.
        pattern: plain RE2.
        group: its name.

    Returns:
        Begin and end in bytes; null where nothing is matched.
    """
    found = _compiled(pattern).search(text)
    begin, end = found.span(found.re.groupindex[group]) if found is not None else (0, 0)
    return (begin, end) if begin < end else None


@lru_cache(maxsize=4096)  # a pure function, and the same rules come with every chunk
def _compiled(pattern: str, *, lines: bool = False) -> Any:
    """Compile a pattern; for lines so that it matches within one, and has no groups."""
    options = re2.Options()
    options.log_errors = False
    options.never_nl = options.never_capture = lines
    return re2.compile(f"(?m:{pattern})" if lines else pattern, options)
