from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from ingest import inline, packs, rules
from ingest.paragraphs import split
from ingest.patterns import Rule, Rules, translate
from ingest.survey import edges, primary_subtags
from ingest.tables import KINDS, METADATA, REMOVALS

ROOT = Path(__file__).parents[2]
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))
OTHERS = ("title-repeat", "duplicate-paragraph")  # found by other layers
PROSE = "The ferry left the harbour at noon and nobody on the quay waved to the captain."
BUNDLED = packs.load(packs.bundled())


def _rule(name: str, match: str, **more: object) -> Rule:
    given: dict[str, object] = {"kind": "navigation", "language": "any", **more}
    return Rule(id=name, pattern=translate(match, case=False), **given)  # type: ignore[arg-type]  # keywords of Rule


def _removed(
    articles: list[str], lines: list[Rule], languages: list[str | None] | None = None
) -> list[tuple[int, str, str]]:
    paragraphs = split(pa.array(articles, pa.string()))
    given = pa.array(languages or [None] * len(articles), pa.string())
    removals, _ = rules.propose(paragraphs, given, Rules(tuple(lines), (), ""))
    return [
        (row["row"], articles[row["row"]][row["start"] : row["end"]], row["rule_id"])
        for row in removals.to_pylist()
    ]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name[:3])
def test_the_seeds_lose_exactly_what_the_gold_says(seed: Path) -> None:
    gold = json.loads((ROOT / "tests/golden/seeds" / f"{seed.name}.json").read_text(encoding="utf-8"))
    text = seed.read_bytes().decode()
    paragraphs, unknown = split(pa.array([text])), pa.nulls(1, pa.string())
    removals, _ = rules.propose(paragraphs, unknown, BUNDLED)
    cuts = inline.propose(paragraphs, unknown, BUNDLED)
    found = {(row["start"], row["end"]) for row in (*removals.to_pylist(), *cuts.to_pylist())}
    assert found == {(row["start"], row["end"]) for row in gold["removed"] if row["kind"] not in OTHERS}


def test_the_facts_of_a_seed_become_metadata() -> None:
    paragraphs = split(pa.array([SEEDS[4].read_bytes().decode()]))
    removals, metadata = rules.propose(paragraphs, pa.nulls(1, pa.string()), BUNDLED)
    facts = {row["key"]: row["value"] for row in metadata.to_pylist()}
    assert facts == {
        "cms_author": "admin",
        "hashtags": "Taliban Advance Biden Officials Cling Hope Afghan Peace",
    }
    assert "author-box" in removals["kind"].to_pylist()


def test_tables_have_their_schemas_even_when_empty() -> None:
    nothing = split(pa.array([], pa.string()))
    removals, metadata = rules.propose(nothing, pa.array([], pa.string()), BUNDLED)
    assert removals.schema == REMOVALS
    assert metadata.schema == METADATA
    assert (len(removals), len(metadata)) == (0, 0)
    removals, metadata = rules.propose(split(pa.array([PROSE])), pa.nulls(1, pa.string()), Rules((), (), ""))
    assert (len(removals), len(metadata)) == (0, 0)


def test_the_first_rule_wins_and_evidence_is_in_words() -> None:
    first, second = _rule("a.one", "^share"), _rule("a.two", "^share this$")
    paragraphs = split(pa.array([f"{PROSE}\nShare\u00a0this"]))
    removals, _ = rules.propose(paragraphs, pa.nulls(1, pa.string()), Rules((second, first), (), ""))
    assert [(row["rule_id"], row["evidence"]) for row in removals.to_pylist()] == [
        ("a.two", "the words “Share this”")
    ]


def test_offsets_are_code_points_of_the_article() -> None:
    text = f"Ünïcode 🚢 {PROSE}\r\n\r\n  Share  \r\nÄnd {PROSE}"
    assert _removed([text], [_rule("a.share", "^share$")]) == [(0, "Share", "a.share")]


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("any", []),
        ("head", ["middle", "tail"]),
        ("tail", ["head", "middle"]),
        ("edge", ["middle"]),
        ("outside", ["middle"]),
        ("before", ["middle", "tail"]),
    ],
)
def test_where_a_line_stands(where: str, kept: list[str]) -> None:
    body = "\n".join([PROSE] * 8)
    article = f"Share head\n{body}\nShare middle\n{body}\nShare tail"
    gone = [
        text.removeprefix("Share ")
        for _, text, _ in _removed([article], [_rule("a.x", "^share", where=where)])
    ]
    assert gone == [name for name in ("head", "middle", "tail") if name not in kept]


