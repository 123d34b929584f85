from __future__ import annotations

import ast
import shutil
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from itertools import count
from pathlib import Path

import builders_storage as build
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from effort import every
from objects import Bucket, Cut, ObjectStore, everywhere, object_warehouse

import storage
from storage.check import check
from storage.commit import commit, stage
from storage.compact import compact
from storage.contract import TABLES
from storage.departures import Leaving, depart
from storage.durable import checksum as checksum_of_path
from storage.errors import StorageError, WarehouseFormat
from storage.history import load_history
from storage.known import known_articles
from storage.manifest import manifests, snapshot
from storage.publish import writing
from storage.reading import files
from storage.store import LocalStore, Stored, checksum, exists, stored
from storage.warehouse import Warehouse

OLD, NEW = "20261121T060000Z-00000001", "20261121T060001Z-00000002"
COMPACT, AGAIN = "20261121T070000Z-0000000a", "20261121T070001Z-0000000a"
FOLDER, ASIDE = "articles/batch=1", "_copydesk/superseded/00000002/articles/batch=1"
HOUR = timedelta(hours=1)


def in_the_making(folder: Path, **contents: bytes) -> Path:
    """A folder with some files, as a commit stages them."""
    staged = folder / "staged"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    for name, content in contents.items():
        (staged / name).write_bytes(content)
    return staged


def make_ready(warehouse: Warehouse) -> None:
    """Make the folders that every local warehouse has once something is published."""
    if isinstance(warehouse.store, LocalStore):
        (warehouse.root / "articles").mkdir()


@everywhere
def test_what_is_placed_is_read_in_every_way(empty: Warehouse, folder: Path) -> None:
    store, table = empty.store, pa.table({"a": range(1_000)})
    staged = in_the_making(folder, one=b"1" * 3_000)
    pq.write_table(table, staged / "two")
    sums = {path.name: checksum_of_path(path) for path in staged.iterdir()}
    store.place(staged, FOLDER)
    place = Stored(store, FOLDER)
    assert store.keys("articles") == store.keys(FOLDER) == [f"{FOLDER}/one", f"{FOLDER}/two"]
    assert store.folders("articles") == ["batch=1"]
    assert store.folders(FOLDER) == store.folders("nowhere") == []
    assert store.read(f"{FOLDER}/one") == b"1" * 3_000
    assert store.size(f"{FOLDER}/one") == 3_000
    assert {name: checksum(place / name) for name in ("one", "two")} == sums
    for opened in (store.open, store.map):
        with opened(f"{FOLDER}/one") as file:
            assert file.seek(2_990) == 2_990
            assert file.read(100) == b"1" * 10
        with opened(f"{FOLDER}/two") as file, pq.ParquetFile(file) as parquet:
            assert parquet.read().equals(table)
    seen = ds.dataset([f"{FOLDER}/two"], filesystem=store.files, format="parquet")
    assert seen.to_table(filter=ds.field("a") > 989).num_rows == 10


@everywhere
def test_placing_can_be_done_again(empty: Warehouse, folder: Path) -> None:
    staged = in_the_making(folder, one=b"1")
    for _ in range(2):
        empty.store.place(staged, FOLDER)
        assert empty.store.read(f"{FOLDER}/one") == b"1"
    with pytest.raises(WarehouseFormat, match="lost this folder"):
        empty.store.place(folder / "gone", "articles/batch=2")


@everywhere
def test_a_file_is_created_once(empty: Warehouse, folder: Path) -> None:
    staged = in_the_making(folder, first=b"1", second=b"2")
    key = "_copydesk/manifests/00000001.json"
    empty.store.create(staged / "first", key)
    for name in ("first", "second"):
        with pytest.raises(FileExistsError):
            empty.store.create(staged / name, key)
    assert empty.store.read(key) == b"1"
    assert (staged / "first").read_bytes() == b"1"


@everywhere
def test_what_is_set_aside_is_found_there(empty: Warehouse, folder: Path) -> None:
    empty.store.place(in_the_making(folder, one=b"1", two=b"2"), FOLDER)
    assert empty.locate(f"{FOLDER}/one") == Stored(empty.store, f"{FOLDER}/one")
    for _ in range(2):
        empty.store.set_aside(FOLDER, ASIDE)
        assert empty.store.keys("articles") == []
        assert empty.store.keys(ASIDE) == [f"{ASIDE}/one", f"{ASIDE}/two"]
    assert empty.locate(f"{FOLDER}/one") == Stored(empty.store, f"{ASIDE}/one")
    empty.store.place(in_the_making(folder, three=b"3"), FOLDER)  # another of its name
    assert empty.locate(f"{FOLDER}/three") == Stored(empty.store, f"{FOLDER}/three")
    assert empty.locate(f"{FOLDER}/two") == Stored(empty.store, f"{ASIDE}/two")
    keys = empty.store.keys("articles"), empty.store.keys("_copydesk")
    for lost in ("articles/batch=2", "reuse/batch=1"):
        empty.store.set_aside(lost, f"_copydesk/superseded/00000003/{lost}")
    assert (empty.store.keys("articles"), empty.store.keys("_copydesk")) == keys


