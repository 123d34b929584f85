"""Words of ASCII texts, counted; and what texts hold that is not plain."""

from __future__ import annotations

import numpy as np
from numba import types, void

from ingest.kernels.compiling import I64, TO_I64, TO_U8, U8, compiled

OTHER, LETTER, JOINER, ALONE = range(4)  # kinds of characters


@compiled(void(U8, I64, U8, TO_I64))
def count(data: np.ndarray, offsets: np.ndarray, kinds: np.ndarray, out: np.ndarray) -> None:
    """Count runs of letters, of which one joiner between two letters is a part.

    Args:
        data: uint8, ASCII.
        offsets: int64, text t is `data[offsets[t]:offsets[t + 1]]`.
        kinds: uint8, kind of each character: `OTHER`, `LETTER` or `JOINER`.
        out: int64, becomes the words of each text.
    """
    one = np.uint64(1)
    for text in range(len(out)):
        words, open_, joined = np.uint64(0), np.uint64(0), np.uint64(0)
        for at in range(offsets[text], offsets[text + 1]):
            kind = kinds[np.uint64(data[np.uint64(at)])]
            letter = np.uint64(kind == LETTER)
            words += letter & (open_ ^ one) & (joined ^ one)
            joined = open_ & np.uint64(kind == JOINER)
            open_ = letter
        out[text] = np.int64(words)


BEYOND, CONTROL, BREAK, DOUBLE = 1, 2, 4, 8  # what a text holds


@compiled(void(U8, I64, TO_U8))
def hold(data: np.ndarray, offsets: np.ndarray, out: np.ndarray) -> None:
    """Tell what kinds of bytes texts hold.

    Args:
        data: uint8, UTF-8.
        offsets: int64, text t is `data[offsets[t]:offsets[t + 1]]`.
        out: uint8, becomes the sum of these: `BEYOND` ASCII; a `CONTROL` character other than line feed and
            tabulator; any such, `BREAK`; a `DOUBLE` space, or one at the beginning or the end.
    """
    space = np.uint8(32)
    for text in range(len(out)):
        start, end = offsets[text], offsets[text + 1]
        beyond, low, double = np.uint8(0), np.uint8(0), np.uint8(0)
        other = np.uint8(0)
        for at in range(start, end):
            byte = data[np.uint64(at)]
            beyond |= byte
            below = np.uint8(byte < space)
            low |= below
            other |= below & np.uint8(byte != 9) & np.uint8(byte != 10)
        for at in range(start + 1, end):
            double |= np.uint8(data[np.uint64(at)] == space) & np.uint8(data[np.uint64(at - 1)] == space)
        if end > start:
            double |= np.uint8(data[start] == space) | np.uint8(data[end - 1] == space)
        out[text] = (beyond >= 128) * BEYOND + other * CONTROL + (low > 0) * BREAK + double * DOUBLE


@compiled(types.int64(U8, I64, U8, TO_U8, TO_I64))
def tidy(
    data: np.ndarray, offsets: np.ndarray, blank: np.ndarray, out: np.ndarray, bounds: np.ndarray
) -> int:
    """Make each stretch of white space one space, and none at the ends of a text.

    Args:
        data: uint8, ASCII.
        offsets: int64, text t is `data[offsets[t]:offsets[t + 1]]`.
        blank: uint8, 1 for white space.
        out: uint8, one longer than `data`; becomes the texts.
        bounds: int64, as long as `offsets`; becomes where each begins there, and the end.

    Returns:
        Bytes written.
    """
    size = np.uint64(0)
    for text in range(len(offsets) - 1):
        bounds[text] = np.int64(size)
        first, open_ = size, np.uint64(0)  # open: the last byte written is no space
        for at in range(offsets[text], offsets[text + 1]):
            byte = data[np.uint64(at)]
            letter = np.uint64(blank[np.uint64(byte)] == 0)
            out[size] = byte if letter else np.uint8(32)
            size += letter | open_
            open_ = letter
        if size > first and not open_:
            size -= np.uint64(1)
    bounds[len(offsets) - 1] = np.int64(size)
    return int(np.int64(size))
