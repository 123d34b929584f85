from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from builders import sentence
from effort import examples
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from ingest.paragraphs import split
from ingest.title import find

HEADLINE = "Markets Rally as Rates Fall"
LEAD, BODY = sentence(1), sentence(2)


def run(
    text: str, given: str | None = None, boilerplate: tuple[int, ...] = ()
) -> tuple[str | None, list[str], list[str]]:
    paragraphs = split(pa.array([text]))
    mask = pa.array([i in boilerplate for i in range(paragraphs.num_rows)], pa.bool_())
    titles, removals = find(pa.array([given], pa.string()), paragraphs, mask)
    spans = zip(removals["start"].to_pylist(), removals["end"].to_pylist(), strict=True)
    return titles[0].as_py(), [text[a:b] for a, b in spans], removals["kind"].to_pylist()


def test_a_headline_above_prose_becomes_the_title() -> None:
    assert run(f"{HEADLINE}\n{LEAD}\n{BODY}") == (HEADLINE, [HEADLINE], ["title"])


def test_every_further_copy_goes_too() -> None:
    title, removed, kinds = run(f"{HEADLINE}\n\n{HEADLINE.upper()}\n{LEAD}\n{BODY}\n“{HEADLINE}”")
    assert title == HEADLINE
    assert removed == [HEADLINE, HEADLINE.upper(), f"“{HEADLINE}”"]
    assert kinds == ["title", "title-repeat", "title-repeat"]


def test_white_space_in_a_found_title_is_put_in_order() -> None:
    assert run(f"Markets\u00a0 Rally  Again\n{LEAD}")[0] == "Markets Rally Again"


def test_a_line_that_a_rule_claims_is_passed_over() -> None:
    assert run(f"Skip to main content\n{HEADLINE}\n{LEAD}", boilerplate=(0,))[0] == HEADLINE


@pytest.mark.parametrize(
    "first",
    [
        LEAD,
        "Share",
        "By Our Correspondent:",
        "• an item of a list",
        "https://example.com/a b c",
        "He said it himself, he did so twice.",
        "#one #two #three",
        "word " * 60,
        "CLICK FOR ALL FERRY TIMES",
        "Harbour radio with a wooden case for $39.99",
    ],
)
def test_what_is_no_headline_stays(first: str) -> None:
    assert run(f"{first}\n{LEAD}\n{BODY}") == (None, [], [])


def test_a_line_in_capitals_below_an_appeal_is_a_heading_not_the_headline() -> None:
    text = f"{sentence(3)}\n{{}}\n{LEAD}\n{BODY}"
    assert run(text.format("LOOK WHAT THE TIDE LEFT"), boilerplate=(0,))[0] is None
    assert run(text.format(HEADLINE), boilerplate=(0,))[0] == HEADLINE
    assert run(f"{HEADLINE.upper()}\n{LEAD}\n{BODY}")[0] == HEADLINE.upper()


def test_a_headline_without_prose_below_stays() -> None:
    assert run(f"{HEADLINE}\nAnother Line of the Same Kind")[0] is None


def test_a_given_title_is_kept_as_given_and_found_in_the_text() -> None:
    given = "Markets rally as rates fall | The Daily Example"
    assert run(f"{HEADLINE}\n{LEAD}", given) == (given, [HEADLINE], ["title-repeat"])


def test_a_lead_given_as_title_stays_in_the_text() -> None:
    assert run(f"{LEAD}\n{BODY}", LEAD) == (LEAD, [], [])


def test_a_short_title_is_only_removed_at_the_head() -> None:
    assert run(f"Sport\n{LEAD}\nSport\n{BODY}", "Sport")[1] == ["Sport"]


def test_titles_belong_to_their_own_article() -> None:
    texts = pa.array([f"{LEAD}\n{BODY}", f"{HEADLINE}\n{LEAD}", "", f"{HEADLINE}\n{LEAD}"])
    paragraphs = split(texts)
    titles, removals = find(
        pa.array([None, None, None, "Other"]), paragraphs, pa.array([False] * paragraphs.num_rows)
    )
    assert titles.to_pylist() == [None, HEADLINE, None, "Other"]
    assert removals["row"].to_pylist() == [1]


PLAIN = ["Rates", "RATES", "rate", "fall", "Fall!", "fi", "=", "•"]
BEYOND = ["rate\u0301", "é", "e\u0301", "É", "½", "1⁄2", "ﬁ", "Ж", "ж", "中", "\u0301", "\u00a0"]
LINES = st.lists(st.sampled_from(PLAIN + BEYOND), min_size=1, max_size=6).map(" ".join)


def words(line: str) -> list[str]:
    """Return the words of a line, by Python's own tables."""
    plain = unicodedata.normalize("NFKC", line).lower()
    return "".join(each if unicodedata.category(each)[0] in "LNM" else " " for each in plain).split()


@settings(max_examples=examples(60))
@drawn(title=LINES.filter(str.strip), lines=st.lists(LINES, min_size=1, max_size=6))
def test_lines_of_the_same_words_as_the_title_go_and_no_others(title: str, lines: list[str]) -> None:
    text = "\n\n".join([*lines, LEAD])
    stood = split(pa.array([text]))["text"].to_pylist()
    assert run(text, title)[1] == [line for line in stood if words(line) == words(title)]
