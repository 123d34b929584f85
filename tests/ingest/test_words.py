from __future__ import annotations

import re
import sys

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from ingest.kernels.words import BEYOND, BREAK, CONTROL, DOUBLE
from ingest.words import WORD, count_words, held, squeezed

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


ODD = st.text(st.sampled_from("ab-' \n\t\r\x0b\x1c\x1f\0é\u2028"), max_size=12)


@given(st.lists(ODD, max_size=8), st.integers(0, 3))
def test_what_texts_hold(lines: list[str], first: int) -> None:
    texts = pa.array(lines, pa.string())[first:]
    for text, kinds in zip(lines[first:], held(texts).tolist(), strict=True):
        assert bool(kinds & BEYOND) == (not text.isascii())
        assert bool(kinds & CONTROL) == any(letter < " " and letter not in "\n\t" for letter in text)
        assert bool(kinds & BREAK) == any(letter < " " for letter in text)
        assert bool(kinds & DOUBLE) == ("  " in text or text[:1] == " " or text[-1:] == " ")
        assert kinds or " ".join(text.split()) == text


@given(st.lists(ODD.filter(str.isascii), max_size=8), st.integers(0, 3))
def test_squeezed_is_split_and_joined(lines: list[str], first: int) -> None:
    squeezed_ = squeezed(pa.array(lines, pa.string())[first:])
    squeezed_.validate(full=True)
    assert squeezed_.to_pylist() == [" ".join(text.split()) for text in lines[first:]]
