from __future__ import annotations

import re
from itertools import groupby
from unicodedata import category

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.dated_lines import TIME_WORDS, dated, shape
from ingest.metadata.calendar_words import LANGUAGES, day_names, is_weekday, month_names, month_of

PIECES = [
    "3 May 2021",
    "10:42",
    "le 5 mai 2021",
    "Uhr",
    "Понедельник",
    "٣:٤٢ a.m.",
    "5. März 2020",
    "às",
    "½",
    " ",
    "–",
]
PIECES += [
    "2021-05-03T10:42Z",
    "5.3.20",
    "1/2",
    "May",
    "Monday",
    ", ",
    "Sept",
    "x",
    "é",
    "हि",
    "ferry",
    "1999",
    "½2 h",
]
LINES = st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map(" ".join), max_size=6)
WHEN = re.compile(r"\d{1,2}[:.h]\d{2}|\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2}")


def runs(text: str) -> list[tuple[str, str]]:
    """Return runs of letters (L), of figures (N) and of all else."""
    kinds = ["N" if category(sign) == "Nd" else category(sign)[0].replace("N", "") for sign in text]
    grouped = groupby(zip(kinds, text, strict=True), key=lambda pair: pair[0])
    return [(kind, "".join(sign for _, sign in some)) for kind, some in grouped]


@given(LINES)
def test_a_date_has_no_words_but_those_of_time(lines: list[str]) -> None:
    words = [[run for kind, run in runs(line.lower()) if kind == "L"] for line in lines]
    expected = [
        bool(WHEN.search(line))
        and all(word in TIME_WORDS or is_weekday(word) or month_of(word) is not None for word in some)
        for line, some in zip(lines, words, strict=True)
    ]
    assert dated(pa.array(lines, pa.string())).tolist() == expected


@given(LINES)
def test_the_shape_of_a_line_has_neither_its_words_nor_its_figures(lines: list[str]) -> None:
    expected = ["".join({"N": "0", "L": "x"}.get(kind, run) for kind, run in runs(line)) for line in lines]
    assert shape(pa.array(lines, pa.string())).to_pylist() == expected


@pytest.mark.parametrize(
    "word", ["march", "märz", "mar", "sept", "monday", "понедельник", "listopad", "ferry"]
)
def test_names_are_those_that_are_known_one_by_one(word: str) -> None:
    assert LANGUAGES
    assert (word in month_names()) == (month_of(word) is not None)
    assert (word in day_names()) == is_weekday(word)
