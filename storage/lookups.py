"""Looking up many keys in the history at once: which kept articles of earlier batches have them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.candidates import LONGEST
from dedup.signatures import band_keys
from storage.keys import Hits, hits, spread
from storage.postings import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from storage.history import History, Run

    Ints = NDArray[np.int64]
    Keys = NDArray[np.uint64]

Window = tuple[datetime | None, datetime | None]
"""Dates of publication from and to, both included; null for no limit."""

ALWAYS: Window = (None, None)

FIRST = pa.schema(
    [
        pa.field("query", pa.int64(), nullable=False),
        pa.field("member", pa.int64(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("count", pa.int64(), nullable=False),
    ]
)
"""What `first_places` answers."""

_AT_ONCE = 4_000_000  # pairs gathered before the repeats among them go: 32 MB


def find_postings(
    history: History,
    kind: str,
    keys: Keys,
    *,
    at_most: int | None = None,
    window: Window = ALWAYS,
) -> pa.Table:
    """Find the kept articles of earlier batches that have some keys.

    Args:
        history: What earlier batches left.
        kind: `texts`, `titles`, `urls`, `bands`, `passages` or `paragraphs`.
        keys: uint64, in any order, repeats allowed.
        at_most: A key that more articles have, whatever their dates, gives nothing.
        window: Only articles published then, and those without a date.

    Returns:
        Columns `query` (int64, place of the key in `keys`), `member` (int64), for paragraphs also `start` and
        `end` (int32), sorted by `query`, then `member`; an article stands once for each key. Of more than
        `dedup.candidates.LONGEST` articles of a run that have a key, the last ones.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    rare = None
    if at_most is not None:
        rare = _totals(history, kind, ordered) <= at_most
    names = SCHEMAS[kind].names[2:]
    found = [_empty(names)]
    for run in history.runs:
        dates = _dates(run, window)
        if dates is not None and not dates.any():
            continue
        for found_all in hits(run.tables[kind], ordered):
            each = _newest(found_all)
            chosen = each if rare is None else _chosen(each, rare[each.queries])
            found.append(_found(run, chosen, order, names).filter(_inside(chosen, dates)))
    table = pa.concat_tables(found).combine_chunks()
    # Runs come in order, and in a run the members of a key ascend: a stable sort keeps that.
    return table.take(pa.array(np.argsort(table["query"].to_numpy(), kind="stable")))


