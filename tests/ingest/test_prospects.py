from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import packs
from ingest.paragraphs import split
from ingest.patterns import translate
from ingest.prospects import Sought, prospects, spoken_in

LANGUAGES = st.sampled_from(["en", "ru", "zh", None])
SAID = "read also|Read|читайте также|ЧИТАЙТЕ|Ещё|延伸阅读|責任編輯|اقرأ أيضا|यह भी पढ़ें|2024|»|:| "
PIECES = st.sampled_from(SAID.split("|"))
ATOMS = r"read also~читайте( также)?~[её]щ[её]~延伸(?:阅读|閱讀)~اقرأ~भी~\p{Nd}+~\p{L}~»~.{0,9}"
PATTERNS = st.lists(st.sampled_from(ATOMS.split("~")), min_size=1, max_size=3).map("".join)
SOUGHT = st.builds(
    Sought,
    st.tuples(st.sampled_from(["", "^"]), PATTERNS).map(lambda parts: translate("".join(parts), case=False)),
    st.sampled_from(["any", "en", "ru", "zh"]),
    st.booleans(),
    st.sampled_from([1, 3, 20, np.inf]),
)
LINES = st.lists(PIECES, min_size=1, max_size=5).map(" ".join).filter(str.strip)
ARTICLES = st.lists(st.tuples(LANGUAGES, st.lists(LINES, max_size=5)), min_size=1, max_size=6)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(SOUGHT, min_size=1, max_size=6), ARTICLES)
def test_all_that_a_pattern_matches_in_its_articles_is_found(
    sought: list[Sought], articles: list[tuple[str | None, list[str]]]
) -> None:
    paragraphs = split(pa.array(["\n".join(lines) for _, lines in articles], pa.string()))
    languages = pa.array([language for language, _ in articles], pa.string())
    edge = np.arange(len(paragraphs)) % 3 > 0
    which, places = prospects(paragraphs, languages, sought, edge=edge)
    found = [places[which == number] for number in range(len(sought))]
    words, row = paragraphs["words"].to_numpy(), paragraphs["row"].to_numpy()
    for one, at in zip(sought, found, strict=True):
        right = spoken_in(languages, one.language)[row] & (words <= one.longest) & (edge | (not one.edge))
        matches = pc.match_substring_regex(paragraphs["text"], pattern=one.pattern).to_numpy()
        assert at.tolist() == sorted(set(at.tolist()))
        assert set(np.flatnonzero(matches & right)) <= set(at) <= set(np.flatnonzero(right))


@pytest.mark.parametrize("path", packs.bundled(), ids=lambda path: path.stem)
def test_all_that_the_bundled_rules_match_is_found(path: Path) -> None:
    pack = packs.read(path)
    lines = [line for entry in pack.rule for line in (*entry.remove, *entry.keep)]
    articles = pa.array(lines + [line.upper() for line in lines] + [f"• So {line}" for line in lines])
    paragraphs = split(articles)
    sought = [Sought(rule.pattern, rule.language) for rule in pack.lines()]
    edge = np.zeros(len(paragraphs), np.bool_)
    which, places = prospects(paragraphs, pa.nulls(len(articles), pa.string()), sought, edge=edge)
    found = [places[which == number] for number in range(len(sought))]
    for one, at in zip(sought, found, strict=True):
        matches = pc.match_substring_regex(paragraphs["text"], pattern=one.pattern).to_numpy()
        assert set(np.flatnonzero(matches)) <= set(at), one.pattern
