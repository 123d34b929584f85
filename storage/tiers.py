"""Merging of runs, so that looking something up does not take longer with every batch.

Runs are immutable and stand in order of their commits. A batch's own run is of tier 0; as soon as the newest
`FAN` runs are of one tier, the commit that brings the last of them publishes one run of the next tier in
their place. So a thousand batches leave at most some twenty runs, and a row is written again once a tier.
Merging changes nothing that can be looked up: rows keep their order, members their numbers.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from storage.keys import SortedColumn, first_of_equals
from storage.runs import KNOWN_KINDS, POSTING_KINDS, Facts, read_facts, read_rows, read_run, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from storage.manifest import FileEntry, Manifest

_log = logging.getLogger(__name__)

FAN = 8  # runs of one tier that become one of the next: docs/decisions/0008-history-runs.md
ROWS_AT_ONCE = 1 << 18  # rows sorted together: with their copies some 30 MB
KEPT_AT_ONCE = 1 << 16  # rows of `kept` in a record batch, at least: 15 MB


@dataclass(frozen=True)
class Moved:
    """Where the rows of `articles` lie after files were put into others, in the same order.

    Attributes:
        first: File of before → number of its first row among all rows.
        files: The files from now on.
        starts: int64, the number of the first row of each of them.
    """

    first: Mapping[str, int]
    files: tuple[str, ...]
    starts: NDArray[np.int64]

    @classmethod
    def between(cls, before: Sequence[FileEntry], after: Sequence[FileEntry]) -> Moved:
        """Say where rows went.

        Args:
            before: All files of the table before.
            after: All files that hold the same rows in the same order now.
        """
        starts = np.cumsum([0, *(entry.rows for entry in before)]).tolist()
        first = {entry.path: start for entry, start in zip(before, starts, strict=False)}
        now = np.cumsum([0, *(entry.rows for entry in after)])[:-1]
        # A row belongs to the last file that begins at or before it; files without a row begin there too.
        held = [number for number, entry in enumerate(after) if entry.rows]
        return cls(first, tuple(after[number].path for number in held), now[held])

    @classmethod
    def nowhere(cls, files: Sequence[str]) -> Moved:
        """Say that rows stay in these files."""
        span = 1 << 31  # more rows than a file has
        starts = np.arange(len(files)) * span
        return cls(dict(zip(files, starts.tolist(), strict=True)), tuple(files), starts)

    def place(self, kept: pa.Table, files: Sequence[str]) -> pa.Table:
        """Change the places of kept articles.

        Args:
            kept: A table of schema `storage.kept.KEPT`.
            files: The files that its places speak of.
        """
        first = np.array([self.first[name] for name in files], np.int64)
        file, row = (kept.column(name).to_numpy().astype(np.int64) for name in ("file", "row"))
        row += first[file]
        now = np.searchsorted(self.starts, row, "right") - 1
        for name, values in (("file", now), ("row", row - self.starts[now])):
            place = kept.schema.get_field_index(name)
            kept = kept.set_column(place, kept.schema.field(name), pa.array(values, pa.int32()))
        return kept


@dataclass(frozen=True)
class Settled:
    """What a commit leaves of the history.

    Attributes:
        tier: Tier of the run that it publishes.
        runs: Names of all live runs from then on, the oldest first; the last one is its own.
    """

    tier: int
    runs: tuple[str, ...]


def settle(own: Path, name: str, *, index: Path, manifests: Sequence[Manifest]) -> Settled:
    """Merge the run of a batch with those before it, where it is time to.

    Args:
        own: Folder of the batch's run, in staging; it holds the merged run afterwards.
        name: What that run will be called.
        index: Folder of the published runs.
        manifests: All commits before.

    Returns:
        Which runs are live once the batch is published.
    """
    live = manifests[-1].runs if manifests else ()
    tiers = {manifest.run: manifest.tier for manifest in manifests}
    folders = [*(index / name for name in live), own]
    like = _like_the_last(folders)
    count, tier = due([*(tiers[name] for name in live), 0][-like:])
    if count > 1:
        merged = own.with_name("merged")
        merged.mkdir()
        merge_runs(folders[-count:], merged)
        shutil.rmtree(own)
        merged.rename(own)
        _log.info("merged %d runs into one of tier %d", count, tier)
    return Settled(tier, (*live[: len(live) + 1 - count], name))


def due(tiers: Sequence[int]) -> tuple[int, int]:
    """Say how many of the newest runs are to become one.

    Args:
        tiers: The tiers of all runs, the oldest first.

    Returns:
        How many, 1 for none but the newest itself; and the tier of what comes of them.
    """
    stack = [(1, tier) for tier in tiers]
    while len(stack) >= FAN and len({tier for _, tier in stack[-FAN:]}) == 1:
        stack[-FAN:] = [(sum(count for count, _ in stack[-FAN:]), stack[-1][1] + 1)]
    return stack[-1]


def merge_runs(folders: Sequence[Path], target: Path, *, moved: Moved | None = None) -> None:
    """Merge runs that were committed one behind the other.

    Args:
        folders: Their folders, the oldest first.
        target: An empty folder for the merged run.
        moved: Where the rows of `articles` lie from now on; where it is left out, they stay where they are.

    Raises:
        WarehouseFormat: A run cannot be read.
        WarehouseUnwritable: The disk refuses.
    """
    runs = [read_run(folder) for folder in folders]
    facts = [read_facts(run["kept"], folder=folder) for run, folder in zip(runs, folders, strict=True)]
    kept = [run["kept"] for run in runs]
    files = [each.files for each in facts]
    moved = moved or Moved.nowhere([name for names in files for name in names])
    together = replace(_together(facts), files=moved.files)
    placed = [moved.place(table, names) for table, names in zip(kept, files, strict=True)]
    write_rows(target, "kept", kept[0].schema.with_metadata(together.metadata()), _joined(placed))
    for kind in KNOWN_KINDS:
        tables = [run[kind] for run in runs]
        write_rows(target, kind, tables[0].schema, map(_known, _slices(tables, "high")))
    first = np.cumsum([0, *(table.num_rows for table in kept)])
    for kind in POSTING_KINDS:
        tables = [run[kind] for run in runs]
        rows = (_postings(some, first) for some in _slices(tables, "key"))
        write_rows(target, kind, tables[0].schema, rows)


def _like_the_last(folders: Sequence[Path]) -> int:
    """Count the newest runs that were made as the last one was: keys made in other ways do not mix."""
    made = [read_facts(read_rows(folder, "kept"), folder=folder) for folder in folders]
    same = [(each.recipe, each.rows) == (made[-1].recipe, made[-1].rows) for each in made]
    return [*same[::-1], False].index(False)


def _together(facts: Sequence[Facts]) -> Facts:
    since = [each.since for each in facts if each.since is not None]
    until = [each.until for each in facts if each.until is not None]
    return replace(
        facts[-1],
        since=min(since, default=None),
        until=max(until, default=None),
        undated=any(each.undated for each in facts),
    )


def _joined(tables: Sequence[pa.Table]) -> Iterator[pa.Table]:
    """Yield rows one behind the other; small record batches become larger ones."""
    waiting: list[pa.Table] = []
    for table in tables:
        for batch in table.to_batches():
            waiting.append(pa.Table.from_batches([batch]).replace_schema_metadata(None))
            if sum(each.num_rows for each in waiting) >= KEPT_AT_ONCE:
                yield pa.concat_tables(waiting).combine_chunks()
                waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def _known(slices: Sequence[pa.Table]) -> pa.Table:
    """Merge keyed rows; of equal keys the oldest stays."""
    return first_of_equals(pa.concat_tables(slices).combine_chunks())


def _postings(slices: Sequence[pa.Table], first: NDArray[np.int64]) -> pa.Table:
    """Merge postings; members are numbered on from run to run."""
    shifted = []
    for table, by in zip(slices, first.tolist(), strict=False):
        member = pc.add(table.column("member"), pa.scalar(by, pa.int32()))
        shifted.append(table.set_column(1, table.schema.field("member"), member))
    joined = pa.concat_tables(shifted).combine_chunks()
    return joined.take(pa.array(np.argsort(joined.column("key").to_numpy(), kind="stable"))).combine_chunks()


def _slices(tables: Sequence[pa.Table], key: str) -> Iterator[list[pa.Table]]:
    """Cut sorted tables up by ranges of their keys, some rows at a time; equal keys stay together."""
    columns = [SortedColumn.of(table, key) for table in tables]
    done = [0] * len(tables)
    while left := sum(column.rows - at for column, at in zip(columns, done, strict=True)):
        share = min(1.0, ROWS_AT_ONCE / left)
        open_ = [(column, at) for column, at in zip(columns, done, strict=True) if at < column.rows]
        bound = min(column.at(at + int((column.rows - at - 1) * share)) for column, at in open_)
        ends = [column.behind(bound) for column in columns]
        yield [table.slice(at, end - at) for table, at, end in zip(tables, done, ends, strict=True)]
        done = ends
