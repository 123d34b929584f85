from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import pairs


@pytest.mark.parametrize("at_once", [2, 4_000_000])
@given(st.integers(0, 12), st.integers(1, 3), st.integers(0, 2**32))
def test_pairs_are_those_that_share_a_key(at_once: int, count: int, bands: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 4, (count, bands)).astype(np.uint64)
    names = np.sort(rng.choice(100, count, replace=False))
    expected = [
        (int(names[later]), int(names[earlier]))
        for later in range(count)
        for earlier in range(later)
        if any(keys[later] == keys[earlier])
    ]
    with mock.patch.object(pairs, "MOST_AT_ONCE", at_once):
        found = pairs.sharing(keys, names)
    assert list(zip(found["later"].to_pylist(), found["earlier"].to_pylist(), strict=True)) == expected


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=10))
def test_ranges_stand_one_behind_the_other(some: list[tuple[int, int]]) -> None:
    first, counts = (np.array([one[i] for one in some], np.int64) for i in (0, 1))
    expected = [start + i for start, count in some for i in range(count)]
    assert pairs.ranges(first, counts).tolist() == expected


@given(st.lists(st.integers(-5, 5)))
def test_distinct_values_ascend(values: list[int]) -> None:
    assert pairs.distinct(np.array(values, np.int64)).tolist() == sorted(set(values))
