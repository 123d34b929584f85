"""From code points to tokens and the hashes of shingles."""

from __future__ import annotations

import numpy as np
from numba import njit, types, uint64, void

from dedup.kernels.compiling import I64, TO_I64, TO_U8, TO_U64, U8, U32, compiled

# Classes of code points, see dedup.comparison.
SEPARATOR, LETTER, UNSPACED, MARK, IGNORED, END_OF_TEXT = range(6)


@compiled(void(U32, U8, TO_U8, TO_I64, TO_I64))
def tokenise(
    code_points: np.ndarray,
    classes: np.ndarray,
    out: np.ndarray,
    token_starts: np.ndarray,
    text_tokens: np.ndarray,
) -> None:
    """Write the tokens of a run of texts as UTF-8, one space behind each.

    Args:
        code_points: uint32, texts in comparison form, one END_OF_TEXT code point behind each.
        classes: uint8, class of each code point; those beyond its end are separators.
        out: uint8, at least 5 bytes a code point.
        token_starts: int64, where token i begins in `out`; behind the last token, where `out` ends.
        text_tokens: int64, `text_tokens[t + 1]` becomes the number of tokens up to the end of text t.
    """
    size, tokens, text = 0, 0, 0
    inside = False  # a token is open
    closed = True  # the open token takes no further letters, only marks
    for code_point in code_points:
        kind = classes[code_point] if code_point < len(classes) else np.uint8(0)
        if kind == 4:
            continue
        if kind == 0 or kind == 5:  # noqa: PLR1714 - numba has no set literals here
            if inside:
                out[size] = 32
                size += 1
            inside = False
            if kind == 5:
                text += 1
                text_tokens[text] = tokens
            continue
        begins = not inside or kind == 2 or (closed and kind != 3)
        if begins:
            if inside:
                out[size] = 32
                size += 1
            token_starts[tokens] = size
            tokens += 1
            inside = True
            closed = kind == 2
        if code_point < 0x80:
            out[size] = code_point
            size += 1
        elif code_point < 0x800:
            out[size] = 0xC0 | (code_point >> 6)
            out[size + 1] = 0x80 | (code_point & 0x3F)
            size += 2
        elif code_point < 0x10000:
            out[size] = 0xE0 | (code_point >> 12)
            out[size + 1] = 0x80 | ((code_point >> 6) & 0x3F)
            out[size + 2] = 0x80 | (code_point & 0x3F)
            size += 3
        else:
            out[size] = 0xF0 | (code_point >> 18)
            out[size + 1] = 0x80 | ((code_point >> 12) & 0x3F)
            out[size + 2] = 0x80 | ((code_point >> 6) & 0x3F)
            out[size + 3] = 0x80 | (code_point & 0x3F)
            size += 4
    token_starts[tokens] = size


_P1, _P2, _P3, _P4, _P5 = (
    np.uint64(0x9E3779B185EBCA87),
    np.uint64(0xC2B2AE3D27D4EB4F),
    np.uint64(0x165667B19E3779F9),
    np.uint64(0x85EBCA77C2B2AE63),
    np.uint64(0x27D4EB2F165667C5),
)


@njit(inline="always")
def _rotate(value: np.uint64, bits: int) -> np.uint64:
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


@njit(inline="always")
def _read64(data: np.ndarray, at: int) -> np.uint64:
    value = np.uint64(0)
    for i in range(8):
        value |= np.uint64(data[at + i]) << np.uint64(8 * i)
    return value


@njit(inline="always")
def _round(accumulator: np.uint64, lane: np.uint64) -> np.uint64:
    return _rotate(accumulator + lane * _P2, 31) * _P1


@njit(inline="always")
def _merge(value: np.uint64, accumulator: np.uint64) -> np.uint64:
    return (value ^ _round(np.uint64(0), accumulator)) * _P1 + _P4


@compiled(uint64(U8, types.int64, types.int64))
def xxh64(data: np.ndarray, start: int, end: int) -> np.uint64:
    """Return the XXH64 hash, seed 0, of `data[start:end]` (the xxHash specification, version 0.1.1)."""
    at = start
    if end - start >= 32:
        v1, v2, v3, v4 = _P1 + _P2, _P2, np.uint64(0), np.uint64(0) - _P1
        while at + 32 <= end:
            v1 = _round(v1, _read64(data, at))
            v2 = _round(v2, _read64(data, at + 8))
            v3 = _round(v3, _read64(data, at + 16))
            v4 = _round(v4, _read64(data, at + 24))
            at += 32
        value = _rotate(v1, 1) + _rotate(v2, 7) + _rotate(v3, 12) + _rotate(v4, 18)
        value = _merge(_merge(_merge(_merge(value, v1), v2), v3), v4)
    else:
        value = _P5
    value += np.uint64(end - start)
    while at + 8 <= end:
        value = _rotate(value ^ _round(np.uint64(0), _read64(data, at)), 27) * _P1 + _P4
        at += 8
    if at + 4 <= end:
        word = np.uint64(0)
        for i in range(4):
            word |= np.uint64(data[at + i]) << np.uint64(8 * i)
        value = _rotate(value ^ (word * _P1), 23) * _P2 + _P3
        at += 4
    while at < end:
        value = _rotate(value ^ (np.uint64(data[at]) * _P5), 11) * _P1
        at += 1
    value = (value ^ (value >> np.uint64(33))) * _P2
    value = (value ^ (value >> np.uint64(29))) * _P3
    return value ^ (value >> np.uint64(32))


@compiled(void(U8, I64, TO_U64))
def hash_spans(data: np.ndarray, offsets: np.ndarray, out: np.ndarray) -> None:
    """Hash `data[offsets[i]:offsets[i + 1]]` for every i with XXH64.

    Args:
        data: uint8.
        offsets: int64, ascending.
        out: uint64, one a span.
    """
    for i in range(len(out)):
        out[i] = xxh64(data, offsets[i], offsets[i + 1])


@compiled(void(U8, I64, I64, I64, types.int64, TO_U64))
def hash_shingles(
    data: np.ndarray,
    token_starts: np.ndarray,
    text_tokens: np.ndarray,
    shingle_offsets: np.ndarray,
    width: int,
    out: np.ndarray,
) -> None:
    """Hash every run of `width` tokens (all tokens where a text has fewer) with XXH64.

    Args:
        data: uint8, the tokens as `tokenise` wrote them.
        token_starts: int64, one a token, and one behind the last.
        text_tokens: int64, text t has the tokens `text_tokens[t]` to `text_tokens[t + 1]`.
        shingle_offsets: int64, text t has the shingles `shingle_offsets[t]` to `shingle_offsets[t + 1]`.
        width: tokens in a shingle.
        out: uint64, one a shingle.
    """
    for text in range(len(text_tokens) - 1):
        first, count = text_tokens[text], shingle_offsets[text + 1] - shingle_offsets[text]
        span = min(width, text_tokens[text + 1] - first)
        for i in range(count):
            end = token_starts[first + i + span] - 1  # without the space behind the last token
            out[shingle_offsets[text] + i] = xxh64(data, token_starts[first + i], end)
