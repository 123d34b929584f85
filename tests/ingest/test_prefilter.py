from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import packs
from ingest.patterns import complaint, translate
from ingest.prefilter import combine, hooks

ATOMS = st.sampled_from(
    ["a", "b", "c", "ab", "[ab]", ".", "[^a]", r"\p{L}", " ", r"\b", "abc", "(?P<x>a)", r"\."]
)
REPEATS = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,3}", "{1,20}", "{0,20}", "*?", "+?", "??"])


def _item(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    sequence = st.lists(inner, min_size=1, max_size=3).map("".join)
    group = st.tuples(
        st.sampled_from(["(?:", "(?-i:", "("]), st.lists(sequence, min_size=1, max_size=3), REPEATS
    )
    return group.map(lambda parts: f"{parts[0]}{'|'.join(parts[1])}){parts[2]}")


LEAVES = st.tuples(ATOMS, REPEATS).map(
    lambda parts: parts[0] if parts[0] == r"\b" else f"(?:{parts[0]}){parts[1]}"
)
LEAVES |= st.tuples(st.sampled_from(["a", "b", ".", "[^a]", r"\p{L}", "[ab]"]), REPEATS).map("".join)
SEQUENCES = st.lists(st.recursive(LEAVES, _item, max_leaves=6), min_size=1, max_size=4).map("".join)
PATTERNS = st.tuples(
    st.sampled_from(["", "^"]), SEQUENCES, st.sampled_from(["", "$", "|abc", "|.{0,9}c"])
).map("".join)


def _mask(texts: pa.Array, pattern: str) -> list[bool]:
    return [bool(hit) for hit in pc.match_substring_regex(texts, pattern=pattern).to_pylist()]


@settings(max_examples=examples(150), deadline=None)
@given(PATTERNS, st.lists(st.text("abcAB. •", max_size=14), min_size=1, max_size=20))
def test_wherever_a_pattern_matches_one_of_its_hooks_does(match: str, lines: list[str]) -> None:
    pattern = translate(match, case=False)
    if complaint(pattern) is not None and "refuses" in str(complaint(pattern)):
        return
    texts = pa.array(lines)
    hooked = [_mask(texts, hook) for hook in hooks(pattern)]
    combined = [_mask(texts, one) for one in combine([pattern, translate("^zzz$", case=True)])]
    for at, exact in enumerate(_mask(texts, pattern)):
        if exact:
            assert any(mask[at] for mask in hooked)
            assert any(mask[at] for mask in combined)


@pytest.mark.parametrize("path", packs.bundled(), ids=lambda path: path.stem)
def test_the_hooks_of_the_bundled_rules_find_all_that_the_rules_find(path: Path) -> None:
    pack = packs.read(path)
    lines = [line for entry in pack.rule for line in (*entry.remove, *entry.keep)]
    lines += (
        [line.upper() for line in lines]
        + [f"• {line}" for line in lines]
        + [f"So {line} then" for line in lines]
    )
    texts = pa.array(lines)
    for rule in pack.lines():
        hooked = [_mask(texts, hook) for hook in combine([rule.pattern])]
        for at, exact in enumerate(_mask(texts, rule.pattern)):
            assert not exact or any(mask[at] for mask in hooked), (rule.id, lines[at])


def test_a_stretch_of_anything_is_no_part_of_a_hook() -> None:
    hook = hooks(translate("^sign up .{0,80} newsletter$", case=False))
    assert len(hook) == 1
    assert "{0,80}" not in hook[0]
    assert ".*" not in hook[0]
