"""Parquet files: a record a row; read row group by row group, and only the columns that are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.formats.parquet_values import values
from ingest.formats.record import (
    Fault,
    Raw,
    encoded,
    make_broken,
    make_fault,
    make_raw,
    make_refused,
)
from ingest.streams import BLOCK_BYTES, broken_stream

_BUFFER_BYTES = 1 << 20  # of a column, read at once
_BATCH_BYTES, _BATCH_ROWS = 4 << 20, 256  # larger batches are no faster
_ERRORS = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError)  # what damaged files raise


def read_parquet(stream: IO[bytes], limit: int, asked: frozenset[str]) -> Iterator[Raw | Fault]:
    """Read a Parquet file.

    Args:
        stream: the file, seekable.
        limit: bytes a record may have, as JSON.
        asked: names of columns to decode; of others only the names are told, with no value.

    Yields:
        One record a row. A row group that is damaged gives the rows before the damage and one Fault. One
        Fault for a file without any row, or one that is no Parquet.

    Raises:
        OSError: the disk fails.
    """
    try:
        file = pq.ParquetFile(  # without pre_buffer=False all of a row group is held
            stream, buffer_size=_BUFFER_BYTES, pre_buffer=False, page_checksum_verification=True
        )
        names = file.schema_arrow.names
    except _ERRORS as error:
        _raise_disk(error)
        stream.seek(0)
        blocks = iter(lambda: stream.read(BLOCK_BYTES), b"")
        yield make_refused(
            blocks, "malformed", f"the file is no Parquet, or its end is missing: {_said(error)}"
        )
        return
    first = 1
    for group in range(file.num_row_groups):
        yield from _group(file, group, first=first, limit=limit, asked=asked.intersection(names))
        first += file.metadata.row_group(group).num_rows
    if first == 1:
        yield make_fault("", b"", "empty", "the file holds no record")


def _group(
    file: pq.ParquetFile, group: int, *, first: int, limit: int, asked: frozenset[str]
) -> Iterator[Raw | Fault]:
    told = file.metadata.row_group(group)
    number = first
    all_names = dict.fromkeys(file.schema_arrow.names)
    try:
        for batch in file.iter_batches(
            _rows_at_once(told), row_groups=[group], columns=sorted(asked), use_threads=False
        ):
            columns = [values(column) for column in batch.columns] or [[None] * batch.num_rows]
            for row in zip(*columns, strict=True):
                fields = dict(zip(batch.schema.names, row, strict=False))
                yield _record(f"#{number}", fields, limit, all_names)
                number += 1
    except _ERRORS as error:
        _raise_disk(error)
        last = first + told.num_rows - 1
        detail = f"rows {number:,} to {last:,} cannot be read: {_said(error)}"
        mark = (file.metadata.serialized_size, group, told.num_rows, told.total_byte_size)
        yield make_broken(f"#{number}", broken_stream(detail, repr(mark).encode()))


def _record(part: str, fields: dict[str, object], limit: int, all_names: dict[str, None]) -> Raw | Fault:
    raw = encoded(fields)
    if len(raw) <= limit:
        return make_raw(part, raw, all_names | fields)
    detail = f"the record has {len(raw):,} bytes, the limit is {limit:,}"
    return make_fault(part, raw, "too_large", detail)._replace(size=0)


def _rows_at_once(told: pq.RowGroupMetaData) -> int:
    """Return how many rows of a group may be decoded together."""
    row_bytes = int(told.total_byte_size) // max(1, int(told.num_rows))
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(1, row_bytes)))


def _said(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _raise_disk(error: Exception) -> None:
    """Let an error of the disk pass: Arrow's own have no number."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error
