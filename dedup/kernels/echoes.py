"""How many shingles texts of a group have in common with others of it."""

from __future__ import annotations

import numpy as np
from numba import types, void

from ingest.kernels.compiling import I64, TO_I64, U64, compiled

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: multiplicative hashing


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
