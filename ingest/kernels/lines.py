"""Lines and white space of texts, in passes over their UTF-8.

Places are unsigned, so that no index is tried for whether it counts from the end.
"""

from __future__ import annotations

import numpy as np
from numba import types, void

from ingest.kernels.compiling import I64, TO_I64, TO_I64_ROWS, TO_U8, U8, compiled, part

# Columns of what `find` fills.
ROW, FOLLOWS, BEGIN, END, START, COLUMNS, INDENT = range(7)

LEFT_OUT, AS_IT_IS, TIDIED = range(3)  # what becomes of a paragraph

LINE_FEED, RETURN, SPACE = np.uint8(10), np.uint8(13), np.uint8(32)
_ONE, _TWO, _STRIDE = np.uint64(1), np.uint64(2), np.uint64(64)
# What a byte is to white space: 0 for that of ASCII, 2 where other may begin, 1 for the rest.
_SOLID = np.ones(256, np.uint8)
_SOLID[[*range(9, 14), *range(28, 33)]], _SOLID[0xC2:0xE4] = 0, 2


@part
def _white(data: np.ndarray, at: np.uint64) -> np.uint64:
    """Return how many bytes the white space (of `str.isspace`) at a place has, 0 where there is none."""
    byte, solid = data[at], _SOLID[data[at]]
    if solid != 2:
        return np.uint64(solid == 0)
    second = data[at + _ONE]
    if byte == 0xC2:
        return np.uint64(2 * (second in (0x85, 0xA0)))
    if byte < 0xE1:
        return np.uint64(0)
    third = data[at + _TWO]
    if byte != 0xE2:  # U+1680, U+3000
        return np.uint64(3 * (second == (0x9A if byte == 0xE1 else 0x80) and third == 0x80))
    if second == 0x80:  # U+2000 to U+200A, U+2028, U+2029, U+202F
        return np.uint64(3 * (third <= 0x8A or third in (0xA8, 0xA9, 0xAF)))
    return np.uint64(3 * (second == 0x81 and third == 0x9F))  # U+205F


@part
def _last(data: np.ndarray, end: np.uint64) -> np.uint64:
    """Return where the character begins that ends before a place."""
    at = end - _ONE
    while data[at] & 0xC0 == 0x80:
        at -= _ONE
    return at


@part
def _may_break(byte: np.uint8) -> np.uint8:
    """Tell bytes with which line breaks begin, and a few others."""
    return np.uint8(byte < SPACE) | np.uint8(byte == 0xC2) | np.uint8(byte == 0xE2)


@part
def _break(data: np.ndarray, at: np.uint64, end: np.uint64) -> np.uint64:
    """Return how many bytes the line break at a place has, 0 where there is none.

    Line breaks are those of `str.splitlines`; a return before a line feed is white space before one.
    """
    byte, behind = data[at], at + _ONE
    if byte == RETURN:
        return np.uint64(behind == end or data[behind] != LINE_FEED)
    if byte < SPACE:
        return np.uint64(10 <= byte <= 12 or 28 <= byte <= 30)
    if byte == 0xC2:
        return np.uint64(2 * (data[behind] == 0x85))
    return np.uint64(3 * (byte == 0xE2 and data[behind] == 0x80 and data[at + _TWO] & 0xFE == 0xA8))


