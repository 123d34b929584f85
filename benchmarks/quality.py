"""What a deduplicator lost and left, against all similar pairs of a corpus, found without any sketch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.comparison import tokenise
from dedup.settings import WIDTH
from dedup.shingles import Shingles, as_sets, compare, shingle

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

AT_ONCE = 1_000  # texts tokenised at a time
PAIRS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Faults:
    """What is wrong with a choice of articles.

    Attributes:
        lost: articles dropped that are similar to none kept.
        left: articles kept that are similar to one kept before them.
    """

    lost: int
    left: int


def judge(kept: Bools, pairs: tuple[Ints, Ints], *, right: Bools, series: Bools) -> Faults:
    """Count what a deduplicator lost and left.

    Args:
        kept: bool, one an article.
        pairs: later and earlier article of every similar pair.
        right: bool, articles dropped for another good reason.
        series: bool, articles that are known to resemble others and stay apart for a good reason.
    """
    later, earlier = pairs
    near_kept = np.zeros(len(kept), np.bool_)
    near_kept[later[kept[earlier]]] = True
    near_kept[earlier[kept[later]]] = True
    beside = kept[later] & kept[earlier] & ~series[later] & ~series[earlier]
    return Faults(int(np.sum(~kept & ~near_kept & ~right)), len(np.unique(later[beside])))


def similar_pairs(texts: pa.ChunkedArray, threshold: float) -> tuple[Ints, Ints]:
    """Find all pairs of texts whose word shingles have at least this Jaccard index. Exact.

    Two sets with Jaccard index t or more share one of the rarest `n - ceil(t n) + 1` members of each
    (prefix filtering: Chaudhuri, Ganti, Kaushik, A Primitive Operator for Similarity Joins, 2006).

    Args:
        texts: string array.
        threshold: least Jaccard index.

    Returns:
        int64 arrays, the later and the earlier text of each pair, ascending.
    """
    sets = _sets(texts)
    member, owner = _prefixes(sets, threshold)
    pairs = _distinct(_sharing(member, owner, np.diff(sets.offsets), threshold), len(texts))
    later, earlier = pairs // len(texts), pairs % len(texts)
    alike = np.zeros(len(pairs), np.bool_)
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        alike[some] = compare(sets, later[some], earlier[some])[0] >= threshold
    return later[alike], earlier[alike]


def _sets(texts: pa.ChunkedArray) -> Shingles:
    whole = texts.combine_chunks()
    parts = [
        as_sets(shingle(tokenise(whole.slice(start, AT_ONCE)), width=WIDTH))
        for start in range(0, len(whole), AT_ONCE)
    ]
    sizes = np.concatenate([[0], *(np.diff(part.offsets) for part in parts)])
    return Shingles(np.concatenate([part.hashes for part in parts]), np.cumsum(sizes))


def _prefixes(sets: Shingles, threshold: float) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Return the rarest members of each set that a similar one must share one of, and their owners."""
    sizes = np.diff(sets.offsets)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    _, place, counts = np.unique(sets.hashes, return_inverse=True, return_counts=True)
    order = np.lexsort((place, counts[place], owner))
    rank = np.arange(len(order)) - np.repeat(sets.offsets[:-1], sizes)
    taken = rank < np.repeat(sizes - np.ceil(threshold * sizes - 1e-9).astype(np.int64) + 1, sizes)
    common = counts[place[order]] > 1
    return sets.hashes[order][taken & common], owner[order][taken & common]


def _sharing(member: npt.NDArray[np.uint64], owner: Ints, sizes: Ints, threshold: float) -> list[Ints]:
    """Return the pairs of owners that share a member, as `later * owners + earlier`, of fitting sizes."""
    order = np.lexsort((owner, member))
    member, owner = member[order], owner[order]
    found, distance = [], 1
    same = np.ones(len(member), np.bool_)
    while same.any():
        # All that stand `distance` behind one another in a run of equal members.
        same = member[distance:] == member[:-distance] if distance < len(member) else same[:0]
        earlier, later = owner[: len(same)][same], owner[distance:][same]
        small, large = np.minimum(sizes[earlier], sizes[later]), np.maximum(sizes[earlier], sizes[later])
        fitting = small >= threshold * large - 1e-9
        found.append(later[fitting] * len(sizes) + earlier[fitting])
        distance += 1
    return found


def _distinct(parts: list[Ints], count: int) -> Ints:
    values = np.sort(np.concatenate([np.empty(0, np.int64), *parts]))
    assert not len(values) or values[-1] < count * count
    return values[np.r_[True, values[1:] != values[:-1]]] if len(values) else values
