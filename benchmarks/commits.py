"""What a commit costs over writing the same rows with plain `pyarrow.parquet`."""

from __future__ import annotations

import filecmp
import json
import logging
import os
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import fresh, made_up, processes, report
from benchmarks.fresh import Cost, clocked
from storage import commit as committing
from storage import write as writing_tables
from storage.commit import commit, stage
from storage.contract import TABLES
from storage.durable import sync_tree
from storage.postings import STORED, fingerprint_stored, write_postings
from storage.publish import writing
from storage.reading import read
from storage.warehouse import create_warehouse
from storage.write import write_table

logger = logging.getLogger(__name__)

HEADING = "What a commit costs"
FIGURES = ("articles", "who", "MB", "CPU-s", "times pyarrow", "wall s", "times pyarrow's", "note")
COLUMNS = (*report.LEAD, *FIGURES)
COMMAND = Path(sys.executable).with_name("copydesk")
PIECE_ROWS = 1_000  # handed to the writer together, as the main job does
PLAIN = "pyarrow.parquet, the same files"
DEFAULTS = "pyarrow.parquet, its defaults and zstd"
OURS = "copydesk, without the history"
SAME = "of it inside pyarrow"
SPLIT = ("checksum", "sync_tree", "index_batch", "settle", "run_files")
"""Functions of `storage` that a commit calls, once in its own thread, and whose share is told."""

INSIDE = ("__init__", "write_table", "close")
"""Methods of `pyarrow.parquet.ParquetWriter`."""


def prepare(records: Path, folder: Path) -> Path:
    """Run the main job on records, and lay out what a commit is measured with.

    Args:
        records: what the main job reads.
        folder: where to.

    Returns:
        Folder with the rows of each published table, its kept articles' fingerprints, a sample of the files
        that a commit writes, and what pyarrow was told for each of them.

    Raises:
        SystemExit: the main job failed.
    """
    house = folder / "warehouse"
    ended = processes.run([COMMAND, "run", "--direct", "--json", "--to", house, records], folder=folder)
    if ended.error:
        sys.exit(f"copydesk: {ended.error}")
    prepared = folder / "prepared"
    prepared.mkdir()
    fresh.alone(_lay_out, house, prepared)
    return prepared


def made_up_records(count: int, path: Path) -> Path:
    """Write made-up articles as JSON lines, each led by its title, so that something is removed from each.

    Args:
        count: how many.
        path: the file.
    """
    made = made_up.make(count)
    text = pc.binary_join_element_wise(made["title"], made["text"], "\n\n")
    made = made.set_column(made.column_names.index("text"), "text", text)
    with path.open("wb") as file:
        for batch in made.to_batches(max_chunksize=PIECE_ROWS):
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in batch.to_pylist())
    return path


def tables_of(prepared: Path) -> dict[str, pa.Table]:
    """Load the rows of the published tables into memory, in pieces as the main job hands them on."""
    return {name: _load(prepared / f"{name}.arrow") for name in TABLES}


def _lay_out(house: Path, prepared: Path) -> None:
    tables = {name: read(house, name) for name in TABLES}
    prints = fingerprint_stored([tables["articles"].select(STORED)])
    for name, rows in {**tables, **dict(zip(("fingerprints", "paragraphs"), prints, strict=True))}.items():
        with (
            pa.OSFile(str(prepared / f"{name}.arrow"), "wb") as sink,
            pa.ipc.new_file(sink, rows.schema) as out,
        ):
            out.write_table(rows.combine_chunks(), max_chunksize=PIECE_ROWS)
    told: list[dict[str, Any]] = []
    _overhear(told)
    parts = []
    for name, rows in tables_of(prepared).items():  # in the pieces in which everybody gets them
        (prepared / name).mkdir()
        entries = write_table(prepared / name, name, _pieces(rows), batch_id=_batch_id(tables))
        parts += [{"table": name, "file": f"{name}/{entry.path}"} for entry in entries]
    layout = [{**part, **options} for part, options in zip(parts, told, strict=True)]
    (prepared / "layout.json").write_text(json.dumps(layout), encoding="utf-8")


def _overhear(told: list[dict[str, Any]]) -> None:
    """Note what pyarrow is told for each file, from now on, in this process."""
    real = pq.ParquetWriter

    def heard(where: Any, schema: pa.Schema, **options: Any) -> Any:
        if options:  # without, `storage.write` asks for the names of the leaves only
            told.append({"schema": schema.serialize().to_pybytes().hex(), "options": options})
        return real(where, schema, **options)

    setattr(pq, "ParquetWriter", heard)  # noqa: B010 - mypy knows it as a class


def measure(prepared: Path, folder: Path, *, runs: int) -> list[list[str]]:
    """Measure commits and plain writing in turns, each in a process of its own.

    Args:
        prepared: what `prepare` returned.
        folder: where to write.
        runs: turns.

    Returns:
        Rows for the table with COLUMNS.
    """
    turns: list[dict[str, Cost]] = []
    sizes: dict[str, int] = {}
    works = [(OURS, _ours), (PLAIN, _same_files), (DEFAULTS, _defaults)]
    for number in range(runs):
        turn: dict[str, Cost] = {}
        for who, work in works if number % 2 else reversed(works):  # nobody is always behind the same one
            place = folder / "written"
            shutil.rmtree(place, ignore_errors=True)
            os.sync()
            turn |= fresh.alone(work, prepared, place)
            sizes[who] = sum(path.stat().st_size for path in place.rglob("*.parquet"))
        turns.append(turn)
        logger.info("commit: %s", {name: f"{cost.cpu:.2f}" for name, cost in turn.items()})
    count = sum(rows.num_rows for name, rows in tables_of(prepared).items() if name in _RECORDS)
    return _rows([_shares(turn) for turn in turns], sizes, f"{count:,}")