@part
def _line_end(data: np.ndarray, at: np.uint64, end: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return from where to where the next line break lies; the end of the text is one of no bytes."""
    while at < end:
        stop, stops = min(at + _STRIDE, end), np.uint8(0)
        if stop == at + _STRIDE:
            for i in range(at, at + _STRIDE):
                stops = np.uint8(stops | _may_break(data[i]))
            if not stops:
                at = stop
        while at < stop and not _may_break(data[at]):
            at += _ONE
        if at < stop:
            size = _break(data, at, end)
            if size:
                return at, at + size
            at += _ONE
    return end, end


@part
def _trim(data: np.ndarray, at: np.uint64, end: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return from where to where a stretch lies without white space at its ends."""
    size = _ONE
    while at < end and size:
        size = _white(data, at)
        at += size
    while at < end and _white(data, _last(data, end)):
        end = _last(data, end)
    return at, end


@part
def _points(data: np.ndarray, at: np.uint64, end: np.uint64) -> np.int64:
    """Return how many code points a stretch has."""
    count = np.int64(0)
    for i in range(at, end):
        count += np.int64(data[i] & 0xC0 != 0x80)
    return count


@compiled(types.int64(U8, I64, TO_I64_ROWS))
def find(data: np.ndarray, offsets: np.ndarray, out: np.ndarray) -> int:
    """Find the lines of texts that are not blank.

    Args:
        data: uint8, valid UTF-8.
        offsets: int64, text t is `data[offsets[t]:offsets[t + 1]]`.
        out: int64, with room for a line in two bytes, and one a text. A row becomes what is known of a line:
            `ROW`, its text; `FOLLOWS`, 1 where it stands directly below another; `BEGIN` and `END`, the bytes
            from and to which it lies without white space at its ends; `START`, the code points before it in
            its text; `COLUMNS`, its own; `INDENT`, those before it in its line.

    Returns:
        How many lines there are.
    """
    size = np.uint64(0)
    for text in range(len(offsets) - 1):
        at, end = np.uint64(offsets[text]), np.uint64(offsets[text + 1])
        point, follows = np.int64(0), False
        while at < end:
            stop, behind = _line_end(data, at, end)
            first, last = _trim(data, at, stop)
            indent, columns = _points(data, at, first), _points(data, first, last)
            out[size, ROW], out[size, FOLLOWS] = text, follows
            out[size, BEGIN], out[size, END] = first, last
            out[size, START], out[size, COLUMNS], out[size, INDENT] = point + indent, columns, indent
            follows = bool(first < last)
            size += np.uint64(follows)
            point += indent + columns + _points(data, last, behind)
            at = behind
    return int(np.int64(size))


@compiled(void(U8, I64, I64, TO_U8, TO_I64))
def gather(
    data: np.ndarray, begins: np.ndarray, ends: np.ndarray, out: np.ndarray, bounds: np.ndarray
) -> None:
    """Copy stretches of bytes, one behind the other.

    Args:
        data: uint8.
        begins: int64, where each stretch begins.
        ends: int64, where it ends.
        out: uint8, with room for all.
        bounds: int64, one more than stretches: becomes where each begins in `out`, and the end.
    """
    size = np.uint64(0)
    for stretch in range(len(begins)):
        bounds[stretch] = size
        for at in range(np.uint64(begins[stretch]), np.uint64(ends[stretch])):
            out[size] = data[at]
            size += _ONE
    bounds[len(begins)] = size


@part
def _squeeze(data: np.ndarray, at: np.uint64, end: np.uint64, out: np.ndarray, size: np.uint64) -> np.uint64:
    """Write a stretch behind `size` bytes, white space as one space and none at its ends; return the size."""
    first, open_ = size, np.uint64(0)  # open: the last byte written is no space
    while at < end:
        byte, behind = data[at], at + _ONE
        solid = np.uint64(_SOLID[byte])
        if solid > 1:
            white = _white(data, at)
            solid, behind = np.uint64(white == 0), behind if white == 0 else at + white
        out[size] = byte if solid else SPACE
        size += open_ | solid
        open_, at = solid, behind
    return size - (np.uint64(size > first) & (open_ ^ _ONE))


@compiled(void(U8, I64, U8, I64, TO_U8, TO_I64))
def join(
    data: np.ndarray,
    offsets: np.ndarray,
    states: np.ndarray,
    first: np.ndarray,
    out: np.ndarray,
    bounds: np.ndarray,
) -> None:
    """Join the paragraphs of articles, a blank line between them.

    Args:
        data: uint8, valid UTF-8.
        offsets: int64, paragraph p is `data[offsets[p]:offsets[p + 1]]`.
        states: uint8, whether a paragraph is `LEFT_OUT`, goes in `AS_IT_IS`, or `TIDIED`: each stretch of
            white space one space, and none at the ends. One of nothing else is to be left out.
        first: int64, article a has the paragraphs `first[a]` to `first[a + 1]`.
        out: uint8, with room for `data`, two bytes more for each paragraph, and one; becomes the texts.
        bounds: int64, as long as `first`; becomes where each begins there, and the end.
    """
    size = np.uint64(0)
    for article in range(len(first) - 1):
        begin = size
        bounds[article] = begin
        for paragraph in range(np.uint64(first[article]), np.uint64(first[article + 1])):
            at, end = np.uint64(offsets[paragraph]), np.uint64(offsets[paragraph + _ONE])
            if states[paragraph] != LEFT_OUT and size > begin:
                out[size] = out[size + _ONE] = LINE_FEED
                size += _TWO
            if states[paragraph] == TIDIED:
                size = _squeeze(data, at, end, out, size)
            elif states[paragraph] == AS_IT_IS:
                for i in range(at, end):
                    out[size] = data[i]
                    size += _ONE
    bounds[len(first) - 1] = size
