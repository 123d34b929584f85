"""Shingles hashed straight from texts, and how many of them texts of a group have in common."""

from __future__ import annotations

import numpy as np
from numba import types, void

from dedup.kernels import code_points
from dedup.kernels.code_points import CodePoints, Int
from dedup.kernels.text import decode, is_ascii, place
from ingest.kernels.compiling import I64, TO_I64, TO_U8, TO_U64, U8, U64, compiled, part

# Tokens in a shingle: one changed word of 20 leaves a Jaccard index of .71 with 3, .52 with 5.
WIDTH = 3
MOST = 2  # tokens of a byte: U+3316, three bytes, is six

# Odd numbers without a pattern, those of XXH64: for letters in a token, and for tokens in a shingle.
_LETTER = np.uint64(0x9E3779B185EBCA87)
_FIRST, _SECOND = np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: multiplicative hashing


@part
def _take_in(
    letter: Int, is_letter: bool, out: np.ndarray, size: np.uint64, token: np.uint64, state: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Mix a letter into the hash of the open token, or end that, without a branch to be guessed wrong."""
    inside = np.uint64(is_letter)
    out[size] = token
    size += state & (inside ^ np.uint64(1))
    return size, (token + np.uint64(letter)) * (_LETTER & (np.uint64(0) - inside)), inside


@part
def _take_in_any(
    code_point: Int,
    points: CodePoints,
    out: np.ndarray,
    size: np.uint64,
    token: np.uint64,
    state: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint64, bool]:
    """Take in whatever a code point becomes, and tell last whether that is too hard: its letters may join."""
    where = place(code_point)
    form, spelling = np.int64(points.forms[where]), np.int64(points.parts[where])
    spelled = form & code_points.SPELLED
    for i in range((spelling >> code_points.LENGTH) & 31 if spelled else 1):
        letter, kind = form & code_points.FORM, form >> code_points.KIND & 7
        if spelled:
            letter = np.int64(points.letters[(spelling >> code_points.START) + i])
            kind = np.int64(points.parts[place(letter)]) & 7
            if points.forms[place(letter)] & code_points.JOINS:
                return size, token, state, True
        if kind == code_points.MARK and not state:  # it may belong to a token that stands alone
            return size, token, state, True
        if kind == code_points.UNSPACED:
            size, token, state = _take_in(0, False, out, size, token, state)
        if kind != code_points.IGNORED:
            is_letter = kind != code_points.SEPARATOR
            size, token, state = _take_in(letter, is_letter, out, size, token, state)
        if kind == code_points.UNSPACED:
            size, token, state = _take_in(0, False, out, size, token, state)
    return size, token, state, False


@part
def _join(hashes: np.ndarray, first: np.uint64, size: np.uint64) -> np.uint64:
    """Make hashes of shingles from those of a text's tokens, in their place, and return the size then."""
    if size == first:
        return size
    hashes[size] = hashes[size + np.uint64(1)] = 0  # for a text of fewer tokens
    end = max(size, first + np.uint64(WIDTH)) - np.uint64(WIDTH - 1)
    for at in range(first, end):
        hashes[at] = hashes[at] * _FIRST + hashes[at + np.uint64(1)] * _SECOND + hashes[at + np.uint64(2)]
    return end


@compiled(void(U8, I64, I64, code_points.POINTS, TO_U64, TO_I64, TO_U8))
def hash_texts(
    data: np.ndarray,
    bounds: np.ndarray,
    chosen: np.ndarray,
    points: CodePoints,
    out: np.ndarray,
    offsets: np.ndarray,
    hard: np.ndarray,
) -> None:
    """Hash the shingles of some texts in comparison form, which is not written anywhere.

    Args:
        data: uint8, valid UTF-8.
        bounds: int64, text t is `data[bounds[t]:bounds[t + 1]]`.
        chosen: int64, the texts.
        points: tables of code points.
        out: uint64, `MOST` for each byte of them, one more for each, and `WIDTH`.
        offsets: int64, `offsets[i + 1]` becomes the number of shingles up to the end of the i-th of them.
        hard: uint8, zeros; becomes 1 where code points may act upon one another, so that the kernel of
            `dedup.kernels.text` must see to it. Such a text has no shingles here.
    """
    one, eight = np.uint64(1), np.uint64(8)
    ascii_forms = points.ascii
    size = np.uint64(0)
    for i in range(len(chosen)):
        at, end = np.uint64(bounds[chosen[i]]), np.uint64(bounds[chosen[i] + 1])
        peeking = min(end, np.uint64(len(data)) - one)
        first, token, state = size, np.uint64(0), np.uint64(0)
        while at < end:
            while (
                at + eight <= peeking
                and data[at + eight] < code_points.FIRST_JOINING_BYTE
                and is_ascii(data, at)
            ):
                for j in range(8):
                    letter = ascii_forms[data[at + np.uint64(j)]]
                    size, token, state = _take_in(letter, letter != ord(" "), out, size, token, state)
                at += eight
            while at < peeking and data[at] < 0x80 and data[at + one] < code_points.FIRST_JOINING_BYTE:
                letter = ascii_forms[data[at]]
                size, token, state = _take_in(letter, letter != ord(" "), out, size, token, state)
                at += one
            if at == end:
                break
            code_point, behind = decode(data, np.int64(at))
            joins = (
                np.uint64(behind) < end
                and data[behind] >= code_points.FIRST_JOINING_BYTE
                and points.forms[place(decode(data, behind)[0])] & code_points.JOINS
            )
            if not joins:
                size, token, state, joins = _take_in_any(code_point, points, out, size, token, state)
            if joins:
                hard[i] = 1
                size, state = first, np.uint64(0)
                break
            at = np.uint64(behind)
        out[size] = token
        size = _join(out, first, size + state)
        offsets[i + 1] = size


@compiled(void(I64, U64, I64, types.int64, TO_I64))
def shared(groups: np.ndarray, hashes: np.ndarray, offsets: np.ndarray, bits: int, out: np.ndarray) -> None:
    """Count the hashes of each text that another text of its group has, too.

    Args:
        groups: int64, ascending: group of each text.
        hashes: uint64, text t has `hashes[offsets[t]:offsets[t + 1]]`.
        offsets: int64.
        bits: the table has 2^bits places, more than the largest group has hashes.
        out: int64, zeros; one a text, repeats within it included.
    """
    mask = (np.int64(1) << bits) - 1
    keys = np.empty(mask + 1, np.uint64)
    owners = np.full(mask + 1, -1, np.int64)  # first text that has the key; one before the group owns nothing
    times = np.empty(mask + 1, np.int64)  # so often has its owner got it, 0 once that is counted
    first = 0
    for text in range(len(groups)):
        if groups[text] != groups[first]:
            first = text
        if first == text and (text + 1 == len(groups) or groups[text + 1] != groups[text]):
            continue
        for i in range(offsets[text], offsets[text + 1]):
            at = np.int64((hashes[i] * _SPREAD) >> np.uint64(64 - bits))
            while owners[at] >= first and keys[at] != hashes[i]:
                at = (at + 1) & mask
            if owners[at] < first:
                owners[at] = text
                keys[at] = hashes[i]
                times[at] = 1
            elif owners[at] == text:
                times[at] += 1
            else:
                out[text] += 1
                out[owners[at]] += times[at]
                times[at] = 0
