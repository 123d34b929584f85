from __future__ import annotations

from pathlib import Path

import builders_storage as build
import pyarrow as pa
import pytest
from objects import everywhere

from storage.errors import SchemaMismatch
from storage.history import load_history
from storage.known import known_articles, known_files, known_records, known_rows
from storage.reading import read
from storage.warehouse import Warehouse, create_warehouse

FIRST, SECOND = "20261121T060000Z-00000001", "20261121T060001Z-00000002"
MILL = "The mill reopened on Monday.\n\nForty people work there."
QUAY = "The quay is closed until spring."
FAIR = "The fair drew nine thousand visitors."


@pytest.fixture
def house(empty: Warehouse) -> Warehouse:
    warehouse = empty
    first = [build.Piece(MILL), build.Piece(QUAY), build.Piece(QUAY, of=QUAY, source="other")]
    build.commit_tables(warehouse, build.batch_tables(FIRST, first, rejects=2))
    second = [build.Piece(FAIR), build.Piece(MILL, of=MILL, of_history=True, outlet="copy.example")]
    build.commit_tables(warehouse, build.batch_tables(SECOND, second, known=3))
    return warehouse


def strings(values: list[str]) -> pa.Array:
    return pa.array(values, pa.string())


def test_a_warehouse_without_a_batch_knows_nothing(tmp_path: Path) -> None:
    history = load_history(create_warehouse(tmp_path / "house"))
    key = strings([build.digest("x")])
    assert known_files(history, strings(["wire"]), strings([build.READING]), key).to_pylist() == [None]
    assert known_records(history, strings(["wire"]), strings([build.READING]), key).to_pylist() == [False]
    assert known_articles(history, key).to_pylist() == [False]
    assert known_files(history, strings([]), strings([]), strings([])).to_pylist() == []


@everywhere
def test_files_are_known_by_source_and_content(house: Warehouse) -> None:
    hashes = [
        build.digest(f"file {FIRST}"),
        build.digest(f"file {SECOND}"),
        build.digest(f"file {FIRST}"),
        build.digest("new"),
    ]
    sources = strings(["wire", "wire", "other", "wire"])
    history = load_history(house)
    found = known_files(history, sources, strings([build.READING] * 4), strings(hashes))
    assert found.to_pylist() == [5, 5, None, None]
    otherwise = known_files(history, sources, strings(["6" * 16] * 4), strings(hashes))
    assert otherwise.to_pylist() == [None] * 4


@everywhere
def test_every_record_that_was_dealt_with_is_known(house: Warehouse) -> None:
    rows: list[tuple[str, str]] = []
    raw = dict(
        zip(
            *read(house, "originals", columns=["article_id", "content_hash"]).to_pydict().values(),
            strict=True,
        )
    )
    for table in ("articles", "duplicates"):
        stored = read(house, table).to_pydict()
        rows += [
            (source, raw[article_id])
            for source, article_id in zip(stored["source"], stored["article_id"], strict=True)
        ]
    rejects = read(house, "rejects").to_pydict()
    rows += list(zip(rejects["source"], rejects["content_hash"], strict=True))
    assert len(rows) == 7
    strangers = [("nobody", each) for _, each in rows] + [("wire", build.digest("new"))]
    sources, hashes = (strings(list(each)) for each in zip(*rows, *strangers, strict=True))
    history = load_history(house)
    known = known_records(history, sources, strings([build.READING] * len(sources)), hashes).to_pylist()
    assert known == [True] * len(rows) + [False] * len(strangers)
    # Under other field names a reject may be an article; what is published stays known.
    otherwise = known_records(history, sources, strings(["6" * 16] * len(sources)), hashes).to_pylist()
    assert otherwise == [True] * 5 + [False] * (len(rows) - 5 + len(strangers))


def test_articles_and_copies_are_known_by_id(house: Warehouse) -> None:
    ids = [
        *read(house, "articles")["article_id"].to_pylist(),
        *read(house, "duplicates")["article_id"].to_pylist(),
    ]
    known = known_articles(load_history(house), strings([*ids, build.digest("new")]))
    assert known.to_pylist() == [True] * 5 + [False]


def test_an_article_without_an_original_is_not_indexed() -> None:
    tables = build.batch_tables(FIRST, [build.Piece(MILL)])
    tables["originals"] = tables["originals"].slice(1)
    with pytest.raises(SchemaMismatch, match="1 articles have no row in originals"):
        known_rows(lambda table, columns: tables[table].select(columns))
