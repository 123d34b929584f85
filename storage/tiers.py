"""Merging of runs, so that looking something up does not take longer with every batch.

Runs are immutable and stand in order of their commits. A batch's own run is of tier 0; as soon as the newest
`FAN` runs are of one tier, the commit that brings the last of them publishes one run of the next tier in
their place. So a thousand batches leave at most some twenty runs, and a row is written again once a tier.
Merging changes nothing that can be looked up: rows keep their order, members their numbers. What leaves the
tables of earlier batches leaves the runs on the same way: from the oldest run that holds any of it to the
newest, all become one.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from storage.keys import SortedColumn, first_of_equals
from storage.moves import Gone, Moved
from storage.runs import KNOWN_KINDS, POSTING_KINDS, Facts, read_facts, read_rows, read_run, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from storage.manifest import Manifest
    from storage.store import Source

_log = logging.getLogger(__name__)

FAN = 8  # runs of one tier that become one of the next: docs/decisions/0008-history-runs.md
ROWS_AT_ONCE = 1 << 18  # rows sorted together: with their copies some 30 MB
KEPT_AT_ONCE = 1 << 16  # rows of `kept` in a record batch, at least: 15 MB


@dataclass(frozen=True)
class Settled:
    """What a commit leaves of the history.

    Attributes:
        tier: Tier of the run that it publishes.
        runs: Names of all live runs from then on, the oldest first; the last one is its own.
    """

    tier: int
    runs: tuple[str, ...]


def settle(own: Path, name: str, *, index: Source, manifests: Sequence[Manifest]) -> Settled:
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
    folders: list[Source] = [*(index / name for name in live), own]
    like = _like_the_last(folders)
    count, tier = due([*(tiers[name] for name in live), 0][-like:])
    if count > 1:
        merge_into(own, folders[-count:-1])
        _log.info("merged %d runs into one of tier %d", count, tier)
    return Settled(tier, (*live[: len(live) + 1 - count], name))


def merge_into(own: Path, older: Sequence[Source], *, moved: Moved | None = None) -> None:
    """Put runs before the one of a batch that is in the making.

    Args:
        own: Folder of that run; it holds the merged run afterwards.
        older: Folders of the others, the oldest first.
        moved: Where the rows of `articles` lie from now on.
    """
    merged = own.with_name("merged")
    merged.mkdir()
    merge_runs([*older, own], merged, moved=moved)
    shutil.rmtree(own)
    merged.rename(own)


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


def merge_runs(
    folders: Sequence[Source], target: Path, *, moved: Moved | None = None, gone: Gone | None = None
) -> None:
    """Merge runs that were committed one behind the other.

    Args:
        folders: Their folders, the oldest first.
        target: An empty folder for the merged run.
        moved: Where the rows of `articles` lie from now on; where it is left out, they stay where they are.
        gone: What is left out.

    Raises:
        WarehouseFormat: A run cannot be read.
        WarehouseUnwritable: The disk refuses.
    """
    runs = [read_run(folder) for folder in folders]
    facts = [read_facts(run["kept"], folder=folder) for run, folder in zip(runs, folders, strict=True)]
    kept = [run["kept"] for run in runs]
    files = [each.files for each in facts]
    moved = moved or Moved.nowhere([name for names in files for name in names])
    stays = [np.ones(table.num_rows, bool) if gone is None else gone.stays(table) for table in kept]
    left = [table.filter(pa.array(mask)) for table, mask in zip(kept, stays, strict=True)]
    together = replace(_together(facts, left), files=moved.files)
    placed = [moved.place(table, names) for table, names in zip(left, files, strict=True)]
    write_rows(target, "kept", kept[0].schema.with_metadata(together.metadata()), _joined(placed))
    for kind in KNOWN_KINDS:
        tables = [run[kind] for run in runs]
        known = [gone.known[kind]] if gone else map(_known, _slices(tables, "high"))
        write_rows(target, kind, tables[0].schema, known)
    numbers = _numbers(stays)
    for kind in POSTING_KINDS:
        tables = [run[kind] for run in runs]
        rows = (_postings(some, numbers) for some in _slices(tables, "key"))
        write_rows(target, kind, tables[0].schema, rows)


def alike(folders: Sequence[Source]) -> bool:
    """Tell whether the keys of runs were made in one way, so that they can be put together.

    Args:
        folders: Their folders.
    """
    return _like_the_last(folders) == len(folders)


def _like_the_last(folders: Sequence[Source]) -> int:
    """Count the newest runs that were made as the last one was: keys made in other ways do not mix.

    A run without an article has no keys, and goes with any.
    """
    kept = [(read_rows(folder, "kept"), folder) for folder in reversed(folders)]
    made = [
        (each.recipe, each.rows) if rows.num_rows else None
        for rows, folder in kept
        for each in [read_facts(rows, folder=folder)]
    ]
    first = next((each for each in made if each), None)
    return [*(each in {None, first} for each in made), False].index(False)


def _together(facts: Sequence[Facts], kept: Sequence[pa.Table]) -> Facts:
    """Gather what runs say of themselves; how keys were made, the last one with any article says."""
    made = [each for each, rows in zip(facts, kept, strict=True) if rows.num_rows] or [facts[-1]]
    if len({(each.recipe, each.rows) for each in made}) > 1:
        raise ValueError("runs whose keys were made in different ways cannot be merged")
    dates = pa.concat_tables([table.select(["published_at"]).replace_schema_metadata(None) for table in kept])
    return Facts.of(dates, recipe=made[-1].recipe, rows=made[-1].rows)


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


def _numbers(stays: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.int32]]:
    """Number the members that stay on from run to run; -1 for those that do not."""
    numbers, before = [], 0
    for mask in stays:
        numbers.append(np.where(mask, np.cumsum(mask) - 1 + before, -1).astype(np.int32))
        before += int(mask.sum())
    return numbers


def _postings(slices: Sequence[pa.Table], numbers: Sequence[NDArray[np.int32]]) -> pa.Table:
    """Merge postings; members get their new numbers, or go."""
    renumbered = []
    for table, number in zip(slices, numbers, strict=True):
        member = number[table.column("member").to_numpy()]
        rows = table.set_column(1, table.schema.field("member"), pa.array(member))
        renumbered.append(rows if (member >= 0).all() else rows.filter(pa.array(member >= 0)))
    joined = pa.concat_tables(renumbered).combine_chunks()
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
