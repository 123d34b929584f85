from __future__ import annotations

import datetime as dt
import random
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from builders import story
from hypothesis import given
from hypothesis import strategies as st

from dedup import matches
from dedup.candidates import Field
from dedup.decisions import decide, in_order, repeated_records
from dedup.fingerprints import fingerprint
from dedup.identity import content_ids
from dedup.settings import MatchSettings
from dedup.tables import CLEANED, FIELD, HITS
from dedup.versions import superseded


def spans(text: str) -> list[dict[str, int]]:
    ends = np.cumsum([len(part) + 2 for part in text.split("\n\n")]).tolist()
    return [{"start": start, "end": end - 2} for start, end in zip([0, *ends], ends, strict=False)]


def articles(rows: list[tuple[str, int | None, str]]) -> pa.Table:
    """Return cleaned articles of (id, day of publication, text)."""
    ids, days, texts = zip(*rows, strict=True)
    dates = [None if day is None else dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in days]
    columns = {
        "article_id": ids,
        "source": ["s"] * len(ids),
        "locator": [f"f:{i}" for i in range(len(ids))],
        "outlet": [f"{name}.example" for name in ids],
        "published_at": dates,
        "text": texts,
        "extracted": texts,
        "content_hash": ids,
        "content_id": content_ids(pa.array(texts, pa.string())),
        "word_count": [0] * len(ids),
        "paragraph_spans": [spans(text) for text in texts],
        "marks": [[]] * len(ids),
        "metadata": [[]] * len(ids),
    }
    empty = [None] * len(ids)
    return pa.table([pa.array(columns.get(f.name, empty), f.type) for f in CLEANED], schema=CLEANED)


def outcome(rows: list[tuple[str, int | None, str]], **settings: float) -> dict[str, dict]:
    """Decide on articles as the flow does, all texts at hand."""
    return {
        row["article_id"]: row
        for row in decided(articles(rows), MatchSettings(**settings))
        if row["outcome"] != "known"
    }


def decided(table: pa.Table, settings: MatchSettings) -> list[dict]:
    ordered = in_order(fingerprint(table, chunk=0).articles)
    known = repeated_records(ordered)

    def texts_of(some: pa.Table) -> matches.Texts:
        return lambda rows: table["text"].take(some["row"].take(pa.array(rows))).combine_chunks()

    old = superseded(ordered.select(FIELD.names), apart=known, settings=settings, texts=texts_of(ordered))
    order = np.argsort(old, kind="stable")
    ordered, known = ordered.take(pa.array(order)).combine_chunks(), known[order]
    rows = ordered.select(FIELD.names)
    signatures = np.frombuffer(b"".join(ordered["signature"].to_pylist()), np.uint32).reshape(-1, 128)
    field = Field(rows, 0, signatures, ordered["passages"].combine_chunks(), HITS.empty_table())
    found = matches.find(field, apart=known, settings=settings, texts=texts_of(ordered))
    return decide(ordered, rows, found, known=known).to_pylist()


def shingles(text: str) -> set[str]:
    words = text.lower().replace(".", "").split()
    return {" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))}


def jaccard(left: str, right: str) -> float:
    a, b = shingles(left), shingles(right)
    return len(a & b) / len(a | b)


def variant(base: int, cut: int) -> str:
    """Return an article of a family: the more is cut, the further from the others."""
    words = story(base, 5).split()
    return " ".join(words[cut:]) if words[cut:] else words[0]


FAMILY = st.tuples(st.integers(0, 2), st.integers(0, 30), st.one_of(st.none(), st.integers(1, 28)))


@pytest.mark.parametrize("block", [1, 3, 1000])
@given(st.lists(FAMILY, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_kept_is_what_matches_nothing_kept_before(
    block: int, family: list[tuple[int, int, int | None]], rng: random.Random
) -> None:
    rows = [(f"{i:032x}", day, variant(base, cut)) for i, (base, cut, day) in enumerate(family)]
    expected: dict[str, tuple[str, float] | None] = {}
    kept: list[tuple[str, str]] = []
    for name, _, text in sorted(rows, key=lambda row: (row[1] is None, row[1] or 0, row[0])):
        scores = [(jaccard(text, other), of) for of, other in kept]
        best = max((score for score, _ in scores), default=0)
        expected[name] = None
        if best >= 0.8:
            expected[name] = (next(of for score, of in scores if score == best), best)
        else:
            kept.append((name, text))
    shuffled = rng.sample(rows, len(rows))
    for some in (rows, shuffled):
        with mock.patch.object(matches, "BLOCK", block):  # texts at a time make no difference
            decided = outcome(some)
        got = {
            name: (row["of_article_id"], row["jaccard"]) if row["outcome"] == "duplicate" else None
            for name, row in decided.items()
        }
        assert got == expected


def test_identical_text_is_exact_and_other_quotes_are_near() -> None:
    text = story(1)
    decided = outcome([("a" * 32, 1, text), ("b" * 32, 2, text), ("c" * 32, 3, text.upper())])
    assert [(row["outcome"], row["match"], row["jaccard"]) for row in decided.values()] == [
        ("kept", None, None),
        ("duplicate", "exact", 1.0),
        ("duplicate", "near", 1.0),
    ]
    assert decided["a" * 32]["copies"] == 2


def test_short_texts_are_copies_only_word_for_word() -> None:
    one = "Police in Lyon arrested 12 people on Friday after a march."
    decided = outcome(
        [("a" * 32, 1, one), ("b" * 32, 2, one.replace("12", "13")), ("c" * 32, 3, one.lower())]
    )
    assert [row["outcome"] for row in decided.values()] == ["kept", "kept", "duplicate"]


def test_texts_without_words_are_alike_only_if_identical() -> None:
    decided = outcome([("a" * 32, 1, "***"), ("b" * 32, 2, "---"), ("c" * 32, 3, "***")])
    assert [row["outcome"] for row in decided.values()] == ["kept", "kept", "duplicate"]


def test_the_same_record_twice_is_known() -> None:
    text = story(4)
    table = articles([("a" * 32, 1, text), ("a" * 32, 1, text)])
    ordered = in_order(fingerprint(table, chunk=0).articles)
    assert repeated_records(ordered).tolist() == [False, True]