_RECORDS = ("articles", "duplicates")


def _ours(prepared: Path, place: Path) -> dict[str, Cost]:
    """Write and commit."""
    tables = tables_of(prepared)
    prints = [_load(prepared / f"{name}.arrow").combine_chunks() for name in ("fingerprints", "paragraphs")]
    house = create_warehouse(place)
    spent: dict[str, Cost] = {}
    fresh.watch(spent, writing_tables, "checksum")
    for name in SPLIT[1:]:
        fresh.watch(spent, committing, name)
    for name in INSIDE:
        fresh.watch(spent, pq.ParquetWriter, name)
    with writing(house):
        with clocked(spent, "write"):
            staging = stage(house, _batch_id(tables))
            entries = {
                name: write_table(staging.table(name), name, _pieces(rows), batch_id=staging.batch_id)
                for name, rows in tables.items()
            }
        with clocked(spent, "postings"):
            write_postings(staging.index, *prints)
        with clocked(spent, "commit"):
            commit(staging, tables=entries, counts={}, settings="0f", now=datetime.now(UTC))
    return spent


def _same_files(prepared: Path, place: Path) -> dict[str, Cost]:
    """Write the same files by pyarrow alone, told the same; then force them to the disk."""
    tables = tables_of(prepared)  # in the same pieces: where one ends, pyarrow ends a batch of values
    layout = json.loads((prepared / "layout.json").read_bytes())
    groups = [_groups(prepared / part["file"]) for part in layout]
    schemas = [pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(part["schema"]))) for part in layout]
    for name in tables:
        (place / name).mkdir(parents=True)
    spent: dict[str, Cost] = {}
    at = dict.fromkeys(tables, 0)
    with clocked(spent, "plain"):
        for part, schema, sizes in zip(layout, schemas, groups, strict=True):
            with pq.ParquetWriter(place / part["file"], schema, **part["options"]) as out:
                for size in sizes:
                    out.write_table(tables[part["table"]].slice(at[part["table"]], size), row_group_size=size)
                    at[part["table"]] += size
    with clocked(spent, "plain fsync"):
        sync_tree(place)
    for part in layout:
        if not filecmp.cmp(prepared / part["file"], place / part["file"], shallow=False):
            raise AssertionError(f"pyarrow alone has written another {part['file']}")
    return spent


def _defaults(prepared: Path, place: Path) -> dict[str, Cost]:
    """Write each table as one file, with pyarrow's defaults but for the compression."""
    tables = {name: rows.combine_chunks() for name, rows in tables_of(prepared).items()}
    place.mkdir()
    spent: dict[str, Cost] = {}
    with clocked(spent, "defaults"):
        for name, rows in tables.items():
            pq.write_table(rows, place / f"{name}.parquet", compression="zstd")
    return spent


def _shares(spent: Mapping[str, Cost]) -> dict[str, Cost]:
    """Say what the pieces are of which the rows tell."""
    known = sum((spent[name] for name in ("index_batch", "settle", "run_files")), Cost())
    inside = sum((spent[name] for name in INSIDE), Cost())
    plain, without = spent["plain"], spent["write"] + spent["commit"] - known
    return {
        PLAIN: plain,
        "the same, forced to the disk": plain + spent["plain fsync"],
        DEFAULTS: spent["defaults"],
        OURS: without,
        SAME: inside,
        "of it writing around pyarrow": spent["write"] - spent["checksum"] - inside,
        "of it checksums": spent["checksum"],
        "of it forcing all to the disk": spent["sync_tree"],
        "of it manifest and renames": spent["commit"] - known - spent["sync_tree"],
        "the history: postings": spent["postings"],
        "the history: what is kept and known": known,
        "copydesk, all": without + spent["postings"] + known,
    }


_NOTES = {
    PLAIN: "byte for byte those of copydesk",
    OURS: "with the fsync of the history's files; bar: < 1.10",
    "the history: postings": "of fingerprints that the job has made before",
}


def _rows(turns: Sequence[Mapping[str, Cost]], sizes: Mapping[str, int], articles: str) -> list[list[str]]:
    within = _times(turns, OURS, SAME, "cpu")
    notes = {**_NOTES, SAME: f"the same work at the same time: CPU of the row above {within:.3f} times this"}
    rows = []
    for who in turns[0]:
        cost = fresh.middle(turn[who] for turn in turns)
        cpu, wall = (f"{_times(turns, who, PLAIN, name):.3f}" for name in ("cpu", "wall"))
        megabytes = f"{sizes[who] / 1e6:.1f}" if who in sizes else ""
        figures = [megabytes, f"{cost.cpu:.2f}", cpu, f"{cost.wall:.2f}", wall, notes.get(who, "")]
        rows.append([*report.lead("made up", runs=len(turns)), articles, who, *figures])
    return rows


def _times(turns: Sequence[Mapping[str, Cost]], who: str, other: str, name: str) -> float:
    """Return how many times another's cost one's is: the median of the turns."""
    return float(statistics.median(getattr(turn[who], name) / getattr(turn[other], name) for turn in turns))


def _groups(path: Path) -> list[int]:
    stored = pq.read_metadata(path)
    return [stored.row_group(number).num_rows for number in range(stored.num_row_groups)]


def _pieces(rows: pa.Table) -> list[pa.Table]:
    return [pa.Table.from_batches([batch]) for batch in rows.to_batches(max_chunksize=PIECE_ROWS)]


def _batch_id(tables: Mapping[str, pa.Table]) -> str:
    return str(tables["batches"]["batch_id"][0].as_py())


def _load(path: Path) -> pa.Table:
    with pa.OSFile(str(path), "rb") as source:
        return pa.ipc.open_file(source).read_all()
