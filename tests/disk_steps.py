"""Counts the changes of the disk that some work makes, and lets something happen in the midst of any of them.

What lies on the disk just before a change, or in the middle of a write, is what a process leaves that is
killed there: bytes that were not yet handed to the system die with it. So one run of some work shows every
state that a kill can leave (`tests/flows/crash_shim.py` kills for real, and compares).
"""

from __future__ import annotations

import builtins
import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xxhash

CALLS = ("rename", "replace", "link", "symlink", "fsync", "mkdir", "unlink", "rmdir", "truncate", "ftruncate")
KINDS = (*CALLS, "open", "write", "write on")
"""Kinds of changes; `open` is for writing, `write` the first one into a file, `write on` a later one."""

_WRITES = os.O_WRONLY | os.O_RDWR
_UNTOLD = "_copydesk/lock-holder.json"  # names the process that holds the lock

Step = Callable[[str], None]
Tree = dict[str, bytes | None]
"""What lies in a folder: path → bytes of a file, None for a folder."""


@contextmanager
def stepping(step: Step) -> Iterator[set[int]]:
    """Call `step` with the kind of each change that the block makes: before it, or in the middle of a write.

    Args:
        step: may look at the disk, kill the process or raise what the disk would.

    Yields:
        The numbers (inodes) of files with bytes that may not lie on the disk yet, as it is at any time.
    """
    at_once, busy = threading.RLock(), list[bool]()  # `step` itself may change the disk
    unsynced = set[int]()

    def changes(kind: str) -> None:
        with at_once:
            if not busy:
                busy.append(True)
                try:
                    step(kind)
                finally:
                    busy.clear()

    class Raw(io.FileIO):
        kind = "write"

        def write(self, content: Any) -> int:
            unsynced.add(os.fstat(self.fileno()).st_ino)
            view = memoryview(content).cast("B")
            half = len(view) // 2
            done = super().write(view[:half]) if half else 0
            changes(self.kind)
            self.kind = "write on"
            return (done or 0) + (super().write(view[half:]) or 0)

    class Sink(Raw):
        def __del__(self) -> None:
            self.close()  # as Arrow's own do, without a warning

    def told(kind: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            changes(kind)
            return real(*args, **options)

        return call

    really_open, really_io, really_os, really_arrow = builtins.open, io.open, os.open, pa.OSFile
    really_sync = os.fsync

    def sync(descriptor: int) -> None:
        changes("fsync")
        really_sync(descriptor)
        unsynced.discard(os.fstat(descriptor).st_ino)

    def open_(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **options: Any) -> Any:
        if not set(mode) & set("wax+"):
            return really_io(file, mode, buffering, *args, **options)
        changes("open")
        raw = Raw(file, mode.replace("b", "").replace("t", ""))
        if "b" in mode:
            return raw if buffering == 0 else io.BufferedWriter(raw)
        return io.TextIOWrapper(io.BufferedWriter(raw), *args, **options)

    def open_os(path: Any, flags: int, *args: Any, **options: Any) -> int:
        if flags & (_WRITES | os.O_CREAT | os.O_TRUNC):
            changes("open")
        return really_os(path, flags, *args, **options)

    def open_arrow(path: str, mode: str = "r", *args: Any) -> Any:
        if not mode.startswith("w"):
            return really_arrow(path, mode, *args)
        changes("open")
        return pa.PythonFile(Sink(path, "w"), mode="w")

    with pytest.MonkeyPatch.context() as patch:
        for kind in CALLS:
            patch.setattr(os, kind, told(kind, getattr(os, kind)))
        patch.setattr(os, "fsync", sync)
        patch.setattr(os, "write", told("write", os.write))
        patch.setattr(os, "open", open_os)
        patch.setattr(io, "open", open_)
        if really_open is really_io:
            patch.setattr(builtins, "open", open_)
        patch.setattr(pa, "OSFile", open_arrow)
        yield unsynced


class Lens:
    """Takes pictures of a folder; a class because it remembers the files that it has read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[tuple[int, int, int, int], bytes] = {}

    def take(self) -> Tree:
        tree: Tree = {}
        for parent, folders, names in os.walk(self.root):
            place = os.path.relpath(parent, self.root)
            tree |= {os.path.normpath(f"{place}/{name}"): None for name in folders}
            tree |= {os.path.normpath(f"{place}/{name}"): self._read(f"{parent}/{name}") for name in names}
        return tree

    def files(self, numbers: set[int]) -> set[str]:
        """Return the paths of the files of some numbers."""
        found = (path for path in self.root.rglob("*") if path.is_file() and path.stat().st_ino in numbers)
        return {str(path.relative_to(self.root)) for path in found}

    def _read(self, path: str) -> bytes:
        status = Path(path).stat()
        key = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if key not in self._known:
            self._known[key] = Path(path).read_bytes()
        return self._known[key]


def digest(tree: Tree) -> str:
    """Tell trees apart, but for who holds the lock."""
    said = xxhash.xxh3_128()
    for path, content in sorted(tree.items()):
        if path != _UNTOLD:
            said.update(
                f"{path}\0{'-' if content is None else xxhash.xxh3_128_hexdigest(content)}\n".encode()
            )
    return said.hexdigest()


def lay(tree: Tree, root: Path) -> None:
    """Make a folder hold what a picture shows, and nothing else."""
    here = Lens(root).take() if root.is_dir() else {}
    for path in sorted({*here} - {*tree}, reverse=True):
        (root / path).rmdir() if here[path] is None else (root / path).unlink()
    root.mkdir(parents=True, exist_ok=True)
    for path, content in sorted(tree.items()):
        if content is None:
            (root / path).mkdir(exist_ok=True)
        elif here.get(path) != content:
            (root / path).unlink(missing_ok=True)  # a link to it keeps what it has
            (root / path).write_bytes(content)


@dataclass(frozen=True)
class Picture:
    """What lay in a folder in the midst of a change of the disk.

    Attributes:
        tree: all of it.
        unsynced: the files with bytes that nobody had forced to the disk.
    """

    tree: Tree
    unsynced: set[str]

    @property
    def after_power_loss(self) -> Tree:
        """What a machine leaves that loses its power: names, but not the bytes that were on their way."""
        return {path: b"" if path in self.unsynced else each for path, each in self.tree.items()}


def pictures(
    root: Path, work: Callable[[], object], *, wanted: Callable[[int, str], bool]
) -> tuple[dict[int, Picture], list[str]]:
    """Do some work, and picture a folder in the midst of changes of the disk.

    Args:
        root: the folder.
        work: what is done.
        wanted: says of which changes, by number and kind, there is to be a picture.

    Returns:
        The pictures by number of the change, from 1 on; and the kinds of all changes.
    """
    lens, seen, kinds = Lens(root), dict[int, Picture](), list[str]()

    def step(kind: str) -> None:
        kinds.append(kind)
        if wanted(len(kinds), kind):
            seen[len(kinds)] = Picture(lens.take(), lens.files(unsynced))

    with stepping(step) as unsynced:
        work()
    return seen, kinds
