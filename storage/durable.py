"""Files that survive a loss of power: write, sync, rename; and what proves them unchanged."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import BinaryIO

import xxhash

_BLOCK = 1 << 20  # bytes read at a time


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's list of names, lie on the disk.

    Args:
        path: A file or a folder.

    Raises:
        OSError: The disk refuses.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Wait until everything in a folder lies on the disk: files first, then the folders, the deepest first.

    Args:
        folder: The top of the tree.
    """
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync(Path(parent, name))
        sync(Path(parent))


def sync_up(folder: Path, top: Path) -> None:
    """Wait until a folder and those above it, up to `top`, lie on the disk.

    Args:
        folder: The lowest.
        top: The highest, itself included.
    """
    for each in (folder, *folder.parents):
        sync(each)
        if each == top:
            return


def write_file(path: Path, content: bytes) -> None:
    """Write a small file so that it is there whole or not at all.

    Args:
        path: Where to; a file that is there already is replaced.
        content: The bytes.
    """
    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    sync(path.parent)


def move_folder(source: Path, target: Path) -> None:
    """Move a folder by one rename and make the move durable.

    Args:
        source: The folder; on the same file system as `target`.
        target: Where to; its parent folder is made where it is missing.
    """
    target.parent.mkdir(exist_ok=True)
    source.rename(target)
    sync(source.parent)
    sync(target.parent)


def remove(path: Path) -> None:
    """Delete a file, or a folder with all that is in it; nothing is done where there is none.

    Args:
        path: The file or folder; of a link only the link goes.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def checksum(path: Path) -> str:
    """Hash the bytes of a file.

    Args:
        path: The file.

    Returns:
        xxh3_128 as 32 hex digits.
    """
    with path.open("rb") as file:
        return hash_bytes(file)


def hash_bytes(file: BinaryIO) -> str:
    """Hash what is left to read in an open file.

    Args:
        file: The file.

    Returns:
        xxh3_128 as 32 hex digits.
    """
    digest = xxhash.xxh3_128()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()