@everywhere
def test_what_is_deleted_is_gone_and_nothing_else(empty: Warehouse, folder: Path) -> None:
    empty.store.place(in_the_making(folder, one=b"1", two=b"2"), FOLDER)
    empty.store.place(in_the_making(folder, one=b"1"), f"{FOLDER}0")  # begins with the same letters
    for _ in range(2):
        empty.store.delete(f"{FOLDER}/one", "articles/batch=7")
        assert empty.store.keys("articles") == [f"{FOLDER}/two", f"{FOLDER}0/one"]
    empty.store.delete()
    empty.store.delete(FOLDER)
    assert empty.store.keys("articles") == [f"{FOLDER}0/one"]
    assert not exists(Stored(empty.store, f"{FOLDER}/two"))


@everywhere
def test_what_is_not_there_is_not_found(empty: Warehouse) -> None:
    make_ready(empty)
    missing = f"{FOLDER}/one"
    for look in (empty.store.read, empty.store.open, empty.store.map, empty.store.size):
        with pytest.raises(FileNotFoundError):
            look(missing)
    assert not exists(Stored(empty.store, missing))
    assert empty.locate(missing) == Stored(empty.store, missing)


def test_files_in_the_making_are_read_like_published_ones(folder: Path) -> None:
    path = in_the_making(folder, one=b"1") / "one"
    file = stored(path)
    assert str(file) == str(path)
    assert (file.name, str(file.parent)) == ("one", str(path.parent))
    assert file.store.read(file.key) == b"1"
    assert stored(file) is file


def test_a_lost_folder_of_a_local_store_is_no_empty_one(empty: Warehouse) -> None:
    shutil.rmtree(empty.root / "_copydesk" / "manifests")
    with pytest.raises(WarehouseFormat, match="cannot be listed"):
        manifests(empty)


# A commit and a compaction on a store of objects, cut off before one of its changes after the other.


def pieces() -> dict[str, pa.Table]:
    return build.batch_tables(NEW, [build.Piece("One."), build.Piece("One.", of="One.")], rejects=1)


def do_commit(warehouse: Warehouse) -> None:
    build.commit_tables(warehouse, pieces())


def do_compact(warehouse: Warehouse) -> None:
    with writing(warehouse):
        compact(warehouse, commit_id=COMPACT, now=build.NOW + HOUR, grace=HOUR)


def do_clear_up(warehouse: Warehouse) -> None:
    with writing(warehouse):
        compact(warehouse, commit_id=AGAIN, now=build.NOW + 3 * HOUR, grace=HOUR)


def rows(warehouse: Warehouse) -> dict[str, list[dict[str, object]]]:
    return {table: storage.read(warehouse, table).to_pylist() for table in TABLES}


def by_prefix(store: ObjectStore, table: str) -> Counter[str]:
    """Every row below the prefix of a table, for a reader who knows nothing of manifests."""
    tables = [pq.read_table(pa.BufferReader(store.read(key))) for key in store.keys(table)]
    return Counter(str(row) for each in tables for row in each.to_pylist())


def house_before(root: Path, what: str) -> Warehouse:
    """A warehouse of objects, ready for what is to be cut off."""
    warehouse = object_warehouse(root, Bucket())
    build.commit_tables(warehouse, build.batch_tables(OLD, [build.Piece("Zero.")]))
    if what != "commit":
        do_commit(warehouse)
    if what == "clear up":
        do_compact(warehouse)
    return warehouse


ACTS: dict[str, Callable[[Warehouse], None]] = {
    "commit": do_commit,
    "compact": do_compact,
    "clear up": do_clear_up,
}


@pytest.mark.parametrize("what", ACTS)
def test_cut_off_at_any_change_objects_show_the_state_before_or_after(what: str, folder: Path) -> None:
    template = house_before(folder / "template", what)
    before, ended = rows(template), False
    for step in count(0, every(14)):
        root = folder / str(step)
        shutil.copytree(template.root, root)
        bucket = deepcopy(template.store.bucket)
        bucket.left = step
        warehouse = object_warehouse(root, bucket)
        try:
            ACTS[what](warehouse)
            ended = True
        except Cut:
            assert rows(warehouse) in ((before,) if what != "commit" else (before, rows_after_commit(folder)))
        assert all(max(by_prefix(warehouse.store, table).values(), default=0) <= 1 for table in TABLES)
        bucket.left = 1 << 30
        assert_whole(warehouse, before)
        if ended:
            assert step > 10
            return


def rows_after_commit(folder: Path) -> dict[str, list[dict[str, object]]]:
    root = folder / "after"
    shutil.rmtree(root, ignore_errors=True)
    return rows(house_before(root, "compact"))


