"""What both texts have is never cut, and nothing is in the result that is in neither."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.pages.blocks import is_prose
from ingest.pages.opinions import settled
from tests.builders_pages import PARAGRAPHS, RELATED

LABELS = ("Share", "Read more", "Photo: Ann Lee", "12 comments")
LINES = st.lists(st.sampled_from([*PARAGRAPHS, *RELATED, *LABELS]), max_size=12)


def joined(*lines: str) -> str:
    return "\n".join(lines)


def test_edges_that_one_text_alone_has_are_cut_but_not_prose() -> None:
    own = joined("Home", "News", *PARAGRAPHS, *RELATED)
    assert settled(own, joined(*PARAGRAPHS)) == joined(*PARAGRAPHS)
    assert settled(joined(*PARAGRAPHS), joined(*PARAGRAPHS[1:3])) == joined(*PARAGRAPHS)


def test_a_short_line_stays_where_both_have_it_beside_the_article() -> None:
    both = joined("Home", *PARAGRAPHS, "With wires")
    assert settled(joined("Share", both, "Share"), both) == both
    apart = joined("Share", "Home", "Follow", *PARAGRAPHS)  # a label between it and the article
    assert settled(apart, joined("Home", *PARAGRAPHS)) == joined(*PARAGRAPHS)


def test_what_stands_within_the_article_stays() -> None:
    within = joined(PARAGRAPHS[0], *LABELS, PARAGRAPHS[1])
    assert settled(within, joined(*PARAGRAPHS[:2])) == within


def test_other_breaks_and_other_signs_are_no_difference() -> None:
    whole = " ".join(PARAGRAPHS)
    assert settled(joined("Home", whole), joined(*PARAGRAPHS)) == whole
    quoted = [paragraph.replace("“", '"').replace(",", " ,").upper() for paragraph in PARAGRAPHS]
    assert settled(joined("Home", *quoted), joined(*PARAGRAPHS)) == joined(*quoted)


def test_a_text_goes_on_where_the_other_one_stops_but_not_behind_a_heading() -> None:
    assert settled(joined(*PARAGRAPHS[:2]), joined(*PARAGRAPHS)) == joined(*PARAGRAPHS)
    other = joined(*PARAGRAPHS[:2], "You may also like", *PARAGRAPHS[2:])
    assert settled(joined(*PARAGRAPHS[:2]), other) == joined(*PARAGRAPHS[:2])
    assert settled(joined(*PARAGRAPHS[:3]), joined(*PARAGRAPHS)) == joined(*PARAGRAPHS[:3])  # too little more


def test_texts_without_a_line_in_common_leave_the_first_and_no_text_leaves_the_other() -> None:
    assert settled(joined(*PARAGRAPHS), joined(*RELATED)) == joined(*PARAGRAPHS)
    assert settled("", joined(*PARAGRAPHS)) == joined(*PARAGRAPHS)
    assert settled("", joined(*RELATED)) == ""


@given(LINES, LINES)
def test_only_lines_of_either_come_out_in_their_order_and_all_prose_of_the_first(
    mine: list[str], others: list[str]
) -> None:
    result = settled(joined(*mine), joined(*others)).split("\n") if mine or others else []
    assert [line for line in mine if is_prose(line) and line not in result] == []
    for lines in (mine, others):
        if subsequence(result, lines):
            return
    assert result in ([], [""])


def subsequence(some: list[str], lines: list[str]) -> bool:
    rest = iter(lines)
    return all(line in rest for line in some)


@given(LINES)
def test_a_text_agrees_with_itself(lines: list[str]) -> None:
    assert settled(joined(*lines), joined(*lines)) == joined(*lines)
