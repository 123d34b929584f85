"""How fast a warehouse of many small batches opens, and how many files compaction leaves of it."""

from __future__ import annotations

import gc
import logging
import math
import os
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from benchmarks import fresh, report
from benchmarks.commits import tables_of
from benchmarks.fresh import Cost, clocked
from storage import compact as compacting
from storage import write as writing_tables
from storage.commit import commit, stage
from storage.contract import TABLES
from storage.history import load_history
from storage.manifest import snapshot
from storage.publish import writing
from storage.reading import read
from storage.warehouse import Warehouse, create_warehouse, open_warehouse
from storage.write import PART_BYTES, write_table

logger = logging.getLogger(__name__)

OPENING = "Opening a warehouse of many batches"
OPENING_COLUMNS = (
    *report.LEAD,
    *("batches", "files", "runs of the history", "asked", "rows", "cold s", "CPU-s", "once more s"),
)
COMPACTING = "Files after compact"
COMPACTING_COLUMNS = (
    *report.LEAD,
    *("batches", "part MB", "table", "rows", "files before", "MB before"),
    *("files after", "MB after", "files needed", "files after another", "compact s", "CPU-s"),
)
DAY = timedelta(days=1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SMALL_PART = 16 << 20  # so that tables need several files, as larger ones do


def make(prepared: Path, house: Path, batches: int) -> None:
    """Commit articles as many small batches, each some time of the news, through real commits.

    Args:
        prepared: what `commits.prepare` returned.
        house: the warehouse to make.
        batches: how many.
    """
    began = time.perf_counter()
    fresh.alone(_commit_all, prepared, house, batches)
    logger.info("made %d batches in %.0f s", batches, time.perf_counter() - began)


def _commit_all(prepared: Path, place: Path, batches: int) -> None:
    # The files are the same; waiting for the disk some fifty times a batch would take most of the time.
    setattr(os, "fsync", lambda _: None)  # noqa: B010 - in this process alone
    tables = {name: rows.combine_chunks() for name, rows in tables_of(prepared).items()}
    row = tables.pop("batches").to_pylist()[0]
    cut = {name: _cut(rows, _batch_of(tables, batches), batches) for name, rows in tables.items()}
    house = create_warehouse(place)
    for number in range(batches):
        _commit_one(house, number, {name: some[number] for name, some in cut.items()}, row)


def _batch_of(tables: Mapping[str, pa.Table], batches: int) -> pa.Table:
    """Give each article, kept or copy, to a batch, in order of publication."""
    columns = ["article_id", "published_at"]
    both = pa.concat_tables([tables[name].select(columns) for name in ("articles", "duplicates")])
    ordered = both.sort_by([(name, "ascending") for name in reversed(columns)])
    number = np.arange(ordered.num_rows) * batches // max(ordered.num_rows, 1)
    return pa.table({"article_id": ordered["article_id"].combine_chunks(), "number": number})


def _cut(rows: pa.Table, batch_of: pa.Table, batches: int) -> list[pa.Table]:
    """Cut a table into those of the batches; rows keep their order."""
    if "article_id" not in rows.column_names:  # rejects, of which made-up articles leave none
        return [rows] + [rows.slice(0, 0)] * (batches - 1)
    place = pc.index_in(rows["article_id"], batch_of["article_id"].combine_chunks())
    numbers = batch_of["number"].take(place).to_numpy()
    bounds = np.searchsorted(np.sort(numbers), np.arange(batches + 1))
    ordered = rows.take(pa.array(np.argsort(numbers, kind="stable")))
    return [ordered.slice(first, behind - first) for first, behind in pairwise(bounds)]


def _commit_one(house: Warehouse, number: int, tables: Mapping[str, pa.Table], row: dict[str, Any]) -> None:
    when = NOW + number * DAY
    batch_id = f"{when:%Y%m%dT%H%M%SZ}-{number:08x}"
    counts = {"kept": tables["articles"].num_rows, "duplicates": tables["duplicates"].num_rows}
    mine = {**row, **counts, "records": sum(counts.values()), "batch_id": batch_id, "committed_at": when}
    batch = pa.Table.from_pylist([mine], TABLES["batches"])
    with writing(house):
        staging = stage(house, batch_id)
        entries = {
            name: write_table(staging.table(name), name, [_of_batch(rows, batch_id)], batch_id=batch_id)
            for name, rows in {**tables, "batches": batch}.items()
        }
        commit(staging, tables=entries, counts=counts, settings="0f", now=when)


def _of_batch(rows: pa.Table, batch_id: str) -> pa.Table:
    place = rows.column_names.index("batch_id")
    return rows.set_column(place, rows.schema.field(place), pa.repeat(batch_id, rows.num_rows))


def measure_opening(prepared: Path, place: Path, *, runs: int) -> list[list[str]]:
    """Measure what readers and runs begin with, each time in a fresh process.

    The files' pages are dropped from memory before; what the system knows of names and sizes is not, nor what
    lies below the system.

    Args:
        prepared: what `commits.prepare` returned.
        place: the warehouse.
        runs: how often.

    Returns:
        Rows for the table with OPENING_COLUMNS.
    """
    outlet, day = _asked_for(prepared)
    moment = snapshot(open_warehouse(place))
    files = sum(len(moment.entries(table)) for table in TABLES)
    told = [f"{len(moment.batches):,}", f"{files:,}", str(len(moment.runs))]
    rows = []
    for what in ASKED:
        seen = []
        for _ in range(runs):
            fresh.drop_pages(place)
            seen.append(fresh.alone(_ask, what, place, outlet, day))
        cold = fresh.middle(first for _, first, _ in seen)
        again = fresh.middle(second for _, _, second in seen)
        figures = [f"{seen[0][0]:,}", f"{cold.wall:.3f}", f"{cold.cpu:.3f}", f"{again.wall:.3f}"]
        rows.append([*report.lead("made up", runs=runs), *told, what, *figures])
        logger.info("%s: %s", what, figures)
    return rows


def _asked_for(prepared: Path) -> tuple[str, datetime]:
    """Choose an outlet and a day on which it has articles."""
    articles = tables_of(prepared)["articles"].select(["outlet", "published_at"])
    dated = articles.filter(articles["published_at"].is_valid()).sort_by("published_at")
    outlet, when = (dated[name][dated.num_rows // 2].as_py() for name in articles.column_names)
    return outlet, when.replace(hour=0, minute=0, second=0, microsecond=0)


ASKED: dict[str, Callable[[Path, ds.Expression], int]] = {
    "the commits (snapshot)": lambda place, _: len(snapshot(open_warehouse(place)).manifests),
    "the history (load_history)": lambda place, _: load_history(open_warehouse(place)).kept,
    "all batches (read)": lambda place, _: int(read(place, "batches").num_rows),
    "articles of an outlet and a day (read)": lambda place, where: int(
        read(place, "articles", where=where).num_rows
    ),
}


def _ask(what: str, place: Path, outlet: str, day: datetime) -> tuple[int, Cost, Cost]:
    """Ask twice; return the rows found, and the cost of each time."""
    when = ds.field("published_at")
    where = (ds.field("outlet") == outlet) & (when >= day) & (when < day + DAY)
    spent: dict[str, Cost] = {}
    gc.collect()  # of what the imports left
    for name in ("cold", "again"):
        with clocked(spent, name):
            rows = ASKED[what](place, where)
    return rows, spent["cold"], spent["again"]


def measure_compacting(place: Path, *, part_bytes: int = PART_BYTES) -> list[list[str]]:
    """Compact a warehouse twice, and count its files.

    Args:
        place: the warehouse; changed.
        part_bytes: a file is closed behind this size.

    Returns:
        Rows for the table with COMPACTING_COLUMNS.
    """
    before = _sizes(place)
    cost = fresh.alone(_compact, place, part_bytes, NOW + 10_000 * DAY)
    after = _sizes(place)
    fresh.alone(_compact, place, part_bytes, NOW + 10_001 * DAY)
    again = _sizes(place)
    batches = f"{len(snapshot(open_warehouse(place)).batches):,}"
    lead = [*report.lead("made up", runs=1), batches, f"{part_bytes / 1e6:.0f}"]
    rows = []
    for table, (count, files, size) in after.items():
        needed = max(1, math.ceil(size / part_bytes))
        told = [table, f"{count:,}", f"{before[table][1]:,}", f"{before[table][2] / 1e6:.2f}"]
        told += [f"{files:,}", f"{size / 1e6:.2f}", str(needed), str(again[table][1])]
        rows.append([*lead, *told, f"{cost.wall:.1f}", f"{cost.cpu:.1f}"])
    return rows


def _compact(place: Path, part_bytes: int, now: datetime) -> Cost:
    for module in (writing_tables, compacting):
        setattr(module, "PART_BYTES", part_bytes)  # noqa: B010 - in this process alone
    spent: dict[str, Cost] = {}
    house = open_warehouse(place)
    with clocked(spent, "compact"), writing(house):
        compacting.compact(house, commit_id=f"{now:%Y%m%dT%H%M%SZ}-0000c0de", now=now, grace=timedelta(0))
    return spent["compact"]


def _sizes(place: Path) -> dict[str, tuple[int, int, int]]:
    """Tell of each table its rows, files and bytes."""
    moment = snapshot(open_warehouse(place))
    entries = {table: moment.entries(table) for table in TABLES}
    return {
        table: (sum(entry.rows for entry in some), len(some), sum(entry.bytes for entry in some))
        for table, some in entries.items()
    }


def linked(place: Path, to: Path) -> Path:
    """Copy a warehouse by links: its files never change."""
    shutil.copytree(place, to, copy_function=os.link)
    return to
