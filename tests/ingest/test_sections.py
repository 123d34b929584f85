"""What stands below a heading of links goes with it, and nothing else."""

from __future__ import annotations

import pyarrow as pa
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from ingest import rules
from ingest.paragraphs import split
from ingest.patterns import Rule, Rules, translate
from ingest.sections import LINK_WORDS, LINKS

HEADING, LABEL = "Related stories", "Share"
LINK, ASKS = "Mayor Pledges a New Ferry", "Who owns the ferry?"
LONG = " ".join(["Ferry"] * (LINK_WORDS + 1))
QUOTED, SHORT = "“The Ferry Never Paid”, by Its Captain", "It was late."
RULES = Rules(
    (
        Rule("a.related", "related-heading", "any", translate("^related stories$", case=False), section=True),
        Rule("a.share", "social", "any", translate("^share$", case=False)),
    ),
    (),
    "",
)
LINES = st.lists(
    st.sampled_from([HEADING, LABEL, LINK, ASKS, LONG, QUOTED, SHORT, sentence(1)]), min_size=1, max_size=12
)


def removed(lines: list[str], *others: list[str]) -> list[int]:
    """Return the numbers of the lines of the first article that the rules remove."""
    paragraphs = split(pa.array(["\n".join(article) for article in (lines, *others)]))
    found, _ = rules.propose(paragraphs, pa.nulls(1 + len(others), pa.string()), RULES)
    starts = [sum(len(line) + 1 for line in lines[:at]) for at in range(len(lines))]
    return [starts.index(row["start"]) for row in found.to_pylist() if row["row"] == 0]


def plainly(lines: list[str]) -> list[int]:
    """Say line by line what goes: the oracle."""
    prose = [at for at, line in enumerate(lines) if line == sentence(1)]
    gone, below = [], False
    for at, line in enumerate(lines):
        if line in (HEADING, LABEL):
            gone.append(at)
            below |= line == HEADING and bool(prose) and at > prose[-1]
        elif line in (SHORT, sentence(1)):
            below = False
        elif below and line in (LINK, ASKS):
            gone.append(at)
    return gone


@given(LINES, LINES)
def test_lines_go_exactly_as_said_line_by_line(lines: list[str], other: list[str]) -> None:
    assert removed(lines, other) == plainly(lines)
    assert removed(lines) == plainly(lines)


@pytest.mark.parametrize(
    "line", ["Yours faithfully,", "Prof Roe: close it", "Reds 12, Greens 9, Blues 3", "12"]
)
def test_what_looks_like_no_headline_ends_the_box(line: str) -> None:
    assert removed([sentence(1), HEADING, LINK, line, LINK]) == [1, 2]


def test_a_long_list_is_no_box_to_its_end() -> None:
    assert removed([sentence(1), HEADING, *[LINK] * (2 * LINKS)]) == list(range(1, LINKS + 2))


def test_links_are_told_by_their_heading() -> None:
    paragraphs = split(pa.array(["\n".join([sentence(1), HEADING, LINK])]))
    found, _ = rules.propose(paragraphs, pa.nulls(1, pa.string()), RULES)
    assert found.select(["kind", "rule_id", "evidence"]).to_pylist() == [
        {"kind": "related-heading", "rule_id": "a.related", "evidence": f"the words “{HEADING}”"},
        {"kind": "related-link", "rule_id": "a.related", "evidence": f"a line below the words “{HEADING}”"},
    ]
