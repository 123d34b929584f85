"""Reading the published tables back, by the manifests, whichever schema version their files have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from storage.contract import TABLES
from storage.errors import NotFound, WarehouseFormat
from storage.manifest import Snapshot, snapshot
from storage.store import stored
from storage.versions import lacking_in, may_lack
from storage.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from storage.store import Source, Stored


def read(
    place: str | os.PathLike[str] | Warehouse | Snapshot,
    table: str,
    *,
    columns: Sequence[str] | None = None,
    where: ds.Expression | None = None,
) -> pa.Table:
    """Read a published table.

    Args:
        place: The warehouse's folder, or an open warehouse; or a snapshot, so that several tables are read as
            they stood at one moment.
        table: Its name, one of `storage.contract.TABLES`.
        columns: The columns wanted, in this order; all where it is left out.
        where: A filter, such as `pyarrow.dataset.field("outlet") == "example.com"`.

    Returns:
        The rows in order of their commits, in the published schema; without a row where nothing is committed
        yet.

    Raises:
        NotFound: There is no such warehouse, table or column.
        WarehouseFormat: A file that a manifest names is missing or damaged.
    """
    moment = _moment(place)
    schema = _schema(table, columns)
    rows = _read_located(moment, table, columns=schema.names, where=where)
    return rows.replace_schema_metadata(schema.metadata)


def files(place: str | os.PathLike[str] | Warehouse | Snapshot, table: str) -> list[str]:
    """List the files of a published table, the oldest first, for programs that open them by themselves.

    Args:
        place: The warehouse's folder, an open warehouse, or a snapshot.
        table: Its name.

    Returns:
        Their paths; URLs, where the store is not on this machine.

    Raises:
        NotFound: There is no such warehouse or table.
    """
    moment = _moment(place)
    _schema(table, None)
    return [str(file) for file in _located(moment, table)]


def _located(moment: Snapshot, table: str) -> list[Stored]:
    return [moment.warehouse.locate(entry.path) for entry in moment.entries(table)]


def _read_located(
    moment: Snapshot, table: str, *, columns: Sequence[str], where: ds.Expression | None
) -> pa.Table:
    """Read a table, once more where a commit put one of its files aside meanwhile."""
    while True:
        found = _located(moment, table)
        try:
            return read_files(found, TABLES[table], columns=columns, where=where)
        except WarehouseFormat:
            if _located(moment, table) == found:
                raise


def read_files(
    sources: Sequence[Source],
    schema: pa.Schema,
    *,
    columns: Sequence[str] | None = None,
    where: ds.Expression | None = None,
) -> pa.Table:
    """Read Parquet files of one table.

    Args:
        sources: The files, all of them published or all in the making; with none the table is empty.
        schema: The table's present schema; what a file of an earlier version lacks is filled in.
        columns: The columns wanted; all where it is left out.
        where: A filter.

    Returns:
        The rows, in order of the files.

    Raises:
        WarehouseFormat: A file is missing or damaged.
    """
    names = list(columns) if columns is not None else schema.names
    if not sources:
        return schema.empty_table().select(names)
    try:
        return _dataset([stored(source) for source in sources], schema).to_table(columns=names, filter=where)
    except (OSError, pa.ArrowInvalid) as error:
        raise WarehouseFormat(
            f"{sources[0].parent}: a file cannot be read ({error}); `copydesk check` says which"
        ) from error


def _dataset(files: Sequence[Stored], schema: pa.Schema) -> ds.Dataset:
    """Put files together; what one lacks is told as if its folder's name said it, so filters know it too."""
    keys, filesystem = [file.key for file in files], files[0].store.files
    if not may_lack(schema):
        return ds.dataset(keys, schema=schema, format="parquet", partitioning=None, filesystem=filesystem)
    return ds.FileSystemDataset.from_paths(
        keys,
        schema=schema,
        format=ds.ParquetFileFormat(),
        filesystem=filesystem,
        partitions=[_known_of(file) for file in files],
    )


def _known_of(file: Stored) -> ds.Expression:
    """Say what is known of all rows of a file without reading them."""
    known = ds.scalar(True)
    with file.store.open(file.key) as opened:
        lacking = lacking_in(pq.read_schema(opened))
    for name, value in lacking.items():
        known &= ds.field(name) == value
    return known


def read_groups(sources: Sequence[Source], columns: Sequence[str]) -> Iterator[pa.Table]:
    """Read Parquet files a row group at a time, so that not all rows are in memory at once.

    Args:
        sources: The files; what one of an earlier version lacks is filled in.
        columns: The columns wanted.

    Yields:
        The rows, in order of the files.

    Raises:
        WarehouseFormat: A file is missing or damaged.
    """
    for source in sources:
        file = stored(source)
        try:
            with file.store.open(file.key) as opened, pq.ParquetFile(opened) as parquet:
                lacking = lacking_in(parquet.schema_arrow)
                for group in range(parquet.num_row_groups):
                    yield _filled(parquet.read_row_group(group, columns=list(columns)), lacking, columns)
        except (OSError, pa.ArrowInvalid) as error:
            raise WarehouseFormat(
                f"{source}: cannot be read ({error}); `copydesk check` says what is wrong"
            ) from error


def _filled(rows: pa.Table, lacking: Mapping[str, pa.Scalar], columns: Sequence[str]) -> pa.Table:
    """Add the wanted columns that a file lacks."""
    for name in (name for name in columns if name in lacking):
        value = lacking[name]
        rows = rows.append_column(name, pa.array([value.as_py()] * rows.num_rows, value.type))
    return rows


def _moment(place: str | os.PathLike[str] | Warehouse | Snapshot) -> Snapshot:
    if isinstance(place, Snapshot):
        return place
    return snapshot(place if isinstance(place, Warehouse) else open_warehouse(place))


def _schema(table: str, columns: Sequence[str] | None) -> pa.Schema:
    if table not in TABLES:
        raise NotFound(f"there is no table {table!r}; the tables are {', '.join(TABLES)}")
    schema = TABLES[table]
    missing = [name for name in columns or () if name not in schema.names]
    if missing:
        raise NotFound(
            f"table {table} has no column {missing[0]!r}; its columns are {', '.join(schema.names)}"
        )
    names = schema.names if columns is None else columns
    return pa.schema([schema.field(name) for name in names], metadata=schema.metadata)
