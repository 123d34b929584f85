from __future__ import annotations

import sys

import pyarrow as pa
import pytest
from builders import GOLD, SEEDS
from hypothesis import given
from hypothesis import strategies as st
from strategies import NEWS, TEXT

from ingest.paragraphs import split

ANY_TEXT = st.one_of(TEXT, NEWS)
WRAPPED = """   The harbour office will close the old
ferry line to lorries heavier than a family's van
and let no more than 160 bicycles on board a trip,
the mayor of the island said on Sunday.
   The limits are clearly meant to keep a worn
landing stage in use for other items."""


@given(st.lists(ANY_TEXT, max_size=4))
def test_spans_are_exact_and_hold_every_character(texts: list[str]) -> None:
    found = split(pa.array(texts, pa.string())).to_pylist()
    covered: dict[int, set[int]] = {}
    for paragraph in found:
        text = texts[paragraph["row"]]
        span = text[paragraph["start"] : paragraph["end"]]
        assert span == span.strip() != ""
        assert span.splitlines() == paragraph["text"].splitlines()
        covered.setdefault(paragraph["row"], set()).update(range(paragraph["start"], paragraph["end"]))
    for row, text in enumerate(texts):
        assert all(character.isspace() for i, character in enumerate(text) if i not in covered.get(row, ()))
    assert [(p["row"], p["start"]) for p in found] == sorted((p["row"], p["start"]) for p in found)


@given(TEXT.filter(lambda text: len(text.splitlines()) < 5))
def test_a_line_is_a_paragraph(text: str) -> None:
    found = split(pa.array([text])).column("text").to_pylist()
    assert found == [line.strip() for line in text.splitlines() if line.strip()]


WHITE = [chr(point) for point in range(sys.maxunicode + 1) if chr(point).isspace()]
PIECES = st.sampled_from(
    [*WHITE, "\r\n", "a", "é", "中", "😀", "\u200b", "\ufeff", "x" * 70, "é" * 40, "中" * 30]
)


@given(st.lists(st.lists(PIECES, max_size=12).map("".join), max_size=3))
def test_lines_are_those_of_python_wherever_they_lie(texts: list[str]) -> None:
    """Breaks of several bytes, and between long runs without any, are found by other ways than line feeds."""
    found = split(pa.array(texts, pa.string())).to_pylist()
    lines = [(i, line.strip()) for i, text in enumerate(texts) for line in text.splitlines() if line.strip()]
    if not any(p["text"].count("\n") for p in found):  # hard-wrapped
        assert [(p["row"], p["text"]) for p in found] == lines
    assert all(texts[p["row"]][p["start"] : p["end"]].splitlines() == p["text"].splitlines() for p in found)


@given(ANY_TEXT, ANY_TEXT)
def test_an_article_is_split_the_same_in_any_company(left: str, right: str) -> None:
    def paragraphs(texts: list[str], row: int) -> list[dict[str, object]]:
        found = split(pa.array(texts)).to_pylist()
        return [{**paragraph, "row": 0} for paragraph in found if paragraph["row"] == row]

    assert paragraphs([left, right], 1) == paragraphs([right], 0)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_seeds_have_the_paragraphs_of_their_gold(path: object) -> None:
    text = path.read_bytes().decode()
    units = GOLD[path.name]["units"]
    found = split(pa.array([text])).to_pylist()
    assert [(p["start"], p["text"]) for p in found] == [(u["start"], u["text"].strip()) for u in units]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_hard_wrapped_lines_belong_together(newline: str) -> None:
    text = WRAPPED.replace("\n", newline)
    found = split(pa.array([text])).to_pylist()
    assert [p["text"].split()[0] + " " + p["text"].split()[-1] for p in found] == [
        "The Sunday.",
        "The items.",
    ]
    assert all(p["prose"] for p in found)
    assert text[found[1]["start"] : found[1]["end"]].split() == found[1]["text"].split()


@pytest.mark.parametrize(
    "lines",
    [
        [
            f"{name} (Harbour) beat {other} of the Old Town Club in {sets} sets"
            for name, other, sets in zip(
                ["Jane Doe", "Ann Poe", "Maximiliane Roe", "Li Wu", "Eve Moe", "Oluwaseun Adeyemi"],
                ["Ida Koe", "Bo Ek", "Una Foe", "Christiana Papadopoulou", "Kim Li", "Al Io"],
                "232322",
                strict=True,
            )
        ],
        [
            f"• {line}"
            for line in [
                "Schools open again on Monday",
                "New ferries for the islands will come in autumn",
                "Tickets cost more from June on",
                "The museum of glass shows works from four centuries",
                "Rain is due",
            ]
        ],
    ],
)
def test_results_and_bullets_are_not_wrapped_text(lines: list[str]) -> None:
    assert split(pa.array(["\n".join(lines)])).column("text").to_pylist() == lines


def test_headlines_below_each_other_are_not_wrapped_text() -> None:
    lines = [
        "A headline that is about as long as a line of wire copy",
        *["Another one of the same length or so"] * 6,
    ]
    article = "\n".join(
        [*lines, "A paragraph of the article itself, which is longer than any wire service wraps. " * 2]
    )
    assert split(pa.array([article])).num_rows == 8


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("They “left” at 5 p.m.", 6, True),
        ("Don’t stop-gap it", 3, False),
        ("他说：“会议结束了。”", 7, True),
        ("क्या हुआ।", 2, True),
        ("Click here »", 2, False),
    ],
)
def test_words_and_sentences(text: str, words: int, sentence: bool) -> None:
    [paragraph] = split(pa.array([text])).to_pylist()
    assert (paragraph["words"], paragraph["sentence"]) == (words, sentence)


def test_a_text_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(pa.ArrowInvalid):
        split(pa.array([b"A line.\xe2\x80"]).view(pa.string()))
