"""Compaction: larger files in the place of small ones, one history run in the place of many. No row changes.

Small files of neighbouring batches become one; it lies in the folder of the latest of them, and each row says
in `batch_id` to which it belongs. What a compaction took the place of is set aside for readers who have begun
with it, and deleted by a later compaction.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from storage.commit import run_files, seal_staged
from storage.contract import SCHEMA_VERSION, TABLES
from storage.errors import unwritable
from storage.manifest import Manifest, published, snapshot
from storage.moves import Moved
from storage.names import run_name
from storage.publish import Staging, publish
from storage.reading import read_groups
from storage.tiers import alike, merge_runs
from storage.warehouse import INDEX, SUPERSEDED
from storage.write import PART_BYTES, TableWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.manifest import FileEntry, Snapshot
    from storage.warehouse import Warehouse

_log = logging.getLogger(__name__)

GRACE = timedelta(hours=1)
"""How long what was superseded stays, for readers who have begun with it."""

Folders = dict[str, tuple["FileEntry", ...]]
"""Folders of one table and their files, in order of the batches."""


@dataclass(frozen=True)
class Compacted:
    """What a compaction did.

    Attributes:
        files_before: Files of all tables.
        files_after: As many now.
        runs_before: Runs of the history.
        runs_after: As many now.
        dropped: Superseded folders, of tables and of runs, that were deleted.
    """

    files_before: int
    files_after: int
    runs_before: int
    runs_after: int
    dropped: int


def compact(warehouse: Warehouse, *, commit_id: str, now: datetime, grace: timedelta = GRACE) -> Compacted:
    """Put larger files in the place of small ones, in one commit, and delete what was superseded long ago.

    Args:
        warehouse: The warehouse, locked.
        commit_id: Id of the commit; `storage.manifest.next_batch_id` makes one.
        now: The time, with its zone.
        grace: How long what is superseded stays.

    Returns:
        What was done; where all is in good order, no commit is made.

    Raises:
        WarehouseFormat: A file is missing or damaged.
        WarehouseUnwritable: The disk refuses; the warehouse is as it was.
    """
    before = snapshot(warehouse)
    try:
        groups = {table: _groups(before.folders(table)) for table in TABLES}
        if not _alike(before):
            _log.warning("the history has runs of different settings: articles and history stay as they are")
            groups["articles"] = []
        if any(groups.values()) or (len(before.runs) > 1 and _alike(before)):
            replace_folders(before, groups, kind="compact", commit_id=commit_id, now=now)
        after = snapshot(warehouse)
        dropped = _drop(after, now=now, grace=grace)
    except OSError as error:
        raise unwritable(warehouse.root, error) from error
    return Compacted(_files(before), _files(after), len(before.runs), len(after.runs), dropped)


def _files(moment: Snapshot) -> int:
    return sum(len(moment.entries(table)) for table in TABLES)


def _groups(folders: Mapping[str, tuple[FileEntry, ...]]) -> list[Folders]:
    """Gather neighbouring folders that have more files together than they need."""
    groups: list[Folders] = [{}]
    for folder, entries in folders.items():
        if all(entry.bytes >= PART_BYTES for entry in entries):
            groups.append({})
        else:
            groups[-1][folder] = entries
    return [group for group in groups if sum(map(len, group.values())) > _needed(group)]


def _needed(group: Folders) -> int:
    """Say how many files the rows of some folders fill."""
    size = sum(entry.bytes for entries in group.values() for entry in entries)
    return max(1, -(-size // PART_BYTES))


def _alike(moment: Snapshot) -> bool:
    return alike([moment.warehouse.index / name for name in moment.runs])


def replace_folders(
    moment: Snapshot,
    groups: Mapping[str, Sequence[Folders]],
    *,
    kind: str,
    commit_id: str,
    now: datetime,
) -> Manifest:
    """Put new files in the place of folders, in one commit; no row changes, nor the order of rows.

    Args:
        moment: The warehouse as it is, locked.
        groups: Table → groups of neighbouring folders; each new file of a group goes into the folder of the
            last batch whose rows it holds.
        kind: What the manifest calls such a commit; `compact` makes one run of the history, too.
        commit_id: Id of the commit.
        now: The time, with its zone.

    Returns:
        What was published.

    Raises:
        WarehouseFormat: A file is missing or damaged.
        WarehouseUnwritable: The disk refuses; the warehouse is as it was.
        OSError: The same.
    """
    staging = Staging(moment.warehouse, commit_id)
    staging.index.mkdir(parents=True)
    version = len(moment.manifests) + 1
    tables = {table: _joined(staging, table, some, version=version) for table, some in groups.items()}
    last = moment.manifests[-1]
    manifest = Manifest(
        version=version,
        kind=kind,
        batch_id=commit_id,
        run=run_name(version),
        committed_at=now.isoformat(),
        tables=tables,
        replaced=tuple(folder for some in groups.values() for group in some for folder in group),
        index=(),
        tier=last.tier,
        runs=last.runs,
        counts={},
        settings=last.settings,
        schema_version=SCHEMA_VERSION,
    )
    if groups["articles"] or (kind == "compact" and len(moment.runs) > 1 and _alike(moment)):
        manifest = _with_one_run(staging, moment, manifest)
    seal_staged(staging, manifest)
    return publish(moment.warehouse, commit_id)


def _joined(
    staging: Staging, table: str, groups: Sequence[Folders], *, version: int
) -> tuple[FileEntry, ...]:
    """Write the rows of each group into as few files as they need, under names that were never used."""
    written: list[FileEntry] = []
    for group in groups:
        draft = staging.folder / "joined" / next(iter(group))
        draft.mkdir(parents=True)
        paths = [staging.warehouse.locate(entry.path) for entries in group.values() for entry in entries]
        name = f"part-{version:08d}"
        with TableWriter(draft, table, batch_id=None, name=name) as out:
            for rows in read_groups(paths, TABLES[table].names):
                out.write(rows)
            entries = out.close()
        for folder, (some, batches) in _placed(group, entries).items():
            (staging.tables / folder).mkdir(parents=True, exist_ok=True)
            for entry in some:
                (draft / entry.path).rename(staging.tables / folder / entry.path)
            written += published(some, folder, batches=batches)
        _log.info("%s: %d files become %d", table, len(paths), len(entries))
    return tuple(written)


def _placed(
    group: Folders, entries: Sequence[FileEntry]
) -> dict[str, tuple[list[FileEntry], tuple[str, ...]]]:
    """Give each new file the folder of the latest batch whose rows it holds: a full one is not touched again.

    Batches that were done again do not stand in order of their names; a folder's name is never before the id
    of any row in it, so that readers who ask for folders from some id on miss none.

    Returns:
        Folder → its files, and the batches that they may hold.
    """
    folders = list(group.items())
    ends = np.cumsum([sum(entry.rows for entry in some) for _, some in folders])
    behind = np.cumsum([entry.rows for entry in entries])
    ends_in = [*np.searchsorted(ends, behind[:-1]).tolist(), len(folders) - 1]
    placed: dict[str, tuple[list[FileEntry], tuple[str, ...]]] = {}
    first = 0
    for entry, row, last in zip(entries, behind.tolist(), ends_in, strict=True):
        inside = folders[first : last + 1]
        folder = max(name for name, _ in inside)
        some, before = placed.get(folder, ([], ()))
        held = [batch for _, old in inside for each in old for batch in each.holders]
        placed[folder] = ([*some, entry], tuple(dict.fromkeys([*before, *held])))
        first = last + int(ends[last] == row)  # a batch that goes on in the next file is held by that one too
    return placed


def _with_one_run(staging: Staging, moment: Snapshot, manifest: Manifest) -> Manifest:
    """Merge all runs of the history; what they say of places is true after the commit."""
    after = replace(moment, manifests=(*moment.manifests, manifest))
    moved = Moved.between(moment.entries("articles"), after.entries("articles"))
    merge_runs([moment.warehouse.index / name for name in moment.runs], staging.index, moved=moved)
    tiers = {each.run: each.tier for each in moment.manifests}
    return replace(
        manifest,
        index=run_files(staging, manifest.run),
        tier=max(tiers[name] for name in moment.runs) + (len(moment.runs) > 1),
        runs=(manifest.run,),
    )


def _drop(moment: Snapshot, *, now: datetime, grace: timedelta) -> int:
    """Delete what was superseded longer ago than the time of grace; return how many folders."""
    old = {
        f"{manifest.version:08d}"
        for manifest in moment.manifests
        if datetime.fromisoformat(manifest.committed_at) + grace <= now
    }
    store = moment.warehouse.store
    aside = [f"{SUPERSEDED}/{name}" for name in store.folders(SUPERSEDED) if name in old]
    if moment.manifests and f"{moment.manifests[-1].version:08d}" in old:
        aside += [f"{INDEX}/{name}" for name in store.folders(INDEX) if name not in moment.runs]
    store.delete(*aside)
    return len(aside)
