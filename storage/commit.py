"""The commit of a batch: whole or not at all, whenever the process, the machine or the disk stops.

1. stage   every file is made in `_copydesk/staging/<batch_id>/`
2. seal    all of it is forced to the disk, then `manifest.json` appears beside it: now it will be published
3. publish each table's folder is renamed into place, the history run likewise; then the manifest gets its
number; last, runs of the history that nobody needs any more are deleted

Whoever writes next first finishes what is sealed and deletes what is not (`recover`). Every step of `publish`
can be done again. All of this is for the holder of the warehouse's lock; `writing` takes the lock and
recovers.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.contract import SCHEMA_VERSION, TABLES
from storage.durable import move_folder, sync, sync_tree, write_file
from storage.errors import BatchExists, SchemaMismatch, WarehouseFormat, unwritable
from storage.indexing import index_batch, run_entries
from storage.manifest import FileEntry, Manifest, check_batch_id, encode, file_name, load, manifests
from storage.tiers import settle
from storage.warehouse import Warehouse, lock
from storage.write import TableWriter, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

_log = logging.getLogger(__name__)

_SEAL = "manifest.json"
RESUMABLE = "resumable.json"  # in a folder of files in the making: the next run judges whether to take it up


@dataclass(frozen=True)
class Staging:
    """A batch in the making."""

    warehouse: Warehouse
    batch_id: str

    @property
    def folder(self) -> Path:
        """Everything of the batch, before its commit."""
        return self.warehouse.staging / self.batch_id

    @property
    def index(self) -> Path:
        """The history run; `storage.postings.write_postings` may write here before the commit."""
        return self.folder / "index"

    def table(self, name: str) -> Path:
        """Say where the files of a published table are made."""
        return self.folder / "tables" / name


@contextmanager
def writing(warehouse: Warehouse) -> Iterator[None]:
    """Be the one writer of a warehouse, with the traces of an interrupted one cleared up.

    Args:
        warehouse: The warehouse.

    Raises:
        WarehouseLocked: Somebody else writes.
        WarehouseUnwritable: The disk refuses.
    """
    with lock(warehouse):
        recover(warehouse)
        yield


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
    index_batch(staging.index, staging.folder / "tables", written)
    before = manifests(staging.warehouse)
    live = settle(staging.index, staging.batch_id, index=staging.warehouse.index, manifests=before)
    sync_tree(staging.folder)
    sync(staging.warehouse.staging)
    manifest = Manifest(
        version=len(before) + 1,
        batch_id=staging.batch_id,
        committed_at=now.isoformat(),
        tables={
            name: _published(entries, f"{name}/batch={staging.batch_id}") for name, entries in written.items()
        },
        index=_published(run_entries(staging.index), f"_copydesk/index/{staging.batch_id}"),
        tier=live.tier,
        runs=live.runs,
        counts=dict(counts),
        settings=settings,
        schema_version=SCHEMA_VERSION,
    )
    write_file(staging.folder / _SEAL, encode(manifest))
    return manifest


def publish(warehouse: Warehouse, batch_id: str) -> Manifest:
    """Bring a sealed batch into place; done again after an interruption it goes on where that one stopped.

    Args:
        warehouse: The warehouse, locked.
        batch_id: The sealed batch.

    Returns:
        What was published.

    Raises:
        WarehouseFormat: What was sealed is no longer there.
        OSError: The disk refuses.
    """
    staging = Staging(warehouse, batch_id)
    manifest = load(staging.folder / _SEAL)
    for table in TABLES:  # batches is the last: who sees a batch's row there sees all of it
        _move(staging.table(table), warehouse.batch_folder(table, batch_id))
    _move(staging.index, warehouse.index / batch_id)
    sync(warehouse.root)
    _number(staging.folder / _SEAL, warehouse.manifests / file_name(manifest.version), batch_id=batch_id)
    _drop_superseded(warehouse, manifest)
    shutil.rmtree(staging.folder)
    _log.info("published batch %s as number %d: %s", batch_id, manifest.version, dict(manifest.counts))
    return manifest


def recover(warehouse: Warehouse) -> list[str]:
    """Finish the batches that were sealed, delete what was not, and all work but what is `RESUMABLE`.

    Args:
        warehouse: The warehouse, locked.

    Returns:
        The batches that were finished.

    Raises:
        WarehouseUnwritable: The disk refuses.
    """
    try:
        for folder in (warehouse.staging, warehouse.work):
            folder.mkdir(exist_ok=True)  # some backups drop empty folders
        found = sorted(warehouse.staging.iterdir())
        sealed = [path.name for path in found if (path / _SEAL).is_file()]
        for batch_id in sealed:
            publish(warehouse, batch_id)
        for path in [*found, *(each for each in warehouse.work.iterdir() if not (each / RESUMABLE).exists())]:
            _delete(path)
    except OSError as error:
        raise unwritable(warehouse.staging, error) from error
    return sealed


def pending(warehouse: Warehouse) -> list[str]:
    """List the batches that are sealed but not yet published whole.

    Args:
        warehouse: The warehouse.
    """
    return sorted(path.parent.name for path in warehouse.staging.glob(f"*/{_SEAL}"))


def _published(entries: Sequence[FileEntry], folder: str) -> tuple[FileEntry, ...]:
    return tuple(replace(entry, path=f"{folder}/{entry.path}") for entry in entries)


def _move(source: Path, target: Path) -> None:
    if source.is_dir():
        move_folder(source, target)
    elif not target.is_dir():
        raise WarehouseFormat(f"{source}: a sealed batch has lost this folder; restore it from a backup")
    # The rename may be that of a process which was killed before it could wait for the disk.
    sync(target.parent)


def _number(sealed: Path, numbered: Path, *, batch_id: str) -> None:
    try:
        numbered.hardlink_to(sealed)  # appears whole, and never replaces another
    except FileExistsError:
        if load(numbered).batch_id != batch_id:
            raise WarehouseFormat(
                f"{numbered}: another batch has this number; restore the folder from a backup"
            ) from None
    sync(numbered.parent)


def _drop_superseded(warehouse: Warehouse, manifest: Manifest) -> None:
    """Delete the runs that the commit before this one has put others in the place of.

    Those of this commit stay until the next: a reader may just be opening them.
    """
    if manifest.version > 2:
        older, last = (load(warehouse.manifests / file_name(manifest.version - back)).runs for back in (2, 1))
        for name in sorted({*older} - {*last, *manifest.runs}):
            _delete(warehouse.index / name)
        sync(warehouse.index)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
