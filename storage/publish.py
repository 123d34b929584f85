"""Bringing what is sealed into place, and clearing up after an interrupted writer.

Every step of `publish` can be done again. All of it is for the holder of the warehouse's lock; `writing`
takes the lock and recovers.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.contract import TABLES
from storage.durable import remove, sync
from storage.errors import WarehouseFormat, unwritable
from storage.manifest import Manifest, decode, load
from storage.names import file_name
from storage.store import exists
from storage.warehouse import INDEX, SUPERSEDED, Warehouse, batch_folder, lock, superseded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.departures import Departure

_log = logging.getLogger(__name__)

SEAL = "manifest.json"
RESUMABLE = "resumable.json"  # in a folder of files in the making: the next run judges whether to take it up


@dataclass(frozen=True)
class Staging:
    """A batch in the making.

    Attributes:
        warehouse: Where it will be.
        batch_id: The batch.
        part: How the names of its files begin: no file of a batch that is replaced had such a name.
        departure: What leaves earlier batches in the same commit.
    """

    warehouse: Warehouse
    batch_id: str
    part: str = "part"
    departure: Departure | None = None

    @property
    def folder(self) -> Path:
        """Everything of the batch, before its commit."""
        return self.warehouse.staging / self.batch_id

    @property
    def index(self) -> Path:
        """The history run; `storage.postings.write_postings` may write here before the commit."""
        return self.folder / "index"

    @property
    def tables(self) -> Path:
        """Folder in which the tables lie as they will lie in the warehouse."""
        return self.folder / "tables"

    def table(self, name: str) -> Path:
        """Say where the files of a published table are made."""
        return self.tables / batch_folder(name, self.batch_id)


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
    manifest = load(staging.folder / SEAL)
    # Once it has its number all is in place, and what it superseded may be gone: it is not looked for again.
    if not exists(warehouse.manifests / file_name(manifest.version)):
        _place(staging, manifest)
    _number(warehouse, staging.folder / SEAL, manifest)
    _drop_superseded(warehouse, manifest)
    if manifest.kind == "forget":
        _forget(warehouse, manifest)
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
        sealed = [path.name for path in found if (path / SEAL).is_file()]
        for batch_id in sealed:
            publish(warehouse, batch_id)
        for path in [*found, *(each for each in warehouse.work.iterdir() if not (each / RESUMABLE).exists())]:
            remove(path)
    except OSError as error:
        raise unwritable(warehouse.staging, error) from error
    return sealed


def pending(warehouse: Warehouse) -> list[Manifest]:
    """List what is sealed but not yet published whole.

    Args:
        warehouse: The warehouse.

    Raises:
        WarehouseFormat: What was sealed is damaged.
    """
    found = []
    for path in sorted(warehouse.staging.glob(f"*/{SEAL}")):
        with suppress(FileNotFoundError):  # published meanwhile
            found.append(decode(path.read_bytes(), path))
    return found


def _place(staging: Staging, manifest: Manifest) -> None:
    """Bring tables and history run into place, after those whose place they take were set aside."""
    store = staging.warehouse.store
    for table in TABLES:  # batches is the last: who sees a batch's row there sees all of it
        for folder in manifest.replaced:
            if folder.startswith(f"{table}/"):
                store.set_aside(folder, superseded(folder, f"{manifest.version:08d}"))
        for folder in dict.fromkeys(entry.folder for entry in manifest.tables.get(table, ())):
            store.place(staging.tables / folder, folder)
    if manifest.index:
        store.place(staging.index, f"{INDEX}/{manifest.run}")


def _number(warehouse: Warehouse, sealed: Path, manifest: Manifest) -> None:
    numbered = warehouse.manifests / file_name(manifest.version)
    try:
        warehouse.store.create(sealed, numbered.key)
    except FileExistsError:
        if load(numbered) != manifest:
            raise WarehouseFormat(
                f"{numbered}: another commit has this number; restore the folder from a backup"
            ) from None


def _drop_superseded(warehouse: Warehouse, manifest: Manifest) -> None:
    """Delete the runs that the commit before this one has put others in the place of.

    Those of this commit stay until the next: a reader may just be opening them.
    """
    if manifest.version > 2:
        older, last = (load(warehouse.manifests / file_name(manifest.version - back)).runs for back in (2, 1))
        dropped = sorted({*older} - {*last, *manifest.runs})
        warehouse.store.delete(*(f"{INDEX}/{name}" for name in dropped))


def _forget(warehouse: Warehouse, manifest: Manifest) -> None:
    """Delete all that may still hold what is forgotten: what was superseded, and the work of stopped runs."""
    store = warehouse.store
    store.delete(*(f"{SUPERSEDED}/{name}" for name in store.folders(SUPERSEDED)))
    if warehouse.work.is_dir():
        for path in sorted(warehouse.work.iterdir()):
            remove(path)
        sync(warehouse.work)
    store.delete(*(f"{INDEX}/{name}" for name in store.folders(INDEX) if name not in manifest.runs))
