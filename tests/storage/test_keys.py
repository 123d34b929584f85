from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from storage.keys import find, hex_keys, keyed_table, source_keys

# Few values a half, zeros at both ends among them: the traps are ties of the high half and NULs at the end.
HALF = st.sampled_from([0, 1, 2**8, 2**63, 2**64 - 1])
KEY = st.tuples(HALF, HALF).map(lambda halves: f"{halves[0]:016x}{halves[1]:016x}")
NAMES = st.sampled_from(["a", "b", "ab"])


@given(st.lists(KEY), st.integers(0, 3))
def test_hex_is_read_as_python_reads_it(hashes: list[str], cut: int) -> None:
    keys = hex_keys(pa.array(hashes, pa.string()).slice(cut))
    assert [(int(high) << 64) | int(low) for high, low in keys] == [int(each, 16) for each in hashes[cut:]]


@pytest.mark.parametrize("wrong", ["", "0" * 31, "0" * 33, "g" * 32, "A" * 32, "é" * 16, None])
def test_what_is_no_hash_is_refused(wrong: str | None) -> None:
    with pytest.raises(ValueError, match="hash"):
        hex_keys(pa.array(["0" * 32, wrong], pa.string()))


@given(st.lists(KEY), st.lists(KEY))
def test_find_answers_as_a_dict_does(stored: list[str], asked: list[str]) -> None:
    table = keyed_table(hex_keys(pa.array(stored, pa.string())), pa.table({"place": np.arange(len(stored))}))
    oracle: dict[str, int] = {}
    for place, key in enumerate(stored):
        oracle.setdefault(key, place)
    rows = find(table, hex_keys(pa.array(asked, pa.string())))
    places = table.column("place").to_pylist()
    assert [places[row] if row >= 0 else None for row in rows] == [oracle.get(key) for key in asked]
    keys = list(zip(table.column("high").to_pylist(), table.column("low").to_pylist(), strict=True))
    assert keys == sorted(set(keys))


@given(st.lists(st.tuples(NAMES, KEY), min_size=1))
def test_a_source_key_tells_sources_and_hashes_apart(pairs: list[tuple[str, str]]) -> None:
    names, hashes = zip(*pairs, strict=True)
    keys = source_keys(pa.array(names), pa.array(hashes))
    numbers = [(int(high) << 64) | int(low) for high, low in keys]
    assert numbers == [int(each, 16) ^ xxhash.xxh3_128_intdigest(name.encode()) for name, each in pairs]
    assert len(set(numbers)) == len(set(pairs))
    split = pa.chunked_array([names[:1], names[1:]], pa.string())
    assert (source_keys(split, pa.array(hashes)) == keys).all()
