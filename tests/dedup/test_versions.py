from __future__ import annotations

from unittest import mock

import numpy as np
import oracle_matching as oracle
import pytest
from builders import story
from builders_matching import Article, by_id, cleaned, sliced
from hypothesis import given
from hypothesis import strategies as st

from dedup import versions
from dedup.decisions import in_order
from dedup.fingerprints import fingerprint
from dedup.kinds import judge
from dedup.settings import MatchSettings
from dedup.tables import FIELD

WORDS = story(1).replace(".", "").split()
TEXTS = [
    story(1),
    story(1).upper(),
    " ".join(WORDS[:60]),
    " ".join(WORDS[25:]),
    " ".join(WORDS[70:]),
    " ".join([*WORDS[:4], "Ellen", *WORDS[5:80], "Brandt", *WORDS[81:]]),
    " ".join([*WORDS[:4], "Tom", *WORDS[5:80], "Ferris", *WORDS[81:]]),
    story(2),
    "***",
]
URL, TITLE = "https://a.example/1", "One title"
ARTICLE = st.builds(
    Article,
    number=st.integers(0, 10**6),
    text=st.sampled_from(TEXTS),
    day=st.sampled_from([None, 1, 2, 4, 12]),
    outlet=st.sampled_from([None, "a", "a", "b"]),
    url=st.sampled_from([None, URL]),
    title=st.sampled_from([None, TITLE, TITLE.upper(), "Other"]),
)


def superseded(articles: list[Article], settings: MatchSettings, apart: set[int] = frozenset()) -> set[int]:
    ordered = in_order(fingerprint(cleaned(articles), chunk=0).articles)
    numbers = [int(name, 16) for name in ordered["article_id"].to_pylist()]
    old = versions.superseded(
        sliced(ordered.select(FIELD.names)),
        apart=np.array([number in apart for number in numbers]),
        settings=settings,
        texts=by_id(articles, ordered),
    )
    return {number for number, one in zip(numbers, old, strict=True) if one}


@given(
    st.lists(ARTICLE, min_size=1, max_size=8, unique_by=lambda article: article.number),
    st.sampled_from([0, 0, 3]),
    st.sets(st.integers(0, 7)),
)
def test_superseded_are_those_the_rules_say(articles: list[Article], days: int, apart: set[int]) -> None:
    settings = MatchSettings(days=days)
    out = {articles[place].number for place in apart if place < len(articles)}
    others = [one for one in articles if one.number not in out]
    expected = {one.number for one in others if oracle.is_superseded(one, others, settings)}
    assert superseded(articles, settings, out) == expected


@pytest.mark.parametrize("fields", [{"url": URL}, {"outlet": "a", "title": TITLE}])
def test_the_latest_version_stands(fields: dict[str, str]) -> None:
    drafts = [Article(i, " ".join(WORDS[: 70 + 25 * i]), day=3 - i, **fields) for i in range(3)]
    assert superseded(drafts, MatchSettings()) == {1, 2}  # the earlier ones, though longer
    assert superseded([*drafts, Article(9, story(1), day=None, **fields)], MatchSettings()) == {1, 2, 9}
    assert superseded([*drafts, Article(9, story(2), day=4, **fields)], MatchSettings()) == {1, 2}


def test_the_work_grows_with_the_number_of_versions_not_its_square() -> None:
    asked = []

    def counted(pairs: object, *args: object, **kwargs: object) -> object:
        asked.append(pairs.num_rows)
        return judge(pairs, *args, **kwargs)

    articles = [
        Article(i, " ".join(WORDS[: 60 + i % 50]), day=1, outlet="a", url=URL, title=TITLE)
        for i in range(400)
    ]
    with mock.patch.object(versions, "judge", counted):
        superseded(articles, MatchSettings())
    assert sum(asked) <= 4 * len(articles)
