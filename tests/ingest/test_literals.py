from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ingest.literals import GRAM, HIGH, search

PIECES = st.sampled_from(["a", "b", "ab", "AB", "news", "letter", " ", "\u00a0", "\n", "é", "漢", "x"])
TEXTS = st.lists(st.lists(PIECES, max_size=12).map("".join), max_size=8)


def _folded(text: str) -> bytes:
    lower = bytes(ord(chr(byte).lower()) if byte < HIGH else HIGH for byte in text.encode())
    return bytes(HIGH if chr(byte).isspace() else byte for byte in lower)


LITERALS = st.lists(PIECES, min_size=1, max_size=9).map(lambda parts: _folded("".join(parts)))
LITERALS = LITERALS.filter(lambda literal: len(literal) >= GRAM)


@given(TEXTS, st.sets(LITERALS, max_size=8), st.integers(0, 3))
def test_every_text_that_holds_a_literal_is_found(lines: list[str], literals: set[bytes], first: int) -> None:
    texts = pa.array(lines, pa.string())[first:]
    found = search(texts, literals)
    assert set(found) == literals
    folded = [_folded(line) for line in lines[first:]]
    for literal in literals:
        holding = {at for at, text in enumerate(folded) if literal in text}
        told = set(found[literal].tolist())
        assert holding <= told
        # One more is told only where it and those behind it hold the literal together.
        assert all(literal in b"".join(folded[at:])[: len(folded[at]) + len(literal)] for at in told)


@given(TEXTS)
def test_without_literals_nothing_is_found(lines: list[str]) -> None:
    assert search(pa.array(lines, pa.string()), set()) == {}
