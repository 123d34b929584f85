"""Tables of what is to be known of code points, as kernels read them.

The functions that read them stand beside the kernels: numba tells by the kernel's own file alone whether
what it has cached is old.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import types

from ingest.kernels.compiling import U8, U32, U64

# Kinds of code points, see dedup.comparison.
SEPARATOR, LETTER, UNSPACED, MARK, IGNORED = range(5)

# An entry of `CodePoints.forms`: what a code point becomes that its neighbours leave alone.
FORM, KIND = 0x1FFFFF, 21  # its form where that is one code point; the kind of that, from bit 21
JOINS, SPELLED = 1 << 24, 1 << 25  # it may join what stands before it; its form is not one code point
FIRST_JOINING_BYTE = 0xCC  # the UTF-8 of whatever joins begins with this byte or a greater one

# An entry of `CodePoints.parts`: what a code point is among others. From bit 0 its own kind.
COMBINING, LENGTH, START = 3, 11, 18  # combining class, 8 bits; length and start of its letters, 5 and 14
SECOND, IOTA = 1 << 16, 1 << 17  # may be the second of a pair; has an iota subscript

# Code points from here on are no letters, numbers or marks, but for those from TAGS on.
UNUSED, TAGS, TAGS_END = 0x323B0, 0xE0000, 0xE0200
LONGEST_RUN = 64  # code points that act upon one another; ordinary text has 30 marks at most (UAX #15)
GROWTH = 18  # bytes of tokens that a byte of text may give: U+FDFA, three bytes, is four words


class CodePoints(NamedTuple):
    """What is to be known of code points, as read-only arrays.

    Attributes:
        ascii: uint8, form of each byte below 128, a space for a separator.
        forms: uint32, one entry a code point, at the place that `place` gives it.
        parts: uint32, likewise.
        letters: uint32, full decompositions of folded code points, one behind the other.
        pairs: uint64, two code points that compose, the first from bit 32; ascending.
        composites: uint32, what they make.
    """

    ascii: np.ndarray
    forms: np.ndarray
    parts: np.ndarray
    letters: np.ndarray
    pairs: np.ndarray
    composites: np.ndarray


Int = int | np.int64
POINTS: Any = types.NamedTuple(  # type: ignore[no-untyped-call] # numba gives it no types
    (U8, U32, U32, U32, U64, U32), CodePoints
)
