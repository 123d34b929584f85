from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.pairs import sorted_pairs

KEYS = st.integers(0, 2**64 - 1) | st.integers(0, 40) | st.integers(2**63, 2**63 + 40)


@given(st.lists(st.tuples(KEYS, st.integers(0, 2**64 - 1) | st.integers(0, 9)), max_size=300))
def test_pairs_are_sorted_as_python_sorts_them_and_nothing_stands_for_nothing(
    pairs: list[tuple[int, int]],
) -> None:
    keys, values = (np.array([pair[place] for pair in pairs], np.uint64) for place in (0, 1))
    ordered = sorted_pairs(keys, values)
    assert list(zip(*map(np.ndarray.tolist, ordered), strict=True)) == sorted(
        pair for pair in pairs if pair[0]
    )


@pytest.mark.parametrize("alike", [1, 2, 1_000], ids="{} keys".format)
def test_many_pairs_in_one_place_of_the_range_are_no_harm(alike: int) -> None:
    """Sorted by insertion alone, these would take minutes."""
    keys = np.arange(400_000, dtype=np.uint64) % np.uint64(alike) + np.uint64(1)
    values = np.arange(len(keys), dtype=np.uint64)
    found, order = sorted_pairs(keys, values)
    expected = np.argsort(keys, kind="stable")
    assert (order == expected).all()
    assert (found == keys[expected]).all()
