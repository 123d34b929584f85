from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from ingest import judge, reasons, scores
from ingest.paragraphs import split
from ingest.scores import Scale, Trait

WEIGHTS = scores.load(scores.bundled())
SCALES = [WEIGHTS.head, WEIGHTS.tail]


@given(st.sets(st.integers(-5, 50), max_size=6), st.lists(st.integers(-9, 60), min_size=1))
def test_points_are_those_of_the_first_edge_that_is_not_below(edges: set[int], values: list[int]) -> None:
    ordered = sorted(edges)
    trait = Trait("words", tuple(ordered), tuple(range(len(ordered) + 1)))
    scale = Scale((trait, trait), 0)
    ranges = scale.ranges({"words": np.array(values)})
    expected = [sum(edge < value for edge in ordered) for value in values]
    assert scale.points(ranges).sum(axis=1).tolist() == [2 * points for points in expected]


@pytest.mark.parametrize("scale", SCALES)
def test_bundled_weights_are_whole_numbers_for_traits_that_there_are(scale: Scale) -> None:
    known = {*reasons.NUMBERS, *reasons.FLAGS}
    for trait in scale.traits:
        assert trait.name in known
        assert list(trait.edges) == sorted(set(trait.edges))
        assert len(trait.points) == len(trait.edges) + 1
        assert all(isinstance(number, int) for number in (*trait.edges, *trait.points, scale.needed))
        assert len(set(reasons.spelt(trait))) == len(trait.points)


def test_every_trait_has_a_name_for_people() -> None:
    paragraphs = split(pa.array([f"{sentence(1, 30)}\n\nRead more"]))
    around = judge.candidates(paragraphs, np.zeros(len(paragraphs), np.int8))
    assert set(judge.traits_of(paragraphs, around)) == {*reasons.NUMBERS, *reasons.FLAGS}


def test_the_fingerprint_is_that_of_the_weights(tmp_path: Path) -> None:
    given_ = json.loads(scores.bundled().read_bytes())
    same, other = tmp_path / "same.json", tmp_path / "other.json"
    same.write_text(json.dumps(given_), encoding="utf-8")
    given_["tail"]["needed"] += 1
    other.write_text(json.dumps(given_), encoding="utf-8")
    assert scores.load(same).fingerprint == WEIGHTS.fingerprint != scores.load(other).fingerprint
