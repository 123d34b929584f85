"""Marks tell of an article, and change none of its words."""

from __future__ import annotations

import pyarrow as pa
import pytest
from builders import record, sentence
from hypothesis import given
from hypothesis import strategies as st
from strategies import NEWS

from dedup.cleaning import clean
from dedup.echoes import MIN_WORDS
from ingest import packs
from ingest.patterns import Rules
from ingest.tables import RECORDS

BUNDLED = packs.load(packs.bundled())
NO_RULES = Rules((), (), "")
STORY = [sentence(1), sentence(2)]


def marked(*lines: str, rules: Rules = BUNDLED) -> tuple[list[str], str]:
    """Return the marks and the clean text of an article."""
    records = pa.Table.from_pylist([record("\n".join(lines), title="Another")], schema=RECORDS)
    [article] = clean(records, rules).articles.to_pylist()
    return article["marks"], article["text"]


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("UPDATE 2-Ferry captains end their strike", "update"),
        ("Update, 3 May: The captain has come back.", "update"),
        ("This story has been updated with the captain's answer.", "update"),
        ("Dieser Artikel wurde am Montag um 14 Uhr aktualisiert.", "update"),
        ("Cet article a été mis à jour.", "update"),
        ("Embargoed until Monday, 5 May, 00:01 GMT", "embargo"),
        ("STRICTLY EMBARGOED FOR RELEASE UNTIL 5 MAY", "embargo"),
        ("Sperrfrist: Montag, 5. Mai, 8 Uhr", "embargo"),
    ],
)
def test_a_note_of_the_desk_is_a_mark_and_stays(line: str, mark: str) -> None:
    marks, text = marked(line, *STORY)
    assert (marks, text) == ([mark], "\n\n".join([line, *STORY]))


@pytest.mark.parametrize(
    "line",
    [
        "An update of the timetable was promised by the captain.",
        "The embargo on oil from the north holds until May, the minister said.",
        "Update your boat before the winter comes to the harbour.",
        "Updated March 4, 2021",
    ],
)
def test_words_of_the_story_are_no_notes(line: str) -> None:
    assert marked(*STORY, line)[0] == []


TIMES = [
    ["10:42 a.m.", "11:05 a.m. ET", "2:15 pm"],
    ["02.02 Uhr", "03.10 Uhr", "14.30 Uhr"],
    ["08:15", "09h30", "11:00 GMT"],
]


@pytest.mark.parametrize("times", TIMES)
def test_the_times_of_a_live_blog_stay(times: list[str]) -> None:
    alone = [line for number, time in enumerate(times) for line in (time, sentence(10 + number))]
    opening = [f"{time}: {sentence(10 + number)}" for number, time in enumerate(times)]
    for lines in (alone, opening, [*STORY, *alone]):
        marks, text = marked(*lines)
        assert (marks, text) == (["live-blog"], "\n\n".join(lines))


@pytest.mark.parametrize(
    "lines",
    [
        [*STORY, "10:00 Doors open", "11:00 The captain speaks", "12:00 Lunch", "20:15 Dancing"],
        [*STORY, f"At 10:42 {sentence(3)}", f"10:42 {sentence(4)}", f"10:43 {sentence(5)}"],
        [f"2.50 {sentence(3)}", f"3.50 {sentence(4)}", f"4.50 {sentence(5)}"],
    ],
)
def test_a_timetable_a_time_or_two_and_prices_are_no_live_blog(lines: list[str]) -> None:
    assert marked(*lines)[0] == []


NOTES = st.sampled_from(
    [
        "UPDATE: The captain has come back.",
        "Embargoed until Monday",
        "10:42 a.m.",
        "Correction: It was Monday.",
    ]
)


@given(NEWS, st.lists(NOTES, max_size=4))
def test_marking_changes_no_text(news: str, notes: list[str]) -> None:
    lines = [*notes, *news.splitlines()]
    marks, text = marked(*lines, rules=NO_RULES)
    assert set(marks) <= {"correction", "embargo", "live-blog", "review", "update"}
    assert marks == sorted(marks)
    if not any(len(line.split()) >= MIN_WORDS for line in lines):  # nothing that could be a repeat
        assert text.split() == " ".join(lines).split()


def test_an_embargo_is_not_taken_for_the_headline() -> None:
    text = "\n".join(["Embargoed until Monday, 5 May", "The Captain Comes Back", *STORY])
    [article] = clean(pa.Table.from_pylist([record(text)], schema=RECORDS), BUNDLED).articles.to_pylist()
    assert article["title"] == "The Captain Comes Back"
    assert article["text"].startswith("Embargoed until Monday")
