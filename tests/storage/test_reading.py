from __future__ import annotations

from pathlib import Path

import builders_storage as build
import duckdb
import pyarrow.dataset as ds
import pytest
from objects import everywhere

import storage
from storage.contract import TABLES
from storage.errors import NotFound, WarehouseFormat
from storage.manifest import snapshot
from storage.reading import files
from storage.warehouse import MANIFESTS, Warehouse, create_warehouse

FIRST, SECOND = "20261121T060000Z-00000001", "20261121T060001Z-00000002"


@pytest.fixture
def house(empty: Warehouse) -> Warehouse:
    warehouse = empty
    build.commit_tables(
        warehouse, build.batch_tables(FIRST, [build.Piece("One."), build.Piece("One.", of="One.")])
    )
    build.commit_tables(warehouse, build.batch_tables(SECOND, [build.Piece("Two.")], rejects=1))
    return warehouse


def test_an_empty_warehouse_has_empty_tables(tmp_path: Path) -> None:
    root = create_warehouse(tmp_path / "house").root
    for table, schema in TABLES.items():
        assert storage.read(root, table).equals(schema.empty_table(), check_metadata=True)
        assert files(root, table) == []


@pytest.mark.parametrize("table", TABLES)
def test_by_manifest_and_by_glob_the_rows_are_the_same(house: Warehouse, table: str) -> None:
    rows = storage.read(house, table)
    assert rows.schema.equals(TABLES[table], check_metadata=True)
    glob = f"{house.root}/{table}/*/*.parquet"
    assert (
        duckdb.sql(f"select * from read_parquet('{glob}') order by filename")
        .to_arrow_table()
        .select(rows.schema.names)
        .to_pylist()
        == rows.to_pylist()
    )
    hive = ds.dataset(house.root / table, partitioning="hive").to_table()
    assert hive.select(rows.schema.names).to_pylist() == rows.to_pylist()
    assert files(house, table) == sorted(str(path) for path in house.root.glob(f"{table}/*/*.parquet"))


@everywhere
def test_columns_and_filter(house: Warehouse) -> None:
    rows = storage.read(
        house, "articles", columns=["text", "article_id"], where=ds.field("batch_id") == SECOND
    )
    assert rows.column_names == ["text", "article_id"]
    assert rows["text"].to_pylist() == ["Two."]


@everywhere
def test_a_snapshot_stays_as_it_was(house: Warehouse) -> None:
    moment = snapshot(house)
    build.commit_tables(house, build.batch_tables("20261122T060000Z-00000003", [build.Piece("Three.")]))
    assert storage.read(moment, "articles").num_rows == storage.read(moment, "batches").num_rows == 2
    assert storage.read(house, "articles").num_rows == 3


def test_a_batch_that_no_manifest_names_is_not_read(house: Warehouse) -> None:
    before = snapshot(house)
    max((house.root / MANIFESTS).iterdir()).unlink()
    assert storage.read(house, "articles")["text"].to_pylist() == ["One."]
    assert len(before.manifests) == 2


def test_wrong_names_are_told_with_the_right_ones(house: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="the tables are articles, duplicates"):
        storage.read(house, "artikel")
    with pytest.raises(NotFound, match="its columns are article_id, batch_id"):
        storage.read(house, "articles", columns=["body"])
    with pytest.raises(NotFound, match="no such warehouse"):
        storage.read(tmp_path / "nowhere", "articles")


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"PAR1 no more")])
def test_a_lost_or_damaged_file_is_an_error_and_never_fewer_rows(house: Warehouse, damage) -> None:
    damage(Path(files(house, "articles")[0]))
    with pytest.raises(WarehouseFormat, match=f"batch={FIRST}"):
        storage.read(house, "articles")
