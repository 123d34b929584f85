"""MinHash signatures."""

from __future__ import annotations

import numpy as np
from numba import void

from dedup.kernels.compiling import I64, TO_U32_ROWS, U32, U64, compiled


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
    permutations = len(multipliers)
    for text in range(len(offsets) - 1):
        signature = out[text]
        signature[:] = np.uint32(0xFFFFFFFF)
        for i in range(offsets[text], offsets[text + 1]):
            h = np.uint32(hashes[i] & np.uint64(0xFFFFFFFF))
            h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
            h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
            h = np.uint32(h ^ (h >> np.uint32(16)))
            for k in range(permutations):
                value = np.uint32(multipliers[k] * h + increments[k])
                signature[k] = min(signature[k], value)
