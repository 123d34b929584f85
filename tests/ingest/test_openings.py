"""What a pattern matches begins with one of its openings."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_openings import opens

from ingest import compiled, packs
from ingest.kernels.needs import QUOTE
from ingest.literals import ROUGH
from ingest.openings import ASCII_ALONE, before_openings, openings
from ingest.patterns import START, complaint, translate
from ingest.prefilter import TOKEN

ATOMS = r"share~[sf]ee~(?:on|at)? ~\p{Nd}+~\p{Lu}~[“\"(]?~“~x{0,2}~y{1,3}~(?:a|bc)*d~é~漢~\b~.?~[^a-z]~'"
PATTERNS = st.lists(st.sampled_from(ATOMS.split("~")), min_size=1, max_size=4).map("".join)
LINES = st.lists(
    st.text(st.sampled_from("sharefo nat1٣XÉ“”\"(xydbcé漢’' •–-\u00a0ſK"), max_size=8), max_size=9
)


def check(pattern: str, lines: list[str]) -> None:
    words = openings(pattern)
    matched = pc.match_substring_regex(pa.array(lines, pa.string()), pattern=pattern).to_pylist()
    for line, told in zip(lines, matched, strict=True):
        if told and words and not set(line) & set(ROUGH.strange):
            assert opens(line, words), (pattern, line, words)


@settings(max_examples=400, deadline=None)
@given(PATTERNS, LINES, st.booleans())
def test_every_match_opens_so(match: str, lines: list[str], case: bool) -> None:
    pattern = translate(f"^{match}", case=case)
    if not complaint(pattern):
        check(pattern, lines)


@pytest.mark.parametrize("path", packs.bundled(), ids=lambda path: path.stem)
def test_what_bundled_rules_match_opens_so(path: Path) -> None:
    pack = packs.read(path)
    lines = [line for entry in pack.rule for line in (*entry.remove, *entry.keep)]
    lines += [line.upper() for line in lines] + [f"• “{line}" for line in lines]
    for rule in (*pack.lines(), *pack.cuts()):
        check(rule.pattern, lines)


@pytest.mark.parametrize(
    ("match", "words"),
    [
        ("^(?:share|tweet) this", {b"share ", b"share\x80", b"tweet ", b"tweet\x80"}),
        ("^[12]x?", {b"0", b"0x"}),
        (r"^\p{Nd}x?", {b"0", b"0x", b"\x80"}),
        ("^[(a-b]x", {b"(x", b"ax", b"bx"}),
        ("^a{2}b{1,2}c", {b"aabc", b"aabbc"}),
        ("^ab*c", {b"ac", b"ab"}),
        ("^“so", {bytes([QUOTE]), b"\x80"}),
        ("^.*so", set()),
        ("^(?:so)?", set()),
        ("so", set()),
        (r"^\p{L}", set()),
    ],
)
def test_openings(match: str, words: set[bytes]) -> None:
    assert openings(translate(match, case=False)) == words


def test_quotation_marks_are_no_signs_in_front_of_a_line() -> None:
    sign = START.removeprefix("^").removesuffix("*")
    assert not compiled.matched([chr(point).encode() for point in range(0x2018, 0x2020)], sign).any()


def test_bytes_that_may_stand_in_front_are_those_of_the_signs() -> None:
    letters = [chr(point).encode() for point in (*range(0xD800), *range(0xE000, 0x20000))]
    sign = START.removeprefix("^").removesuffix("*")
    known = {
        byte
        for letter, told in zip(letters, compiled.matched(letters, sign), strict=True)
        if told
        for byte in letter
    }
    assert {byte for byte, may in enumerate(before_openings()) if may} == known


def test_a_class_of_ascii_opens_nothing_beyond_it() -> None:
    beyond = "".join(map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x110000))))
    beyond = beyond.translate({ord(letter): None for letter in ROUGH.strange})
    patterns = [entry.pattern for path in packs.bundled() for entry in packs.read(path).lines()]
    atoms = {token[0] for pattern in patterns for token in TOKEN.finditer(pattern) if token["atom"]}
    alone = [atom for atom in atoms if ASCII_ALONE.fullmatch(atom)]
    assert len(alone) > 20
    assert not [atom for atom in alone if compiled.matched([beyond.encode()], f"(?i:{atom})")[0]]
