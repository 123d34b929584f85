"""From tokens to the hashes of shingles, and to MinHash signatures."""

from __future__ import annotations

import numpy as np
from numba import types, void

from ingest.kernels.compiling import I64, TO_U32_ROWS, TO_U64, U8, U32, U64, compiled, part

_P1, _P2, _P3, _P4, _P5 = (
    np.uint64(0x9E3779B185EBCA87),
    np.uint64(0xC2B2AE3D27D4EB4F),
    np.uint64(0x165667B19E3779F9),
    np.uint64(0x85EBCA77C2B2AE63),
    np.uint64(0x27D4EB2F165667C5),
)


@part
def _rotate(value: np.uint64, bits: int) -> np.uint64:
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


@part
def _read(data: np.ndarray, at: np.uint64, length: int) -> np.uint64:
    """Read up to eight bytes as a little-endian number; of unsigned places LLVM makes a single load."""
    value = np.uint64(0)
    for i in range(length):
        value |= np.uint64(data[at + np.uint64(i)]) << np.uint64(8 * i)
    return value


@part
def _round(accumulator: np.uint64, lane: np.uint64) -> np.uint64:
    return _rotate(accumulator + lane * _P2, 31) * _P1


@part
def _merge(value: np.uint64, accumulator: np.uint64) -> np.uint64:
    return (value ^ _round(np.uint64(0), accumulator)) * _P1 + _P4


@part
def _xxh64(data: np.ndarray, start: int, end: int) -> np.uint64:
    """Return the XXH64 hash, seed 0, of `data[start:end]` (the xxHash specification, version 0.1.1)."""
    at, left = np.uint64(start), end - start
    if left >= 32:
        v1, v2, v3, v4 = _P1 + _P2, _P2, np.uint64(0), np.uint64(0) - _P1
        while left >= 32:
            v1 = _round(v1, _read(data, at, 8))
            v2 = _round(v2, _read(data, at + np.uint64(8), 8))
            v3 = _round(v3, _read(data, at + np.uint64(16), 8))
            v4 = _round(v4, _read(data, at + np.uint64(24), 8))
            at += np.uint64(32)
            left -= 32
        value = _rotate(v1, 1) + _rotate(v2, 7) + _rotate(v3, 12) + _rotate(v4, 18)
        value = _merge(_merge(_merge(_merge(value, v1), v2), v3), v4)
    else:
        value = _P5
    value += np.uint64(end - start)
    while left >= 8:
        value = _rotate(value ^ _round(np.uint64(0), _read(data, at, 8)), 27) * _P1 + _P4
        at += np.uint64(8)
        left -= 8
    if left >= 4:
        value = _rotate(value ^ (_read(data, at, 4) * _P1), 23) * _P2 + _P3
        at += np.uint64(4)
        left -= 4
    while left > 0:
        value = _rotate(value ^ (np.uint64(data[at]) * _P5), 11) * _P1
        at += np.uint64(1)
        left -= 1
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
        out[i] = _xxh64(data, offsets[i], offsets[i + 1])


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
            out[shingle_offsets[text] + i] = _xxh64(data, token_starts[first + i], end)


@part
def _finalise(hashed: np.uint64) -> np.uint32:
    """Mix the low 32 bits as MurmurHash3 does at its end."""
    h = np.uint32(hashed & np.uint64(0xFFFFFFFF))
    h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(h ^ (h >> np.uint32(16)))


@compiled(void(U64, I64, U32, U32, TO_U32_ROWS))
def min_hash(
    hashes: np.ndarray, offsets: np.ndarray, multipliers: np.ndarray, increments: np.ndarray, out: np.ndarray
) -> None:
    """Write MinHash signatures by datasketch's scheme `affine32`.

    Each 32-bit hash goes through the finaliser of MurmurHash3, then `a * h + b mod 2**32` for each
    permutation; the signature holds the minima, 2**32 - 1 where a text has no shingle.

    Args:
        hashes: uint64, of which the low 32 bits count.
        offsets: int64, text t has the hashes `offsets[t]` to `offsets[t + 1]`.
        multipliers: uint32, a of each permutation.
        increments: uint32, b of each permutation.
        out: uint32, one row a text, one column a permutation.
    """
    h = np.empty(8, np.uint32)  # so many at a time, so that the signature is read and written less often
    for text in range(len(offsets) - 1):
        signature, end = out[text], offsets[text + 1]
        for k in range(len(multipliers)):
            signature[k] = np.uint32(0xFFFFFFFF)
        for start in range(offsets[text], end, 8):
            for i in range(8):
                h[i] = _finalise(hashes[min(start + i, end - 1)])  # the last once more does no harm
            for k in range(len(multipliers)):
                least = signature[k]
                for i in range(8):
                    least = min(least, np.uint32(multipliers[k] * h[i] + increments[k]))
                signature[k] = least