def first_places(history: History, keys: Keys) -> pa.Table:
    """Find for some paragraphs the first article of earlier batches that has each, and how many have it.

    Args:
        history: What earlier batches left.
        keys: uint64, in any order, repeats allowed.

    Returns:
        Columns `query` (int64, ascending: place of the key in `keys`), `member` (int64, the least), `start`,
        `end` (int32, of the paragraph there) and `count` (int64); no row for a key that none has.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    names = ("member", "start", "end")
    places = {name: np.zeros(len(keys), np.int64) for name in names}
    counts = np.zeros(len(keys), np.int64)
    for run in history.runs:
        for each in hits(run.tables["paragraphs"], ordered):
            new = counts[each.queries] == 0
            for name, first in zip(names, (run.first, 0, 0), strict=True):
                stored = each.batch.column(name).to_numpy()[each.first[new]]
                places[name][each.queries[new]] = stored.astype(np.int64) + first
            counts[each.queries] += each.counts
    found = np.flatnonzero(counts)
    found = found[np.argsort(order[found], kind="stable")]
    columns = {"query": order, **places, "count": counts}
    table = pa.table({name: values[found] for name, values in columns.items()})
    return table.cast(FIRST)


def find_similar(
    history: History,
    signatures: NDArray[np.uint32],
    *,
    window: Window = ALWAYS,
) -> pa.Table:
    """Find the kept articles of earlier batches that may be near copies: they share a band.

    Args:
        history: What earlier batches left.
        signatures: uint32 of shape (articles, 128), of `dedup.signatures.sign`.
        window: Only articles published then, and those without a date.

    Returns:
        Columns `query` (int64, row of the signature), `member` (int64) and `bands` (int64, how many they
        share), each pair once, sorted. Of more than `dedup.candidates.LONGEST` articles of a run with a band,
        the last ones.
    """
    size = max(history.kept, 1)
    coded, counts, gathered = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
    asked: dict[int, tuple[Keys, Ints]] = {}
    for run in history.runs:
        dates = _dates(run, window)
        if dates is not None and not dates.any():
            continue
        rows = run.facts.rows
        asked[rows] = asked.get(rows) or _asked(signatures, rows)
        for pairs in _pairs(run, *asked[rows], dates=dates, size=size):
            coded.append(pairs)
            counts.append(np.ones(len(pairs), np.int64))
            gathered += len(pairs)
            if gathered > _AT_ONCE:
                (coded, counts), gathered = _counted(coded, counts), 0
    [found], [bands] = _counted(coded, counts)
    return pa.table({"query": found // size, "member": found % size, "bands": bands})


def _asked(signatures: NDArray[np.uint32], rows: int) -> tuple[Keys, Ints]:
    """Return the keys of all bands, ascending, and the signature of each."""
    keys = band_keys(signatures, rows=rows)
    flat = keys.ravel()
    order = np.argsort(flat, kind="stable")
    return flat[order], order // max(keys.shape[1], 1)


def _pairs(
    run: Run, keys: Keys, query: Ints, *, dates: NDArray[np.bool_] | None, size: int
) -> Iterator[Ints]:
    """Yield pairs as `query * size + member`, some millions at a time."""
    for found_all in hits(run.tables["bands"], keys):
        each = _newest(found_all)
        members = each.batch.column("member").to_numpy()
        ends = np.cumsum(each.counts)
        cuts = np.flatnonzero(np.diff(ends // _AT_ONCE)) + 1
        for some in np.split(np.arange(len(ends)), cuts):
            found = members[spread(each.first[some], each.counts[some])].astype(np.int64)
            queries = np.repeat(query[each.queries[some]], each.counts[some])
            if dates is not None:
                queries, found = queries[dates[found]], found[dates[found]]
            yield queries * size + found + run.first


def _newest(some: Hits) -> Hits:
    """Leave of each key the last members only: runs are in order, and so are the members of a key."""
    counts = np.minimum(some.counts, LONGEST)
    return Hits(some.batch, some.queries, some.first + some.counts - counts, counts)


def _totals(history: History, kind: str, ordered: Keys) -> Ints:
    """Count the members of each key, over all runs."""
    totals = np.zeros(len(ordered), np.int64)
    for run in history.runs:
        for each in hits(run.tables[kind], ordered):
            totals[each.queries] += each.counts
    return totals


def _chosen(some: Hits, wanted: NDArray[np.bool_]) -> Hits:
    return Hits(some.batch, some.queries[wanted], some.first[wanted], some.counts[wanted])


def _found(run: Run, some: Hits, order: Ints, names: list[str]) -> pa.Table:
    rows = some.rows
    member = some.batch.column("member").to_numpy()[rows].astype(np.int64) + run.first
    extra = {name: some.batch.column(name).to_numpy()[rows] for name in names}
    return pa.table({"query": np.repeat(order[some.queries], some.counts), "member": member, **extra})


def _inside(some: Hits, dates: NDArray[np.bool_] | None) -> pa.Array:
    member = some.batch.column("member").to_numpy()[some.rows]
    return pa.array(np.ones(len(member), bool) if dates is None else dates[member])


def _dates(run: Run, window: Window) -> NDArray[np.bool_] | None:
    """Say which members of a run lie in the window; null where all do."""
    since, until = (
        None if end is None else pa.scalar(end, pa.timestamp("us", "UTC")).cast(pa.int64()).as_py()
        for end in window
    )
    facts = run.facts
    if facts.since is None or facts.until is None:
        return None  # none has a date
    early, late = since is not None and facts.since < since, until is not None and facts.until > until
    if not early and not late:
        return None
    outside = (since is not None and facts.until < since) or (until is not None and facts.since > until)
    if outside and not facts.undated:
        return np.zeros(1, bool)
    dates = run.tables["kept"].column("published_at").cast(pa.int64())
    inside = np.ones(len(dates), bool)
    for end, compare in ((since, pc.greater_equal), (until, pc.less_equal)):
        if end is not None:
            inside &= pc.fill_null(compare(dates, end), True).to_numpy()
    return inside


def _empty(names: list[str]) -> pa.Table:
    fields = [("query", pa.int64()), ("member", pa.int64()), *((name, pa.int32()) for name in names)]
    return pa.schema(fields).empty_table()


def _counted(values: list[Ints], counts: list[Ints]) -> tuple[list[Ints], list[Ints]]:
    """Return the distinct values, ascending, and the sum of the counts of each."""
    joined = np.concatenate(values)
    order = np.argsort(joined, kind="stable")
    ordered = joined[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    if not len(starts):
        return [ordered], [ordered]
    return [ordered[starts]], [np.add.reduceat(np.concatenate(counts)[order], starts)]
