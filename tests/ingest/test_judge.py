from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from builders import record, records, sentence
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import NEWS, TEXT

from dedup.cleaning import clean
from ingest import judge, packs, reasons, scores
from ingest.outskirts import CLAIMED, CLOSING, FREE
from ingest.paragraphs import split
from ingest.patterns import Rules
from ingest.scores import Scale, Scores, Trait
from ingest.survey import booleans

PROSE = [sentence(number, 30) for number in range(1, 6)]
LABEL = "More on this topic"
LINKS = ["Harbour reopens", "Ferry crews vote on a new timetable", "Sign in", "The Weekly Quay"]
WEIGHTS = scores.load(scores.bundled())


@pytest.fixture(scope="module")
def rules() -> Rules:
    return replace(packs.load(packs.bundled()), judge=WEIGHTS)


def removed(text: str, said: dict[int, int], weights: Scores = WEIGHTS) -> list[str]:
    paragraphs = split(pa.array([text]))
    marks = np.full(len(paragraphs), FREE, np.int8)
    for at, what in said.items():
        marks[at] = what
    found = judge.propose(paragraphs, marks, weights)
    return [text[row["start"] : row["end"]] for row in found.to_pylist()]


def eager() -> Scores:
    """Return weights under which every line that may go does."""
    one = Scale((Trait("words", (), (0,)),), 0)
    return replace(WEIGHTS, head=one, tail=one)


@st.composite
def any_weights(draw: st.DrawFn) -> Scores:
    def scale() -> Scale:
        names = ["words", "capitals", "claims_between", "commas", "lines_between", "sentence"]
        edges = sorted(draw(st.sets(st.integers(-1, 20), max_size=3)))
        points = st.lists(st.integers(-300, 300), min_size=len(edges) + 1, max_size=len(edges) + 1)
        return Scale(
            tuple(Trait(name, tuple(edges), tuple(draw(points))) for name in names),
            draw(st.integers(-400, 400)),
        )

    return replace(WEIGHTS, head=scale(), tail=scale())


def lines_of(text: str) -> list[str]:
    return split(pa.array([text]))["text"].to_pylist()


def test_links_and_labels_behind_the_prose_and_a_rule_go() -> None:
    text = "\n".join([*PROSE, LABEL, *LINKS])
    assert removed(text, {5: CLOSING}) == LINKS


def test_what_stands_behind_the_prose_alone_stays() -> None:
    text = "\n".join([*PROSE, LABEL, *LINKS])
    assert removed(text, {}, eager()) == removed(text, {5: CLAIMED}, eager()) == []


@pytest.mark.parametrize(
    "line",
    [
        "“We shall sail”, the captain told the harbour council",
        "Correction: The ferry sails at noon and not at nine.",
        sentence(9, 12),
        " ".join(f"Word{number}" for number in range(20)),
    ],
)
def test_real_lines_stay_however_many_points_they_have(line: str) -> None:
    text = "\n".join([*PROSE, LABEL, "Read next", LINKS[0], line])
    assert removed(text, {5: CLOSING, 6: CLOSING}, eager()) == [LINKS[0]]


def test_one_label_ends_nothing_where_sentences_follow() -> None:
    text = "\n".join([*PROSE, LABEL, LINKS[0], sentence(9, 12)])
    assert removed(text, {5: CLOSING}, eager()) == []
    text = "\n".join([*PROSE, LABEL, sentence(9, 12), LINKS[0]])
    assert removed(text, {5: CLOSING}, eager()) == []


def test_headline_standfirst_and_dateline_stay() -> None:
    head = [
        "Home",
        "Ferry runs again after the storm",
        "Share",
        "LONDON (AP) —",
        "Menu",
        "By a reporter",
        "Crews are glad",
    ]
    text = "\n".join([*head, "Photo: AP", *PROSE])
    said = {2: CLAIMED, 5: CLAIMED, 7: CLAIMED}
    assert removed(text, said, eager()) == ["Home", "Menu"]


def test_rows_of_figures_stay() -> None:
    table = ["Ajax 30 22 5 3", "Boca 30 20 6 4", "Celtic 30 19 8 3"]
    text = "\n".join([*PROSE, LABEL, *table, "Tickets from 9 to 5"])
    assert removed(text, {5: CLOSING}, eager()) == ["Tickets from 9 to 5"]


def test_where_a_text_is_from_stays() -> None:
    text = "\n".join([*PROSE, LABEL, "Provided by University of Harbourtown", "Tickets and tides"])
    assert removed(text, {5: CLOSING}, eager()) == ["Tickets and tides"]


def test_results_prices_and_closings_stay() -> None:
    facts = ["Winner: Helen Ward", "Tickets from £12", "Yours, Helen Ward", "Turnout 64 %"]
    text = "\n".join([*PROSE, LABEL, *facts, "Tickets and tides"])
    assert removed(text, {5: CLOSING}, eager()) == ["Tickets and tides"]


