"""Keys of the bands of signatures."""

from __future__ import annotations

import numpy as np
from numba import njit, types, uint64, void

from dedup.kernels.compiling import TO_U64, compiled

TO_I32 = types.Array(types.int32, 1, "C")

_U32_ROWS = types.Array(types.uint32, 2, "C", readonly=True)


@njit(inline="always")
def _mix(value: np.uint64) -> np.uint64:
    """Return the mixer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    value = (value ^ (value >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> uint64(27))) * uint64(0x94D049BB133111EB)
    return value ^ (value >> uint64(31))


@compiled(void(_U32_ROWS, types.int64, types.int64, TO_U64))
def hash_band(signatures: np.ndarray, band: int, rows: int, out: np.ndarray) -> None:
    """Hash one band of every signature.

    Args:
        signatures: uint32, one row a text.
        band: number of the band; different bands have different keys.
        rows: slots of a band.
        out: uint64, one a text.
    """
    for text in range(len(signatures)):
        key = uint64(band)
        for slot in range(band * rows, (band + 1) * rows):
            key = _mix(key + uint64(0x9E3779B97F4A7C15) + uint64(signatures[text, slot]))
        out[text] = key


@compiled("UniTuple(int64, 2)(uint64[::1], int64, int32[::1], int32[::1])")
def gather(packed: np.ndarray, bits: int, members: np.ndarray, sizes: np.ndarray) -> tuple[int, int]:
    """Gather the runs of two or more equal keys.

    Args:
        packed: uint64, ascending: a key in the high bits, a number in the low ones.
        bits: how many bits the number has.
        members: int32, as long as `packed`; gets the numbers of all runs.
        sizes: int32, as long; gets the length of each run.

    Returns:
        How many members and runs there are.
    """
    low = (uint64(1) << uint64(bits)) - uint64(1)
    count = runs = begin = 0
    for i in range(1, len(packed) + 1):
        if i < len(packed) and packed[i] | low == packed[begin] | low:
            continue
        if i - begin > 1:
            for j in range(begin, i):
                members[count] = packed[j] & low
                count += 1
            sizes[runs] = i - begin
            runs += 1
        begin = i
    return count, runs
