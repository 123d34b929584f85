from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import builders_storage as build
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from kills import STRIDE, killed_at

from storage import tiers
from storage.check import check
from storage.commit import commit, seal, stage, writer
from storage.contract import TABLES
from storage.errors import BatchExists, SchemaMismatch, StorageError, WarehouseLocked, WarehouseUnwritable
from storage.history import load_history
from storage.known import known_articles
from storage.manifest import manifests, snapshot
from storage.names import run_name
from storage.publish import Staging, pending, publish, recover, writing
from storage.reading import read
from storage.warehouse import (
    INDEX,
    MANIFESTS,
    Warehouse,
    batch_folder,
    create_warehouse,
    lock,
    open_warehouse,
)
from storage.write import write_table

OLD, NEW = "20261121T060000Z-00000001", "20261121T060001Z-00000002"
BETWEEN = "20261121T060000Z-00000002"
HERE = Path(__file__).parent
NOTHING = dict.fromkeys(TABLES, 0)


@pytest.fixture
def house(folder: Path) -> Warehouse:
    warehouse = create_warehouse(folder / "house")
    build.commit_tables(warehouse, build.batch_tables(OLD, [build.Piece("Zero.")]))
    return warehouse


def by_glob(warehouse: Warehouse, batch_id: str) -> dict[str, int]:
    """Rows of a batch in each table, for a reader who knows nothing of manifests."""
    paths = {table: warehouse.root.glob(f"{table}/batch={batch_id}/*.parquet") for table in TABLES}
    return {table: sum(pq.read_metadata(path).num_rows for path in found) for table, found in paths.items()}


def by_manifest(warehouse: Warehouse, batch_id: str) -> dict[str, int]:
    """Rows of a batch in each table, for a reader who follows the manifests."""
    rows = {table: read(warehouse, table, columns=["batch_id"])["batch_id"].to_pylist() for table in TABLES}
    return {table: ids.count(batch_id) for table, ids in rows.items()}


def new_tables() -> dict[str, pa.Table]:
    return build.batch_tables(NEW, [build.Piece("One."), build.Piece("One.", of="One.")], rejects=1)


WHOLE = {name: table.num_rows for name, table in new_tables().items()}


def survey_kills(folder: Path, what: str, *, fan: int = tiers.FAN) -> list[str]:
    """Kill at changes of the disk, recover, and say how each ended: `whole` or `nothing`."""
    steps = killed_at(folder, NEW, what, fan=fan)
    assert by_manifest(open_warehouse(folder / str(steps[-1] + STRIDE)), NEW) == WHOLE
    return [recovered(open_warehouse(folder / str(step))) for step in steps]


def recovered(warehouse: Warehouse) -> str:
    sealed, before = pending(warehouse), by_manifest(warehouse, NEW)
    assert before in (NOTHING, WHOLE)
    seen = by_glob(warehouse, NEW)
    assert seen == WHOLE or not seen["batches"]
    with writing(warehouse):
        after = by_manifest(warehouse, NEW)
    assert after == by_glob(warehouse, NEW) == (WHOLE if sealed or before == WHOLE else NOTHING)
    assert by_glob(warehouse, OLD) == by_manifest(warehouse, OLD)
    assert list(warehouse.staging.iterdir()) == list(warehouse.work.iterdir()) == []
    ids = [read(warehouse, table)["article_id"].combine_chunks() for table in ("articles", "duplicates")]
    history = load_history(warehouse)
    assert history.kept == len(ids[0])
    assert pc.all(known_articles(history, pa.concat_arrays(ids))).as_py()
    assert check(warehouse) == []
    if after == NOTHING:
        build.commit_tables(warehouse, new_tables())
        assert by_manifest(warehouse, NEW) == by_glob(warehouse, NEW) == WHOLE
    return "nothing" if after == NOTHING else "whole"


def test_a_commit_killed_at_any_step_is_whole_or_nothing(house: Warehouse) -> None:
    outcomes = survey_kills(house.root.parent, "commit")
    turn = outcomes.index("whole")
    assert outcomes == ["nothing"] * turn + ["whole"] * (len(outcomes) - turn)
    assert turn * STRIDE > 30  # every file and folder is forced to the disk before the seal
    assert (len(outcomes) - turn) * STRIDE > 30  # nine folders moved, a number given, the staging cleared up


@pytest.mark.parametrize("batches", [1, 2])
def test_a_commit_that_merges_or_drops_runs_is_whole_or_nothing(
    house: Warehouse, batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiers, "FAN", 2)
    if batches == 2:  # the second has merged, so that the third drops what the second left behind
        build.commit_tables(house, build.batch_tables(BETWEEN, [build.Piece("Half.")]))
    outcomes = survey_kills(house.root.parent, "commit", fan=2)
    assert sorted(outcomes) == outcomes  # "nothing" first, then "whole"
    assert set(outcomes) == {"nothing", "whole"}
    last = open_warehouse(house.root.parent / str(len(outcomes) * STRIDE + 1))
    assert snapshot(last).runs == (("00000002",) if batches == 1 else ("00000002", "00000003"))
    on_disk = {path.name for path in (last.root / INDEX).iterdir()}
    assert on_disk == {run_name(version) for version in (batches, batches + 1)}


def test_a_recovery_killed_at_any_step_is_finished_by_the_next(house: Warehouse) -> None:
    seal_without_publishing(house)
    (house.work / "run-1").mkdir()
    (house.work / "run-1" / "chunk.arrow").write_bytes(b"half")
    (house.staging / "20261121T060002Z-00000003" / "tables").mkdir(parents=True)
    outcomes = survey_kills(house.root.parent, "recover")
    assert len(outcomes) * STRIDE > 30
    assert set(outcomes) == {"whole"}


