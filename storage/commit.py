"""The commit of a batch: whole or not at all, whenever the process, the machine or the disk stops.

1. stage   every file is made in `_copydesk/staging/<batch_id>/`
2. seal    all of it is forced to the disk, then `manifest.json` appears beside it: now it will be published
3. publish each table's folder is renamed into place, after those whose place it takes were set aside; the
history run likewise; then the manifest gets its number; last, runs that nobody needs any more are deleted

Whoever writes next first finishes what is sealed and deletes what is not (`storage.publish.recover`). All of
this is for the holder of the warehouse's lock.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.contract import SCHEMA_VERSION, TABLES
from storage.departures import Departure
from storage.durable import sync, sync_tree, write_file
from storage.errors import BatchExists, SchemaMismatch, unwritable
from storage.history import load_history
from storage.indexing import index_batch, run_entries
from storage.manifest import FileEntry, Manifest, Snapshot, encode, manifests, published, snapshot
from storage.moves import Moved
from storage.names import check_batch_id, run_name
from storage.publish import SEAL, Staging, publish
from storage.remains import write_remains
from storage.tiers import merge_into, settle
from storage.warehouse import batch_folder
from storage.write import TableWriter, write_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from storage.warehouse import Warehouse


def stage(
    warehouse: Warehouse, batch_id: str, *, again: bool = False, departure: Departure | None = None
) -> Staging:
    """Begin a batch.

    Args:
        warehouse: The warehouse, locked.
        batch_id: The id of the batch; `storage.manifest.next_batch_id` makes one.
        again: A batch of this id is committed already, and will be replaced.
        departure: What leaves earlier batches in the same commit.

    Returns:
        Where its tables are to be written (`writer`), and what `commit` takes.

    Raises:
        BatchExists: The batch is committed already.
        WarehouseUnwritable: The disk refuses.
    """
    check_batch_id(batch_id)
    if not again and any(manifest.batch_id == batch_id for manifest in manifests(warehouse)):
        raise BatchExists(f"{warehouse.root}: batch {batch_id} is committed already; choose another id")
    staging = staged(warehouse, batch_id, departure=departure)
    try:
        for folder in (*(staging.table(name) for name in TABLES), staging.index):
            folder.mkdir(parents=True)
    except OSError as error:
        raise unwritable(staging.folder, error) from error
    return staging


def staged(warehouse: Warehouse, batch_id: str, *, departure: Departure | None = None) -> Staging:
    """Say where the files of a batch in the making lie, and how they are called.

    Args:
        warehouse: The warehouse.
        batch_id: The batch; where it is committed already, its files get names that were never used.
        departure: What leaves earlier batches in the same commit.
    """
    before = manifests(warehouse)
    again = any(manifest.batch_id == batch_id for manifest in before)
    return Staging(warehouse, batch_id, f"part-{len(before) + 1:08d}" if again else "part", departure)


def writer(staging: Staging, table: str) -> TableWriter:
    """Open a published table of the batch for writing.

    Args:
        staging: The batch.
        table: The table's name.
    """
    return TableWriter(staging.table(table), table, batch_id=staging.batch_id, name=staging.part)


def commit(
    staging: Staging,
    *,
    tables: Mapping[str, Sequence[FileEntry]],
    counts: Mapping[str, int],
    settings: str,
    now: datetime,
) -> Manifest:
    """Publish a batch, whole or not at all.

    Args:
        staging: The batch.
        tables: For each table that was written, what its writer's `close` gave; the others are published
            without a row.
        counts: The counts of the batch's row in `batches`, for people who look into the manifest.
        settings: Fingerprint of the settings.
        now: The time, with its zone.

    Returns:
        What was published.

    Raises:
        WarehouseUnwritable: The disk refuses. Unless the batch was sealed before, nothing of it will be
            published; otherwise the next writer finishes it.
    """
    try:
        seal(staging, tables=tables, counts=counts, settings=settings, now=now)
        return publish(staging.warehouse, staging.batch_id)
    except OSError as error:
        raise unwritable(staging.folder, error) from error


def seal(
    staging: Staging,
    *,
    tables: Mapping[str, Sequence[FileEntry]],
    counts: Mapping[str, int],
    settings: str,
    now: datetime,
) -> Manifest:
    """Complete a batch and force it to the disk; from then on it will be published.

    Args:
        staging: The batch.
        tables: What the writers' `close` gave; tables that are missing get a file without a row.
        counts: The counts of the batch's row in `batches`.
        settings: Fingerprint of the settings.
        now: The time, with its zone.

    Raises:
        SchemaMismatch: `batches` has not exactly one row, or an article has no original.
        OSError: The disk refuses.
    """
    rows = sum(entry.rows for entry in tables.get("batches", ()))
    if rows != 1:
        raise SchemaMismatch(f"table batches: {staging.batch_id} has {rows} rows there, it must have one")
    written = {
        name: tables.get(name)
        or write_table(staging.table(name), name, [], batch_id=staging.batch_id, name=staging.part)
        for name in TABLES
    }
    placed = {
        name: published(entries, batch_folder(name, staging.batch_id)) for name, entries in written.items()
    }
    index_batch(staging.index, staging.tables, placed)
    moment = snapshot(staging.warehouse)
    manifest = Manifest(
        version=len(moment.manifests) + 1,
        kind=staging.departure.kind if staging.departure else "batch",
        batch_id=staging.batch_id,
        run=run_name(len(moment.manifests) + 1),
        committed_at=now.isoformat(),
        tables=placed,
        replaced=(),
        index=(),
        tier=0,
        runs=(),
        counts=dict(counts),
        settings=settings,
        schema_version=SCHEMA_VERSION,
    )
    if staging.departure:
        manifest = _with_remains(staging, moment, manifest, staging.departure)
    else:
        index = staging.warehouse.index
        live = settle(staging.index, manifest.run, index=index, manifests=moment.manifests)
        manifest = replace(manifest, tier=live.tier, runs=live.runs)
    manifest = replace(manifest, index=run_files(staging, manifest.run))
    seal_staged(staging, manifest)
    return manifest


def _with_remains(staging: Staging, moment: Snapshot, manifest: Manifest, departure: Departure) -> Manifest:
    """Stage what stays of the files from which rows leave, and what is left of the history before the run."""
    remaining = departure.remaining
    remains = write_remains(
        staging,
        moment,
        departure,
        come=[staging.tables / entry.path for entry in manifest.tables["articles"]],
        history=load_history(moment, remaining=remaining),
    )
    own = manifest.tables["articles"]
    only = replace(manifest, tables=remains.tables, replaced=remains.replaced)
    left = replace(moment, manifests=(*moment.manifests, only)).entries("articles")
    if remaining.folder:
        moved = Moved.between([*moment.entries("articles"), *own], [*left, *own], gone=remains.gone)
        merge_into(staging.index, [remaining.folder], moved=moved)
    tiers = {each.run: each.tier for each in moment.manifests}
    return replace(
        manifest,
        tables={table: (*remains.tables.get(table, ()), *manifest.tables[table]) for table in TABLES},
        replaced=remains.replaced,
        tier=max((tiers[name] for name in moment.runs[remaining.first :]), default=0),
        runs=(*moment.runs[: remaining.first], manifest.run),
    )


def seal_staged(staging: Staging, manifest: Manifest) -> None:
    """Force everything that is staged to the disk; from then on it will be published.

    Args:
        staging: What was staged.
        manifest: What will be published.

    Raises:
        OSError: The disk refuses.
    """
    sync_tree(staging.folder)
    sync(staging.warehouse.staging)
    write_file(staging.folder / SEAL, encode(manifest))


def run_files(staging: Staging, name: str) -> tuple[FileEntry, ...]:
    """List the files of a staged history run, where they will be published.

    Args:
        staging: What was staged.
        name: What the run will be called.
    """
    return published(run_entries(staging.index), f"_copydesk/index/{name}")
