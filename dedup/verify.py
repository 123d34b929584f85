"""Exact comparison of candidate pairs on their text."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import tokenise
from dedup.shingles import Shingles, as_sets, compare, shingle
from dedup.tables import COMPARED, PAIRS

TEXT_AT_ONCE = 8 << 20  # bytes; comparing takes about eleven times the memory of the texts


def verify(candidates: pa.Table, texts: pa.Array, members: npt.NDArray[np.int64], *, width: int) -> pa.Table:
    """Compare the two texts of every candidate pair exactly.

    Args:
        candidates: table of schema `dedup.tables.PAIRS`.
        texts: string array, the texts that the candidates speak of.
        members: int64, ascending: which text of `PAIRS` each of `texts` is.
        width: tokens in a shingle.

    Returns:
        Table of schema `dedup.tables.COMPARED`, one row a pair, in the same order.
    """
    sets = _sets(texts, width)
    left, right = (np.searchsorted(members, candidates[name].to_numpy()) for name in PAIRS.names)
    scores = compare(sets, left, right)
    sizes = np.diff(sets.offsets)
    columns = [*scores, sizes[left], sizes[right]]
    return pa.Table.from_arrays([*candidates.columns, *map(pa.array, columns)], schema=COMPARED)


def _sets(texts: pa.Array, width: int) -> Shingles:
    """Return the shingles of each text as a set; some megabytes of text are in hand at a time."""
    ends = np.cumsum(pc.binary_length(texts).to_numpy(zero_copy_only=False))
    cuts = np.searchsorted(ends, np.arange(TEXT_AT_ONCE, ends[-1] if len(ends) else 0, TEXT_AT_ONCE))
    bounds = [0, *np.sort(cuts + 1).tolist(), len(texts)]
    parts = [
        as_sets(shingle(tokenise(texts.slice(first, behind - first)), width=width))
        for first, behind in pairwise(bounds)
        if behind > first
    ]
    sizes = [np.zeros(1, np.int64), *(np.diff(part.offsets) for part in parts)]
    hashes = [np.empty(0, np.uint64), *(part.hashes for part in parts)]
    return Shingles(np.concatenate(hashes), np.cumsum(np.concatenate(sizes)))


def similarity(left: pa.Array, right: pa.Array, *, width: int) -> tuple[pa.Array, pa.Array]:
    """Compare texts pairwise, for whoever wants to check a match.

    Args:
        left: string array.
        right: string array of the same length.
        width: tokens in a shingle.

    Returns:
        Jaccard index and containment, float64 arrays. Of texts without a word, which have no shingles, both
        are 1 where the texts are the same.
    """
    sets = _sets(pa.concat_arrays([left, right]), width)
    count = len(left)
    jaccard, containment = compare(sets, np.arange(count), np.arange(count, 2 * count))
    same = pc.equal(left, right).to_numpy(zero_copy_only=False)
    return tuple(pa.array(np.where(same, 1.0, score)) for score in (jaccard, containment))
