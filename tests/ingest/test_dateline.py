from __future__ import annotations

from pathlib import Path
from unicodedata import category

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import dateline
from ingest.paragraphs import split
from ingest.tables import METADATA

REST = "The ferry left the harbour at noon and nobody on the quay waved to it."
SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))


def _facts(*articles: str) -> list[tuple[int, str, str]]:
    found = dateline.find(split(pa.array(articles, pa.string())))
    assert found.schema == METADATA
    return [(row["row"], row["key"], row["value"]) for row in found.to_pylist()]


@pytest.mark.parametrize(
    ("line", "place", "agency"),
    [
        ("WASHINGTON - ", "WASHINGTON", None),
        ("WASHINGTON – ", "WASHINGTON", None),
        ("WASHINGTON -- ", "WASHINGTON", None),
        ("NEW\u00a0YORK\u00a0— ", "NEW YORK", None),
        ("PARIS (AFP) - ", "PARIS", "AFP"),
        ("PARIS (AFP)— ", "PARIS", "AFP"),
        ("LAGOS, Nigeria (AP) — ", "LAGOS, Nigeria", "AP"),
        ("ST. LOUIS, Mo. – ", "ST. LOUIS, Mo.", None),
        ("SÃO PAULO, Jan 5 (Reuters) - ", "SÃO PAULO", "Reuters"),
        ("BERLIN, 5 March (dpa) – ", "BERLIN", "dpa"),
        ("PORT-AU-PRINCE, Haiti (Agence France-Presse) — ", "PORT-AU-PRINCE, Haiti", "Agence France-Presse"),
    ],
)
def test_datelines(line: str, place: str, agency: str | None) -> None:
    expected = [(0, "dateline", place)] + ([(0, "agency", agency)] if agency else [])
    assert _facts(line + REST) == expected


@pytest.mark.parametrize(
    "line",
    [
        "EXCLUSIVE - ",
        "BREAKING: ",
        "Washington - ",
        "WASHINGTON ",
        "WASHINGTON-",
        "F-16 - ",
        "A — ",
        "UPDATE — ",
        "(AP) — ",
    ],
)
def test_what_is_no_dateline(line: str) -> None:
    assert _facts(line + REST) == []


def test_only_the_first_prose_paragraph_counts() -> None:
    assert _facts(f"A headline\nPARIS - {REST}\nROME - {REST}", REST, f"{REST}\nROME - {REST}") == [
        (0, "dateline", "PARIS")
    ]


def test_the_seeds() -> None:
    texts = [path.read_bytes().decode() for path in SEEDS]
    assert _facts(*texts) == [(1, "dateline", "WASHINGTON"), (4, "dateline", "WASHINGTON")]


def test_nothing() -> None:
    assert _facts() == []


HEADS = st.lists(
    st.sampled_from(
        [
            *(
                "WASHINGTON",
                "NEW",
                "ISTANBUL",
                "ŁÓDŹ",
                "КИЕВ",
                "ΑΘΗΝΑ",
                "Mo.",
                "Nigeria",
                "Jan",
                "Januaryyyy",
                "5",
                "٣",
            ),
            *(
                ", ",
                " ",
                "\u00a0",
                "\u2009",
                " - ",
                " — ",
                "—",
                " -- ",
                "(AP)",
                "(AFP/dpa)",
                "(Aé)",
                "(А)",
                "É",
                "\u0301",
            ),
            *("(" + "A" * 31 + ")", "(" + "A" * 32 + ")", "A", "ª", "µ", "ß", "\n", "'", "’"),
        ]
    ),
    max_size=9,
).map("".join)


@settings(max_examples=examples(10))  # each compiles three large patterns anew
@given(st.lists(HEADS, max_size=60))
def test_spelled_out_classes_change_nothing(heads: list[str]) -> None:
    """The pattern for Latin texts finds what the full one does, and what may not open matches nothing."""
    texts = pa.array(heads, pa.string())
    exact = pc.extract_regex(texts, pattern=dateline.PATTERN)
    latin = pc.extract_regex(texts, pattern=dateline.LATIN_PATTERN)
    may = dateline.may_open(texts).tolist()
    for head, full, spelled, opening in zip(heads, exact.to_pylist(), latin.to_pylist(), may, strict=True):
        assert opening or full is None
        if all(ord(character) in dateline.LATIN for character in head):
            assert spelled == full


@pytest.mark.parametrize("name", ["L", "Lu", "Ll", "M", "Nd", "Z"])
def test_python_and_re2_agree_on_latin_letters(name: str) -> None:
    latin = [chr(point) for point in dateline.LATIN]
    told = pc.match_substring_regex(pa.array(latin), pattern=rf"\p{{{name}}}").to_pylist()
    assert told == [category(character).startswith(name) for character in latin]


def test_datelines_in_other_scripts_stand_beside_latin_ones() -> None:
    articles = ["PARIS (AFP) - ", "No dateline. ", "КИЕВ — ", "ŁÓDŹ — "]
    assert _facts(*(line + REST for line in articles)) == [
        (0, "dateline", "PARIS"),
        (0, "agency", "AFP"),
        (2, "dateline", "КИЕВ"),
        (3, "dateline", "ŁÓDŹ"),
    ]
