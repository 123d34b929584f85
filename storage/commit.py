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
from storage.durable import sync, sync_tree, write_file
from storage.errors import BatchExists, SchemaMismatch, unwritable
from storage.indexing import index_batch, run_entries
from storage.manifest import FileEntry, Manifest, check_batch_id, encode, manifests, run_name
from storage.publish import SEAL, Staging, publish
from storage.tiers import settle
from storage.warehouse import batch_folder
from storage.write import TableWriter, write_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from storage.warehouse import Warehouse


def stage(warehouse: Warehouse, batch_id: str) -> Staging:
    """Begin a batch.

    Args:
        warehouse: The warehouse, locked.
        batch_id: The id of the batch; `storage.manifest.next_batch_id` makes one.

    Returns:
        Where its tables are to be written (`writer`), and what `commit` takes.

    Raises:
        BatchExists: The batch is committed already.
        WarehouseUnwritable: The disk refuses.
    """
    check_batch_id(batch_id)
    if any(manifest.batch_id == batch_id for manifest in manifests(warehouse)):
        raise BatchExists(f"{warehouse.root}: batch {batch_id} is committed already; choose another id")
    staging = Staging(warehouse, batch_id)
    try:
        for folder in (*(staging.table(name) for name in TABLES), staging.index):
            folder.mkdir(parents=True)
    except OSError as error:
        raise unwritable(staging.folder, error) from error
    return staging


def writer(staging: Staging, table: str) -> TableWriter:
    """Open a published table of the batch for writing.

    Args:
        staging: The batch.
        table: The table's name.
    """
    return TableWriter(staging.table(table), table, batch_id=staging.batch_id)


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
        name: tables.get(name) or write_table(staging.table(name), name, [], batch_id=staging.batch_id)
        for name in TABLES
    }
    placed = {
        name: published(entries, batch_folder(name, staging.batch_id)) for name, entries in written.items()
    }
    index_batch(staging.index, staging.tables, placed)
    before = manifests(staging.warehouse)
    version = len(before) + 1
    name = run_name(version)
    live = settle(staging.index, name, index=staging.warehouse.index, manifests=before)
    manifest = Manifest(
        version=version,
        kind="batch",
        batch_id=staging.batch_id,
        run=name,
        committed_at=now.isoformat(),
        tables=placed,
        replaced=(),
        index=run_files(staging, name),
        tier=live.tier,
        runs=live.runs,
        counts=dict(counts),
        settings=settings,
        schema_version=SCHEMA_VERSION,
    )
    seal_staged(staging, manifest)
    return manifest


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


def published(
    entries: Sequence[FileEntry], folder: str, *, batches: tuple[str, ...] = ()
) -> tuple[FileEntry, ...]:
    """Say of files that lie in a folder where they will be published.

    Args:
        entries: The files, their paths relative to the folder.
        folder: The folder, below the warehouse.
        batches: The batches whose rows they hold, where they are several.
    """
    return tuple(replace(entry, path=f"{folder}/{entry.path}", batches=batches) for entry in entries)
