from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from ingest.literals import FINE, GRAM, HIGH, ROUGH, Fold, folded, rarest


@given(st.text(st.characters(codec="utf-8")))
def test_rough_folds_runs_of_white_space_and_all_beyond_ascii_to_one(line: str) -> None:
    lower = bytes(ord(chr(byte).lower()) if byte < HIGH else HIGH for byte in line.encode())
    plain = bytes(HIGH if chr(byte).isspace() else byte for byte in lower)
    assert folded(line, ROUGH) == re.sub(rb"\x80+", b"\x80", plain)


@given(
    st.text(st.sampled_from("aé \u00a0Жя漢")), st.integers(0), st.integers(0), st.sampled_from([ROUGH, FINE])
)
def test_what_a_text_holds_its_folded_bytes_hold(line: str, begin: int, end: int, fold: Fold) -> None:
    assert folded(line[begin:end], fold) in folded(line, fold)


@given(st.text(st.sampled_from("étaonqzxЖчи漢 "), min_size=GRAM), st.sampled_from([ROUGH, FINE]))
def test_the_rarest_bytes_lie_within_the_literal(line: str, fold: Fold) -> None:
    literal = folded(line, fold)
    assume(len(literal) >= GRAM)
    assert 0 <= rarest(literal, fold) <= len(literal) - GRAM


def test_rare_letters_are_preferred() -> None:
    assert (
        folded("the quiz and the", ROUGH)[rarest(folded("the quiz and the", ROUGH), ROUGH) :][:GRAM]
        == b"quiz"
    )
