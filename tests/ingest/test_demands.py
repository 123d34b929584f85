from __future__ import annotations

import re
import sys
import tomllib

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import packs
from ingest.demands import OTHERS, STRANGE_LETTERS, demands
from ingest.literals import search
from ingest.patterns import complaint, translate

ATOMS = st.sampled_from(
    [
        "newsletter",
        "sign up",
        "read",
        "the ",
        "é",
        "'",
        "[ab]",
        "(?P<x>news)",
        "(?-i:MORE)",
        ".",
        r"\p{L}",
        r"\b",
        *(r"\.", " ", "[^a]", "x", "s", "k", "subscri(?:be|ption)s?"),
    ]
)
REPEATS = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,3}", "{1,9}", "??", "+?"])
LEAVES = st.tuples(ATOMS, REPEATS).map(lambda parts: f"(?:{parts[0]}){parts[1]}") | ATOMS
SEQUENCES = st.lists(LEAVES, min_size=1, max_size=4).map("".join)
PATTERNS = st.tuples(
    st.sampled_from(["", "^"]), st.lists(SEQUENCES, min_size=1, max_size=3), st.sampled_from(["", "$"])
).map(lambda parts: f"{parts[0]}(?:{'|'.join(parts[1])}){parts[2]}")
WORDS = st.sampled_from(
    [
        "newsletter",
        "NEWS",
        "sign",
        "Up",
        " ",
        "\u00a0",
        "\n",
        "read",
        "More",
        "the",
        "é",
        "É",
        "’",
        "'",
        "a",
        ".",
        *("\u017f", "\u212a", "x", "subscribe", "subscriptions", "more", "\u017fign", "\u200b"),
    ]
)
LINES = st.lists(st.lists(WORDS, max_size=9).map("".join), min_size=1, max_size=12)


def _check(pattern: str, lines: list[str]) -> None:
    texts = pa.array(lines, pa.string())
    clauses = demands(pattern)
    held = search(texts, {word for clause in clauses for word in clause})
    matched = pc.match_substring_regex(texts, pattern=pattern).to_pylist()
    strange = pc.match_substring_regex(texts, pattern=STRANGE_LETTERS).to_pylist()
    for at, line in enumerate(lines):
        if matched[at] and not strange[at]:
            assert all(any(at in held[word] for word in clause) for clause in clauses), (
                pattern,
                line,
                clauses,
            )


@settings(max_examples=300, deadline=None)
@given(PATTERNS, LINES)
def test_wherever_a_pattern_matches_its_demands_are_met(match: str, lines: list[str]) -> None:
    for case in (False, True):
        pattern = translate(match, case=case)
        if "refuses" not in str(complaint(pattern)):
            _check(pattern, lines)


def test_the_bundled_rules_match_nothing_but_what_meets_their_demands() -> None:
    entries = [e for path in packs.bundled() for e in tomllib.loads(path.read_text(encoding="utf-8"))["rule"]]
    lines = [line for entry in entries for line in (*entry["remove"], *entry.get("keep", []))]
    lines += [line.upper() for line in lines] + [re.sub(" +", "\u00a0\n", line) for line in lines]
    rules = packs.load(packs.bundled())
    for rule in (*rules.lines, *rules.cuts):
        _check(rule.pattern, lines)


@pytest.mark.parametrize(
    ("match", "clauses"),
    [
        ("^sign up .{0,80} newsletters?$", [{b"\x80newsletter"}, {b"sign\x80"}]),
        ("subscri(?:be|ption)", [{b"subscribe", b"subscription"}]),
        ("(?:read|see) more", [{b"\x80more"}, {b"read\x80", b"see\x80"}]),
        ("(?:newsletter|ad)", []),
        ("(?:newsletter)?", []),
        ("(?i)newsletter", []),
        (r"\p{Nd}+", []),
    ],
)
def test_what_is_demanded(match: str, clauses: list[set[bytes]]) -> None:
    assert [set(clause) for clause in demands(translate(match, case=False))] == clauses


def test_upper_and_lower_case_of_what_is_spelled_out_have_as_many_bytes() -> None:
    """Otherwise a text could match by a letter whose bytes, folded, are not those of the literal."""
    everything = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    letters = "".join(sorted(OTHERS)) + "abcdefghijklmnopqrstuvwxyz"
    same = pc.match_substring_regex(pa.array(everything), pattern=f"(?i)[{letters}]")
    for letter in pa.array(everything).filter(same).to_pylist():
        if not re.fullmatch("[\u017f\u212a]", letter):
            lower = letter.lower()
            assert lower in letters
            assert len(lower.encode()) == len(letter.encode())
