"""Candidate pairs: texts alike enough, by their sketches, to be worth an exact comparison.

An index holds the band keys of the texts kept so far, one sorted column a band. New texts are looked up in
it and compared among themselves, so that the work grows with what is kept, not with every copy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.tables import PAIRS

Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

MOST_AT_ONCE = 4_000_000  # coded pairs that are gathered before the repeats among them go: 32 MB


@dataclass(frozen=True)
class Index:
    """Band keys of texts: for each band the keys, ascending, and the text of each.

    Attributes:
        keys: uint64 arrays, one a band.
        members: int64 arrays, one a band; ascending where keys are equal.
    """

    keys: tuple[Keys, ...]
    members: tuple[Ints, ...]


def empty(bands: int) -> Index:
    """Return an index of no texts."""
    return Index((np.empty(0, np.uint64),) * bands, (np.empty(0, np.int64),) * bands)


def add(index: Index, keys: Keys, members: Ints) -> Index:
    """Return the index with further texts.

    Args:
        index: the index so far.
        keys: uint64 of shape (texts, bands).
        members: int64, ascending, and above all members of the index.
    """
    new_keys, new_members = [], []
    for band in range(keys.shape[1]):
        order = np.argsort(keys[:, band], kind="stable")
        column = keys[order, band]
        place = np.searchsorted(index.keys[band], column, "right")
        new_keys.append(np.insert(index.keys[band], place, column))
        new_members.append(np.insert(index.members[band], place, members[order]))
    return Index(tuple(new_keys), tuple(new_members))


def find(index: Index, keys: Keys, members: Ints) -> pa.Table:
    """Pair new texts with those of the index and with one another, where they share a key of a band.

    Args:
        index: texts before these.
        keys: uint64 of shape (texts, bands).
        members: int64, ascending, and above all members of the index.

    Returns:
        Table of schema `dedup.tables.PAIRS`, each pair once, sorted by `later`, then `earlier`.
    """
    size = int(members[-1]) + 1 if len(members) else 1
    found, more = np.empty(0, np.int64), 0
    parts = [found]
    for band in range(keys.shape[1]):
        parts += [_among(keys[:, band], members, size), _with(index, band, keys[:, band], members, size)]
        more += len(parts[-1]) + len(parts[-2])
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


def _with(index: Index, band: int, keys: Keys, members: Ints, size: int) -> Ints:
    """Return the pairs with texts of the index, as `later * size + earlier`."""
    first = np.searchsorted(index.keys[band], keys)
    counts = np.searchsorted(index.keys[band], keys, "right") - first
    coded: Ints = np.repeat(members, counts) * size + index.members[band][_ranges(first, counts)]
    return coded


def _among(keys: Keys, members: Ints, size: int) -> Ints:
    """Return the pairs of texts with equal keys, as `later * size + earlier`."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(keys) else np.empty(0, np.int64)
    start = np.repeat(starts, np.diff(np.append(starts, len(keys))))
    # Every member of a run of equal keys is paired with all before it in the run.
    before = np.arange(len(keys)) - start
    coded: Ints = np.repeat(members[order], before) * size + members[order][_ranges(start, before)]
    return coded


def _ranges(first: Ints, counts: Ints) -> Ints:
    """Return `first[i], first[i] + 1, ...`, `counts[i]` numbers for every i, one behind the other."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts - first, counts)
