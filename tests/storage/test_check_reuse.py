from __future__ import annotations

from pathlib import Path

import builders_storage as build
import pyarrow as pa
import pytest

from storage.check import check
from storage.warehouse import create_warehouse

OLD, NEW = "20261121T060000Z-00000001", "20261121T060001Z-00000002"
SHARED = "The mill on the river reopened on Monday, after two years of repairs."
FIRST = f"News of the day.\n\n{SHARED}"
SECOND = f"{SHARED.upper()}\n\nForty people work there now."
EMPTY = ""  # all of it was removed

RIGHT = {
    "article_id": build.Piece(SECOND).article_id,
    "batch_id": NEW,
    "start": 0,
    "end": len(SHARED),
    "of_article_id": build.Piece(FIRST).article_id,
    "of_start": 18,
    "of_end": 18 + len(SHARED),
    "similarity": 1.0,
    "occurrences": 2,
}
CASES: dict[str, tuple[dict[str, object], str | None]] = {
    "right": ({}, None),
    "another start": ({"start": 1}, "no paragraph of the text lies at start and end"),
    "another end": ({"end": 5}, "no paragraph of the text lies at start and end"),
    "beyond": ({"start": 10_000, "end": 10_001}, "no paragraph of the text lies at start and end"),
    "another start there": ({"of_start": 19}, "no paragraph of the other text lies at of_start and of_end"),
    "another paragraph": ({"of_start": 0, "of_end": 16}, "the two paragraphs do not have the same words"),
    "alone": ({"occurrences": 1}, "fewer than two articles have the paragraph"),
    "of nothing": (
        {"of_article_id": build.Piece(EMPTY).article_id},
        "no paragraph of the other text lies at of_start and of_end",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_paragraph_used_again_is_the_same_paragraph(tmp_path: Path, case: str) -> None:
    changes, expected = CASES[case]
    house = create_warehouse(tmp_path / "house")
    old = build.batch_tables(OLD, [build.Piece(EMPTY), build.Piece(FIRST)])
    old["articles"] = build.changed(
        old["articles"], "paragraph_spans", [[], old["articles"]["paragraph_spans"][1].as_py()]
    )
    build.commit_tables(house, old)
    tables = build.batch_tables(NEW, [build.Piece(SECOND)])
    tables["reuse"] = pa.Table.from_pylist([{**RIGHT, **changes}], tables["reuse"].schema)
    build.commit_tables(house, tables)
    found = check(house)
    assert [(each.law, each.problem.split(":")[0]) for each in found] == (
        [("reuse", expected)] if expected else []
    )
