"""Compiled patterns answer as `pyarrow.compute` does, which runs RE2 over whole columns."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import compiled
from ingest.packs import bundled, load
from ingest.patterns import translate

PATTERNS = [
    translate(r"^share (?:this|on)\b", case=False),
    translate(r"(?P<cut>\((?P<credit>foto|photo): [^()]+\))", case=False),
    translate(r"(?P<agency>AFP|dpa)?(?P<rest>/| –) (?P<who>\p{Lu}\p{Ll}+)$", case=True),
    translate(r"[\p{Nd}\p{Sc}]{2}|\p{Han}", case=False),
]
texts = st.lists(
    st.text(
        st.sampled_from("(Foto:photo) AFP/dpa – Ann٣४€漢字 ßſK\n\0share this on.")
        | st.characters(codec="utf-8")
    ),
    max_size=6,
)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(texts=texts)
def test_answers_are_those_of_arrow(pattern: str, texts: list[str]) -> None:
    column, plain = pa.array(texts, pa.string()), [text.encode() for text in texts]
    found = [compiled.groups(text, pattern) for text in plain]
    assert compiled.matched(plain, pattern).tolist() == pc.match_substring_regex(column, pattern).to_pylist()
    whole = pc.extract_regex(column, f"(?P<all>{pattern})").to_pylist()
    assert [one and {"all": one[0], **one[1]} for one in found] == whole


@pytest.mark.parametrize("pattern", [*PATTERNS, "^$", "(?i)^(?:s|p)|[^a]s?$", r"\s\d|[^\S]\p{L}"])
@given(texts=st.lists(st.lists(texts.map("".join), max_size=2).map("\n".join), max_size=5))
def test_a_column_is_answered_as_each_of_its_texts(pattern: str, texts: list[str]) -> None:
    column = pa.array(["first", *texts], pa.string()).slice(1)
    expected = pc.match_substring_regex(column, pattern).to_pylist()
    assert compiled.found(column, pattern).tolist() == expected
    assert compiled.sought(column, pattern).tolist() == expected


@given(texts=texts)
def test_spans_are_those_of_arrow(texts: list[str]) -> None:
    pattern = PATTERNS[1]
    told = pc.extract_regex_span(pa.array(texts, pa.string()), pattern).to_pylist()
    spans = [one and (one["cut"][0], sum(one["cut"])) for one in told]
    assert [compiled.span(text.encode(), pattern, "cut") for text in texts] == spans


def test_a_group_without_a_part_in_the_match_has_no_span() -> None:
    assert compiled.span(b"b", "(?P<cut>a)?b", "cut") is None
    assert compiled.groups(b"b", "(?P<cut>a)?b") == ("b", {"cut": ""})


def test_every_bundled_pattern_compiles() -> None:
    rules = load(bundled())
    for one in (*rules.lines, *rules.cuts):
        assert not compiled.matched([b""], one.pattern).any()
