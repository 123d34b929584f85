"""Exact comparison of sorted sets."""

from __future__ import annotations

import numpy as np
from numba import void

from dedup.kernels.compiling import I64, TO_I64, U64, compiled


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
