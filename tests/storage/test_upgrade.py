from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import builders_storage as build
import duckdb
import pyarrow.parquet as pq
import pytest
from effort import every
from golden_warehouses import ARCHIVES, unpack
from kills import killed_at

from storage.check import check
from storage.contract import SCHEMA_VERSION, TABLES
from storage.errors import WarehouseFormat
from storage.history import load_history
from storage.manifest import Manifest, encode, snapshot
from storage.publish import writing
from storage.reading import files, read
from storage.upgrade import upgrade
from storage.versions import lacking
from storage.warehouse import MANIFESTS, Warehouse, create_warehouse, open_warehouse

UPGRADE, AGAIN, LATER = (f"20301121T07000{number}Z-0000000a" for number in range(3))
EARLIER = [version for version in ARCHIVES if version != SCHEMA_VERSION]


@pytest.fixture(params=EARLIER)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def house(version: str, folder: Path) -> Warehouse:
    """A warehouse of an earlier version."""
    unpack(version, folder).rename(folder / "house")
    return open_warehouse(folder / "house")


def bring(warehouse: Warehouse, commit_id: str = UPGRADE) -> Manifest | None:
    with writing(warehouse):
        return upgrade(snapshot(warehouse), commit_id=commit_id, now=build.NOW)


def stored(place: object) -> dict[str, list[dict[str, object]]]:
    return {table: read(place, table).to_pylist() for table in TABLES}


def batches_by_glob(warehouse: Warehouse) -> Counter[str]:
    ids: Counter[str] = Counter()
    for path in warehouse.root.glob("batches/*/*.parquet"):
        ids.update(pq.ParquetFile(path).read(["batch_id"])["batch_id"].to_pylist())
    return ids


def test_rows_places_and_history_stay_and_files_have_one_schema(house: Warehouse, version: str) -> None:
    before, moment, places = stored(house), snapshot(house), load_history(house).runs
    done = bring(house)
    assert done is not None
    assert (done.kind, done.version, done.runs) == ("upgrade", len(moment.manifests) + 1, moment.runs)
    assert stored(house) == before
    assert snapshot(house).batches == moment.batches
    assert [run.tables for run in load_history(house).runs] == [run.tables for run in places]
    for table in TABLES:
        written = files(house, table) != files(moment, table)
        assert written == bool(lacking(table, version))
        glob = sorted(house.root.glob(f"{table}/*/*.parquet"))
        assert {tuple(pq.read_schema(path).names) for path in glob} == {tuple(TABLES[table].names)}
        by_glob = duckdb.sql(f"select * from read_parquet('{house.root}/{table}/*/*.parquet')")
        assert len(by_glob.fetchall()) == len(before[table])
    assert check(house) == []


def test_it_is_done_once(house: Warehouse) -> None:
    bring(house)
    moment = snapshot(house)
    assert bring(house, AGAIN) is None
    assert snapshot(house) == moment
    assert list(house.staging.iterdir()) == []


def test_a_warehouse_of_today_or_without_a_batch_is_left_alone(tmp_path: Path) -> None:
    house = create_warehouse(tmp_path / "house")
    assert bring(house) is None
    build.commit_tables(house, build.batch_tables(UPGRADE, [build.Piece("The mill reopened.")]))
    assert bring(house, AGAIN) is None
    assert len(snapshot(house).manifests) == 1


def test_a_reader_who_began_before_reads_on(house: Warehouse) -> None:
    before = snapshot(house)
    expected = stored(before)
    bring(house)
    assert stored(before) == expected


def test_files_of_today_between_earlier_ones_stay_as_they_are(house: Warehouse) -> None:
    build.commit_tables(house, build.batch_tables(LATER, [build.Piece("The mill reopened.")]))
    before, own = stored(house), files(house, "batches")[-1]
    bring(house)
    assert stored(house) == before
    assert files(house, "batches")[-1] == own
    assert len(files(house, "batches")) == 2
    assert check(house) == []


def test_killed_at_any_step_it_leaves_what_was_or_what_will_be(house: Warehouse) -> None:
    before, globbed = stored(house), batches_by_glob(house)
    number = len(snapshot(house).manifests)
    stride = every(12)
    steps = killed_at(house.root.parent, UPGRADE, "upgrade", stride=stride)
    assert len(steps) * stride > 20
    seen = set()
    for step in steps:
        warehouse = open_warehouse(house.root.parent / str(step))
        assert stored(warehouse) == before
        assert batches_by_glob(warehouse) <= globbed  # none twice
        assert check(warehouse) == []
        with writing(warehouse):  # recovers
            seen.add(len(snapshot(warehouse).manifests) - number)
        assert batches_by_glob(warehouse) == globbed
        bring(warehouse, AGAIN)
        assert len(snapshot(warehouse).manifests) == number + 1
        assert stored(warehouse) == before
        assert {tuple(pq.read_schema(path).names) for path in files(warehouse, "batches")} == {
            tuple(TABLES["batches"].names)
        }
        assert list(warehouse.staging.iterdir()) == []
        assert check(warehouse) == []
    assert seen == {0, 1}


def test_what_a_later_version_wrote_is_refused_by_everybody(tmp_path: Path) -> None:
    house = create_warehouse(tmp_path / "house")
    done = build.commit_tables(house, build.batch_tables(UPGRADE, [build.Piece("The mill reopened.")]))
    [numbered] = (house.root / MANIFESTS).iterdir()
    numbered.write_bytes(encode(replace(done, schema_version="99")))
    words = (
        f"has schema version 99, this copydesk knows 1 to {SCHEMA_VERSION}; take the copydesk that wrote it"
    )
    [finding] = check(house)
    assert words in finding.problem
    for act in (lambda: read(house, "articles"), lambda: bring(house), lambda: snapshot(house)):
        with pytest.raises(WarehouseFormat, match=words):
            act()
