"""A rule that is tried tells what it would do: exactly what cleaning does once it stands in a pack."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from builders import record, records, sentence, story
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import NEWS

from dedup import trial
from dedup.cleaning import clean
from dedup.trial import REMOVED, TRIAL
from ingest import packs
from ingest.paragraphs import split
from ingest.patterns import Cut, Rule, Rules, translate

WORDS = ["the", "monday", "read also", "share", "advert", "42", "item"]


@pytest.fixture(scope="module")
def rules() -> Rules:
    return packs.load(packs.bundled())


def tried(match: str, **more: object) -> Rule:
    return Rule(TRIAL, "legal", "any", translate(match, case=False), **more)  # type: ignore[arg-type]  # keywords of Rule


def removed_from(given: pa.Table, rules: Rules) -> pa.Table:
    found = clean(given, rules).removals
    by = pc.coalesce(found["rule_id"], found["layer"])
    return pa.table([found["row"], found["start"], found["end"], by], schema=REMOVED)


@settings(max_examples=examples(15))
@given(st.lists(NEWS.filter(str.strip), min_size=1, max_size=6), st.sampled_from(WORDS), st.booleans())
def test_what_is_new_is_what_the_rule_takes_once_it_is_in_force(
    rules: Rules, texts: list[str], word: str, anchored: bool
) -> None:
    rules = replace(rules, lines=rules.lines[::10])  # tables are made anew of all that is in force
    given = records(*map(record, texts))
    rule = tried(f"^{word}" if anchored else word)
    found = trial.find(given, rule, rules=rules, removed=removed_from(given, rules)).to_pylist()
    start = r"^(?:[•]\s*)?" if anchored else ""
    pattern = re.compile(start + word.replace(" ", r"\s+"), re.IGNORECASE)
    lines = [(row["row"], row["text"]) for row in split(pa.array(texts)).to_pylist()]
    matched = Counter((row, " ".join(text.split())) for row, text in lines if pattern.search(text))
    assert Counter((row["row"], row["text"]) for row in found) == matched
    assert {row for row, _ in matched} == {*trial.rows(given, rule).to_pylist()}
    done = clean(given, replace(rules, lines=(*rules.lines, rule)))
    marks = done.articles["marks"].to_pylist()
    taken = Counter(
        (row["row"], " ".join(row["text"].split()))
        for row in done.removals.to_pylist()
        if row["rule_id"] == TRIAL
    )
    kinds = {name: Counter[tuple[int, str]]() for name in ("new", "already", "held")}
    for row in found:
        kind = "already" if row["by"] else "held" if row["held"] else "new"
        if "review" not in marks[row["row"]]:
            kinds[kind][row["row"], row["text"]] += 1
    assert kinds["new"] <= taken <= kinds["new"] + kinds["already"]


def test_it_says_what_holds_the_rule_back(rules: Rules) -> None:
    lines = ["“Wave to us,” said the captain.", "• Wave to us", "Correction: Wave to us was misspelled here."]
    lines.append("Embargoed until noon: wave to us")
    text = "\n".join([story(1), *lines, story(2), "Wave to us"])
    long = f"Wave to us {sentence(3, 60)}"
    given = records(record(text), record(f"{sentence(4)}\n{long}"))
    none = REMOVED.empty_table()
    found = trial.find(given, tried("wave to us"), rules=rules, removed=none).to_pylist()
    assert [row["held"] for row in found] == ["quotation", "item", "correction", "embargo", None, "brake"]
    assert [row["prose"] for row in found] == [True, True, True, True, False, True]
    assert [row["words"] for row in found] == [6, 3, 7, 6, 3, 63]
    narrow = trial.find(given, tried("wave to us", where="tail", max_words=3), rules=rules, removed=none)
    assert narrow["text"].to_pylist() == ["Wave to us"]


def test_it_says_what_removes_a_line_already(rules: Rules) -> None:
    text = f"{story(1)}\nREAD Also\u00a0 Another Headline Here\n{story(2)}\nRead also of us"
    given = records(record(text))
    at = text.index("Read also of us")
    stored = pa.table([[0], [at], [len(text)], ["template"]], schema=REMOVED)
    found = trial.find(given, tried("^read also"), rules=rules, removed=stored).to_pylist()
    assert [row["by"] for row in found] == ["en.related-link.read-also", "template"]
    assert [row["held"] for row in found] == [None, None]


def test_cuts_are_tried_too(rules: Rules) -> None:
    given = records(
        record(f"{story(1)}\nThe pier [see map] fell [see map] down at noon on Monday."), record(story(2))
    )
    cut = Cut(TRIAL, "media", "any", translate(r"(?P<cut>\[see map\])", case=False))
    found = trial.find(given, cut, rules=rules, removed=REMOVED.empty_table())
    assert found["text"].to_pylist() == ["[see map]"] * 2
    assert trial.rows(given, cut).to_pylist() == [0]


def test_a_rule_is_tried_in_its_language_and_at_its_outlets(rules: Rules) -> None:
    rows = [("fr", "a.com"), ("de-AT", "a.com"), ("fr", "b.com"), ("fr", None)]
    given = records(*(record(f"{story(1)}\nVague", language=code, outlet=name) for code, name in rows))
    for rule, expected in [
        (tried("^vague$"), [0, 1, 2, 3]),
        (replace(tried("^vague$"), language="fr"), [0, 2, 3]),
        (tried("^vague$", outlets=frozenset(["a.com"])), [0, 1]),
    ]:
        assert trial.rows(given, rule).to_pylist() == expected


def test_what_a_heading_takes_with_it_is_found_too(rules: Rules) -> None:
    links = ["Harbour closes early again", "Captain gets new boots"]
    given = records(record("\n".join([story(1, 8), "More of the quay", *links])), record(story(2)))
    for section, taken in ((False, []), (True, links)):
        rule = tried("^more of the quay$", section=section)
        found = trial.find(given, rule, rules=rules, removed=REMOVED.empty_table())
        assert found["text"].to_pylist() == ["More of the quay", *taken]
        done = clean(given, replace(rules, lines=(*rules.lines, rule))).removals
        assert done["text"].to_pylist() == found["text"].to_pylist()


def test_the_times_of_a_live_blog_are_held_back(rules: Rules) -> None:
    given = records(record("\n".join(f"{hour}:30 a.m.\n{sentence(hour, 20)}" for hour in range(6, 11))))
    rule = tried("^\\p{Nd}+:30 a.m.$")
    found = trial.find(given, rule, rules=rules, removed=REMOVED.empty_table())
    assert found["held"].to_pylist() == ["live-blog"] * 5
    done = clean(given, replace(rules, lines=(*rules.lines, rule)))
    assert done.removals.num_rows == 0
