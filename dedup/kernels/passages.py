"""Passages: a few of a text's shingles, chosen so that texts which share a stretch share one of them."""

from __future__ import annotations

import numpy as np
from numba import int64, types

from ingest.kernels.compiling import I64, TO_I64, TO_U64, U64, compiled


@compiled(int64(U64, I64, types.int64, TO_I64, TO_U64))
def winnow(hashes: np.ndarray, offsets: np.ndarray, window: int, counts: np.ndarray, out: np.ndarray) -> int:
    """Select the least hash, the last of equals, of every run of `window` hashes of a text.

    Args:
        hashes: uint64, of the shingles of each text, in order.
        offsets: int64, text t has the hashes `offsets[t]` to `offsets[t + 1]`.
        window: length of a run; a text with fewer hashes is one run.
        counts: int64, becomes the number selected of each text.
        out: uint64, as long as `hashes`; one selected twice in a row stands there once.

    Returns:
        Number of hashes selected.
    """
    size = 0
    for text in range(len(offsets) - 1):
        start, end = offsets[text], offsets[text + 1]
        before = size
        least = last = -1
        for i in range(start, end):
            if least < 0 or hashes[i] <= hashes[least]:
                least = i
            elif least <= i - window:
                least = i - window + 1
                for j in range(least + 1, i + 1):
                    if hashes[j] <= hashes[least]:
                        least = j
            if (i - start + 1 >= window or i == end - 1) and least != last:
                out[size] = hashes[least]
                size += 1
                last = least
        counts[text] = size - before
    return size
