"""The history run of a batch before its commit: completed from the batch's own tables."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pyarrow.dataset as ds

from dedup.withdrawal import LAYER, put_back
from storage.contract import TABLES
from storage.durable import checksum
from storage.findings import CUT
from storage.kept import PUBLISHED, kept_rows, places
from storage.known import KNOWN_COLUMNS, known_rows
from storage.manifest import FileEntry
from storage.postings import KEYS, STORED, fingerprint_stored, write_postings
from storage.reading import read_files, read_groups
from storage.runs import SUFFIX, count_rows, read_facts, read_rows, write_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa


def index_batch(folder: Path, tables: Path, written: Mapping[str, Sequence[FileEntry]]) -> None:
    """Complete the run of a batch from its tables, so that it can never say anything else than they do.

    Args:
        folder: The run's folder; without what `storage.postings.write_postings` leaves there, the articles
            are fingerprinted as they are stored.
        tables: The folder in which the batch's tables lie as they will lie in the warehouse.
        written: Table → its files.

    Raises:
        SchemaMismatch: An article has no original, an id is no hash, or fingerprints are those of other
            articles.
        WarehouseUnwritable: The disk refuses.
    """

    wanted = {**KNOWN_COLUMNS, "articles": tuple({*KNOWN_COLUMNS["articles"], *PUBLISHED})}

    @cache  # each table once, with all that is asked of it here: opening a file costs more than a column
    def whole(table: str) -> pa.Table:
        paths = [tables / entry.path for entry in written[table]]
        return read_files(paths, TABLES[table], columns=wanted[table])

    def read(table: str, columns: Sequence[str]) -> pa.Table:
        return whole(table).select(columns)

    files = written["articles"]
    draft = folder / f"{KEYS}{SUFFIX}"
    if not draft.exists():
        stored = read_groups([tables / entry.path for entry in files], STORED)
        paths = [tables / entry.path for entry in written["removals"]]
        cuts = read_files(paths, TABLES["removals"], columns=CUT, where=ds.field("layer") == LAYER)
        write_postings(folder, *fingerprint_stored(put_back(some, cuts) for some in stored))
    keys = read_rows(folder, KEYS)
    facts = replace(read_facts(keys, folder=folder), files=tuple(entry.path for entry in files))
    file, row = places([entry.rows for entry in files])
    kept = kept_rows(read("articles", PUBLISHED), keys, file=file, row=row)
    write_run(folder, {**known_rows(read), "kept": kept.replace_schema_metadata(facts.metadata())})
    draft.unlink()


def run_entries(folder: Path) -> list[FileEntry]:
    """List the files of a run.

    Args:
        folder: Its folder.

    Returns:
        One entry a file, its path relative to the folder.
    """
    return [
        FileEntry(path.name, count_rows(path), path.stat().st_size, checksum(path))
        for path in sorted(folder.iterdir())
    ]
