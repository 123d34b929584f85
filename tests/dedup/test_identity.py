from __future__ import annotations

import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from dedup.identity import content_ids

TEXTS = st.lists(st.text())


@given(TEXTS)
def test_the_recipe_is_the_documented_one(texts: list[str]) -> None:
    expected = [xxhash.xxh3_128_hexdigest(f"copydesk-content-1\n{text}".encode()) for text in texts]
    assert content_ids(pa.array(texts, pa.string())).to_pylist() == expected


@given(TEXTS, TEXTS, st.integers(0, 5))
def test_slices_chunks_and_wide_strings_change_nothing(first: list[str], second: list[str], cut: int) -> None:
    expected = content_ids(pa.array(first + second, pa.string())).to_pylist()
    assert content_ids(pa.chunked_array([first, second], pa.string())).to_pylist() == expected
    assert content_ids(pa.array(first + second, pa.large_string())).to_pylist() == expected
    assert content_ids(pa.array(first + second, pa.string()).slice(cut)).to_pylist() == expected[cut:]


@given(st.text(), st.text())
def test_ids_are_equal_just_where_texts_are(one: str, other: str) -> None:
    first, second = content_ids(pa.array([one, other])).to_pylist()
    assert (first == second) == (one == other)


def test_a_known_value_stays() -> None:
    assert content_ids(pa.array(["The mill reopened."])).to_pylist() == ["1305bfc85871d7b091e20dfb70168c40"]


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="1 of 2 texts are null"):
        content_ids(pa.array(["a", None]))
