from __future__ import annotations

from unittest import mock

import numpy as np
import oracle_matching as oracle
import pyarrow as pa
import pytest
from builders import story
from hypothesis import given
from hypothesis import strategies as st

from dedup import verify
from dedup.tables import COMPARED, PAIRS

TEXT = st.lists(st.sampled_from(["one", "Two", "three", "four", "five.", "six"]), max_size=25).map(" ".join)


@given(st.lists(TEXT, min_size=2, max_size=8), st.data(), st.sampled_from([1, 40, 8 << 20]))
def test_scores_are_those_of_sets_of_shingles(texts: list[str], data: st.DataObject, at_once: int) -> None:
    members = np.array(
        sorted(data.draw(st.sets(st.integers(0, 50), min_size=len(texts), max_size=len(texts))))
    )
    place = st.integers(0, len(texts) - 1)
    pairs = data.draw(st.lists(st.tuples(place, place), max_size=12))
    columns = [members[[pair[side] for pair in pairs] or slice(0)] for side in (0, 1)]
    array = pa.array(["", *texts])[1:]
    with mock.patch.object(verify, "TEXT_AT_ONCE", at_once):
        found = verify.verify(pa.table(columns, schema=PAIRS), array, members, width=5)
    assert found.schema == COMPARED
    sets = [oracle.shingles(text) for text in texts]
    expected = [
        {
            "later": members[left],
            "earlier": members[right],
            "jaccard": len(sets[left] & sets[right]) / max(1, len(sets[left] | sets[right])),
            "containment": len(sets[left] & sets[right]) / max(1, min(len(sets[left]), len(sets[right]))),
            "later_size": len(sets[left]),
            "earlier_size": len(sets[right]),
        }
        for left, right in pairs
    ]
    assert found.to_pylist() == expected


@given(st.lists(st.tuples(TEXT, TEXT), max_size=6))
def test_similarity_is_told_pair_by_pair(pairs: list[tuple[str, str]]) -> None:
    left, right = (pa.array([pair[side] for pair in pairs], pa.string()) for side in (0, 1))
    jaccard, containment = verify.similarity(left, right, width=5)
    assert list(zip(jaccard.to_pylist(), containment.to_pylist(), strict=True)) == [
        oracle.scores(*pair) for pair in pairs
    ]


@pytest.mark.parametrize("texts", [("", ""), ("***", "***")])
def test_texts_without_words_are_similar_only_if_identical(texts: tuple[str, str]) -> None:
    def told(left: str, right: str) -> list[float]:
        return [score[0].as_py() for score in verify.similarity(pa.array([left]), pa.array([right]), width=5)]

    assert told(*texts) == [1, 1]
    assert told(texts[0], texts[1] + "-") == [0, 0]
    assert told(texts[0], story(1)) == [0, 0]


def test_nothing_to_compare() -> None:
    none = pa.array([], pa.string())
    assert verify.verify(PAIRS.empty_table(), none, np.empty(0, np.int64), width=5).num_rows == 0
    assert [len(scores) for scores in verify.similarity(none, none, width=5)] == [0, 0]
