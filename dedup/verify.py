"""Exact comparison of candidate pairs on their text."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import tokenise
from dedup.shingles import Shingles, as_sets, compare, shingle
from dedup.tables import MATCHES, PAIRS

PAIRS_AT_ONCE = 1_000_000
TEXT_AT_ONCE = 8 << 20  # bytes; comparing takes about eleven times the memory of the texts


def verify(
    candidates: pa.Table, texts: pa.Array, members: pa.Array, *, width: int, at_least: float
) -> pa.Table:
    """Compare the two texts of every candidate pair exactly.

    Args:
        candidates: table of schema `dedup.tables.PAIRS`.
        texts: string array, the texts that the candidates speak of.
        members: int64 array, ascending: which text of `PAIRS` each of `texts` is.
        width: tokens in a shingle.
        at_least: least Jaccard index of a match.

    Returns:
        Table of schema `dedup.tables.MATCHES`, the matches among the candidates, in the same order.
    """
    sets = _sets(texts, width)
    place = members.to_numpy()
    found = [MATCHES.empty_table()]
    for start in range(0, candidates.num_rows, PAIRS_AT_ONCE):
        some = candidates.slice(start, PAIRS_AT_ONCE)
        left, right = (np.searchsorted(place, some[name].to_numpy()) for name in PAIRS.names)
        jaccard, containment = compare(sets, left, right)
        columns = [*some.columns, pa.array(jaccard), pa.array(containment)]
        compared = pa.Table.from_arrays(columns, schema=MATCHES)
        found.append(compared.filter(pa.array(jaccard >= at_least)))
    return pa.concat_tables(found)


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
