from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ingest.literals import FINE, GRAM, HIGH, ROUGH, Fold, folded, search, strangers

WORDS = [
    "a",
    "b",
    "ab",
    "AB",
    "news",
    "letter",
    " ",
    "\u00a0",
    "\n",
    "é",
    "漢",
    "x",
    "Чит",
    "иТА",
    "قرأ",
    "\u1c80",
]
PIECES = st.sampled_from(WORDS)
FOLDS = st.sampled_from([ROUGH, FINE])
TEXTS = st.lists(st.lists(PIECES, max_size=12).map("".join), max_size=8)


LITERALS = st.lists(PIECES, min_size=1, max_size=9).map("".join)


@given(TEXTS)
def test_rough_folds_all_beyond_ascii_and_white_space_to_one(lines: list[str]) -> None:
    for line in lines:
        lower = bytes(ord(chr(byte).lower()) if byte < HIGH else HIGH for byte in line.encode())
        assert folded(line, ROUGH) == bytes(HIGH if chr(byte).isspace() else byte for byte in lower)


@given(TEXTS, st.sets(LITERALS, max_size=8), st.integers(0, 3), FOLDS)
def test_every_text_that_holds_a_literal_is_found(
    lines: list[str], words: set[str], first: int, fold: Fold
) -> None:
    texts = pa.array(lines, pa.string())[first:]
    literals = {word for word in (folded(word, fold) for word in words) if len(word) >= GRAM}
    found = search(texts, literals, fold)
    assert set(found) == literals
    plain = [folded(line, fold) for line in lines[first:]]
    for literal in literals:
        holding = {at for at, text in enumerate(plain) if literal in text}
        told = set(found[literal].tolist())
        assert holding <= told
        # One more is told only where it and those behind it hold the literal together.
        assert all(literal in b"".join(plain[at:])[: len(plain[at]) + len(literal)] for at in told)


@given(TEXTS, st.integers(0, 3), FOLDS)
def test_strangers_are_the_texts_with_a_strange_letter(lines: list[str], first: int, fold: Fold) -> None:
    texts = pa.array(lines, pa.string())[first:]
    strange = [at for at, line in enumerate(lines[first:]) if set(line) & set(fold.strange)]
    assert strangers(texts, fold).tolist() == strange


@given(TEXTS)
def test_without_literals_nothing_is_found(lines: list[str]) -> None:
    assert search(pa.array(lines, pa.string()), set(), ROUGH) == {}
