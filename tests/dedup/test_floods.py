"""What goes wrong where many articles are alike, or some are alike in several ways at once."""

from __future__ import annotations

import random
from unittest import mock

import oracle_matching as oracle
import pyarrow as pa
import pytest
from builders import story
from builders_matching import Article, match

from dedup import candidates, matches
from dedup.settings import MatchSettings

WORDS = story(1).replace(".", "").split()
STREETS = " ".join(
    f"The road{i} from number{i} to river{i} has been{i} closed{i} since the winter{i}." for i in range(20)
)
NOTICE = (
    "The council of {} voted for the new bridge, and the mayor said that {} would lead the work. "
    + STREETS
    + " The grant goes to {} next, and the station at {} will be closed in spring, said {} there."
)


def swapped(words: list[str], other: dict[int, str]) -> str:
    return " ".join(other.get(i, word) for i, word in enumerate(words))


def notice(number: int) -> str:
    """Return a text of one template about other people and places."""
    rng = random.Random(number)
    names = ["".join(rng.choice("bdfgklmnprst") + rng.choice("aeiou") for _ in range(4)) for _ in range(5)]
    return NOTICE.format(*(name.title() for name in names))


@pytest.mark.parametrize("copies", [0, 40])
def test_a_flood_of_one_template_is_no_quadratic_work(copies: int) -> None:
    texts = [notice(i) for i in range(2_000)] + [f"{notice(50 * i)} So they say." for i in range(copies)]
    counted, find = [0], candidates.pair_up

    def counting(shared: candidates.Shared, rows: matches.Ints) -> tuple[pa.Table, matches.Bools]:
        pairs, left_out = find(shared, rows)
        counted[0] += pairs.num_rows
        return pairs, left_out

    articles = [Article(i, text, day=1, outlet="a.example") for i, text in enumerate(texts)]
    with mock.patch.object(candidates, "pair_up", counting):
        result = match(articles, MatchSettings())
    assert counted[0] <= 200 * len(texts)
    expected = {articles[2_000 + i].name: articles[50 * i].name for i in range(copies)}
    assert {name: copy[0] for name, copy in result.copies.items()} == expected
    assert sum(row["series"] for row in result.decisions.values()) == 1_999


@pytest.mark.parametrize("block", [1, 1000])
def test_a_series_is_told_of_a_kept_article_whatever_the_block(block: int) -> None:
    first = swapped(WORDS, {4: "Ellen", 44: "Brandt"})
    copy = swapped(WORDS, {4: "Ellen", 44: "Brandt", 90: "ferry"})
    other = swapped(WORDS, {4: "Tom", 44: "Ferris", 90: "ferry"})
    articles = [
        Article(1, first, day=1, outlet="a"),
        Article(2, copy, day=2, outlet="a"),
        Article(3, other, day=9, outlet="a"),
    ]
    with mock.patch.object(matches, "BLOCK", block):
        result = match(articles, MatchSettings(near=0.7))
    assert result.copies.keys() == {articles[1].name}
    assert [(row["article"], row["of"]) for row in result.related] == [(articles[2].name, articles[0].name)]


def test_copies_of_a_part_are_not_compared_with_what_lies_outside_the_window() -> None:
    part, twin = Article(1, story(1), day=7), Article(2, story(1), day=8, url="u")
    copy = Article(3, swapped(WORDS, {3: "alpha"}), day=13)  # 6 days from the part, 12 from the whole
    whole = Article(
        4, story(1) + "\n\n" + story(2, 9), day=1, url="u"
    )  # superseded by the twin: decided last
    some = MatchSettings(days=10)
    result = match([copy, part, whole, twin], some)
    expected = oracle.decide([copy, part, whole, twin], some)
    assert copy.name in {article.name for article in expected.kept}
    assert result.copies == expected.copies


def test_a_relation_is_told_once() -> None:
    articles = [
        Article(1, story(1) + "\n\n" + " ".join(story(51).split()[:12]), outlet="a", title="One title"),
        Article(2, swapped(WORDS, {40: "Ellen", 41: "Brandt"})),
        Article(0, " ".join(WORDS[1:]), day=1, outlet="a", title="One title"),
    ]
    related = match(articles, MatchSettings(near=0.95)).related
    told = [(row["article"], row["of"], row["relation"]) for row in related]
    assert len(told) == len(set(told))


def test_identical_text_is_exact_even_beside_the_same_words() -> None:
    """Law 6. The kept ones are too far apart to be compared; the third has no date and meets both."""
    articles = [Article(1, story(1).upper(), day=1), Article(2, story(1), day=20), Article(3, story(1))]
    assert match(articles, MatchSettings(days=10)).copies == {
        articles[2].name: (articles[1].name, "exact", 1.0, 1.0)
    }
