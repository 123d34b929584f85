"""Candidate pairs: texts alike enough, by their sketches, to be worth an exact comparison."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.tables import PAIRS

Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


def pairs(keys: Keys, members: Ints) -> pa.Table:
    """Pair all texts that share a key in the same column.

    Args:
        keys: uint64 of shape (members, columns), such as band keys.
        members: int64, the text of each row, ascending.

    Returns:
        Table of schema `dedup.tables.PAIRS`, each pair once, sorted by `later`, then `earlier`.
    """
    found = np.empty(0, np.int64)
    for column in range(keys.shape[1]):
        found = np.union1d(found, _pairs_of_column(keys[:, column]))
    size = max(1, len(members))
    later, earlier = members[found // size], members[found % size]
    return pa.table({"later": later, "earlier": earlier}, schema=PAIRS)


def _pairs_of_column(keys: Keys) -> Ints:
    """Return the pairs of rows with equal keys, as `later * rows + earlier`."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(keys) else np.empty(0, np.int64)
    sizes = np.diff(np.append(starts, len(keys)))
    # Every member of a run is paired with all members before it: member i of a run has i partners.
    place = np.arange(len(keys)) - np.repeat(starts, sizes)
    later = np.repeat(order, place)
    first = np.repeat(np.repeat(starts, sizes), place)
    partner = np.arange(len(later)) - np.repeat(np.cumsum(place) - place, place)
    found: Ints = later * len(keys) + order[first + partner]
    return found