def seal_without_publishing(warehouse: Warehouse) -> Staging:
    with lock(warehouse):
        staging = stage(warehouse, NEW)
        entries = {}
        for name, table in new_tables().items():
            with writer(staging, name) as out:
                out.write(table)
                entries[name] = out.close()
        seal(staging, tables=entries, counts={"kept": 1}, settings="0f", now=build.NOW)
    return staging


def test_a_batch_is_seen_by_manifest_only_when_it_is_whole(house: Warehouse) -> None:
    seal_without_publishing(house)
    assert [manifest.batch_id for manifest in pending(house)] == [NEW]
    assert by_manifest(house, NEW) == by_glob(house, NEW) == NOTHING
    with lock(house):
        published = publish(house, NEW)
    assert published == manifests(house)[-1]
    assert by_manifest(house, NEW) == by_glob(house, NEW) != NOTHING


def test_manifests_are_numbered_and_never_change(house: Warehouse) -> None:
    first = (house.root / MANIFESTS / "00000001.json").read_bytes()
    build.commit_tables(house, new_tables())
    assert sorted(path.name for path in (house.root / MANIFESTS).iterdir()) == [
        "00000001.json",
        "00000002.json",
    ]
    assert (house.root / MANIFESTS / "00000001.json").read_bytes() == first
    assert [manifest.version for manifest in manifests(house)] == [1, 2]
    assert set(manifests(house)[0].tables) == set(TABLES)


def test_a_number_taken_by_another_commit_is_never_overwritten(house: Warehouse) -> None:
    staging = seal_without_publishing(house)
    other = (house.root / MANIFESTS / "00000001.json").read_bytes()
    (house.root / MANIFESTS / "00000002.json").write_bytes(other)
    with lock(house), pytest.raises(StorageError, match="another commit has this number"):
        publish(house, NEW)
    assert (house.root / MANIFESTS / "00000002.json").read_bytes() == other
    assert staging.folder.is_dir()


def test_a_committed_id_is_not_taken_again(house: Warehouse) -> None:
    with pytest.raises(BatchExists, match=OLD), writing(house):
        stage(house, OLD)


@pytest.mark.parametrize("batch_id", ["", "a/b", "..", ".hidden", "a b", "x" * 101, "é"])
def test_an_id_that_is_no_folder_name_is_refused(house: Warehouse, batch_id: str) -> None:
    with pytest.raises(StorageError, match="cannot be used"), writing(house):
        stage(house, batch_id)


def test_tables_that_were_not_written_have_a_file_without_rows(house: Warehouse) -> None:
    tables = build.batch_tables(NEW, [])
    with writing(house):
        staging = stage(house, NEW)
        with writer(staging, "batches") as out:
            out.write(tables["batches"])
            entries = {"batches": out.close()}
        commit(staging, tables=entries, counts={}, settings="0f", now=build.NOW)
    assert by_manifest(house, NEW) == {**NOTHING, "batches": 1}
    assert all((house.root / batch_folder(table, NEW) / "part-00000.parquet").is_file() for table in TABLES)


def test_a_batch_without_its_row_is_refused(house: Warehouse) -> None:
    with writing(house), pytest.raises(SchemaMismatch, match="0 rows"):
        commit(stage(house, NEW), tables={}, counts={}, settings="0f", now=build.NOW)
    assert by_manifest(house, NEW) == NOTHING


def test_a_failure_while_writing_leaves_nothing(house: Warehouse) -> None:
    def half() -> Iterator[pa.Table]:
        yield new_tables()["articles"]
        raise RuntimeError("the source broke off")

    with writing(house):
        staging = stage(house, NEW)
        with pytest.raises(RuntimeError, match="broke off"):
            write_table(staging.table("articles"), "articles", half(), batch_id=NEW)
    with writing(house):
        assert list(house.staging.iterdir()) == []
    build.commit_tables(house, new_tables())


FULL = """
import resource, sys
import builders_storage as build
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from storage.errors import WarehouseUnwritable
from storage.warehouse import create_warehouse
warehouse = create_warehouse(sys.argv[1])
tables = build.batch_tables(sys.argv[2], [build.Piece(f"Number {n}.") for n in range(400)])
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    build.commit_tables(warehouse, tables)
except WarehouseUnwritable as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [0, 1_000, 8_000, 14_000])
def test_a_full_disk_publishes_nothing(house: Warehouse, limit: int) -> None:
    command = [sys.executable, "-c", FULL, str(house.root), NEW, str(limit)]
    environment = {"PYTHONPATH": f"{HERE}:{HERE.parents[1]}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert "cannot be written (File too large)" in done.stdout
    assert done.stderr == ""
    assert by_manifest(house, NEW) == by_glob(house, NEW) == NOTHING
    build.commit_tables(house, new_tables())
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_disk_that_fills_between_the_renames_is_made_good_later(
    house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = seal_without_publishing(house)
    (house.root / "removals").rename(house.root / "aside")
    (house.root / "removals").write_text("in the way")
    with pytest.raises(WarehouseUnwritable, match="cannot be written"), writing(house):
        pass
    assert [manifest.batch_id for manifest in manifests(house)] == [OLD]
    (house.root / "removals").unlink()
    (house.root / "aside").rename(house.root / "removals")
    with lock(house):
        assert recover(house) == [NEW]
    assert by_manifest(house, NEW) == by_glob(house, NEW) != NOTHING
    assert not staging.folder.exists()


def test_the_second_writer_does_not_touch_the_work_of_the_first(house: Warehouse) -> None:
    with writing(house):
        staging = stage(house, NEW)
        with pytest.raises(WarehouseLocked), writing(house):
            pass
        assert staging.folder.is_dir()
