"""The store: everything that is published, named by keys, and the few things that may be done to it.

A key is a path relative to the warehouse, such as `articles/batch=X/part-00000.parquet` or
`_copydesk/manifests/00000001.json`. Nothing above this module knows where keys lie. What is in the making is
not published, and lies in files of this machine, as paths; `Source` is either.

A key is created once and never changes. No operation needs a rename: a store of objects puts each file where
it has not been put yet. docs/decisions/0011-store.md tells what such a store has to keep.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa
from pyarrow import fs

from storage.durable import hash_bytes, move_folder, remove, sync, sync_up
from storage.errors import WarehouseFormat

if TYPE_CHECKING:
    from collections.abc import Iterator


class Store(Protocol):
    """Where published files lie.

    Every operation that changes something may be done again after an interruption, and then goes on where it
    stopped. As a string a store is what the keys hang below, a folder or a URL. Where there is nothing of a
    name, `FileNotFoundError` is raised; where the store refuses, another `OSError`.
    """

    @property
    def files(self) -> fs.FileSystem:
        """The same files by the same keys, to be read by the data sets of Arrow."""

    def read(self, key: str) -> bytes:
        """Give all bytes of a small file."""

    def open(self, key: str) -> pa.NativeFile:
        """Open a file of which pieces will be read, here and there."""

    def map(self, key: str) -> pa.NativeFile:
        """Open a file of which everything will be looked at again and again: its bytes lie in memory."""

    def size(self, key: str) -> int:
        """Give the number of bytes of a file."""

    def keys(self, folder: str) -> list[str]:
        """List all files below a folder, however deep, sorted."""

    def folders(self, folder: str) -> list[str]:
        """List the names of the folders right below a folder, sorted; none where there is no such folder."""

    def place(self, source: Path, folder: str) -> None:
        """Bring a folder of files in the making into place; the source may go by it.

        Raises:
            WarehouseFormat: The source is gone, and is not in place either.
        """

    def create(self, source: Path, key: str) -> None:
        """Let a file appear, whole, behind all that was placed before; the source stays.

        Raises:
            FileExistsError: There is one of this name, which stays as it is.
        """

    def set_aside(self, folder: str, aside: str) -> None:
        """Take a folder out of its place, so that its files are found below another.

        Where it is not in its place it was set aside before, or is lost: its successor comes all the same.
        """

    def delete(self, *names: str) -> None:
        """Delete files and folders; what is not there is deleted already."""


@dataclass(frozen=True)
class Stored:
    """A file or a folder of a store."""

    store: Store
    key: str

    def __str__(self) -> str:
        """Name it for people, and for programs that open it themselves: a path or a URL."""
        return f"{str(self.store).rstrip('/')}/{self.key}"

    def __truediv__(self, name: str) -> Stored:
        """Give what lies below it."""
        return Stored(self.store, f"{self.key}/{name}")

    @property
    def name(self) -> str:
        """The last part of its key."""
        return self.key.rpartition("/")[2]

    @property
    def parent(self) -> Stored:
        """The folder it lies in."""
        return Stored(self.store, self.key.rpartition("/")[0])


Source = Path | Stored
"""A file or folder to read: one in the making, or one that is published."""


def stored(source: Source) -> Stored:
    """See a file in the making as if it were published, so that both are read in the same way.

    Args:
        source: Either of them.
    """
    if isinstance(source, Stored):
        return source
    path = source.absolute()
    return Stored(LocalStore(Path(path.anchor)), path.relative_to(path.anchor).as_posix())


def read_bytes(source: Source) -> bytes:
    """Give all bytes of a small file.

    Args:
        source: The file.
    """
    file = stored(source)
    return file.store.read(file.key)


def exists(file: Stored) -> bool:
    """Tell whether there is a file of this key.

    Args:
        file: The file.
    """
    try:
        file.store.size(file.key)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def checksum(file: Stored) -> str:
    """Hash the bytes of a file.

    Args:
        file: The file.

    Returns:
        xxh3_128 as 32 hex digits.
    """
    with file.store.open(file.key) as opened:
        return hash_bytes(opened)


@dataclass(frozen=True)
class LocalStore:
    """A folder of this machine, which must be able to rename and to make hard links."""

    root: Path

    def __str__(self) -> str:
        """Name the folder."""
        return str(self.root)

    @property
    def files(self) -> fs.FileSystem:
        """The folder, for the data sets of Arrow."""
        return fs.SubTreeFileSystem(str(self.root), fs.LocalFileSystem())

    def read(self, key: str) -> bytes:
        """Give all bytes of a small file."""
        return (self.root / key).read_bytes()

    def open(self, key: str) -> pa.NativeFile:
        """Map a file into memory."""
        return pa.memory_map(str(self.root / key))

    def map(self, key: str) -> pa.NativeFile:
        """Map a file into memory; the mapping outlives the file's descriptor."""
        return pa.memory_map(str(self.root / key))

    def size(self, key: str) -> int:
        """Give the number of bytes of a file."""
        return (self.root / key).stat().st_size

    def keys(self, folder: str) -> list[str]:
        """List all files below a folder; where it is gone an error: a folder here does not go by itself."""
        return sorted(_below(self.root, folder))

    def folders(self, folder: str) -> list[str]:
        """List the names of the folders right below a folder."""
        try:
            return sorted(path.name for path in (self.root / folder).iterdir() if path.is_dir())
        except FileNotFoundError:
            return []

    def place(self, source: Path, folder: str) -> None:
        """Move a folder into place by one rename: a reader by glob sees all of its files at once."""
        target = self.root / folder
        if source.is_dir():
            move_folder(source, target)
        elif not target.is_dir():
            raise WarehouseFormat(f"{source}: a sealed batch has lost this folder; restore it from a backup")
        # The rename may be that of a process which was killed before it could wait for the disk.
        sync(target.parent)

    def create(self, source: Path, key: str) -> None:
        """Give a file a second name: it appears whole, and never replaces another."""
        sync(self.root)  # folders that were placed may have brought the folder of a table with them
        target = self.root / key
        try:
            target.hardlink_to(source)
        finally:
            sync(target.parent)

    def set_aside(self, folder: str, aside: str) -> None:
        """Move a folder out of its place by one rename."""
        place, away = self.root / folder, self.root / aside
        if place.is_dir() and not away.is_dir():
            away.parent.mkdir(parents=True, exist_ok=True)
            sync_up(away.parent, self.root / aside.partition("/")[0])
            place.rename(away)
        # The rename may be that of a process which was killed before it could wait for the disk.
        for parent in (place.parent, away.parent):
            if parent.is_dir():
                sync(parent)

    def delete(self, *names: str) -> None:
        """Delete files and folders."""
        paths = [self.root / name for name in names]
        for path in paths:
            remove(path)
        for parent in dict.fromkeys(path.parent for path in paths):
            sync(parent)


def _below(root: Path, folder: str) -> Iterator[str]:
    for parent, _, names in os.walk(root / folder, onerror=_refuse):
        above = Path(parent).relative_to(root).as_posix()
        yield from (f"{above}/{name}" for name in names)


def _refuse(error: OSError) -> None:
    raise error
