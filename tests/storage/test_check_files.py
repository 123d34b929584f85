from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import builders_storage as build
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage.check import check
from storage.commit import seal, stage
from storage.errors import WarehouseFormat
from storage.findings import Finding
from storage.keys import hex_keys, keyed_table
from storage.names import run_name
from storage.reading import files, read
from storage.runs import write_run
from storage.warehouse import INDEX, MANIFESTS, Warehouse, batch_folder, create_warehouse, lock

OLD, NEW = "20261121T060000Z-00000001", "20261121T060001Z-00000002"
MILL = "The mill reopened on Monday.\n\nForty people work there."
QUAY = "The quay is closed until spring."
FAIR = "The fair drew nine thousand visitors."
STRANGER = build.digest("a stranger")

Tables = dict[str, pa.Table]


@pytest.fixture
def house(tmp_path: Path) -> Warehouse:
    warehouse = create_warehouse(tmp_path / "house")
    build.commit_tables(warehouse, build.batch_tables(OLD, [build.Piece(MILL)]))
    return warehouse


def new_tables() -> Tables:
    pieces = [
        build.Piece(QUAY),
        build.Piece(FAIR, appeal=False),
        build.Piece(QUAY, of=QUAY, source="other"),
        build.Piece(f"{QUAY} So it was said.", of=QUAY),
        build.Piece(MILL, of=MILL, of_history=True, outlet="copy.example"),
    ]
    return build.batch_tables(NEW, pieces, rejects=2, known=3)


def laws(found: list[Finding]) -> set[str]:
    return {finding.law for finding in found}


FILE_DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "missing": ("cannot be read", Path.unlink),
    "shorter": ("bytes, its manifest says", lambda path: path.write_bytes(path.read_bytes()[:-9])),
    "changed": ("not those that were committed", lambda path: path.write_bytes(path.read_bytes()[::-1])),
}


@pytest.mark.parametrize("damage", FILE_DAMAGE)
@pytest.mark.parametrize("which", ["articles", "batches", "_copydesk/index"])
def test_damaged_files_are_found(house: Warehouse, which: str, damage: str) -> None:
    words, act = FILE_DAMAGE[damage]
    path = next(path for path in sorted((house.root / which).rglob("*")) if path.is_file())
    act(path)
    [finding] = check(house)
    assert (finding.law, finding.where) == ("files", path.relative_to(house.root).as_posix())
    assert words in finding.problem


@pytest.mark.parametrize(
    "name",
    ["articles/batch=x/part-00000.parquet", f"reuse/batch={OLD}/part-00001.parquet", "rejects/notes.txt"],
)
def test_files_that_no_manifest_names_are_found(house: Warehouse, name: str) -> None:
    stray = house.root / name
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"?")
    assert [(finding.law, finding.where) for finding in check(house)] == [("files", name)]


def test_a_batch_on_its_way_is_no_stray(house: Warehouse) -> None:
    with lock(house):
        staging = stage(house, NEW)
        seal(staging, tables=build.written(staging, new_tables()), counts={}, settings="0f", now=build.NOW)
    shutil.move(staging.table("articles"), house.root / batch_folder("articles", NEW))
    assert check(house) == []
    shutil.rmtree(staging.folder)
    assert laws(check(house)) == {"files"}


@pytest.mark.parametrize("content", [None, "{", '{"format": 9}', '{"format": 1}', "[]"])
def test_a_lost_or_damaged_manifest_is_found(house: Warehouse, content: str | None) -> None:
    build.commit_tables(house, new_tables())
    first = house.root / MANIFESTS / "00000001.json"
    first.write_text(content) if content else first.unlink()
    [finding] = check(house)
    assert finding.law == "files"
    assert "00000001.json" in finding.problem


def test_a_manifest_that_was_edited_is_found(house: Warehouse) -> None:
    first = house.root / MANIFESTS / "00000001.json"
    content = first.read_bytes()
    first.write_bytes(content.replace(b'"kept": 1', b'"kept": 2'))
    assert first.read_bytes() != content
    [finding] = check(house)
    assert finding.law == "files"
    assert "was changed since it was written" in finding.problem
    with pytest.raises(WarehouseFormat, match="was changed"):
        read(house, "articles")


def test_files_of_other_columns_or_rows_are_found(house: Warehouse) -> None:
    [path] = map(Path, files(house, "removals"))
    for table in (pq.read_table(path, partitioning=None).slice(1), pa.table({"a": [1]})):
        pq.write_table(table, path)
        _bless(house, path)
        [finding] = check(house)
        assert finding.where == path.relative_to(house.root).as_posix()


def _bless(house: Warehouse, path: Path) -> None:
    """Let the manifest tell the file's present size and checksum."""
    build.bless(house.root / MANIFESTS / "00000001.json", path)


def test_an_index_that_says_something_else_is_found(house: Warehouse) -> None:
    rows = {"articles": keyed_table(hex_keys(pa.array([STRANGER])))}
    write_run(house.root / INDEX / run_name(1), rows)
    _bless(house, house.root / INDEX / run_name(1) / "articles.arrow")
    assert [(finding.law, finding.where) for finding in check(house)] == [
        ("history", f"index/{run_name(1)}/articles")
    ]
