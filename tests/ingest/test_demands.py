from __future__ import annotations

import re
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_literals import holds

from ingest import packs
from ingest.demands import CYRILLIC, best_demands, caseless, demands
from ingest.literals import FINE, ROUGH, SHORT, SIGNS, Fold, folded
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
        *("читай(?:те)? также", "Подписки", "[её]", "اقر[أا]", "भी पढ़ें", "延伸[閱阅]", "[:：]", "続きを読む"),
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
        *("читайте", "ЧИТАЙТЕ ТАКЖЕ", "Также", "подпиСки", "\u1c82", "Ё", "اقرأ", "اقرا", "भी पढ़ें", "延伸閱"),
        *("阅", "延伸", ":", "：", "続きを読む"),
    ]
)
FOLDS = st.sampled_from([ROUGH, SHORT, FINE, SIGNS])
LINES = st.lists(st.lists(WORDS, max_size=9).map("".join), min_size=1, max_size=12)


def _check(pattern: str, lines: list[str], fold: Fold) -> None:
    clauses = demands(pattern, fold)
    matched = pc.match_substring_regex(pa.array(lines, pa.string()), pattern=pattern).to_pylist()
    for line, told in zip(lines, matched, strict=True):
        if told and not set(line) & set(fold.strange):
            for clause in clauses:
                assert any(holds(line, word, fold) for word in clause), (pattern, line, clause)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, LINES, FOLDS)
def test_wherever_a_pattern_matches_its_demands_are_met(match: str, lines: list[str], fold: Fold) -> None:
    for case in (False, True):
        pattern = translate(match, case=case)
        if "refuses" not in str(complaint(pattern)):
            _check(pattern, lines, fold)


@pytest.mark.parametrize("path", packs.bundled(), ids=lambda path: path.stem)
def test_the_bundled_rules_match_nothing_but_what_meets_their_demands(path: Path) -> None:
    pack = packs.read(path)
    lines = [line for entry in pack.rule for line in (*entry.remove, *entry.keep)]
    lines += [line.upper() for line in lines] + [re.sub(" +", "\u00a0\n", line) for line in lines]
    for rule in (*pack.lines(), *pack.cuts()):
        for fold in (ROUGH, SHORT, FINE, SIGNS):
            _check(rule.pattern, lines, fold)


@pytest.mark.parametrize(
    ("match", "clauses"),
    [
        ("^sign up .{0,80} newsletters?$", [{b"\x80newsletter"}, {b"sign\x80up\x80"}]),
        ("subscri(?:be|ption)", [{b"subscribe", b"subscription"}]),
        ("(?:read|see) more", [{b"read\x80more", b"see\x80more"}]),
        ("read *also +news", [{b"read\x80also\x80news", b"readalso\x80news"}]),
        ("[(\\[] ?read", [{b"(read", b"(\x80read", b"[read", b"[\x80read"}]),
        (r"\(?sign up", [{b"sign\x80up"}]),
        ("(?-i:MORE|News) here", [{b"MORE\x80here", b"News\x80here"}]),
        ("sign up for our newsletter", [{b"sign\x80up\x80for\x80our\x80"}]),
        ("(?:newsletter|ad)", []),
        ("(?:newsletter)?", []),
        ("(?i)newsletter", []),
        (r"\p{Nd}+", []),
    ],
)
def test_what_is_demanded(match: str, clauses: list[set[bytes]]) -> None:
    assert [set(clause) for clause in demands(translate(match, case=False), ROUGH)] == clauses


def test_what_is_demanded_in_other_scripts() -> None:
    def told(match: str) -> list[set[bytes]]:
        return [set(clause) for clause in demands(translate(match, case=False), FINE)]

    assert told("^читайте также[:：]?$") == [{folded("Читайте", FINE)}, {folded("ТАКЖЕ", FINE)}]
    assert told("(?:延伸|相关)阅读") == [{folded("延伸阅读", FINE), folded("相关阅读", FINE)}]
    assert told("读者?") == []  # one ideograph stands in every other text
    assert told("[её]щ[её]") == []


EVERYTHING = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]


def test_many_or_short_literals_are_demanded_where_there_are_no_others() -> None:
    words = ["via ", "for ", "at "]
    names = [f"{first}{second}{third}" for first in "abcd" for second in "efgh" for third in "ijkl"]
    many = translate(f"(?:{'|'.join(words)})(?:{'|'.join(names)})", case=False)
    assert not demands(many, ROUGH)
    assert len(best_demands(many, ROUGH)[0]) == len(words) * len(names)
    assert best_demands(translate("tip", case=False), ROUGH) == (frozenset([b"tip"]),)


def test_only_strange_letters_beyond_ascii_match_letters_of_ascii() -> None:
    """All other letters beyond ASCII may be one, then, where they are not told apart."""
    beyond = pa.array([letter for letter in EVERYTHING if not letter.isascii()])
    same = pc.match_substring_regex(beyond, pattern="(?i)[\\x00-\\x7f]")
    assert set(beyond.filter(same).to_pylist()) == set(ROUGH.strange)


def test_what_matches_a_letter_that_is_told_apart_folds_to_the_same_bytes() -> None:
    everything = pa.array(EVERYTHING)
    cyrillic = pc.match_substring_regex(everything, pattern=f"(?i)[{''.join(CYRILLIC)}]")
    some = everything.filter(cyrillic)
    for letter in CYRILLIC:
        same = some.filter(pc.match_substring_regex(some, pattern=f"(?i){letter}")).to_pylist()
        assert {folded(one, FINE) for one in same if one not in FINE.strange} == {folded(letter, FINE)}


def test_letters_taken_forcaseless_match_nothing_but_themselves() -> None:
    letters = [letter for letter in EVERYTHING if caseless(letter)]
    assert set("क़़ािأ漢かア：」") <= set(letters)
    class_ = "".join(re.escape(letter) for letter in letters)
    same = pc.match_substring_regex(pa.array(EVERYTHING), pattern=f"(?i)[{class_}]")
    assert pa.array(EVERYTHING).filter(same).to_pylist() == letters
