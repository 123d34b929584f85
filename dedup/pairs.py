"""Pairs of texts that share a key, all of them: for the few paragraphs of one article."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.tables import PAIRS

Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

MOST_AT_ONCE = 4_000_000  # coded pairs that are gathered before the repeats among them go: 32 MB


def sharing(keys: Keys, members: Ints) -> pa.Table:
    """Pair texts that share a key of a band.

    Args:
        keys: uint64 of shape (texts, bands).
        members: int64, ascending: the number of each text.

    Returns:
        Table of schema `dedup.tables.PAIRS`, each pair once, sorted by `later`, then `earlier`.
    """
    size = int(members[-1]) + 1 if len(members) else 1
    parts, more = [np.empty(0, np.int64)], 0
    for band in range(keys.shape[1]):
        parts.append(_of_band(keys[:, band], members, size))
        more += len(parts[-1])
        if more > MOST_AT_ONCE:
            parts, more = [distinct(np.concatenate(parts))], 0
    found = distinct(np.concatenate(parts))
    return pa.table({"later": found // size, "earlier": found % size}, schema=PAIRS)


def distinct(values: Ints) -> Ints:
    """Return the distinct values, ascending.

    `numpy.unique` hashes integers, and took 80 s for the pairs of 3,000 texts of one template, this 1 s.
    """
    ordered = np.sort(values)
    new = np.ones(len(ordered), np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


def ranges(first: Ints, counts: Ints) -> Ints:
    """Return `first[i], first[i] + 1, ...`, `counts[i]` numbers for every i, one behind the other."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts - first, counts)


def _of_band(keys: Keys, members: Ints, size: int) -> Ints:
    """Return the pairs of texts with equal keys, as `later * size + earlier`."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(keys) else np.empty(0, np.int64)
    start = np.repeat(starts, np.diff(np.append(starts, len(keys))))
    # Every member of a run of equal keys is paired with all before it in the run.
    before = np.arange(len(keys)) - start
    coded: Ints = np.repeat(members[order], before) * size + members[order][ranges(start, before)]
    return coded
