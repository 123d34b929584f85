"""From the UTF-8 of texts to the tokens of their comparison form."""

from __future__ import annotations

import numpy as np
from numba import types

from dedup.kernels import code_points
from dedup.kernels.code_points import CodePoints, Int
from ingest.kernels.compiling import I64, TO_I64, TO_U8, U8, compiled, part

OUTSIDE, INSIDE, CLOSED = range(3)  # no token is open; one is; one that takes no further letters, only marks


@part
def place(code_point: Int) -> Int:
    """Return where a code point stands in the tables; that of the space if it is known to be none."""
    if code_point < code_points.UNUSED:
        return code_point
    return (
        code_point - code_points.TAGS + code_points.UNUSED
        if code_points.TAGS <= code_point < code_points.TAGS_END
        else 32
    )


@part
def is_ascii(data: np.ndarray, at: np.uint64) -> bool:
    """Tell whether eight bytes are all below 128."""
    bits = np.uint8(0)
    for i in range(8):
        bits |= data[at + np.uint64(i)]
    return bool(bits < 0x80)


@part
def decode(data: np.ndarray, at: Int) -> tuple[Int, Int]:
    """Return the code point at a place in valid UTF-8, and the place behind it."""
    lead = np.int64(data[at])
    if lead < 0x80:
        return lead, at + 1
    second = np.int64(data[at + 1]) & 0x3F
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | second, at + 2
    third = np.int64(data[at + 2]) & 0x3F
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | second << 6 | third, at + 3
    return (lead & 0x07) << 18 | second << 12 | third << 6 | (np.int64(data[at + 3]) & 0x3F), at + 4


@part
def _encode(code_point: Int, out: np.ndarray, size: Int) -> Int:
    """Write a code point as UTF-8 and return the size behind it."""
    if code_point < 0x80:
        out[size] = code_point
        return size + 1
    length = 2 + (code_point >= 0x800) + (code_point >= 0x10000)
    out[size] = (0xF00 >> length & 0xFF) | code_point >> 6 * (length - 1)
    for i in range(1, length):
        out[size + i] = 0x80 | (code_point >> 6 * (length - 1 - i) & 0x3F)
    return size + length


@part
def _write(
    code_point: Int, kind: Int, out: np.ndarray, starts: np.ndarray, size: Int, tokens: Int, state: Int
) -> tuple[Int, Int, Int]:
    """Write a code point in comparison form: to the open token, to a new one, or as the end of one.

    The state is 0 outside a token, 1 inside, 2 inside one that takes no further letters, only marks.
    """
    if kind == code_points.IGNORED:
        return size, tokens, state
    begins = kind != code_points.SEPARATOR and (
        state == 0 or kind == code_points.UNSPACED or (state == 2 and kind != code_points.MARK)
    )
    if state != 0 and (begins or kind == code_points.SEPARATOR):
        out[size] = 32
        size += 1
    if kind == code_points.SEPARATOR:
        return size, tokens, 0
    if begins:
        starts[tokens] = size
        tokens += 1
        state = 2 if kind == code_points.UNSPACED else 1
    return _encode(code_point, out, size), tokens, state


@part
def _spell(data: np.ndarray, at: Int, end: Int, points: CodePoints, run: np.ndarray) -> tuple[Int, Int]:
    """Write the letters of a code point, and of all behind it that join, to `run`.

    Returns how many there are, -1 where a table cannot tell what they become, and the place behind them.
    """
    count: Int = 0
    joined, special = 0, np.int64(0)
    while at < end:
        code_point, behind = decode(data, at)
        where = place(code_point)
        if joined and not points.forms[where] & code_points.JOINS:
            break
        part = np.int64(points.parts[where])
        length, start = (part >> code_points.LENGTH) & 31, part >> code_points.START
        if count + length >= code_points.LONGEST_RUN:
            return -1, at
        run[count] = code_point
        for i in range(length):
            run[count + i] = points.letters[start + i]
        count += length or 1
        joined += 1
        special |= part & code_points.IOTA
        at = behind
    # An iota subscript is a mark until it is folded, then a letter: only alone is it in one place.
    return (-1 if special and joined > 1 else count), at


@part
def _combining(code_point: Int, points: CodePoints) -> Int:
    return (np.int64(points.parts[place(code_point)]) >> code_points.COMBINING) & 255


@part
def _sort_marks(run: np.ndarray, count: Int, points: CodePoints) -> None:
    """Bring marks into canonical order (Unicode Standard, 3.11, D109)."""
    for i in range(1, count):
        code_point = run[i]
        combining = _combining(code_point, points)
        at = i
        while combining and at and _combining(run[at - 1], points) > combining:
            run[at] = run[at - 1]
            at -= 1
        run[at] = code_point


