"""A store of objects in memory: create-only puts, deletes, lists and ranged reads, and not one rename.

It stands for S3 and its like in the tests, which run on it as they run on a folder (`everywhere`).
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import fs

from storage.errors import WarehouseFormat
from storage.warehouse import HIDDEN, Warehouse, create_warehouse

everywhere = pytest.mark.parametrize("empty", ["folder", "objects"], indirect=True)
"""Runs a test that builds on the fixture `empty` with each of the stores."""


class Cut(BaseException):
    """The process has come to its end, in the middle of something."""


@dataclass
class Bucket:
    """All that a store of objects can do; `left` is how many changes it makes before the process ends."""

    objects: dict[str, bytes] = field(default_factory=dict)
    left: int = 1 << 30
    changes: list[str] = field(default_factory=list)

    def put_if_absent(self, key: str, content: bytes) -> None:
        if key in self.objects:
            raise FileExistsError(17, os.strerror(17), key)
        self._change(f"put {key}")
        self.objects[key] = content

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise FileNotFoundError(2, os.strerror(2), key)
        return self.objects[key]

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self.get(key)[start : start + length]

    def head(self, key: str) -> int:
        return len(self.get(key))

    def list(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self._change(f"delete {key}")
        self.objects.pop(key, None)

    def _change(self, what: str) -> None:
        if not self.left:
            raise Cut(what)
        self.left -= 1
        self.changes.append(what)


@dataclass(frozen=True)
class ObjectStore:
    """Published files as objects."""

    bucket: Bucket

    def __str__(self) -> str:
        return "objects://house"

    @property
    def files(self) -> fs.FileSystem:
        return fs.PyFileSystem(_Files(self.bucket))

    def read(self, key: str) -> bytes:
        return self.bucket.get(key)

    def open(self, key: str) -> pa.NativeFile:
        return pa.PythonFile(_Ranged(self.bucket, key), mode="r")

    def map(self, key: str) -> pa.NativeFile:
        return pa.BufferReader(self.bucket.get(key))

    def size(self, key: str) -> int:
        return self.bucket.head(key)

    def keys(self, folder: str) -> list[str]:
        return self.bucket.list(f"{folder}/")

    def folders(self, folder: str) -> list[str]:
        below = (key.removeprefix(f"{folder}/") for key in self.keys(folder))
        return sorted({rest.partition("/")[0] for rest in below if "/" in rest})

    def place(self, source: Path, folder: str) -> None:
        paths = sorted(path for path in source.rglob("*") if path.is_file())
        if not paths and not self.keys(folder):
            raise WarehouseFormat(f"{source}: a sealed batch has lost this folder")
        for path in paths:
            self._put(f"{folder}/{path.relative_to(source).as_posix()}", path.read_bytes())

    def create(self, source: Path, key: str) -> None:
        self.bucket.put_if_absent(key, source.read_bytes())

    def set_aside(self, folder: str, aside: str) -> None:
        for key in self.keys(folder):
            self._put(aside + key.removeprefix(folder), self.bucket.get(key))
            self.bucket.delete(key)

    def delete(self, *names: str) -> None:
        for name in names:
            for key in [*({name} & self.bucket.objects.keys()), *self.keys(name)]:
                self.bucket.delete(key)

    def _put(self, key: str, content: bytes) -> None:
        """Put an object that may have been put before an interruption."""
        try:
            self.bucket.put_if_absent(key, content)
        except FileExistsError:
            if self.bucket.get(key) != content:
                raise


class _Ranged(io.RawIOBase):
    """An object read piece by piece."""

    def __init__(self, bucket: Bucket, key: str) -> None:
        self._bucket, self._key, self._at, self._size = bucket, key, 0, bucket.head(key)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        piece = self._bucket.get_range(self._key, self._at, len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


class _Files(fs.FileSystemHandler):
    """Objects as Arrow's data sets read them."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Files) and self._bucket is other._bucket

    __hash__ = None

    def get_type_name(self) -> str:
        return "objects"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: list[str]) -> list[fs.FileInfo]:
        return [
            fs.FileInfo(path, fs.FileType.File, size=self._bucket.head(path))
            if path in self._bucket.objects
            else fs.FileInfo(path, fs.FileType.NotFound)
            for path in paths
        ]

    def get_file_info_selector(self, selector: fs.FileSelector) -> list[fs.FileInfo]:
        return self.get_file_info(self._bucket.list(f"{selector.base_dir}/"))

    def open_input_file(self, path: str) -> pa.NativeFile:
        return pa.PythonFile(_Ranged(self._bucket, path), mode="r")

    open_input_stream = open_input_file

    def _refuse(self, *args: object) -> None:
        raise PermissionError("what is published is not changed through Arrow")

    create_dir = delete_dir = delete_dir_contents = delete_root_dir_contents = delete_file = _refuse
    move = copy_file = open_output_stream = open_append_stream = _refuse


def object_warehouse(root: Path, bucket: Bucket) -> Warehouse:
    """A warehouse whose published files are objects; only what is in the making lies in a folder."""
    (root / HIDDEN).mkdir(parents=True, exist_ok=True)
    return Warehouse(root, ObjectStore(bucket))


def make_warehouse(root: Path, store: str) -> Warehouse:
    """An empty warehouse in a folder, or as objects."""
    return create_warehouse(root) if store == "folder" else object_warehouse(root, Bucket())
