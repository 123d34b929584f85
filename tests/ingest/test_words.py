from __future__ import annotations

import re
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.words import SENTENCE_END, WORD, count_words, gathered, tidied, utf8, weigh

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


SIGNS = st.sampled_from(
    [*"ab-'. \n\t\r\x0b\x1c\x1f\0…」”»", "é", *"हि।中。", "\u0085", "\u2028", "\u3000", "\u200e"]
)
ODD = st.lists(
    st.lists(SIGNS | st.characters(exclude_categories=["Cs"]), max_size=14).map("".join), max_size=8
)


@given(ODD, st.integers(0, 3))
def test_what_closes_is_what_the_pattern_finds(lines: list[str], first: int) -> None:
    texts = pa.array(lines, pa.string())[first:]
    assert weigh(texts)[1].tolist() == pc.match_substring_regex(texts, pattern=SENTENCE_END).to_pylist()


@given(ODD, st.integers(0, 3))
def test_tidy_is_what_is_split_and_joined(lines: list[str], first: int) -> None:
    tidy = [" ".join(text.split()) for text in lines[first:]]
    texts = pa.array(lines, pa.string())[first:]
    found = tidied(texts)
    found.validate(full=True)
    assert found.to_pylist() == tidy
    assert weigh(texts)[2].tolist() == [was == now for was, now in zip(lines[first:], tidy, strict=True)]


@given(st.sampled_from(["a", "a b. ", "中"]), st.integers(0, 500), st.text(SIGNS, max_size=3), st.text(SIGNS))
def test_long_texts_are_told_of_like_short_ones(some: str, times: int, odd: str, rest: str) -> None:
    text = some * times + odd + rest
    words, closes, tidy = weigh(pa.array([text]))
    assert words.tolist() == _by_pattern(pa.array([text])).to_pylist()
    assert closes.tolist() == pc.match_substring_regex(pa.array([text]), pattern=SENTENCE_END).to_pylist()
    assert tidy.tolist() == [" ".join(text.split()) == text]


def test_white_space_of_every_code_point_is_that_of_python() -> None:
    points = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    between = [f"x{point}x" for point in points]
    tidy = ["x x" if point.isspace() else text for point, text in zip(points, between, strict=True)]
    assert tidied(pa.array(between)).to_pylist() == tidy
    assert weigh(pa.array(between))[2].tolist() == [
        was == now for was, now in zip(between, tidy, strict=True)
    ]


@given(st.text(), st.data())
def test_stretches_are_gathered(text: str, data: st.DataObject) -> None:
    spans = data.draw(st.lists(st.tuples(*[st.integers(0, len(text))] * 2).map(sorted), max_size=5))
    begins, ends = (np.array([len(text[: span[i]].encode()) for span in spans], np.int64) for i in range(2))
    found = gathered(utf8(pa.array([text]))[1], begins, ends)
    found.validate(full=True)
    assert found.to_pylist() == [text[begin:end] for begin, end in spans]


def test_what_is_no_utf8_is_refused() -> None:
    broken = pa.array([b"a\xe2\x80"]).view(pa.string())
    with pytest.raises(pa.ArrowInvalid):
        count_words(broken)