@part
def _composite(first: Int, second: Int, points: CodePoints) -> Int:
    """Return what two code points compose to, 0 if nothing."""
    if 0x1100 <= first <= 0x1112 and 0x1161 <= second <= 0x1175:  # Hangul (Unicode Standard, 3.12)
        return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
    if 0xAC00 <= first <= 0xD7A3 and (first - 0xAC00) % 28 == 0 and 0x11A8 <= second <= 0x11C2:
        return first + second - 0x11A7
    if not points.parts[place(second)] & code_points.SECOND:
        return 0
    wanted = np.uint64(first) << np.uint64(32) | np.uint64(second)
    low, high = 0, len(points.pairs)
    while low < high:
        middle = (low + high) // 2
        if points.pairs[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    found = low < len(points.pairs) and points.pairs[low] == wanted
    return np.int64(points.composites[low]) if found else 0


@part
def _compose(run: np.ndarray, count: Int, points: CodePoints) -> Int:
    """Compose a run in canonical order (Unicode Standard, 3.11, D117) and return its length."""
    kept, starter, last = 0, -1, np.int64(0)  # last: combining class of what stands last behind the starter
    for i in range(count):
        code_point = np.int64(run[i])
        combining = _combining(code_point, points)
        if starter >= 0 and (last == 0 or last < combining):
            composite = _composite(np.int64(run[starter]), code_point, points)
            if composite:
                run[starter] = composite
                continue
        if combining == 0:
            starter = kept
        last = np.int64(combining)
        run[kept] = code_point
        kept += 1
    return kept


@part
def _write_ascii(
    byte: Int, out: np.ndarray, starts: np.ndarray, size: np.uint64, tokens: np.uint64, state: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Write a byte below 128 in comparison form, a space for a separator, where no token is `CLOSED`."""
    inside = np.uint64(byte != ord(" "))
    out[size] = byte
    starts[tokens] = size
    return size + (inside | state), tokens + (inside & (state ^ np.uint64(1))), inside


@part
def _write_any(
    data: np.ndarray,
    at: Int,
    end: Int,
    points: CodePoints,
    run: np.ndarray,
    out: np.ndarray,
    starts: np.ndarray,
    size: Int,
    tokens: Int,
    state: Int,
) -> tuple[Int, Int, Int, Int]:
    """Write all before the next two bytes below 128, at least a code point; first -1 if tables cannot."""
    while at < end:
        code_point, behind = decode(data, at)
        form = np.int64(points.forms[place(code_point)])
        joined = form & code_points.SPELLED
        if behind < end and data[behind] >= code_points.FIRST_JOINING_BYTE:
            joined |= np.int64(points.forms[place(decode(data, behind)[0])]) & code_points.JOINS
        if joined:
            count, behind = _spell(data, at, end, points, run)
            if count < 0:
                return -1, size, tokens, state
            _sort_marks(run, count, points)
            for i in range(_compose(run, count, points)):
                kind = np.int64(points.parts[place(run[i])]) & 7
                size, tokens, state = _write(np.int64(run[i]), kind, out, starts, size, tokens, state)
        else:
            code_point, kind = form & code_points.FORM, form >> code_points.KIND & 7
            size, tokens, state = _write(code_point, kind, out, starts, size, tokens, state)
        at = behind
        if at + 1 < end and data[at] < 0x80 and data[at + 1] < 0x80:
            break
    return at, size, tokens, state


@compiled(types.int64(U8, I64, code_points.POINTS, types.int64, TO_U8, TO_I64, TO_I64))
def tokenise(
    data: np.ndarray,
    offsets: np.ndarray,
    points: CodePoints,
    first: int,
    out: np.ndarray,
    token_starts: np.ndarray,
    text_tokens: np.ndarray,
) -> int:
    """Write the tokens of texts as UTF-8, one space behind each, from one text on.

    Args:
        data: uint8, valid UTF-8.
        offsets: int64, text t is `data[offsets[t]:offsets[t + 1]]`.
        points: tables of code points.
        first: text to go on from; those before it have been written.
        out: uint8, the tokens.
        token_starts: int64, half as long as `out` and 2 more; where token i begins in `out`, and behind the
            last token, where `out` ends.
        text_tokens: int64, `text_tokens[t + 1]` becomes the number of tokens up to the end of text t.

    Returns:
        The number of texts when all are written; t where text t must be normalised by other means;
        -1 - t where `out` may be too small for text t.
    """
    run = np.empty(code_points.LONGEST_RUN, np.uint32)
    ascii_forms = points.ascii
    # Unsigned, as numba looks of a signed index whether it counts from the end.
    one, eight = np.uint64(1), np.uint64(8)
    tokens = np.uint64(text_tokens[first])
    size = np.uint64(token_starts[tokens])
    for text in range(first, len(offsets) - 1):
        if np.int64(size) + code_points.GROWTH * (offsets[text + 1] - offsets[text]) + 2 > len(out):
            return -1 - text
        at, end = np.uint64(offsets[text]), np.uint64(offsets[text + 1])
        peeking = min(end, np.uint64(len(data)) - one)
        state = np.uint64(OUTSIDE)
        while at < end:
            if state != CLOSED:
                # No branch here hangs on where words end: it would be guessed wrong at every one.
                while (
                    at + eight <= peeking
                    and data[at + eight] < code_points.FIRST_JOINING_BYTE
                    and is_ascii(data, at)
                ):
                    for i in range(8):
                        byte = ascii_forms[data[at + np.uint64(i)]]
                        size, tokens, state = _write_ascii(byte, out, token_starts, size, tokens, state)
                    at += eight
                while at < peeking and data[at] < 0x80 and data[at + one] < code_points.FIRST_JOINING_BYTE:
                    byte = ascii_forms[data[at]]
                    size, tokens, state = _write_ascii(byte, out, token_starts, size, tokens, state)
                    at += one
                if at == end:
                    break
            here, there, count, left = _write_any(
                data,
                np.int64(at),
                np.int64(end),
                points,
                run,
                out,
                token_starts,
                np.int64(size),
                np.int64(tokens),
                np.int64(state),
            )
            if here < 0:
                return text
            at, size, tokens, state = np.uint64(here), np.uint64(there), np.uint64(count), np.uint64(left)
        if state != OUTSIDE:
            out[size] = 32
            size += one
        token_starts[tokens] = size
        text_tokens[text + 1] = tokens
    return len(offsets) - 1
