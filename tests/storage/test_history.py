from __future__ import annotations

from pathlib import Path

import builders_storage as build
import pytest
from objects import everywhere

from dedup.signatures import rows_per_band
from storage.errors import IndexMismatch, WarehouseFormat
from storage.history import load_history
from storage.manifest import snapshot
from storage.names import run_name
from storage.postings import ROWS
from storage.runs import KINDS
from storage.warehouse import INDEX, Warehouse

FIRST, SECOND = "20261121T060000Z-00000001", "20261121T060001Z-00000002"


@pytest.fixture
def house(empty: Warehouse) -> Warehouse:
    warehouse = empty
    build.commit_tables(
        warehouse, build.batch_tables(FIRST, [build.Piece("The mill."), build.Piece("The quay.")])
    )
    build.commit_tables(warehouse, build.batch_tables(SECOND, [build.Piece("The fair.")]))
    return warehouse


@everywhere
def test_kept_articles_are_counted_over_all_runs(house: Warehouse) -> None:
    history = load_history(house)
    assert history.kept == 3
    assert [run.first for run in history.runs] == [0, 2]


@everywhere
def test_a_snapshot_does_not_see_later_batches(house: Warehouse) -> None:
    before = snapshot(house)
    build.commit_tables(house, build.batch_tables("20261122T060000Z-00000003", [build.Piece("New news.")]))
    assert len(load_history(before).runs) == 2
    assert len(load_history(house).runs) == 3


def test_loading_holds_no_file_open(house: Warehouse) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    history = load_history(house)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert history.runs[0].tables["records"].num_rows == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_run_is_a_clear_error(house: Warehouse, kind: str) -> None:
    path = house.root / INDEX / run_name(2) / f"{kind}.arrow"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(WarehouseFormat, match=str(path)):
        load_history(house)


@everywhere
def test_a_run_of_another_format_is_a_clear_error(house: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.runs._METADATA", {"copydesk.content_recipe": "copydesk-content-2"})
    with pytest.raises(WarehouseFormat, match="copydesk-content-2"):
        load_history(house)


def test_a_run_that_does_not_say_how_it_was_made_is_a_clear_error(
    house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.runs.Facts.metadata", lambda facts: {})
    with pytest.raises(WarehouseFormat, match="does not say how it was made"):
        build.commit_tables(house, build.batch_tables("20261122T060000Z-00000003", [build.Piece("New.")]))


@everywhere
def test_keys_made_in_another_way_are_a_clear_error(house: Warehouse) -> None:
    with pytest.raises(IndexMismatch, match=f"{run_name(1)}: was made with .*, now it is another"):
        load_history(house, recipe="another")


@everywhere
def test_bands_that_would_miss_pairs_are_a_clear_error(house: Warehouse) -> None:
    with pytest.raises(IndexMismatch, match=f"{run_name(1)}: was made with {ROWS} rows a band") as caught:
        load_history(house, rows=ROWS - 1)
    # What the message proposes is enough, and a hundredth less is not.
    near = float(str(caught.value).split("set near back to ")[1].split(" ")[0])
    assert load_history(house, rows=rows_per_band(near)).kept == 3
    with pytest.raises(IndexMismatch):
        load_history(house, rows=rows_per_band(near - 0.01))


def test_bands_that_find_more_than_is_asked_for_are_fine(house: Warehouse) -> None:
    assert [run.facts.rows for run in load_history(house, rows=ROWS + 1).runs] == [ROWS, ROWS]
