"""Keys of the bands of signatures."""

from __future__ import annotations

import numpy as np
from numba import njit, types, uint64, void

from dedup.kernels.compiling import TO_U64, compiled

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