def assert_whole(warehouse: Warehouse, before: dict[str, list[dict[str, object]]]) -> None:
    """The next writer finishes the work or clears it up, and can go on."""
    with writing(warehouse):
        assert list(warehouse.staging.iterdir()) == []
    now = rows(warehouse)
    if NEW not in {row["batch_id"] for row in now["batches"]}:
        assert now == before
        do_commit(warehouse)
        now = rows(warehouse)
    assert [row["batch_id"] for row in now["batches"]] == [OLD, NEW]
    assert check(warehouse) == []
    do_compact(warehouse)
    do_clear_up(warehouse)
    assert rows(warehouse) == now
    assert all(len(files(warehouse, table)) == 1 for table in TABLES)
    assert [*by_prefix(warehouse.store, "articles").values()] == [1, 1]
    assert warehouse.store.keys("_copydesk/superseded") == []
    assert check(warehouse) == []
    history = load_history(warehouse)
    ids = storage.read(warehouse, "articles")["article_id"].combine_chunks()
    assert history.kept == len(ids)
    assert known_articles(history, ids).to_pylist() == [True, True]


def test_objects_are_put_before_the_manifest_that_names_them(folder: Path) -> None:
    warehouse = house_before(folder / "house", "commit")
    bucket = warehouse.store.bucket
    bucket.changes.clear()
    do_commit(warehouse)
    puts = [change.split()[1] for change in bucket.changes if change.startswith("put")]
    assert puts[-1] == "_copydesk/manifests/00000002.json"
    last = manifests(warehouse)[-1]
    named = {entry.path for entries in last.tables.values() for entry in entries}
    assert set(puts[:-1]) == named | {entry.path for entry in last.index}
    assert len(puts) == len(set(puts))


@pytest.mark.parametrize("left", [0, 3, 8, 12, 18])
def test_of_two_writers_one_is_published_and_the_other_is_told(folder: Path, left: int) -> None:
    bucket = Bucket(left=left)
    first, second = (object_warehouse(folder / name, bucket) for name in ("first", "second"))
    with pytest.raises(Cut):  # it has put some objects, and not its manifest
        build.commit_tables(first, build.batch_tables(OLD, [build.Piece("Zero.")]))
    bucket.left = 1 << 30
    told = 0
    for go_on in (lambda: do_commit(second), lambda: do_recover(first), lambda: do_recover(second)):
        try:
            go_on()
        except StorageError:
            told += 1
    assert told == (1 if left < 9 else 2)  # the second again, where objects of the first stand in its way
    [published] = manifests(first)
    assert published.batch_id == (NEW if left < 9 else OLD)
    assert rows(first) == rows(second)
    assert {row["batch_id"] for each in rows(first).values() for row in each} == {published.batch_id}


def do_recover(warehouse: Warehouse) -> None:
    with writing(warehouse):
        pass


@everywhere
def test_a_commit_that_has_its_number_is_only_cleared_up_after(
    empty: Warehouse, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it superseded may be gone by then, and must not be missed."""
    build.commit_tables(empty, build.batch_tables(OLD, [build.Piece("Zero.")]))
    do_commit(empty)
    forgotten = build.Piece("Zero.").article_id
    with monkeypatch.context() as patch, writing(empty):
        leave = Leaving(kind="forget", ids=pa.array([forgotten]))
        departure = depart(snapshot(empty), leave, folder=in_the_making(folder))
        staging = stage(empty, AGAIN, departure=departure)
        tables = build.written(staging, build.batch_tables(AGAIN, []))
        patch.setattr("storage.publish.shutil.rmtree", interrupted)
        with pytest.raises(Cut):
            commit(staging, tables=tables, counts={}, settings="0f", now=build.NOW)
    after = rows(empty)
    with writing(empty):
        assert list(empty.staging.iterdir()) == []
    assert rows(empty) == after
    assert [row["text"] for row in after["articles"]] == ["One."]
    assert empty.store.folders("_copydesk/superseded") == []


def interrupted(path: Path, real: Callable[[Path], None] = shutil.rmtree) -> None:
    """Delete a folder, but for that of the commit."""
    if path.name == AGAIN:
        raise Cut(path)
    real(path)


# The seam itself.

READERS = {
    "reading",
    "history",
    "kept",
    "known",
    "lookups",
    "manifest",
    "findings",
    "restoring",
    "repointing",
}
"""Modules that make no files, besides those of the check."""


def test_what_reads_published_files_knows_no_local_paths() -> None:
    modules = sorted(Path(storage.__file__).parent.glob("*.py"))
    knowing = {module.stem for module in modules if {"pathlib", "shutil", "glob"} & imports(module)}
    assert "store" in knowing
    assert {module.stem for module in modules} >= READERS
    assert not {name for name in knowing if name in READERS or name.startswith("check")}


def imports(module: Path) -> set[str]:
    """All modules that one names in its imports, for the types alone too."""
    nodes = [*ast.walk(ast.parse(module.read_text(encoding="utf-8")))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
