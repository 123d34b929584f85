"""Patterns run on a few texts: RE2, compiled once a process.

`pyarrow.compute` compiles a pattern at every call, a millisecond for one with many classes of letters, and
forgets what it has learned of it. For whole columns that does not matter; for the handful of texts that a
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

Bools = npt.NDArray[np.bool_]

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
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
