"""Decisions that depend on those before them."""

from __future__ import annotations

import numpy as np
from numba import void

from ingest.kernels.compiling import F64, I64, TO_I64, compiled


@compiled(void(I64, I64, F64, F64, TO_I64, TO_I64))
def keep_first(
    later: np.ndarray,
    earlier: np.ndarray,
    jaccard: np.ndarray,
    containment: np.ndarray,
    kept_of: np.ndarray,
    match_of: np.ndarray,
) -> None:
    """Decide in order which text is kept, and of which kept one every other is a copy.

    A text is a copy if it matches a kept one before it, and then of the one it matches best: highest
    Jaccard, then highest containment, then first. Matches never chain through a copy.

    Args:
        later: int64, the later text of each match, ascending.
        earlier: int64, the earlier one, ascending where `later` is equal.
        jaccard: float64, one a match.
        containment: float64, one a match.
        kept_of: int64, on entry -1 for every text; becomes the kept text that each copy belongs to.
        match_of: int64, on entry -1 for every text; becomes the match that decided.
    """
    for match in range(len(later)):
        text, other = later[match], earlier[match]
        if kept_of[other] >= 0:
            continue
        best = match_of[text]
        if (
            best < 0
            or jaccard[match] > jaccard[best]
            or (jaccard[match] == jaccard[best] and containment[match] > containment[best])
        ):
            match_of[text] = match
            kept_of[text] = other
