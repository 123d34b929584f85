from __future__ import annotations

import re
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import packs
from ingest.demands import CYRILLIC, OTHERS, caseless, demands
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
    texts = pa.array(lines, pa.string())
    clauses = demands(pattern, fold)
    matched = pc.match_substring_regex(texts, pattern=pattern).to_pylist()
    words = {word for clause in clauses for word in clause}
    held = _holding(words, lines, fold)
    for at, line in enumerate(lines):
        if matched[at] and not set(line) & set(fold.strange):
            assert all(any(at in held[word] for word in clause) for clause in clauses), (
                pattern,
                line,
                clauses,
            )


def _holding(words: set[bytes], lines: list[str], fold: Fold) -> dict[bytes, set[int]]:
    plain = [folded(line, fold) for line in lines]
    return {word: {at for at, line in enumerate(plain) if word in line} for word in words}


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
    assert [set(clause) for clause in demands(translate(match, case=False), ROUGH)] == clauses


def test_what_is_demanded_in_other_scripts() -> None:
    def told(match: str) -> list[set[bytes]]:
        return [set(clause) for clause in demands(translate(match, case=False), FINE)]

    assert told("^читайте также[:：]?$") == [{folded("Читайте", FINE)}, {folded("ТАКЖЕ", FINE)}]
    assert told("(?:延伸|相关)阅读") == [{folded("延伸阅读", FINE), folded("相关阅读", FINE)}]
    assert told("读者?") == []  # one ideograph stands in every other text
    assert told("[её]щ[её]") == []


EVERYTHING = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]


def test_upper_and_lower_case_of_what_is_spelled_out_have_as_many_bytes() -> None:
    """Otherwise a text could match by a letter whose bytes, folded, are not those of the literal."""
    letters = "".join(sorted(OTHERS)) + "abcdefghijklmnopqrstuvwxyz"
    same = pc.match_substring_regex(pa.array(EVERYTHING), pattern=f"(?i)[{letters}]")
    for letter in pa.array(EVERYTHING).filter(same).to_pylist():
        if not re.fullmatch("[\u017f\u212a]", letter):
            lower = letter.lower()
            assert lower in letters
            assert len(lower.encode()) == len(letter.encode())


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
