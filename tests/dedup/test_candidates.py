from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.candidates import add, empty, find


@given(st.integers(0, 12), st.integers(1, 3), st.integers(0, 12), st.integers(0, 2**32))
def test_pairs_are_those_that_share_a_key(count: int, bands: int, split: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 4, (count, bands)).astype(np.uint64)
    names = np.sort(rng.choice(100, count, replace=False))
    split = min(split, count)
    index = empty(bands)
    for some in np.array_split(np.arange(split), 2):  # the index is filled in two goes
        index = add(index, keys[some], names[some])
    expected = [
        (int(names[later]), int(names[earlier]))
        for later in range(split, count)
        for earlier in range(later)
        if any(keys[later] == keys[earlier])
    ]
    found = find(index, keys[split:], names[split:])
    assert list(zip(found["later"].to_pylist(), found["earlier"].to_pylist(), strict=True)) == expected


def test_the_index_stays_sorted() -> None:
    rng = np.random.default_rng(1)
    index = empty(2)
    for start in range(0, 60, 20):
        index = add(index, rng.integers(0, 9, (20, 2)).astype(np.uint64), np.arange(start, start + 20))
    for keys, members in zip(index.keys, index.members, strict=True):
        assert np.array_equal(np.lexsort((members, keys)), np.arange(60))
