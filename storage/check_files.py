"""Are the files those that the manifests name: all there, unchanged, and no others?"""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from storage.contract import TABLES
from storage.errors import WarehouseFormat
from storage.findings import Finding
from storage.intact import changed
from storage.runs import count_rows
from storage.store import Stored
from storage.versions import problem_with, schema_of, version_of
from storage.warehouse import INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.manifest import FileEntry, Manifest, Snapshot
    from storage.warehouse import Warehouse


def published_paths(warehouse: Warehouse) -> list[str]:
    """List every file in the folders of the tables and of the history runs.

    Args:
        warehouse: The warehouse.

    Returns:
        Paths below the warehouse's folder, sorted.
    """
    found: list[str] = []
    for folder in (*TABLES, INDEX):
        with suppress(OSError):  # what is missing there, the comparison with the manifests tells
            found += warehouse.store.keys(folder)
    return sorted(found)


def strays(
    paths: Sequence[str], *, manifests: Sequence[Manifest], pending: Sequence[Manifest]
) -> list[Finding]:
    """Find the files that no manifest names.

    Args:
        paths: What `published_paths` gave.
        manifests: All commits.
        pending: Commits that go on, or were interrupted and will be finished.
    """
    named = {
        entry.path
        for manifest in (*manifests, *pending)
        for entry in (*_of_tables(manifest), *manifest.index)
    }
    return [
        Finding("files", path, "no manifest names this file; take it out of the warehouse")
        for path in paths
        if path not in named
    ]


def check_files(moment: Snapshot) -> list[Finding]:
    """Compare the files of a warehouse with what the manifests say of them.

    Args:
        moment: The warehouse at one moment.

    Returns:
        One finding a file that is missing or changed, or that has another schema or other rows than it
        should.
    """
    found = [
        Finding("files", f"{table}/batch={manifest.batch_id}", "the manifest names no file")
        for manifest in moment.batches
        for table in TABLES
        if not manifest.tables.get(table)
    ]
    for table in TABLES:
        for entry in moment.entries(table):
            found += _check_table_file(moment.warehouse, entry, table)
    for manifest in moment.manifests:
        if manifest.run in moment.runs:
            found += [
                finding for entry in manifest.index for finding in _check_run_file(moment.warehouse, entry)
            ]
    return found


def _of_tables(manifest: Manifest) -> Iterator[FileEntry]:
    for entries in manifest.tables.values():
        yield from entries


def _check_table_file(warehouse: Warehouse, entry: FileEntry, table: str) -> Iterator[Finding]:
    file = warehouse.locate(entry.path)
    problem = changed(file, entry)
    if problem is not None:
        problem = f"{problem}; {_mend(warehouse, entry)}"
    else:
        problem = _check_parquet(file, entry.rows, table)
    if problem is not None:
        yield Finding("files", entry.path, problem)


def _mend(warehouse: Warehouse, entry: FileEntry) -> str:
    """Say what to do about a damaged file of a table."""
    if entry.batches:
        first, last = entry.batches[0], entry.batches[-1]
        return (
            f"it holds rows of {len(entry.batches)} batches, {first} to {last}: restore it from a backup, or "
            "run their inputs into a new warehouse"
        )
    batch_id = entry.folder.rpartition("batch=")[2]
    return (
        f"restore it from a backup, or do the batch again: "
        f"copydesk run --batch {batch_id} --replace --to {shlex.quote(str(warehouse.root))}"
    )


def _check_run_file(warehouse: Warehouse, entry: FileEntry) -> Iterator[Finding]:
    file = Stored(warehouse.store, entry.path)
    problem = changed(file, entry)
    if problem is None:
        try:
            rows = count_rows(file)
            problem = None if rows == entry.rows else f"has {rows} rows, its manifest says {entry.rows}"
        except WarehouseFormat as error:
            problem = str(error)
    else:
        problem += (
            "; restore it from a backup, or make the history anew: "
            f"copydesk rebuild {shlex.quote(str(warehouse.root))}"
        )
    if problem is not None:
        yield Finding("files", entry.path, problem)


def _check_parquet(file: Stored, rows: int, table: str) -> str | None:
    try:
        with file.store.open(file.key) as opened, pq.ParquetFile(opened) as parquet:
            stored, schema = parquet.metadata.num_rows, parquet.schema_arrow
    except (OSError, pa.ArrowInvalid) as error:
        return f"is no Parquet file ({error})"
    if stored != rows:
        return f"has {stored} rows, its manifest says {rows}"
    version = version_of(schema)
    if problem := problem_with(version):
        return problem
    if not schema.equals(schema_of(table, version)):
        return f"its columns are not those of {table} in schema version {version}; see docs/tables.md"
    return None
