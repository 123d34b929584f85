"""Files in the making: Arrow IPC for tables, JSON for lists and counts, all in the run's folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from storage.errors import unwritable


def write_table(path: Path, table: pa.Table) -> str:
    """Write a table and return its path.

    Raises:
        storage.errors.WarehouseUnwritable: the disk refuses.
    """
    return write_tables(path, table.schema, [table])


def write_tables(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> str:
    """Write tables of one schema into one file, as they come, and return its path.

    Raises:
        storage.errors.WarehouseUnwritable: the disk refuses.
    """
    try:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for table in tables:
                writer.write_table(table)
    except OSError as error:
        raise unwritable(path, error) from error
    return str(path)


def read_table(path: Path) -> pa.Table:
    """Map a table into memory."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def write_json(path: Path, value: object) -> str:
    """Write a value of lists, dictionaries, strings and numbers, whole or not at all, and return its path.

    Raises:
        storage.errors.WarehouseUnwritable: the disk refuses.
    """
    return write_text(path, json.dumps(value))


def write_text(path: Path, text: str) -> str:
    """Write a text, whole or not at all, and return its path.

    Raises:
        storage.errors.WarehouseUnwritable: the disk refuses.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.rename(path)
    except OSError as error:
        raise unwritable(path, error) from error
    return str(path)


def read_json(path: str | Path) -> Any:
    """Read such a value back."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
