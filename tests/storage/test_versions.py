from __future__ import annotations

from pathlib import Path

import builders_storage as build
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from golden_warehouses import ARCHIVES, unpack

from storage.check import check
from storage.contract import SCHEMA_VERSION, TABLES
from storage.reading import files, read, read_groups
from storage.versions import ADDED, KNOWN, lacking, lacking_in, may_lack, problem_with, schema_of, version_of
from storage.warehouse import MANIFESTS, Warehouse, open_warehouse

LATER = "20301121T060000Z-0000000a"
EARLIER = KNOWN[:-1]


@pytest.fixture(params=ARCHIVES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    """A warehouse of an earlier version."""
    return open_warehouse(unpack(request.param, tmp_path))


def today() -> dict[str, pa.Table]:
    return build.batch_tables(LATER, [build.Piece("The mill reopened.")])


def mixed(warehouse: Warehouse) -> Warehouse:
    """The warehouse with a batch of the present version behind, whose values are no defaults."""
    tables = today()
    for name, value in {"taken_over": 2, "gone": 3, "reread": True, "forgotten": ["a" * 32]}.items():
        tables["batches"] = build.changed(tables["batches"], name, [value])
    build.commit_tables(warehouse, tables)
    return warehouse


def test_every_earlier_version_has_a_golden_warehouse_and_the_last_one_is_ours() -> None:
    assert KNOWN[-1] == SCHEMA_VERSION
    assert {*EARLIER} <= {*ARCHIVES} <= {*KNOWN}


@pytest.mark.parametrize("version", ARCHIVES)
def test_the_files_of_a_version_are_what_its_schema_says(version: str, tmp_path: Path) -> None:
    house = open_warehouse(unpack(version, tmp_path))
    for table in TABLES:
        stored = [pq.read_schema(path) for path in files(house, table)]
        assert stored
        for schema in stored:
            assert version_of(schema) == version
            assert schema.equals(schema_of(table, version))
            assert lacking_in(schema) == lacking(table, version)
            assert not lacking(table, version) or may_lack(TABLES[table])


def test_what_came_later_is_in_the_contract_and_no_default_is_null() -> None:
    for version in KNOWN:
        for table, schema in TABLES.items():
            missing = lacking(table, version)
            assert {*missing} <= {*schema.names}
            assert all(each.is_valid for each in missing.values())
            assert [schema.field(name).type for name in missing] == [each.type for each in missing.values()]
    assert all(lacking(table, KNOWN[-1]) == {} for table in TABLES)
    assert {table for tables in ADDED.values() for table in tables} <= {*TABLES}


@pytest.mark.parametrize("table", TABLES)
def test_reading_gives_what_is_stored_and_the_defaults(old: Warehouse, table: str) -> None:
    expected = []
    for path in map(Path, files(old, table)):
        with pq.ParquetFile(path) as file:
            missing = {name: value.as_py() for name, value in lacking_in(file.schema_arrow).items()}
            expected += [{**row, **missing} for row in file.read().to_pylist()]
    rows = read(old, table)
    assert rows.to_pylist() == expected
    assert rows.schema.equals(TABLES[table], check_metadata=True)
    groups = pa.concat_tables(read_groups([Path(file) for file in files(old, table)], TABLES[table].names))
    assert groups.select(TABLES[table].names).to_pylist() == expected


FILTERS = {
    "equal": ds.field("taken_over") == 0,
    "greater": ds.field("taken_over") > 0,
    "less": ds.field("gone") < 1,
    "null": ds.field("gone").is_null() | ds.field("forgotten").is_null(),
    "valid": ds.field("forgotten").is_valid(),
    "among": ds.field("gone").isin([0, 3]),
    "sum": ds.field("taken_over") + ds.field("gone") == ds.field("records") * 0,
    "true": ds.field("reread"),
    "not": ~(ds.field("taken_over") == 0),
    "long": pc.list_value_length(ds.field("forgotten")) > 0,
    "with others": (ds.field("batch_id") < LATER) & (ds.field("taken_over") >= 0),
}


@pytest.mark.parametrize("columns", [None, ["batch_id"], ["gone", "batch_id", "forgotten"]], ids=str)
@pytest.mark.parametrize("name", FILTERS)
def test_filters_are_right_on_columns_that_a_file_lacks(
    old: Warehouse, name: str, columns: list[str] | None
) -> None:
    for house in (old, mixed(old)):
        everything = read(house, "batches")
        wanted = everything.filter(FILTERS[name]).select(columns or everything.column_names)
        found = read(house, "batches", columns=columns, where=FILTERS[name])
        assert found.to_pylist() == wanted.to_pylist()
        assert found.schema.names == wanted.schema.names


def test_the_filters_tell_rows_apart(old: Warehouse) -> None:
    house = mixed(old)
    total = read(house, "batches").num_rows
    assert {read(house, "batches", where=each).num_rows for each in FILTERS.values()} == {
        0,
        1,
        total - 1,
        total,
    }


def test_earlier_and_present_files_side_by_side_are_in_order(old: Warehouse) -> None:
    assert check(old) == []
    build.commit_tables(old, today())
    assert check(old) == []


def test_a_file_that_is_not_what_its_version_says_is_found(old: Warehouse) -> None:
    path = Path(files(old, "batches")[-1])
    stored = pq.ParquetFile(path).read()
    manifest = max((old.root / MANIFESTS).iterdir())
    for wrong in (
        stored.drop_columns(["known"]),
        stored.append_column("gone", pa.array([0] * stored.num_rows)),
    ):
        pq.write_table(wrong, path)
        build.bless(manifest, path)
        [finding] = check(old)
        assert "its columns are not those of batches" in finding.problem
    told = {**(stored.schema.metadata or {}), b"copydesk.schema_version": b"99"}
    pq.write_table(stored.replace_schema_metadata(told), path)
    build.bless(manifest, path)
    [finding] = check(old)
    assert finding.problem == problem_with("99")


def test_a_version_that_is_not_known_is_told_with_what_to_do() -> None:
    assert [problem_with(version) for version in KNOWN] == [None] * len(KNOWN)
    assert f"has schema version 99, this copydesk knows 1 to {SCHEMA_VERSION}" in str(problem_with("99"))
    assert "has schema version none" in str(problem_with(""))
