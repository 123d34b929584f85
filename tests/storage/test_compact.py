from __future__ import annotations

from collections import Counter
from datetime import timedelta

import builders_storage as build
import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from effort import every
from kills import killed_at
from objects import everywhere

from storage import compact as compacting
from storage import write as writing_tables
from storage.check import check
from storage.commit import commit, stage
from storage.compact import Compacted, compact
from storage.contract import TABLES
from storage.history import load_history
from storage.kept import kept_articles, kept_texts
from storage.manifest import snapshot
from storage.postings import ROWS, STORED, fingerprint_stored, write_postings
from storage.publish import writing
from storage.reading import files, read
from storage.warehouse import INDEX, SUPERSEDED, Warehouse, open_warehouse

BATCHES = [f"20261121T0600{number:02d}Z-0000000{number}" for number in range(5)]
COMPACT, AGAIN, LATER = (f"20261121T07000{number}Z-0000000a" for number in range(3))
HOUR = timedelta(hours=1)


def tables_of(number: int) -> dict[str, pa.Table]:
    text = f"Report {number} of the mill."
    pieces = [
        build.Piece(text),
        build.Piece(f"Note {number} on the quay."),
        build.Piece(text, of=text, source="other"),
    ]
    return build.batch_tables(BATCHES[number], pieces, rejects=number % 2)


@pytest.fixture
def house(empty: Warehouse) -> Warehouse:
    for number in range(4):
        build.commit_tables(empty, tables_of(number))
    return empty


def squeeze(warehouse: Warehouse, commit_id: str = COMPACT, *, after: timedelta = HOUR) -> Compacted:
    with writing(warehouse):
        return compact(warehouse, commit_id=commit_id, now=build.NOW + after, grace=HOUR)


def stored(place: object) -> dict[str, pa.Table]:
    return {table: read(place, table) for table in TABLES}


def by_glob(warehouse: Warehouse, table: str) -> Counter[str]:
    """Each row of a table as DuckDB reads it by glob; no rows where it meets no file."""
    if not list(warehouse.root.glob(f"{table}/*/*.parquet")):
        return Counter()
    pattern = f"{warehouse.root}/{table}/*/*.parquet"
    return Counter(
        map(str, duckdb.sql(f"select * from read_parquet('{pattern}', hive_partitioning=false)").fetchall())
    )


def ids_by_glob(warehouse: Warehouse) -> Counter[tuple[str, str]]:
    """How often each article stands in each table, for a reader by glob."""
    found: Counter[tuple[str, str]] = Counter()
    for table in (name for name in TABLES if "article_id" in TABLES[name].names):
        for path in warehouse.root.glob(f"{table}/*/*.parquet"):
            ids = pq.ParquetFile(path).read(["article_id"])["article_id"].to_pylist()
            found.update((table, each) for each in ids)
    return found


def test_the_same_rows_in_one_file_a_table(house: Warehouse) -> None:
    before, globbed = stored(house), {table: by_glob(house, table) for table in TABLES}
    done = squeeze(house)
    assert (done.files_before, done.files_after, done.runs_before, done.runs_after) == (32, 8, 4, 1)
    assert stored(house) == before
    assert {table: by_glob(house, table) for table in TABLES} == globbed
    assert all(
        len(files(house, table)) == len(list(house.root.glob(f"{table}/*/*.parquet"))) == 1
        for table in TABLES
    )
    assert check(house) == []


@everywhere
def test_texts_are_found_where_they_lie_now(house: Warehouse) -> None:
    everyone = np.arange(8)
    before = load_history(house)
    articles, texts = kept_articles(before, everyone), kept_texts(before, everyone)
    squeeze(house)
    history = load_history(house)
    assert kept_texts(history, everyone).equals(texts)
    assert kept_articles(history, everyone).drop(["file", "row"]).equals(articles.drop(["file", "row"]))


