from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.candidates import pairs


@given(st.integers(0, 12), st.integers(1, 3), st.integers(0, 2**32))
def test_pairs_are_those_that_share_a_key(members: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 4, (members, columns)).astype(np.uint64)
    names = np.sort(rng.choice(100, members, replace=False))
    expected = [
        (int(names[later]), int(names[earlier]))
        for later in range(members)
        for earlier in range(later)
        if any(keys[later] == keys[earlier])
    ]
    found = pairs(keys, names)
    assert list(zip(found["later"].to_pylist(), found["earlier"].to_pylist(), strict=True)) == expected
