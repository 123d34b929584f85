"""Bringing the tables of earlier schema versions to the present one, in one commit: rows stay, columns come.

Only tables that lack a column are written anew; the files of the others are of both versions as they are.
"""

from __future__ import annotations

import logging
from itertools import groupby
from typing import TYPE_CHECKING

from storage.compact import Folders, replace_folders
from storage.contract import SCHEMA_VERSION, TABLES
from storage.errors import unwritable
from storage.versions import lacking

if TYPE_CHECKING:
    from datetime import datetime

    from storage.manifest import FileEntry, Manifest, Snapshot

_log = logging.getLogger(__name__)


def upgrade(moment: Snapshot, *, commit_id: str, now: datetime) -> Manifest | None:
    """Write the files that lack columns of the present schema version anew, neighbours into one.

    Args:
        moment: The warehouse as it is, locked.
        commit_id: Id of the commit; `storage.manifest.next_batch_id` makes one.
        now: The time, with its zone.

    Returns:
        What was published; None where no file lacks a column.

    Raises:
        WarehouseFormat: A file is missing or damaged.
        WarehouseUnwritable: The disk refuses; the warehouse is as it was.
    """
    earlier = {each.schema_version for each in moment.manifests} - {SCHEMA_VERSION}
    if not earlier:
        return None
    groups = {table: _groups(moment, table) for table in TABLES}
    if not any(groups.values()):
        return None
    try:
        done = replace_folders(moment, groups, kind="upgrade", commit_id=commit_id, now=now)
    except OSError as error:
        raise unwritable(moment.warehouse.root, error) from error
    names = ", ".join(table for table in groups if groups[table])
    _log.info("%s: from schema version %s to %s", names, ", ".join(sorted(earlier)), SCHEMA_VERSION)
    return done


def _groups(moment: Snapshot, table: str) -> list[Folders]:
    """Gather the folders with files that lack a column, as far as they are neighbours."""
    versions = {
        entry.path: each.schema_version for each in moment.manifests for entry in each.tables.get(table, ())
    }

    def lacks(folder: tuple[str, tuple[FileEntry, ...]]) -> bool:
        return any(lacking(table, versions[entry.path]) for entry in folder[1])

    return [dict(some) for late, some in groupby(moment.folders(table).items(), key=lacks) if late]