@everywhere
def test_places_are_right_where_rows_go_into_several_files(
    empty: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.write.GROUP_ROWS", 2)
    monkeypatch.setattr("storage.write.GROUP_BYTES", 1)
    monkeypatch.setattr("storage.write.PART_BYTES", 16_000)
    monkeypatch.setattr("storage.compact.PART_BYTES", 16_000)
    warehouse = empty
    for number, count in enumerate([1, 40, 0, 3, 2]):
        pieces = [build.Piece(f"Piece {each} of {number}.") for each in range(count)]
        build.commit_tables(warehouse, build.batch_tables(BATCHES[number], pieces))
    before = stored(warehouse)
    everyone = np.arange(46)
    texts = kept_texts(load_history(warehouse), everyone)
    done = squeeze(warehouse)
    assert done.files_after < done.files_before
    assert len(files(warehouse, "articles")) > 1
    assert stored(warehouse) == before
    assert kept_texts(load_history(warehouse), everyone).equals(texts)
    assert check(warehouse) == []


@everywhere
def test_batches_go_on_behind_and_are_taken_in_by_the_next(house: Warehouse) -> None:
    squeeze(house)
    build.commit_tables(house, tables_of(4))
    before = stored(house)
    assert before["batches"]["batch_id"].to_pylist() == BATCHES
    assert check(house) == []
    done = squeeze(house, AGAIN)
    assert (done.files_before, done.files_after, done.runs_after) == (16, 8, 1)
    assert stored(house) == before
    assert check(house) == []


def test_nothing_is_done_twice_and_debris_goes(house: Warehouse) -> None:
    squeeze(house)
    moment = snapshot(house)
    assert squeeze(house, AGAIN, after=1.5 * HOUR) == Compacted(8, 8, 1, 1, 0)
    assert list((house.root / SUPERSEDED).iterdir()) != []
    done = squeeze(house, AGAIN, after=2 * HOUR)
    assert done.dropped == 1 + 4  # the folder of what the commit superseded, and four runs
    assert snapshot(house) == moment
    assert list((house.root / SUPERSEDED).iterdir()) == []
    assert [path.name for path in (house.root / INDEX).iterdir()] == [*moment.runs]
    assert check(house) == []


@everywhere
def test_a_reader_who_began_before_reads_on(house: Warehouse) -> None:
    before = snapshot(house)
    expected = stored(before)
    squeeze(house)
    assert stored(before) == expected
    squeeze(house, AGAIN, after=3 * HOUR)  # the time of grace is over
    assert stored(house) == expected


@everywhere
def test_an_empty_warehouse_is_in_order(empty: Warehouse) -> None:
    assert squeeze(empty) == Compacted(0, 0, 0, 0, 0)


@everywhere
def test_runs_of_different_settings_are_left_alone(house: Warehouse) -> None:
    tables = tables_of(4)
    with writing(house):
        staging = stage(house, BATCHES[4])
        made = fingerprint_stored([tables["articles"].select(STORED)])
        write_postings(staging.index, *made, rows=ROWS - 1)
        commit(staging, tables=build.written(staging, tables), counts={}, settings="0f", now=build.NOW)
    before = stored(house)
    done = squeeze(house)
    assert (done.runs_after, len(files(house, "articles")), len(files(house, "originals"))) == (5, 5, 1)
    assert stored(house) == before
    assert check(house) == []


def test_killed_at_any_step_it_shows_the_same_rows(house: Warehouse) -> None:
    before, globbed = stored(house), ids_by_glob(house)
    stride = every(40)
    steps = killed_at(house.root.parent, COMPACT, "compact", stride=stride)
    assert len(steps) * stride > 60
    for step in steps:
        warehouse = open_warehouse(house.root.parent / str(step))
        assert stored(warehouse) == before
        assert ids_by_glob(warehouse) <= globbed  # none twice
        assert check(warehouse) == []
        squeeze(warehouse, AGAIN, after=2 * HOUR)
        assert stored(warehouse) == before
        assert ids_by_glob(warehouse) == globbed
        assert all(len(files(warehouse, table)) == 1 for table in TABLES)
        assert list(warehouse.staging.iterdir()) == []


def test_file_names_are_never_used_again(house: Warehouse) -> None:
    squeeze(house)
    build.commit_tables(house, tables_of(4))
    squeeze(house, AGAIN)
    named = [
        entry.path
        for manifest in snapshot(house).manifests
        for entries in manifest.tables.values()
        for entry in entries
    ]
    assert len(named) == len(set(named))
    assert {pq.read_metadata(path).num_rows for path in files(house, "articles")} == {10}


@pytest.mark.parametrize("part_bytes", [20_000, 100_000])
def test_no_table_has_more_files_than_its_size_needs(
    empty: Warehouse, monkeypatch: pytest.MonkeyPatch, part_bytes: int
) -> None:
    for module in (compacting, writing_tables):
        monkeypatch.setattr(module, "PART_BYTES", part_bytes)
    monkeypatch.setattr(writing_tables, "GROUP_ROWS", 5)
    monkeypatch.setattr(writing_tables, "GROUP_BYTES", 5_000)
    for number in range(12):
        pieces = [
            build.Piece(f"Report {number} {place} of the mill. " + build.digest(f"{number} {place}") * 9)
            for place in range(0 if number == 7 else 40 if number == 3 else 7)
        ]
        batch_id = f"20261121T0600{number:02d}Z-000000{number:02x}"
        build.commit_tables(empty, build.batch_tables(batch_id, pieces))
        before = stored(empty)
        if number % 4 == 3:
            squeeze(empty, f"20261121T0700{number:02d}Z-0000000a")
            assert stored(empty) == before
            assert check(empty) == []
            for table in TABLES:
                entries = snapshot(empty).entries(table)
                size = sum(entry.bytes for entry in entries)
                assert len(entries) <= max(1, -(-size // part_bytes))
            commits = len(snapshot(empty).manifests)
            squeeze(empty, f"20261121T0800{number:02d}Z-0000000a")
            assert len(snapshot(empty).manifests) == commits
