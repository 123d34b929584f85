"""What is said of one outlet holds there, nowhere else, and whatever articles are beside it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import inline, outlets, packs, rules
from ingest.errors import RuleError
from ingest.outlets import OutletRules
from ingest.paragraphs import split
from ingest.patterns import Rules

PACK = """
language = "en"
[[rule]]
id = "{name}.line"
kind = "navigation"
match = '^to the {name}$'
remove = ["To the {name}"]
[[inline]]
id = "{name}.cut"
kind = "media"
match = '(?P<cut>\\[{name}\\])'
remove = ["The pier <<[{name}]>> fell down."]
"""
SAID = "Harbour Gazette, since 1887"
LINES = [SAID, f" {SAID.replace(' ', '  ')}\t", SAID.upper(), f"{SAID}!", "“Quoted,” said the captain of it."]
LINES += ["To the quay", "To the pier", "Some [quay] or [pier] of ours", "The ferry left at noon."]
NAMES = ["a.com", "A.com ", "www.a.com", "b.org", "www.B.org", "c.net", "Die Zeitung", None]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("packs")
    for name in ("quay", "pier"):
        (folder / f"{name}.toml").write_text(PACK.format(name=name), encoding="utf-8")
    return {name: folder / f"{name}.toml" for name in ("quay", "pier")}


@pytest.fixture(scope="module")
def loaded(paths: dict[str, Path]) -> Rules:
    said = {
        "a.com": OutletRules(disable=("quay.line",), lines=(SAID, LINES[4])),
        "b.org": OutletRules(disable=("quay.cut",), packs=(paths["pier"],)),
        "die zeitung": OutletRules(lines=(f"{SAID}!",), packs=(paths["pier"],)),
    }
    return packs.load([paths["quay"]], outlets=said)


def expected(name: str | None, line: str) -> str | None:
    """Say by which rule a line goes, by what is said above."""
    outlet = (name or "").strip().casefold().removeprefix("www.")
    plain = " ".join(line.split())
    if plain == "To the quay" and outlet != "a.com":
        return "quay.line"
    if plain == "To the pier" and outlet in ("b.org", "die zeitung"):
        return "pier.line"
    own = {"a.com": (SAID, LINES[4]), "die zeitung": (f"{SAID}!",)}.get(outlet, ())
    return f"outlet.{outlet}.line" if plain in own else None


ARTICLES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(LINES), min_size=1)), min_size=1
)


@given(ARTICLES)
def test_what_is_said_of_an_outlet_holds_there_alone(
    loaded: Rules, articles: list[tuple[str | None, list[str]]]
) -> None:
    texts = ["\n".join(lines) for _, lines in articles]
    paragraphs, unknown = split(pa.array(texts, pa.string())), pa.nulls(len(texts), pa.string())
    keys = outlets.keys(pa.array([name for name, _ in articles], pa.string()))
    found, _ = rules.propose(paragraphs, unknown, loaded, outlets=keys)
    place = {(row["row"], row["start"]): row["rule_id"] for row in found.to_pylist()}
    for paragraph in paragraphs.to_pylist():
        by = place.pop((paragraph["row"], paragraph["start"]), None)
        assert by == expected(articles[paragraph["row"]][0], paragraph["text"])
    assert not place
    cuts = inline.propose(paragraphs, unknown, loaded, outlets=keys).to_pylist()
    of = [(outlets.key(articles[row["row"]][0] or ""), row["rule_id"]) for row in cuts]
    assert ("b.org", "quay.cut") not in of
    assert all(name in ("b.org", "die zeitung") for name, rule in of if rule == "pier.cut")
    some = sum("Some" in line for name, lines in articles for line in lines)
    assert len([rule for _, rule in of if rule == "quay.cut"]) == some - sum(
        "Some" in line for name, lines in articles for line in lines if outlets.key(name or "") == "b.org"
    )


def test_without_outlets_nothing_is_asked_of_them(loaded: Rules, paths: dict[str, Path]) -> None:
    alone = packs.load([paths["quay"]])
    paragraphs, unknown = split(pa.array(["\n".join(LINES)])), pa.nulls(1, pa.string())
    assert rules.propose(paragraphs, unknown, loaded)[0].equals(rules.propose(paragraphs, unknown, alone)[0])
    assert outlets.tried_at(alone, pa.array(["a.com"])) is alone


def test_only_rules_of_outlets_that_are_there_are_tried(loaded: Rules) -> None:
    tried = outlets.tried_at(loaded, pa.array(["c.net", "a.com", None]))
    assert [rule.id for rule in (*tried.lines, *tried.cuts)] == ["quay.line", "quay.cut"]
    assert set(tried.own_lines["outlet"].to_pylist()) == {"a.com"}


def test_the_fingerprint_tells_what_is_said_of_outlets(paths: dict[str, Path]) -> None:
    def mark(**said: OutletRules) -> str:
        return packs.load([paths["quay"]], outlets=said).fingerprint

    one, two = OutletRules(lines=("One", "Two")), OutletRules(lines=("Two", "One"))
    assert mark(a=one, b=two) == mark(b=one, a=two) == mark(a=OutletRules(lines=("One ", "Two")), b=two)
    others = [
        mark(),
        mark(a=one),
        mark(b=one),
        mark(a=one, b=one, c=one),
        mark(a=OutletRules(disable=("quay.line",))),
        mark(b=OutletRules(disable=("quay.line",))),
        mark(a=OutletRules(packs=(paths["pier"],))),
        mark(a=OutletRules(packs=(paths["pier"],)), b=OutletRules(packs=(paths["pier"],))),
    ]
    assert len({*others}) == len(others)


def test_what_is_wrong_is_told_with_the_outlet(paths: dict[str, Path]) -> None:
    def refused(**said: OutletRules) -> str:
        with pytest.raises(RuleError) as error:
            packs.load([paths["quay"]], outlets=said)
        return str(error.value)

    told = refused(a=OutletRules(disable=("quay.lime",)))
    assert told.startswith('disable of [outlet."a"] names the rule quay.lime')
    assert told.endswith("did you mean quay.line?")
    assert "the pack is named twice" in refused(a=OutletRules(packs=(paths["quay"],)))
    gone = paths["quay"].with_name("gone.toml")
    assert refused(a=OutletRules(packs=(gone,))).startswith(f"{gone}: the rule pack cannot be read")
