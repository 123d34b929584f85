"""Where things lie in a warehouse, and how one is made, opened and locked.

WAREHOUSE/<table>/batch=<batch_id>/part-00000.parquet   the published tables
WAREHOUSE/_copydesk/                                    ours; the underscore hides it from readers of data
sets
    warehouse.json      the format of all this
    lock                held by the one process that writes
    work/               files in the making, of the run that holds the lock
    stdin/              standard input, kept as a file by the run that reads it
    staging/<batch_id>/ a batch before its commit
    manifests/          one numbered file a commit: the truth about what is published
    index/<number>/     what later batches look up: the history run that this commit published
    superseded/<number>/ folders of tables that the commit of this number took the place of, for readers who
                        have begun with them
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from storage.durable import sync, write_file
from storage.errors import NotFound, StorageError, WarehouseFormat, WarehouseLocked, unwritable
from storage.store import LocalStore, Store, Stored, exists

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1
HIDDEN = "_copydesk"
MANIFESTS = f"{HIDDEN}/manifests"
INDEX = f"{HIDDEN}/index"
SUPERSEDED = f"{HIDDEN}/superseded"


@dataclass(frozen=True)
class Warehouse:
    """A warehouse; `open_warehouse` and `create_warehouse` give one.

    Attributes:
        root: The folder on this machine for the lock and for all that is in the making.
        store: Where all lies that is published.
    """

    root: Path
    store: Store

    @property
    def staging(self) -> Path:
        """The folder of batches before their commit."""
        return self.root / HIDDEN / "staging"

    @property
    def work(self) -> Path:
        """The folder for files in the making; what a stopped run left, the next one takes up or deletes."""
        return self.root / HIDDEN / "work"

    @property
    def stdin(self) -> Path:
        """The folder in which a run keeps its standard input."""
        return self.root / HIDDEN / "stdin"

    @property
    def lock_file(self) -> Path:
        """The file on which the one writer holds the kernel's lock."""
        return self.root / HIDDEN / "lock"

    @property
    def format_file(self) -> Path:
        """The file that makes a folder a warehouse."""
        return self.root / HIDDEN / "warehouse.json"

    @property
    def manifests(self) -> Stored:
        """The folder of the numbered manifests."""
        return Stored(self.store, MANIFESTS)

    @property
    def index(self) -> Stored:
        """The folder of the history runs."""
        return Stored(self.store, INDEX)

    def locate(self, key: str) -> Stored:
        """Say where a file lies that a manifest names: in its place, or among those superseded since."""
        placed = Stored(self.store, key)
        if exists(placed):
            return placed
        numbers = self.store.folders(SUPERSEDED)
        aside = (Stored(self.store, superseded(key, number)) for number in numbers)
        return next((file for file in aside if exists(file)), placed)


def superseded(key: str, number: str) -> str:
    """Say where a file or folder lies that a commit took the place of.

    Args:
        key: Where it lay before.
        number: The number of the commit, in the eight digits of its manifest.
    """
    return f"{SUPERSEDED}/{number}/{key}"


def batch_folder(table: str, batch_id: str) -> str:
    """Say where the files of one table of one batch are published, below the warehouse."""
    return f"{table}/batch={batch_id}"


def open_warehouse(path: str | os.PathLike[str]) -> Warehouse:
    """Open a warehouse that is there.

    Args:
        path: Its folder.

    Returns:
        The warehouse; nothing on disk is touched.

    Raises:
        NotFound: There is no such folder, or it is no warehouse.
        WarehouseFormat: Another version of copydesk made it.
    """
    warehouse = _local(path)
    if not warehouse.root.exists():
        raise NotFound(f"{path}: there is no such warehouse; `copydesk run --to {path}` makes one")
    try:
        content = warehouse.format_file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(
            f"{path}: is no warehouse ({HIDDEN}/warehouse.json is missing); name the folder given to --to"
        ) from None
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror}); mend the rights on it") from error
    _check_format(warehouse.format_file, content)
    return warehouse


def create_warehouse(path: str | os.PathLike[str]) -> Warehouse:
    """Open a warehouse, and make it first where there is none.

    Args:
        path: Its folder; made with its parents where it is missing.

    Returns:
        The warehouse, ready to be locked.

    Raises:
        WarehouseUnwritable: The folder cannot be made or written into.
        WarehouseFormat: Another version of copydesk made it.
    """
    warehouse = _local(path)
    if warehouse.format_file.is_file():
        return open_warehouse(path)
    try:
        for folder in (MANIFESTS, f"{HIDDEN}/staging", f"{HIDDEN}/work", INDEX):
            (warehouse.root / folder).mkdir(parents=True, exist_ok=True)
        sync(warehouse.root.parent)
        write_file(warehouse.format_file, json.dumps({"format": FORMAT}).encode() + b"\n")
    except OSError as error:
        raise unwritable(warehouse.root, error) from error
    return warehouse


def _local(path: str | os.PathLike[str]) -> Warehouse:
    root = Path(path).absolute()
    return Warehouse(root, LocalStore(root))


def _check_format(path: Path, content: bytes) -> None:
    try:
        found = json.loads(content)["format"]
    except (ValueError, KeyError, TypeError):
        raise WarehouseFormat(f"{path}: is damaged; restore it from a backup") from None
    if found != FORMAT:
        raise WarehouseFormat(
            f"{path}: the warehouse has format {found}, this copydesk knows format {FORMAT}; "
            "use the version that made it"
        )


@contextmanager
def lock(warehouse: Warehouse) -> Iterator[None]:
    """Be the one who writes into a warehouse, for as long as the block lasts.

    The kernel holds the lock and drops it when the process ends, however it ends. Processes started meanwhile
    do not inherit it.

    Args:
        warehouse: The warehouse.

    Raises:
        WarehouseLocked: Somebody else writes; said at once, without waiting.
        WarehouseUnwritable: The lock's file cannot be written.
    """
    # No fallback to a file that merely exists: such a lock would outlive a holder that was killed.
    held = FileLock(warehouse.lock_file, timeout=0, thread_local=False, fallback_to_soft=False)
    try:
        held.acquire()
    except Timeout:
        raise WarehouseLocked(
            f"{warehouse.root}: {_holder(warehouse)} is writing into it; "
            "wait until it has ended, or name another warehouse"
        ) from None
    except OSError as error:
        raise unwritable(warehouse.lock_file, error) from error
    try:
        _sign(warehouse)
        yield
    finally:
        with suppress(OSError):
            _signature(warehouse).unlink(missing_ok=True)
        held.release()


def _signature(warehouse: Warehouse) -> Path:
    # Not in the lock's own file: some versions of filelock empty that file when they try to take it.
    return warehouse.lock_file.with_name("lock-holder.json")


def _sign(warehouse: Warehouse) -> None:
    holder = {"pid": os.getpid(), "host": socket.gethostname()}
    try:
        _signature(warehouse).write_bytes(json.dumps(holder).encode() + b"\n")
    except OSError as error:
        raise unwritable(_signature(warehouse), error) from error


def _holder(warehouse: Warehouse) -> str:
    try:
        holder = json.loads(_signature(warehouse).read_bytes())
        return f"process {int(holder['pid'])} on {holder['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"  # it has the lock but has not signed yet
