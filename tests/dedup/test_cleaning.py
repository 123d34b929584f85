from __future__ import annotations

from typing import Any
from unicodedata import category

import pyarrow as pa
import pytest
from builders import GOLD, SEEDS, record, records, sentence, story
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import NEWS, TEXT

from dedup.cleaning import clean
from ingest import packs
from ingest.paragraphs import split
from ingest.patterns import Cut, Rule, Rules, translate

ANY_TEXT = st.one_of(TEXT, NEWS).filter(str.strip)


@pytest.fixture(scope="module")
def rules() -> Rules:
    return packs.load(packs.bundled())


def solid(text: str) -> str:
    return "".join(text.split())


def assert_accounted_for(extracted: str, text: str, removals: list[dict[str, Any]]) -> None:
    """Every character but white space is in the text or in one removal, in order."""
    left, at = "", 0
    for row in removals:
        assert row["start"] >= at
        left, at = left + extracted[at : row["start"]], row["end"]
    assert solid(text) == solid(left + extracted[at:])


@settings(max_examples=60)
@given(st.lists(ANY_TEXT, min_size=1, max_size=8))
def test_every_character_is_kept_or_accounted_for(rules: Rules, texts: list[str]) -> None:
    cleaned = clean(records(*(record(text) for text in texts)), rules)
    removals = cleaned.removals.to_pylist()
    assert all(texts[row["row"]][row["start"] : row["end"]] == row["text"] for row in removals)
    for i, article in enumerate(cleaned.articles.to_pylist()):
        own = [row for row in removals if row["row"] == i]
        assert_accounted_for(texts[i], article["text"], own)
        assert article["extracted"] == texts[i]
        assert article["text"] == article["text"].strip() != ""
        paragraphs = article["text"].split("\n\n")
        assert all(paragraph == " ".join(paragraph.split()) != "" for paragraph in paragraphs)
        assert len(paragraphs) == len(article["paragraph_spans"])


SCRIPTS = st.sampled_from(
    ["كِتَابٌ", "\u200fشارك\u200f", "شارك", "यह भी", "पढ़ें", "हिंदी", "延伸阅读：渡轮", "責任編輯"]
)
SCRIPTS |= st.sampled_from(["シェア", "👩\u200d🚀", "👍🏽", "e\u0301te\u0301", "MORE", "Ad.", "said:", ""])
MIXED = st.lists(
    st.lists(SCRIPTS, min_size=1, max_size=16).map(lambda words: " ".join(words) + "。"),
    min_size=1,
    max_size=9,
).flatmap(lambda lines: st.sampled_from(["\n", "\r\n", "\u2029"]).map(lambda gap: gap.join(lines)))
MATCHES = st.sampled_from(
    ["^شارك", "^यह", "延伸", "^.{0,9}$", "MORE", "シェア。$", r"\p{Nd}", "^[^。]{9,40}。$"]
)
CUTS = st.sampled_from(
    ["शार?क", "(?P<x>يا)?MORE", "👍", "[^。]", "\u0301", "شارك", "भी .", "阅", "Ad. said: ", "हिं?"]
)
RULES = st.builds(
    lambda lines, cuts: Rules(
        tuple(
            Rule(f"a.r{i}", "social", "any", translate(match, case=False), where)
            for i, (match, where) in enumerate(lines)
        ),
        tuple(
            Cut(f"a.c{i}", "media", "any", translate(f"(?P<cut>{match})", case=True))
            for i, match in enumerate(cuts)
        ),
        "",
    ),
    st.lists(st.tuples(MATCHES, st.sampled_from(["any", "head", "tail", "outside"])), max_size=4),
    st.lists(CUTS, max_size=4),
)


@settings(max_examples=examples(60), deadline=None)
@given(RULES, st.lists(MIXED, min_size=1, max_size=4))
def test_whatever_the_script_and_the_rules_nothing_is_lost_and_no_character_torn(
    rules: Rules, texts: list[str]
) -> None:
    cleaned = clean(records(*(record(text) for text in texts)), rules)
    paragraphs = split(pa.array(texts)).to_pylist()
    removals = cleaned.removals.to_pylist()
    for row in removals:
        held = [p for p in paragraphs if p["row"] == row["row"] and p["start"] <= row["start"] < p["end"]]
        assert [row["end"] <= p["end"] for p in held] == [True]
        assert texts[row["row"]][row["start"] : row["end"]] == row["text"]
        rest = texts[row["row"]][row["end"] :]
        for part in (row["text"], rest):
            assert not category((part or " ")[0]).startswith("M")
            assert part[:1] not in ("\u200d", "🏽")
        assert not row["text"].endswith("\u200d")
    for i, article in enumerate(cleaned.articles.to_pylist()):
        own = [row for row in removals if row["row"] == i]
        assert_accounted_for(texts[i], article["text"], own)


@settings(max_examples=25)
@given(ANY_TEXT, st.lists(ANY_TEXT, max_size=3))
def test_an_article_is_cleaned_the_same_in_any_company(rules: Rules, text: str, others: list[str]) -> None:
    def cleaned(*texts: str) -> tuple[dict[str, object], list[dict[str, object]]]:
        done = clean(records(*(record(one) for one in texts)), rules)
        own = [{**row, "row": 0} for row in done.removals.to_pylist() if row["row"] == len(texts) - 1]
        return {**done.articles.to_pylist()[-1], "article_id": ""}, own

    assert cleaned(*others, text) == cleaned(text)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_seeds_are_cleaned_as_in_their_gold(rules: Rules, path: object) -> None:
    gold = GOLD[path.name]
    cleaned = clean(records(record(path.read_bytes().decode())), rules)
    [article] = cleaned.articles.to_pylist()
    assert article["text"] in (gold["expected_text"], gold.get("alternative_expected_text"))
    assert article["title"] == gold["title"]
    assert article["marks"] == []


def test_an_article_of_boilerplate_is_kept_and_marked(rules: Rules) -> None:
    text = "Share this article\nAdvertisement\nWritten by admin"
    [article] = clean(records(record(text)), rules).articles.to_pylist()
    assert solid(article["text"]) == solid(text)
    assert article["marks"] == ["review"]


def test_a_correction_stays_and_is_marked(rules: Rules) -> None:
    text = f"{story(1)}\n\nCorrection: {sentence(1)}"
    [article] = clean(records(record(text)), rules).articles.to_pylist()
    assert article["text"] == text
    assert article["marks"] == ["correction"]


def test_words_are_counted_on_what_is_left_and_on_what_went(rules: Rules) -> None:
    text = f"{sentence(1, 20)}\n\nREAD Also\u00a0 Another Headline Here\n\n{sentence(2, 20)}"
    done = clean(records(record(text)), rules)
    assert done.articles["word_count"].to_pylist() == [40]
    assert done.removals["words"].to_pylist() == [5]


def test_a_chunk_without_articles(rules: Rules) -> None:
    done = clean(records(), rules)
    assert (done.articles.num_rows, done.removals.num_rows) == (0, 0)
    assert isinstance(done.articles, pa.Table)
