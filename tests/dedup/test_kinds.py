from __future__ import annotations

from itertools import permutations
from unittest import mock

import oracle_matching as oracle
import pyarrow as pa
import pytest
from builders import story
from builders_matching import Article, by_id, cleaned
from hypothesis import given
from hypothesis import strategies as st

from dedup import kinds
from dedup.fingerprints import fingerprint
from dedup.settings import MatchSettings
from dedup.tables import FIELD, PAIRS

WORDS = story(1).replace(".", "").split()
URL, TITLE = "https://a.example/1", "One title"
TEXTS = [
    story(1),
    story(1).upper(),
    story(1) + "\n\n" + story(2),
    " ".join(WORDS[:60]),
    " ".join(WORDS[10:]),
    " ".join(WORDS[5:57]),
    " ".join([*WORDS[:4], "Ellen", *WORDS[5:80], "Brandt", *WORDS[81:]]),
    " ".join([*WORDS[:4], "Tom", *WORDS[5:80], "Ferris", *WORDS[81:]]),
    " ".join(WORDS[:49]),
    " ".join(WORDS[:12]),
    "***",
    "---",
]
ARTICLE = st.builds(
    Article,
    number=st.integers(0, 10**6),
    text=st.sampled_from(TEXTS),
    day=st.sampled_from([None, 1, 2, 9]),
    outlet=st.sampled_from([None, "a", "a", "b"]),
    url=st.sampled_from([None, None, URL]),
    title=st.sampled_from([None, TITLE, TITLE.upper()]),
)


def judged(articles: list[Article], settings: MatchSettings) -> dict[tuple[int, int], dict]:
    """Judge all pairs, whichever of the two comes first."""
    table = fingerprint(cleaned(articles), chunk=0).articles
    pairs = pa.table(list(zip(*permutations(range(len(articles)), 2), strict=True)), schema=PAIRS)
    rows = table.select(FIELD.names)
    found = kinds.judge(pairs, rows, settings=settings, texts=by_id(articles, table))
    assert found.select(PAIRS.names).equals(pairs)
    return {(row["later"], row["earlier"]): row for row in found.to_pylist()}


@given(
    st.lists(ARTICLE, min_size=2, max_size=6, unique_by=lambda article: article.number),
    st.sampled_from([0.7, 0.8, 0.95]),
    st.sampled_from([0.8, 0.9, 1.0]),
    st.sampled_from([1, 4, 10_000]),
)
def test_pairs_are_what_the_rules_make_of_them(
    articles: list[Article], near: float, contained: float, at_once: int
) -> None:
    settings = MatchSettings(near=near, contained=contained)
    with mock.patch.object(kinds, "PAIRS_AT_ONCE", at_once):
        found = judged(articles, settings)
    for (later, earlier), row in found.items():
        x, k = articles[later], articles[earlier]
        # Candidates or not, here every pair is looked at: also those too short for a sketch.
        expected = oracle.verdict(x, k, settings, short=True)
        assert (row["jaccard"], row["containment"]) == (expected.jaccard, expected.containment)
        assert (row["match"], row["swallows"]) == (expected.match, expected.swallows)
        assert (row["series"] is None) == (expected.series is None)
        if x.text != k.text:
            sizes = [len(oracle.shingles(one.text)) for one in (x, k)]
            assert [row["later_size"], row["earlier_size"]] == sizes


@pytest.mark.parametrize("alike", ["text", "words", "url"])
def test_these_are_never_a_series(alike: str) -> None:
    """Of one outlet and weeks apart, which makes a series of all else."""
    other = {"text": TEXTS[0], "words": TEXTS[1], "url": TEXTS[6]}[alike]
    url = URL if alike == "url" else None
    one = Article(1, TEXTS[0], day=1, outlet="a", url=url, title=TITLE)
    row = judged([one, Article(2, other, day=30, outlet="a", url=url, title=TITLE)], MatchSettings())[1, 0]
    assert (row["series"], row["match"]) == (
        None,
        {"text": "exact", "words": "near", "url": "revision"}[alike],
    )
    apart = judged([one, Article(2, TEXTS[6], day=30, outlet="a", title=TITLE)], MatchSettings())[1, 0]
    assert apart["series"] is not None
    assert apart["match"] is None


NOTICE = (
    "{town} will get {sum} pounds for its fire brigade, the ministry said on Friday. The money comes "
    "from a fund that parliament set up three years ago to help small brigades buy engines, hoses and "
    "protective clothing which they could not pay for out of their own budgets. Brigades apply once a "
    "year, and a panel of former officers reads every application before the ministry decides. "
    "{chief}, who leads the brigade of {town}, thanked the panel."
)


def test_other_names_make_a_series_within_an_outlet_alone() -> None:
    facts = [("Harwick", "41,000", "Ellen Brandt"), ("Oakby", "17,500", "Tom Ferris")]
    texts = [NOTICE.format(town=town, sum=amount, chief=chief) for town, amount, chief in facts]

    def match_of(outlets: tuple[str | None, str | None]) -> str | None:
        some = [Article(i, texts[i], day=1, outlet=outlet) for i, outlet in enumerate(outlets)]
        match: str | None = judged(some, MatchSettings(near=0.5))[1, 0]["match"]
        return match

    assert match_of(("a", "a")) is None
    assert [match_of(pair) for pair in (("a", "b"), ("a", None), (None, None))] == ["near"] * 3


def test_texts_are_asked_for_only_where_they_differ() -> None:
    asked: list[int] = []
    articles = [Article(i, text) for i, text in enumerate([TEXTS[0], TEXTS[0], TEXTS[4]])]
    table = fingerprint(cleaned(articles), chunk=0).articles

    def texts(rows: object) -> pa.Array:
        asked.extend(rows)
        return by_id(articles, table)(rows)

    pairs = pa.table([[1, 2], [0, 0]], schema=PAIRS)
    kinds.judge(pairs.slice(0, 1), table.select(FIELD.names), settings=MatchSettings(), texts=texts)
    assert asked == []
    kinds.judge(pairs, table.select(FIELD.names), settings=MatchSettings(), texts=texts)
    assert asked == [0, 2]


def test_no_pairs_make_an_empty_table() -> None:
    articles = [Article(0, TEXTS[0])]
    rows = fingerprint(cleaned(articles), chunk=0).articles.select(FIELD.names)
    found = kinds.judge(PAIRS.empty_table(), rows, settings=MatchSettings(), texts=lambda _: pa.array([""]))
    assert found.num_rows == 0
    assert found.schema == kinds.JUDGED
