from __future__ import annotations

import shutil
from pathlib import Path

import builders_storage as build
import numpy as np
import pyarrow as pa
import pytest

from storage import tiers
from storage.check import check
from storage.commit import commit, stage
from storage.errors import SchemaMismatch
from storage.manifest import manifests
from storage.names import run_name
from storage.postings import STORED, fingerprint_stored, write_postings
from storage.publish import writing
from storage.runs import KINDS, POSTING_KINDS, SUFFIX, write_run
from storage.warehouse import INDEX, MANIFESTS, Warehouse, create_warehouse, open_warehouse

TEXTS = [" ".join(f"{word}{number}" for number in range(30)) for word in ("mill", "quay", "fair", "moor")]


def batch_id(number: int) -> str:
    return f"20261121T06000{number}Z-0000000{number}"


def commit_text(house: Warehouse, number: int) -> None:
    tables = build.batch_tables(batch_id(number), [build.Piece(TEXTS[number])], rejects=1)
    articles = build.changed(tables["articles"], "title", [f"On the {number}"])
    build.commit_tables(house, {**tables, "articles": articles})


@pytest.fixture(scope="module", params=["merged", "apart"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three batches, in one run or in three."""
    warehouse = create_warehouse(tmp_path_factory.mktemp(request.param) / "house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiers, "FAN", 3 if request.param == "merged" else 8)
        for number in range(3):
            commit_text(warehouse, number)
    return warehouse.root


@pytest.fixture
def house(built: Path, tmp_path: Path) -> Warehouse:
    """A copy of them, to be spoilt."""
    return open_warehouse(shutil.copytree(built, tmp_path / "house"))


def write_and_bless(house: Warehouse, kind: str, table: pa.Table) -> None:
    """Write one kind of the newest run anew, and let the manifest tell its size and checksum."""
    folder = house.root / INDEX / run_name(3)
    write_run(folder, {kind: table})
    build.bless(house.root / MANIFESTS / "00000003.json", folder / f"{kind}{SUFFIX}", rows=table.num_rows)


def stored(house: Warehouse, kind: str) -> pa.Table:
    with pa.OSFile(str(house.root / INDEX / run_name(3) / f"{kind}{SUFFIX}")) as source:
        return pa.ipc.open_file(source).read_all()


def test_a_run_that_says_what_the_tables_say_is_right(house: Warehouse) -> None:
    assert check(house) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_lacks_a_row_is_found(house: Warehouse, kind: str) -> None:
    table = stored(house, kind)
    write_and_bless(house, kind, table.slice(0, table.num_rows - 1))
    assert (f"index/{run_name(3)}/{kind}", "history") in {(each.where, each.law) for each in check(house)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_with_another_value_is_found(house: Warehouse, kind: str) -> None:
    table = stored(house, kind)
    for place, column in enumerate(table.column_names):
        values = table.column(column).to_pylist()
        values[-1] = values[-1] + "0" if isinstance(values[-1], str) else values[-1]
        values[-1] = values[-1] ^ 1 if isinstance(values[-1], int) else values[-1]
        field = table.schema.field(column)
        if values != table.column(column).to_pylist():
            write_and_bless(house, kind, table.set_column(place, field, pa.array(values, field.type)))
            [finding] = check(house)
            assert (finding.where, finding.law) == (f"index/{run_name(3)}/{kind}", "history")


@pytest.mark.parametrize("kind", POSTING_KINDS)
def test_a_run_out_of_order_is_found(house: Warehouse, kind: str) -> None:
    table = stored(house, kind)
    turned = table.take(pa.array(np.arange(table.num_rows)[::-1]))
    if not turned.equals(table):
        write_and_bless(house, kind, turned)
        [finding] = check(house)
        assert finding.where == f"index/{run_name(3)}/{kind}"


def test_wrong_dates_in_a_run_are_found(house: Warehouse) -> None:
    kept = stored(house, "kept")
    metadata = {**kept.schema.metadata, b"copydesk.until": b"17"}
    write_and_bless(house, "kept", kept.replace_schema_metadata(metadata))
    [finding] = check(house)
    assert finding.where == f"index/{run_name(3)}/kept"


def test_what_flows_hands_over_is_the_same_as_what_the_texts_give(tmp_path: Path) -> None:
    files: list[dict[str, bytes]] = []
    for name in ("computed", "handed"):
        house = create_warehouse(tmp_path / name)
        tables = build.batch_tables(batch_id(0), [build.Piece(text) for text in TEXTS])
        with writing(house):
            staging = stage(house, batch_id(0))
            entries = build.written(staging, tables)
            if name == "handed":
                turned = tables["articles"].take([2, 0, 3, 1]).select(STORED)
                write_postings(staging.index, *fingerprint_stored([turned]))
            commit(staging, tables=entries, counts={}, settings="0f", now=build.NOW)
        assert check(house) == []
        files.append({path.name: path.read_bytes() for path in (house.root / INDEX / run_name(1)).iterdir()})
    assert files[0] == files[1]
    assert set(files[0]) == {f"{kind}{SUFFIX}" for kind in KINDS}


def test_fingerprints_of_other_articles_are_refused(tmp_path: Path) -> None:
    house = create_warehouse(tmp_path / "house")
    tables = build.batch_tables(batch_id(0), [build.Piece(text) for text in TEXTS[:2]])
    others = [
        tables["articles"].slice(1),
        pa.concat_tables(
            [tables["articles"], build.batch_tables(batch_id(0), [build.Piece("New.")])["articles"]]
        ),
        build.changed(tables["articles"], "outlet", ["a.example", "b.example"]),
    ]
    for other in others:
        with writing(house):
            staging = stage(house, batch_id(0))
            entries = build.written(staging, tables)
            write_postings(staging.index, *fingerprint_stored([other]))
            with pytest.raises(SchemaMismatch, match="fingerprints are not of the same articles"):
                commit(staging, tables=entries, counts={}, settings="0f", now=build.NOW)
        with writing(house):
            assert manifests(house) == []
