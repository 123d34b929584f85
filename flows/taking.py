"""What a run takes over from earlier batches: what leaves them, and how it comes again as records."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import xxhash

from flows import resuming
from flows import run as runs
from flows.resuming import CHUNKS_PER_GROUP
from flows.run import Run
from flows.workfiles import read_table, write_table
from ingest.tables import REJECTS
from storage import read
from storage.departures import Leaving, depart, with_copies
from storage.history import load_history
from storage.intact import intact
from storage.kept import kept_by
from storage.manifest import Snapshot, snapshot
from storage.restoring import TAKEN, articles_of, published_articles, restore
from storage.warehouse import open_warehouse

GROUP_ROWS = 50_000
CHUNK_ROWS, CHUNK_BYTES = 4_000, 16 << 20  # as of records that are read
TAKEN_FILE = "taken.arrow"


def plan(run: Run) -> list[list[dict[str, Any]]]:
    """Decide what leaves earlier batches from the start, and deal what comes again into groups.

    Args:
        run: the run; its folder gets what leaves, the history without that, and `taken.arrow`.

    Returns:
        Descriptions of the groups.
    """
    if run.kind == "batch":
        shutil.rmtree(run.path(runs.DEPARTURE), ignore_errors=True)
        run.path(TAKEN_FILE).unlink(missing_ok=True)
        return []
    moment = moment_of(run)
    if run.kind == "rebuild":
        taken = published_articles(moment)
        return leave(run, moment, leaving=taken["article_id"].combine_chunks(), taken=taken)
    if run.kind == "forget":
        own = pa.array(run.forget, pa.string())
        leaving = with_copies(moment, own)
        again = leaving.filter(pc.invert(pc.is_in(leaving, value_set=own)))
        taken = published_articles(moment, ds.field("article_id").isin(again))
        return leave(run, moment, leaving=leaving, taken=taken)
    taken = _brought_along(moment, run.batch_id)
    return leave(run, moment, leaving=articles_of(moment, run.batch_id), taken=taken)


def moment_of(run: Run) -> Snapshot:
    """Return the warehouse before the run; damaged files of a batch that is done again are left out."""
    moment = snapshot(open_warehouse(run.warehouse))
    return intact(moment, run.batch_id) if run.kind == "replace" else moment


def settled(run: Run, fingerprints: pa.Table) -> npt.NDArray[np.bool_]:
    """Tell which articles are kept whatever they resemble.

    They are those that the batch which is done again had kept, with the same text by the same settings:
    copies of them may have come since.

    Args:
        run: the run.
        fingerprints: table of schema `dedup.tables.FINGERPRINTS`.

    Returns:
        bool, one an article.
    """
    if run.kind != "replace":
        return np.zeros(fingerprints.num_rows, np.bool_)
    moment = snapshot(open_warehouse(run.warehouse))
    [last] = [manifest for manifest in moment.batches if manifest.batch_id == run.batch_id]
    if last.settings != run.settings_hash:
        return np.zeros(fingerprints.num_rows, np.bool_)
    return as_kept(fingerprints, kept_by(load_history(moment), run.batch_id))


def as_kept(fingerprints: pa.Table, kept: pa.Table) -> npt.NDArray[np.bool_]:
    """Tell which articles are among some kept ones, with the same text.

    Args:
        fingerprints: table of schema `dedup.tables.FINGERPRINTS`.
        kept: table of schema `storage.kept.KEPT`.
    """
    place = pc.index_in(fingerprints["article_id"], value_set=kept["article_id"].combine_chunks())
    same = pc.equal(kept["content_id"].take(place), fingerprints["content_id"])
    found: npt.NDArray[np.bool_] = pc.fill_null(same, False).to_numpy()
    return found


def leave(
    run: Run, moment: Snapshot, *, leaving: pa.Array, taken: pa.Table, reread: Sequence[str] = ()
) -> list[list[dict[str, Any]]]:
    """Let articles leave earlier batches, and deal those that are taken over into groups.

    Args:
        run: the run; its folder gets what leaves, and the history without that.
        moment: the warehouse before.
        leaving: string array: all that leaves.
        taken: table of schema `storage.restoring.TAKEN`: what of it is decided on again.
        reread: batches whose inputs are not known any more.

    Returns:
        Descriptions of the groups.
    """
    folder = run.path(runs.DEPARTURE)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    done_again = run.batch_id if run.kind == "replace" else None
    what = Leaving(kind=run.kind, ids=leaving, batch_id=done_again, reread=tuple(reread))
    depart(moment, what, folder=folder)
    write_table(run.path(TAKEN_FILE), taken)
    return groups(taken, 0)


def groups(taken: pa.Table, first: int) -> list[list[dict[str, Any]]]:
    """Deal what is taken over into groups, and describe them.

    Args:
        taken: table of schema `storage.restoring.TAKEN`.
        first: the row to begin with.
    """
    starts = range(first, taken.num_rows, GROUP_ROWS)
    return [[_group(taken.slice(start, GROUP_ROWS), start)] for start in starts]


def extract(run: Run, folder: Path, described: dict[str, Any]) -> str:
    """Give the articles of a group back as chunks of records.

    Args:
        run: the run.
        folder: an empty folder of the group.
        described: its description.

    Returns:
        Path of `ended.json` in the folder.
    """
    moment = moment_of(run)
    taken = read_table(run.path(TAKEN_FILE)).slice(described["taken"], described["count"])
    chunks = []
    for number, records in enumerate(_gathered(restore(moment, taken))):
        name = int(folder.name) * CHUNKS_PER_GROUP + number
        chunks.append(write_table(folder / f"{name:015d}.arrow", records))
    reading = pa.field("reading", pa.string())
    write_table(folder / "rejects.arrow", REJECTS.append(reading).empty_table())
    told = {
        "inputs": [],
        "known": 0,
        "taken_over": taken.num_rows,
        "unknown_fields": 0,
        "passed_over": 0,
        "chunks": chunks,
    }
    return resuming.end(folder, told)


def _gathered(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Put small tables of records together, up to the size of a chunk."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        rows, size = sum(each.num_rows for each in waiting), sum(each.nbytes for each in waiting)
        if rows >= CHUNK_ROWS or size >= CHUNK_BYTES:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def ingested_at(run: Run, ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Say when articles were first ingested: now, or by the batch from which they were taken over."""
    now = pa.repeat(pa.scalar(run.started_at, TAKEN.field("ingested_at").type), len(ids))
    if not run.path(TAKEN_FILE).exists():
        return now
    taken = read_table(run.path(TAKEN_FILE))
    place = pc.index_in(ids, value_set=taken["article_id"].combine_chunks())
    return pc.coalesce(taken["ingested_at"].take(place), now)


def _group(taken: pa.Table, start: int) -> dict[str, Any]:
    ids = "".join(taken["article_id"].to_pylist()).encode()
    return {"taken": start, "count": taken.num_rows, "content_hash": xxhash.xxh3_128_hexdigest(ids)}


def _brought_along(moment: Snapshot, batch_id: str) -> pa.Table:
    """Return the articles of a batch that it took over itself: they had been ingested before it began.

    Where they came from does not tell: the files of several batches may have had one name.
    """
    own = ds.field("batch_id") == batch_id
    began = read(moment, "batches", columns=["started_at"], where=own)["started_at"].combine_chunks()
    rows = published_articles(moment, own)
    return rows.filter(pc.invert(pc.is_in(rows["ingested_at"], value_set=began)))
