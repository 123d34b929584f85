from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from dedup.arbiter import PRIORITY, brake, settle
from ingest.paragraphs import split
from ingest.tables import REMOVALS


def claims(*spans: tuple[int, int, int, str]) -> pa.Table:
    rows = [
        {"row": row, "start": start, "end": end, "layer": layer, "kind": "social", "evidence": "x"}
        for row, start, end, layer in spans
    ]
    return pa.Table.from_pylist(rows, schema=REMOVALS)


def lines(count: int) -> tuple[str, list[tuple[int, int]]]:
    """Return a text of equal sentences, and their spans."""
    made = [sentence(100 + i) for i in range(count)]
    text = "\n".join(made)
    starts = [text.index(line) for line in made]
    return text, [(start, start + len(line)) for start, line in zip(starts, made, strict=True)]


def test_the_brake_holds_where_rules_would_take_too_much() -> None:
    text, spans = lines(10)
    paragraphs = split(pa.array([text, text]))
    few = [(0, *span, "rule") for span in spans[:3]]
    many = [(1, *span, "rule") for span in spans[:4]]
    left, stopped = brake(paragraphs, claims(*few, *many))
    assert stopped.tolist() == [1]
    assert left.to_pylist() == claims(*few).to_pylist()


def test_lines_that_are_no_prose_do_not_count() -> None:
    text = "\n".join(["Share", "Sign up", "Most read", sentence(1)])
    paragraphs = split(pa.array([text]))
    spans = [(0, p["start"], p["end"], "rule") for p in paragraphs.to_pylist()[:3]]
    assert brake(paragraphs, claims(*spans))[1].tolist() == []


def test_a_cut_counts_its_share() -> None:
    text, [(start, end), *_] = lines(1)
    paragraphs = split(pa.array([text]))
    quarter = claims((0, start, start + (end - start) // 4, "inline"))
    half = claims((0, start, start + (end - start) // 2, "inline"))
    assert brake(paragraphs, quarter)[1].tolist() == []
    assert brake(paragraphs, half)[1].tolist() == [0]


def test_no_article_is_left_without_a_text() -> None:
    text, spans = lines(2)
    paragraphs = split(pa.array([text, text, ""]))
    some = claims((0, *spans[0], "rule"), (1, *spans[0], "rule"), (1, *spans[1], "title"))
    left, emptied = settle(paragraphs, [some])
    assert emptied.tolist() == [1]
    assert left["row"].to_pylist() == [0]


SPANS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(0, 3), st.sampled_from(list(PRIORITY))),
    max_size=12,
)


@given(SPANS)
def test_what_is_settled_is_disjoint_sorted_and_claimed(drawn: list[tuple[int, int, int, str]]) -> None:
    text, spans = lines(5)
    paragraphs = split(pa.array([text, text]))
    made = []
    for row, at, inset, layer in drawn:
        start, end = spans[at]
        cut = (start + 3 * inset, end - 3) if layer == "inline" else (start, end)
        made.append((row, *cut, layer))
    left, emptied = settle(paragraphs, [claims(*made)])
    got = [(r["row"], r["start"], r["end"], r["layer"]) for r in left.to_pylist()]
    assert set(got) <= set(made)
    assert got == sorted(got)
    assert all(a[0] < b[0] or a[2] <= b[1] for a, b in pairwise(got))
    for row, start, end, layer in made:
        taken = [one for one in got if one[0] == row and one[1] < end and one[2] > start]
        assert taken or row in emptied
        if layer != "inline":  # nobody of lower rank stands where a claim of higher rank was dropped
            assert all(PRIORITY[one[3]] <= PRIORITY[layer] for one in taken) or not taken
