from __future__ import annotations

import re
import sys

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from ingest.words import WORD, count_words

CHARACTERS = st.sampled_from(
    [*"aaZ19 -'’.\n", "é", "\u0301", "中", "ก", "か", "٣", "½", "\u2028", "😀", "\U00020000"]
)
TEXTS = st.lists(st.text(CHARACTERS | st.characters(exclude_categories=["Cs"]), max_size=12), max_size=8)


def _by_pattern(texts: pa.Array) -> pa.Array:
    return pc.cast(pc.count_substring_regex(texts, pattern=WORD), pa.int32())


@given(TEXTS)
def test_words_are_what_the_pattern_finds(given_texts: list[str]) -> None:
    texts = pa.array(given_texts, pa.string())
    assert count_words(texts).equals(_by_pattern(texts))


@given(TEXTS, st.integers(0, 8))
def test_words_of_a_slice_are_a_slice_of_the_words(given_texts: list[str], first: int) -> None:
    texts = pa.array(given_texts, pa.string())
    assert count_words(texts[first:]).equals(count_words(texts)[first:])


def test_every_code_point_is_of_the_kind_that_the_pattern_says() -> None:
    points = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    alone = pa.array(points)
    assert count_words(alone).equals(_by_pattern(alone))
    between = pa.array([f"a{point}a" for point in points if point.isascii() or point in "’‘´`–—·"])
    assert count_words(between).equals(_by_pattern(between))


@given(st.lists(st.sampled_from(["one", "two-three", "it's", "4,5", "—", "漢字"]), max_size=8))
def test_word_count_is_that_of_a_plain_pattern(words: list[str]) -> None:
    pattern = r"[漢字]|[^\W_漢字]+(?:['’-][^\W_漢字]+)*"
    text = " ".join(words)
    assert count_words(pa.array([text]))[0].as_py() == len(re.findall(pattern, text))
