"""Exact comparison of candidate pairs on their text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedup.comparison import tokenise
from dedup.shingles import as_sets, compare, shingle
from dedup.tables import MATCHES


def verify(candidates: pa.Table, texts: pa.Array, members: pa.Array, *, width: int) -> pa.Table:
    """Compare the two texts of every candidate pair exactly.

    Args:
        candidates: table of schema `dedup.tables.PAIRS`.
        texts: string array, the texts that the candidates speak of.
        members: int64 array, ascending: which text of `PAIRS` each of `texts` is.
        width: tokens in a shingle.

    Returns:
        Table of schema `dedup.tables.MATCHES`, one row a candidate, in the same order.
    """
    sets = as_sets(shingle(tokenise(texts), width=width))
    place = members.to_numpy()
    left = np.searchsorted(place, candidates["later"].to_numpy())
    right = np.searchsorted(place, candidates["earlier"].to_numpy())
    jaccard, containment = compare(sets, left, right)
    return pa.Table.from_arrays(
        [candidates["later"], candidates["earlier"], pa.array(jaccard), pa.array(containment)], schema=MATCHES
    )


def similarity(left: pa.Array, right: pa.Array, *, width: int) -> tuple[pa.Array, pa.Array]:
    """Compare texts pairwise, for whoever wants to check a match.

    Args:
        left: string array.
        right: string array of the same length.
        width: tokens in a shingle.

    Returns:
        Jaccard index and containment, float64 arrays.
    """
    sets = as_sets(shingle(tokenise(pa.concat_arrays([left, right])), width=width))
    count = len(left)
    jaccard, containment = compare(sets, np.arange(count), np.arange(count, 2 * count))
    return pa.array(jaccard), pa.array(containment)
