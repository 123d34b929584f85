"""Writing a published table: checked against the contract, streamed into Parquet files of good sizes."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from storage.contract import ORDER, SCHEMA_VERSION, TABLES
from storage.durable import checksum
from storage.errors import SchemaMismatch, unwritable
from storage.manifest import FileEntry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

_log = logging.getLogger(__name__)

ZSTD_LEVEL = 3  # .35 of the size at 130 MB/s; level 1 gives .49 at 240: docs/decisions/0001-commit.md
GROUP_ROWS = 1_000  # a row group has at least as many, where there are as many
GROUP_BYTES = 4 << 20  # of Arrow memory; readers skip by row group, and 12 MB would save 1 % of space
PART_BYTES = 256 << 20  # a part file is closed behind this size, so that no reader has to take a huge one

_REPEATING = frozenset(
    {
        *("batch_id", "source", "outlet", "language", "authors", "marks", "metadata", "pipeline"),
        *("match", "layer", "kind", "rule_id", "relation", "reason", "evidence"),
        *("settings", "versions", "words_removed"),
    }
)
"""Columns whose values recur, where a dictionary pays; on text it would only cost."""

_UNBOUNDED = frozenset(
    {"text", "extracted", "detail", "sample", "evidence", "settings", "inputs", "metadata", "paragraph_spans"}
)
"""Columns on which nobody filters by range: their statistics would carry pieces of text into every footer."""

_NAMED = ("article_id", "of_article_id", "canonical_url")
"""Columns by which people look for one row; a Bloom filter says in which groups it cannot be."""

FALSE_HITS = 0.01  # share of groups that a Bloom filter lets a reader look into for nothing: 10 bits a row


@dataclass(frozen=True)
class _Part:
    path: Path
    sink: pa.NativeFile
    parquet: pq.ParquetWriter


class TableWriter:
    """Writes the rows of one published table of one batch, as they come, into `part-NNNNN.parquet`.

    A class because it holds an open file between calls; `write_table` serves whoever has all rows at hand.
    """

    def __init__(self, folder: Path, table: str, *, batch_id: str | None, name: str = "part") -> None:
        """Prepare to write; nothing is written yet.

        Args:
            folder: Where the files go.
            table: Name of the published table.
            batch_id: The batch that all rows belong to; None for rows of several.
            name: How the names of the files begin.
        """
        self._name = name
        self._folder = folder
        self._table = table
        self._batch_id = batch_id
        self._schema = _file_schema(table, batch_id)
        self._gathered: list[pa.Table] = []
        self._rows = self._bytes = 0
        self._part: _Part | None = None
        self._entries: list[FileEntry] = []

    def __enter__(self) -> Self:
        """Give the writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Seal the files; where the block failed, let go of the unfinished one, which recovery deletes."""
        if kind is None:
            self.close()
        elif self._part is not None:
            _abandon(self._part)

    def write(self, rows: pa.Table) -> None:
        """Add rows.

        Args:
            rows: A table with exactly the published columns, in any order.

        Raises:
            SchemaMismatch: A column is missing, surplus, of another type, or null where it must not be.
            WarehouseUnwritable: The disk refuses.
        """
        checked = conform(rows, self._table, batch_id=self._batch_id)
        checked = checked.replace_schema_metadata(self._schema.metadata)
        self._gather([*self._gathered, checked], self._bytes + checked.nbytes)
        size = max(GROUP_ROWS, self._rows * GROUP_BYTES // max(self._bytes, 1))
        if self._rows >= size + GROUP_ROWS:
            self._flush(size, keep=GROUP_ROWS)

    def close(self) -> list[FileEntry]:
        """Write what is left and seal the files.

        Returns:
            One entry a file, its path relative to the folder; at least one file, if need be with no rows. The
            same again where it is called again.

        Raises:
            WarehouseUnwritable: The disk refuses.
        """
        if self._rows or not self._entries:
            self._flush(max(self._rows, 1), keep=0)
        self._seal()
        return list(self._entries)

    def _gather(self, tables: list[pa.Table], size: int) -> None:
        self._gathered = tables
        self._rows = sum(table.num_rows for table in tables)
        self._bytes = size

    def _flush(self, size: int, *, keep: int) -> None:
        """Write groups of `size` rows while `keep` rows stay behind: those make a whole group later."""
        waiting = pa.concat_tables([self._schema.empty_table(), *self._gathered])
        try:
            self._part = self._part or self._open(size)
            while waiting.num_rows and waiting.num_rows >= size + keep:
                self._part = self._part or self._open(size)
                self._part.parquet.write_table(waiting.slice(0, size), row_group_size=size)
                waiting = waiting.slice(size)
                if self._part.sink.tell() >= PART_BYTES:
                    self._seal()
        except OSError as error:
            raise unwritable(self._folder, error) from error
        self._gather([waiting], waiting.nbytes)

    def _open(self, size: int) -> _Part:
        """Begin a part whose groups have some `size` rows."""
        path = self._folder / f"{self._name}-{len(self._entries):05d}.parquet"
        sorted_by = ORDER.get(self._table, ())[:1]  # there the statistics say it, and say it better
        named = [name for name in _NAMED if name in self._schema.names and name not in sorted_by]
        bloom = {name: {"ndv": size, "fpp": FALSE_HITS} for name in named}
        return _open_part(path, self._schema, bloom=bloom)

    def _seal(self) -> None:
        if self._part is None:
            return
        part, self._part = self._part, None
        try:
            part.parquet.close()
            part.sink.close()
        except OSError as error:
            _abandon(part)
            raise unwritable(part.path, error) from error
        self._entries = [*self._entries, _entry(part.path)]


def write_table(
    folder: Path, table: str, rows: Iterable[pa.Table], *, batch_id: str, name: str = "part"
) -> list[FileEntry]:
    """Write one published table of one batch.

    Args:
        folder: Where the files go.
        table: Name of the published table.
        rows: Tables with exactly the published columns; taken one at a time.
        batch_id: The batch that all rows belong to.
        name: How the names of the files begin.

    Returns:
        One entry a file, its path relative to the folder.

    Raises:
        SchemaMismatch: A table is not the published one.
        WarehouseUnwritable: The disk refuses.
    """
    with TableWriter(folder, table, batch_id=batch_id, name=name) as writer:
        for some in rows:
            writer.write(some)
        return writer.close()


def conform(rows: pa.Table, table: str, *, batch_id: str | None = None) -> pa.Table:
    """Bring a table into the published schema, or refuse it.

    Args:
        rows: The table; its columns may stand in any order.
        table: Name of the published table.
        batch_id: The batch that all rows must belong to; not looked at where it is left out.

    Returns:
        The same rows in the published schema; nothing is dropped, filled or rounded.

    Raises:
        SchemaMismatch: A column is missing, surplus, of another type, or null where it must not be.
    """
    schema = TABLES[table]
    missing = sorted(set(schema.names) - set(rows.schema.names))
    surplus = sorted(set(rows.schema.names) - set(schema.names))
    if missing or surplus or len(rows.schema.names) != len(schema.names):
        raise SchemaMismatch(
            f"table {table}: missing columns {missing}, surplus columns {surplus}; see docs/tables.md"
        )
    for name in schema.names:
        _refuse_nulls(rows.column(name), schema.field(name), f"table {table}, column {name}")
    try:
        ordered = rows.select(schema.names)
        cast = ordered if ordered.schema.equals(schema, check_metadata=True) else ordered.cast(schema)
    # A value that does not fit is an ArrowInvalid, which is a ValueError; a type that does not, the other.
    except (ValueError, pa.ArrowNotImplementedError) as error:
        raise SchemaMismatch(f"table {table}: {error}; see docs/tables.md") from error
    if batch_id is not None and not pc.all(pc.equal(cast.column("batch_id"), batch_id), min_count=0).as_py():
        raise SchemaMismatch(f"table {table}: a row does not belong to batch {batch_id}")
    return cast


def _refuse_nulls(values: pa.ChunkedArray, field: pa.Field, where: str) -> None:
    if values.null_count and not field.nullable:
        raise SchemaMismatch(f"{where}: {values.null_count} of {len(values)} values are null, none may be")
    if pa.types.is_list(field.type) and pa.types.is_list(values.type):
        _refuse_nulls(pc.list_flatten(values), field.type.value_field, f"{where}, elements")
    elif pa.types.is_struct(field.type) and pa.types.is_struct(values.type):
        for child in field.type.fields:
            if values.type.get_field_index(child.name) >= 0:
                _refuse_nulls(pc.struct_field(values, child.name), child, f"{where}, {child.name}")


def _file_schema(table: str, batch_id: str | None) -> pa.Schema:
    schema = TABLES[table]
    columns = {field.name: field.metadata[b"description"].decode() for field in schema}
    return schema.with_metadata(
        {
            **schema.metadata,
            "copydesk.table": table,
            **({} if batch_id is None else {"copydesk.batch_id": batch_id}),
            "copydesk.schema_version": SCHEMA_VERSION,
            # Once more in plain JSON: only Arrow's own readers see what stands at the fields.
            "copydesk.columns": json.dumps(columns),
        }
    )


def _open_part(path: Path, schema: pa.Schema, *, bloom: dict[str, dict[str, float]]) -> _Part:
    sink = pa.OSFile(str(path), "wb")
    leaves = [leaf.path for leaf in _leaves(schema)]
    parquet = pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=[leaf for leaf in leaves if leaf.split(".")[0] in _REPEATING],
        write_statistics=[leaf for leaf in leaves if leaf.split(".")[0] not in _UNBOUNDED],
        write_page_index=True,
        bloom_filter_options=bloom,
    )
    return _Part(path, sink, parquet)


def _leaves(schema: pa.Schema) -> list[pq.ColumnSchema]:
    with pa.BufferOutputStream() as sink:
        pq.ParquetWriter(sink, schema).close()
        stored = pq.read_metadata(pa.BufferReader(sink.getvalue())).schema
    return [stored.column(number) for number in range(len(stored.names))]


def _entry(path: Path) -> FileEntry:
    rows = pq.read_metadata(path).num_rows
    entry = FileEntry(path.name, rows, path.stat().st_size, checksum(path))
    _log.info("wrote %s: %d rows, %d bytes", path, entry.rows, entry.bytes)
    return entry


def _abandon(part: _Part) -> None:
    # The footer of an unfinished file may fail once more, for the same reason; the first failure is the one
    # to tell.
    with suppress(OSError):
        part.parquet.close()
    with suppress(OSError):
        part.sink.close()
