"""Sorted sets, and their exact comparison."""

from __future__ import annotations

import numpy as np
from numba import void

from ingest.kernels.compiling import I64, TO_I64, TO_U64, U64, compiled, part

FEW = 64  # from here on, two passes over 256 piles take less than insertion alone


@part
def _deal(source: np.ndarray, target: np.ndarray, count: int, shift: int, ends: np.ndarray) -> None:
    """Sort numbers by one of their bytes, stably."""
    for pile in range(256):
        ends[pile] = 0
    for i in range(count):
        ends[(source[i] >> np.uint64(shift)) & np.uint64(255)] += 1
    total = 0
    for pile in range(256):
        total, ends[pile] = total + ends[pile], total
    for i in range(count):
        pile = (source[i] >> np.uint64(shift)) & np.uint64(255)
        target[ends[pile]] = source[i]
        ends[pile] += 1


@compiled(void(U64, I64, TO_U64, TO_I64))
def sort(hashes: np.ndarray, offsets: np.ndarray, out: np.ndarray, out_offsets: np.ndarray) -> None:
    """Sort the hashes of each text and drop repeats.

    Hashes differ in their upper bits: after two passes over the highest bytes next to none is out of order.

    Args:
        hashes: uint64.
        offsets: int64, text t has the hashes `offsets[t]` to `offsets[t + 1]`.
        out: uint64, as long as `hashes`; its first `out_offsets[-1]` become the sets.
        out_offsets: int64, as long as `offsets`.
    """
    longest = 0
    for text in range(len(offsets) - 1):
        longest = max(longest, offsets[text + 1] - offsets[text])
    own, other, ends = np.empty(longest, np.uint64), np.empty(longest, np.uint64), np.empty(256, np.int64)
    written = 0
    out_offsets[0] = 0
    for text in range(len(offsets) - 1):
        count = offsets[text + 1] - offsets[text]
        for i in range(count):
            own[i] = hashes[offsets[text] + i]
        if count >= FEW:
            _deal(own, other, count, 48, ends)
            _deal(other, own, count, 56, ends)
        for i in range(1, count):
            value, at = own[i], i
            while at > 0 and own[at - 1] > value:
                own[at] = own[at - 1]
                at -= 1
            own[at] = value
        for i in range(count):
            if i == 0 or own[i] != own[i - 1]:
                out[written] = own[i]
                written += 1
        out_offsets[text + 1] = written


@compiled(void(U64, I64, I64, I64, TO_I64))
def count_common(
    sets: np.ndarray, offsets: np.ndarray, left: np.ndarray, right: np.ndarray, out: np.ndarray
) -> None:
    """Count the common members of pairs of sets.

    Args:
        sets: uint64, each set sorted and without repeats.
        offsets: int64, set s is `sets[offsets[s]:offsets[s + 1]]`.
        left: int64, first set of each pair.
        right: int64, second set of each pair.
        out: int64, one a pair.
    """
    for pair in range(len(left)):
        i, i_end = offsets[left[pair]], offsets[left[pair] + 1]
        j, j_end = offsets[right[pair]], offsets[right[pair] + 1]
        common = 0
        while i < i_end and j < j_end:
            a, b = sets[i], sets[j]
            common += a == b
            i += a <= b
            j += b <= a
        out[pair] = common
