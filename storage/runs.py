"""The files of a history run: immutable, sorted, searched by column.

A run is a folder with one Arrow IPC file for each kind of rows, in one or more record batches:

- `files`, `records`, `articles`   what was dealt with (`storage.known`), sorted by a key of 128 bits
- `kept`                           the kept articles (`storage.kept`); a row's number is its member
- `texts`, `titles`, `urls`, `bands`, `passages`, `paragraphs`   key → members (`storage.postings`)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.compute as pc

from dedup.identity import CONTENT_RECIPE
from storage.errors import WarehouseFormat, unwritable
from storage.store import stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from storage.store import Source

RUN_FORMAT = "3"
KNOWN_KINDS = ("files", "records", "articles")
POSTING_KINDS = ("texts", "titles", "urls", "bands", "passages", "paragraphs")
KINDS = (*KNOWN_KINDS, "kept", *POSTING_KINDS)
SUFFIX = ".arrow"

_METADATA = {"copydesk.run_format": RUN_FORMAT, "copydesk.content_recipe": CONTENT_RECIPE}


@dataclass(frozen=True)
class Facts:
    """What a run says of itself.

    Attributes:
        recipe: How its keys were made: comparison form, shingles, hashes, sketch.
        rows: Rows of a signature that make a band.
        since: Earliest date of publication of its articles, microseconds since 1970; null without a date.
        until: Latest date of publication.
        undated: Whether an article has no date.
        files: Files of the table `articles` in which its kept articles lie, below the warehouse.
    """

    recipe: str
    rows: int
    since: int | None
    until: int | None
    undated: bool
    files: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: pa.Table, *, recipe: str, rows: int, files: Sequence[str] = ()) -> Self:
        """Gather what a run says of itself.

        Args:
            kept: Its kept articles, with the column `published_at`.
            recipe: How its keys were made.
            rows: Rows of a band.
            files: Where they lie.
        """
        dates = kept.column("published_at").cast(pa.int64())
        ends = pc.min_max(dates).as_py()
        return cls(recipe, rows, ends["min"], ends["max"], dates.null_count > 0, tuple(files))

    def metadata(self) -> dict[str, str]:
        """Give the facts as they stand in the metadata of `kept`."""
        said = {**vars(self), "files": "\n".join(self.files)}
        return {f"copydesk.{name}": "" if value is None else str(value) for name, value in said.items()}

    @classmethod
    def read(cls, metadata: Mapping[bytes, bytes]) -> Self:
        """Read the facts out of the metadata of `kept`.

        Args:
            metadata: The metadata of its schema.

        Raises:
            KeyError: One is missing.
            ValueError: One is damaged.
        """
        recipe, rows, since, until, undated, files = (
            metadata[f"copydesk.{name}".encode()].decode() for name in cls.__dataclass_fields__
        )
        first, last = (int(value) if value else None for value in (since, until))
        return cls(recipe, int(rows), first, last, undated == str(True), tuple(files.splitlines()))


def write_run(folder: Path, rows: Mapping[str, pa.Table]) -> None:
    """Write kinds of a run, each in one record batch.

    Args:
        folder: Where to; files of other kinds may lie there already.
        rows: For each kind its table.

    Raises:
        WarehouseUnwritable: The disk refuses.
    """
    for kind, table in rows.items():
        write_rows(folder, kind, table.schema, [table.combine_chunks()])


def write_rows(folder: Path, kind: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write one kind of a run, as its rows come.

    Args:
        folder: Where to.
        kind: The kind.
        schema: Its schema; metadata is kept.
        tables: The rows, in order; each of one chunk becomes a record batch.

    Raises:
        WarehouseUnwritable: The disk refuses.
    """
    path = folder / f"{kind}{SUFFIX}"
    marked = schema.with_metadata({**(schema.metadata or {}), **_METADATA})
    try:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, marked) as writer:
            for table in tables:
                writer.write_table(table.replace_schema_metadata(marked.metadata))
    except OSError as error:
        raise unwritable(path, error) from error


def read_run(folder: Source) -> dict[str, pa.Table]:
    """Map a run into memory.

    Args:
        folder: The run's folder, in the making or published.

    Returns:
        For each kind its table.

    Raises:
        WarehouseFormat: A file is missing, damaged, or was written by a version this one does not know.
    """
    return {kind: read_rows(folder, kind) for kind in KINDS}


def read_rows(folder: Source, kind: str) -> pa.Table:
    """Map one kind of a run into memory.

    Args:
        folder: The run's folder.
        kind: The kind.

    Raises:
        WarehouseFormat: The file is missing, damaged, or was written by a version this one does not know.
    """
    return _map(folder / f"{kind}{SUFFIX}")


def read_facts(kept: pa.Table, *, folder: Source) -> Facts:
    """Read what a run says of itself.

    Args:
        kept: Its table `kept`.
        folder: The run's folder, for the message.

    Raises:
        WarehouseFormat: It does not say it.
    """
    try:
        return Facts.read(kept.schema.metadata or {})
    except (KeyError, ValueError):
        raise WarehouseFormat(
            f"{folder}: the run does not say how it was made; restore it from a backup"
        ) from None


def count_rows(source: Source) -> int:
    """Count the rows in one file of a run.

    Args:
        source: The file.

    Raises:
        WarehouseFormat: It is missing, damaged, or was written by a version this one does not know.
    """
    return int(_map(source).num_rows)


def _map(source: Source) -> pa.Table:
    file = stored(source)
    try:
        with file.store.map(file.key) as mapped:
            table = pa.ipc.open_file(mapped).read_all()
    except (OSError, pa.ArrowInvalid) as error:
        raise WarehouseFormat(f"{source}: cannot be read ({error}); restore it from a backup") from error
    found = table.schema.metadata or {}
    for key, value in _METADATA.items():
        if found.get(key.encode()) != value.encode():
            raise WarehouseFormat(
                f"{source}: {key} is not {value}; use the version of copydesk that wrote it"
            )
    return table