@settings(max_examples=50)
@given(st.lists(NEWS.filter(str.strip), min_size=1, max_size=6), any_weights(), st.data())
def test_lists_and_headings_between_prose_are_out_of_reach(
    lines: list[str], weights: Scores, data: st.DataObject
) -> None:
    between = lines_of("\n".join(lines))
    text = "\n".join([PROSE[0], *between, PROSE[1]])
    count = len(lines_of(text))
    said = data.draw(st.dictionaries(st.integers(1, max(1, count - 2)), st.sampled_from([CLAIMED, CLOSING])))
    said = {at: what for at, what in said.items() if 0 < at < count - 1}
    assert removed(text, said, weights) == []


@settings(max_examples=30)
@given(st.lists(st.integers(1, 99), min_size=1, max_size=8), any_weights())
def test_an_article_of_prose_only_is_never_touched(numbers: list[int], weights: Scores) -> None:
    text = "\n".join(sentence(number, 10 + number) for number in numbers)
    said = dict.fromkeys(range(0, len(numbers), 3), CLOSING)
    assert removed(text, said, weights) == []


@settings(max_examples=50)
@given(
    st.lists(st.one_of(TEXT, NEWS, st.sampled_from([*PROSE, LABEL, *LINKS])), max_size=12),
    any_weights(),
    st.data(),
)
def test_guards_hold_whatever_the_weights(texts: list[str], weights: Scores, data: st.DataObject) -> None:
    text = "\n".join(texts)
    paragraphs = split(pa.array([text]))
    count = len(paragraphs)
    marks = np.array(
        data.draw(st.lists(st.sampled_from([FREE, CLAIMED, CLOSING]), min_size=count, max_size=count)),
        np.int8,
    )
    found = judge.propose(paragraphs, marks, weights).to_pylist()
    places = {row["start"]: at for at, row in enumerate(paragraphs.to_pylist())}
    long = [
        at
        for at, row in enumerate(paragraphs.to_pylist())
        if row["prose"] and row["words"] >= 20 and not marks[at]
    ]
    prose = booleans(paragraphs["prose"])
    for row in found:
        at = places[row["start"]]
        assert marks[at] == FREE
        assert not prose[at]
        nearest = max(long) if at > max(long) else min(long)
        assert at < min(long) or at > max(long)
        assert any(marks[min(at, nearest) : max(at, nearest)] != FREE)


@settings(max_examples=12)
@given(
    st.lists(
        st.sampled_from([*PROSE, LABEL, *LINKS, "Advertisement", "Follow us on Twitter"]),
        min_size=1,
        max_size=12,
    ),
    st.lists(TEXT.filter(str.strip), max_size=3),
)
def test_an_article_is_judged_the_same_in_any_company(
    rules: Rules, lines: list[str], others: list[str]
) -> None:
    def cleaned(*texts: str) -> list[dict[str, object]]:
        done = clean(records(*(record(one) for one in texts)), rules)
        return [{**row, "row": 0} for row in done.removals.to_pylist() if row["row"] == len(texts) - 1]

    text = "\n".join(lines)
    assert cleaned(*others, text) == cleaned(text)


def test_a_removal_says_why() -> None:
    paragraphs = split(pa.array(["\n".join([*PROSE, LABEL, *LINKS])]))
    said = np.array([FREE] * 5 + [CLOSING] + [FREE] * len(LINKS), np.int8)
    for row in judge.propose(paragraphs, said, WEIGHTS).to_pylist():
        assert (row["kind"], row["rule_id"]) == ("furniture", WEIGHTS.version)
        place, *traits = row["evidence"].split("; ")
        assert place == "behind the last long prose"
        assert 1 <= len(traits) <= reasons.COUNT
        assert all(
            trait.split(": ")[0] in {*reasons.NUMBERS.values(), *reasons.FLAGS.values()} for trait in traits
        )


def test_the_judge_makes_way_for_a_title_and_counts_for_nothing_of_prose(rules: Rules) -> None:
    text = "\n".join(["Ferry runs again after the storm", "By a reporter", *PROSE, LABEL, *LINKS])
    done = clean(records(record(text)), rules)
    assert done.articles["title"].to_pylist() == ["Ferry runs again after the storm"]
    assert done.articles["marks"].to_pylist() == [[]]


def test_scripts_without_capitals_get_no_points_for_them() -> None:
    for scale in (WEIGHTS.head, WEIGHTS.tail):
        for trait in scale.traits:
            if trait.name in {"capitals", "small", "shouting"}:
                assert trait.points[trait.ranges(np.array([-1]))[0]] == 0
