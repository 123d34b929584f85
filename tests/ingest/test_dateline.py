from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

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
