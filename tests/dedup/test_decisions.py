from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from builders import story
from builders_matching import Article, cleaned, match
from hypothesis import given
from hypothesis import strategies as st

from dedup.decisions import decide, in_order, repeated_records
from dedup.fingerprints import fingerprint
from dedup.matches import Found
from dedup.settings import MatchSettings
from dedup.tables import COPIES, DECISIONS, FIELD, RELATED

TEXTS = [story(1), story(1).upper(), story(2), "One line."]
ARTICLE = st.builds(
    Article,
    number=st.integers(0, 20),
    text=st.sampled_from(TEXTS),
    day=st.one_of(st.none(), st.integers(1, 5)),
    outlet=st.sampled_from([None, "a", "b"]),
    url=st.sampled_from([None, "u", "v"]),
)


def outcome(*texts: str) -> list[tuple[str, str | None, float | None]]:
    articles = [Article(i, text, day=i) for i, text in enumerate(texts)]
    rows = match(articles, MatchSettings()).decisions
    decided = [rows[article.name] for article in articles]
    return [(row["outcome"], row["match"], row["jaccard"]) for row in decided]


@given(st.lists(ARTICLE, max_size=8), st.randoms(use_true_random=False))
def test_order_is_that_of_publication(articles: list[Article], rng: random.Random) -> None:
    expected = sorted(articles, key=lambda x: (x.day is None, x.day or 0, x.name))
    shuffled = rng.sample(articles, len(articles))
    ordered = in_order(fingerprint(cleaned(shuffled), chunk=0).articles)
    assert ordered["article_id"].to_pylist() == [article.name for article in expected]
    names = [article.name for article in expected]
    assert repeated_records(ordered).tolist() == [
        i > 0 and names[i] == names[i - 1] for i in range(len(names))
    ]


@given(
    st.lists(ARTICLE, min_size=1, max_size=8, unique_by=lambda article: article.number),
    st.integers(0, 3),
    st.data(),
)
def test_decisions_say_of_each_article_what_was_found(
    articles: list[Article], past: int, data: st.DataObject
) -> None:
    everyone = fingerprint(cleaned(articles), chunk=7).articles
    past = min(past, len(articles) - 1)
    batch, rows = everyone.slice(past), everyone.select(FIELD.names)
    roles = data.draw(
        st.lists(st.sampled_from(["kept", "copy", "known"]), min_size=len(batch), max_size=len(batch))
    )
    kept = [*range(past), *(past + i for i, role in enumerate(roles) if role == "kept")]
    copies = {
        past + i: data.draw(st.sampled_from(kept)) for i, role in enumerate(roles) if role == "copy" and kept
    }
    series = [row for row in kept if row >= past][:2]
    found = Found(
        pa.table(
            [[*copies], [*copies.values()], *([v] * len(copies) for v in ("near", 0.9, 0.95))], schema=COPIES
        ),
        pa.table(
            [series, series, *([v] * len(series) for v in ("series", 0.9, 0.95, "why"))], schema=RELATED
        ),
    )
    known = np.array([role == "known" for role in roles])
    decided = decide(batch, rows, found, known=known)
    assert decided.schema == DECISIONS
    for place, row in enumerate(decided.to_pylist()):
        own, of = past + place, copies.get(past + place)
        x, k = articles[own], None if of is None else articles[of]
        outcome = "known" if known[place] else "kept" if k is None else "duplicate"
        assert row == {
            "article_id": x.name,
            "chunk": 7,
            "row": own,
            "outcome": outcome,
            "copies": sum(other == own for other in copies.values()),
            "of_article_id": k and k.name,
            "match": k and "near",
            "jaccard": k and 0.9,
            "containment": k and 0.95,
            "same_outlet": k and (x.outlet is not None and x.outlet == k.outlet),
            "same_url": k and (x.url is not None and x.url == k.url),
            "in_history": k and of < past,
            "series": own in series,
        }


def test_identical_text_is_exact_and_other_quotes_are_near() -> None:
    assert outcome(story(1), story(1), story(1).upper()) == [
        ("kept", None, None),
        ("duplicate", "exact", 1.0),
        ("duplicate", "near", 1.0),
    ]


def test_short_texts_are_copies_only_word_for_word() -> None:
    one = "Police in Lyon arrested 12 people on Friday after a march."
    decided = outcome(one, one.replace("12", "13"), one.lower())
    assert [row[0] for row in decided] == ["kept", "kept", "duplicate"]


@pytest.mark.parametrize(("texts", "kept"), [(("***", "---", "***"), 2), (("", "", ""), 1)])
def test_texts_without_words_are_alike_only_if_identical(texts: tuple[str, ...], kept: int) -> None:
    assert [row[0] for row in outcome(*texts)].count("kept") == kept


def test_the_same_record_twice_is_known() -> None:
    result = match([Article(4, story(4), day=1), Article(4, story(4), day=1)], MatchSettings())
    assert result.kept == {Article(4, "").name}
    assert result.copies == {}