def test_before_ends_at_the_first_prose_however_short_the_article() -> None:
    article = f"Share one\n{PROSE}\nShare two"
    gone = {
        where: [text for _, text, _ in _removed([article], [_rule("a.x", "^share", where=where)])]
        for where in ("head", "before")
    }
    assert gone == {"head": ["Share one", "Share two"], "before": ["Share one"]}


def test_an_appeal_in_sentences_is_tail_among_the_last_lines() -> None:
    appeal = "Share this story with all the people you know, and do it before noon."
    assert _removed([f"{PROSE}\n{appeal}"], [_rule("a.x", "^share", where="tail")])


def test_edges_of_an_article_without_prose_are_everywhere() -> None:
    head, tail = edges(split(pa.array(["One\nTwo\nThree"])))
    assert head.all()
    assert tail.all()


def test_guards_on_length_and_sentence() -> None:
    lines = "Share this now\nShare this very long line with many people\nShare it."
    article = f"{PROSE}\n{lines}"
    assert [text for _, text, _ in _removed([article], [_rule("a.x", "^share", max_words=3)])] == [
        "Share this now",
        "Share it.",
    ]
    assert [text for _, text, _ in _removed([article], [_rule("a.x", "^share", sentence=True)])] == [
        "Share it."
    ]


@pytest.mark.parametrize("mark", ['"', "“", "„", "«", "‘"])
def test_quoted_lines_are_never_touched(mark: str) -> None:
    assert _removed([f"{mark}Share the bread”"], [_rule("a.x", "share")]) == []


@pytest.mark.parametrize(
    "line",
    [
        "Share “the bread”, the captain said",
        "Correction: this page said that we share the ferry.",
        "An earlier version of this article misspelled the share of the ferry.",
        "Update, December 22: the share price was added to this story.",
    ],
)
def test_attributed_lines_and_corrections_are_never_touched(line: str) -> None:
    assert _removed([line], [_rule("a.x", "share")]) == []


def test_a_short_bullet_within_prose_is_an_item_whatever_its_words() -> None:
    body = "\n".join([PROSE] * 8)
    share = [_rule("a.share", "^share$")]
    assert _removed([f"{body}\n• Share\n{body}"], share) == []
    assert len(_removed([f"{body}\nShare\n{body}"], share)) == 1
    assert len(_removed([f"{body}\n• Share"], share)) == 1


@pytest.mark.parametrize(
    ("language", "expected"),
    [(None, True), ("", True), ("und", True), ("de", True), ("DE-at", True), ("en", False)],
)
def test_packs_apply_to_their_language_and_to_unknown_ones(language: str | None, expected: bool) -> None:
    assert bool(_removed(["Teilen"], [_rule("a.x", "^teilen$", language="de")], [language])) == expected
    for everywhere in ("any", "en"):
        assert _removed(["Share"], [_rule("a.x", "^share$", language=everywhere)], [language])


def test_languages_belong_to_articles_not_to_paragraphs() -> None:
    articles = [f"Share\n{PROSE}", "Share", f"{PROSE}\n{PROSE}\nShare"]
    found = _removed(articles, [_rule("a.x", "^share$", language="de")], ["en", "de", None])
    assert [row for row, _, _ in found] == [1, 2]


def test_primary_subtags() -> None:
    tags = pa.array(["en-GB", "pt_BR", "DE", " fr ", None, "und", ""])
    assert primary_subtags(tags).to_pylist() == ["en", "pt", "de", "fr", None, None, None]


def test_facts_are_the_first_of_a_key_in_an_article() -> None:
    lines = [_rule("a.by", "^by (?P<byline>.+)$"), _rule("a.tags", "^(?P<hashtags>#.+)$")]
    paragraphs = split(pa.array([f"By Ann\nBy Bob\n{PROSE}\n#One  #Two", "By Cid"]))
    _, metadata = rules.propose(paragraphs, pa.nulls(2, pa.string()), Rules(tuple(lines), (), ""))
    assert metadata.to_pylist() == [
        {"row": 0, "key": "byline", "value": "Ann"},
        {"row": 0, "key": "hashtags", "value": "One Two"},
        {"row": 1, "key": "byline", "value": "Cid"},
    ]


def test_results_do_not_depend_on_neighbouring_articles() -> None:
    articles = [path.read_bytes().decode() for path in SEEDS]
    together = _removed(articles, list(BUNDLED.lines))
    alone = [
        (row, *found[1:])
        for row, text in enumerate(articles)
        for found in _removed([text], list(BUNDLED.lines))
    ]
    assert together == alone


def test_every_bundled_kind_is_published() -> None:
    assert {rule.kind for rule in BUNDLED.lines} | {cut.kind for cut in BUNDLED.cuts} <= set(KINDS)
