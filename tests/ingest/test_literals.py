from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.literals import FINE, GRAM, HIGH, ROUGH, Fold, folded, rarest


@given(st.text(st.characters(codec="utf-8")))
def test_rough_folds_all_beyond_ascii_and_white_space_to_one(line: str) -> None:
    lower = bytes(ord(chr(byte).lower()) if byte < HIGH else HIGH for byte in line.encode())
    assert folded(line, ROUGH) == bytes(HIGH if chr(byte).isspace() else byte for byte in lower)


@given(st.text(st.sampled_from("étaonqzxЖчи漢 "), min_size=GRAM), st.sampled_from([ROUGH, FINE]))
def test_the_rarest_bytes_lie_within_the_literal(line: str, fold: Fold) -> None:
    literal = folded(line, fold)
    assert 0 <= rarest(literal, fold) <= len(literal) - GRAM


def test_rare_letters_are_preferred() -> None:
    assert (
        folded("the quiz and the", ROUGH)[rarest(folded("the quiz and the", ROUGH), ROUGH) :][:GRAM]
        == b"quiz"
    )
