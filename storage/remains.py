"""What stays of the files from which rows leave: written anew without them, all references in order.

A file is written anew in its own folder under a name that was never used; rows keep their order. What leaves
may come again with the same text in the batch of the same commit: rows that refer to it stay then.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from storage.contract import TABLES
from storage.departures import NAMES, Departure, leaving_rows
from storage.intact import intact
from storage.manifest import FileEntry, published
from storage.reading import read_files, read_groups
from storage.repointing import repointed
from storage.warehouse import batch_folder
from storage.write import TableWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from storage.history import History
    from storage.manifest import Snapshot
    from storage.publish import Staging
    from storage.store import Stored

    Bools = NDArray[np.bool_]

_log = logging.getLogger(__name__)

_MORE = {"relations": ("relation",)}  # what decides besides the names


@dataclass(frozen=True)
class Remains:
    """What stays of the files from which rows leave.

    Attributes:
        tables: Table → the new files.
        replaced: Folders that they take the place of.
        gone: int64, ascending: numbers of the rows of `articles` that leave, over all files of before.
    """

    tables: Mapping[str, tuple[FileEntry, ...]]
    replaced: tuple[str, ...]
    gone: NDArray[np.int64]


@dataclass(frozen=True)
class _Change:
    """How rows that stay change, since others leave.

    Attributes:
        column: The column that names the rows.
        values: Those of the rows that change.
        apply: Changes some rows, in which others may be too.
    """

    column: str
    values: pa.Array
    apply: Callable[[pa.Table], pa.Table]

    def of_any(self, paths: Sequence[Stored], table: str, stays: Bools) -> bool:
        """Tell whether any of the rows that stay changes."""
        names = read_files(paths, TABLES[table], columns=[self.column]).column(self.column)
        return bool((pc.is_in(names, value_set=self.values).to_numpy() & stays).any())


@dataclass(frozen=True)
class _Leave:
    """Which rows leave.

    Attributes:
        departure: What leaves.
        again: string array: articles that leave, and come again as kept ones with the same text.
        homes: string array: id and batch of all articles that leave.
    """

    departure: Departure
    again: pa.Array
    homes: pa.Array

    @classmethod
    def of(cls, moment: Snapshot, departure: Departure, come: Sequence[Path]) -> Self:
        columns = ["article_id", "content_id"]
        left = leaving_rows(moment, departure, "articles", columns)
        new = read_files(come, TABLES["articles"], columns=columns)
        again = left.join(new, columns, join_type="inner").column("article_id").combine_chunks()
        tables = [
            leaving_rows(moment, departure, table, ["article_id", "batch_id"])
            for table in ("articles", "duplicates")
        ]
        return cls(departure, again, _home(pa.concat_tables(tables), "article_id").combine_chunks())

    def fate(self, table: str, entries: Sequence[FileEntry], paths: Sequence[Stored]) -> Bools:
        """Say which rows of some files stay; into those of a batch that is done again nobody looks."""
        if not self.left_in(entries):
            return np.zeros(sum(entry.rows for entry in entries), bool)
        return self.stays(table, read_files(paths, TABLES[table], columns=self.columns(table)))

    def left_in(self, entries: Sequence[FileEntry]) -> tuple[str, ...]:
        """Name the batches that files may still hold rows of."""
        held = dict.fromkeys(batch for entry in entries for batch in entry.holders)
        return tuple(batch for batch in held if batch != self.departure.batch_id)

    @staticmethod
    def columns(table: str) -> list[str]:
        """Name the columns that decide."""
        return list(dict.fromkeys(["batch_id", *NAMES[table], *_MORE.get(table, ())]))

    def stays(self, table: str, rows: pa.Table) -> Bools:
        """Say which rows of a table stay."""
        leaves = pc.equal(rows.column("batch_id"), self.departure.batch_id or "")
        for name in NAMES[table]:
            leaves = pc.or_(leaves, self._leaves(rows, name))
        if table == "relations":
            leaves = pc.and_not(leaves, self.holds(rows))
        stays: Bools = ~leaves.to_numpy()
        return stays

    def holds(self, relations: pa.Table) -> pa.Array:
        """Tell which relations stay: both articles stay or come again, and no batch writes the row anew."""
        broken = pc.equal(relations.column("batch_id"), self.departure.batch_id or "")
        for name in ("article_id", "of_article_id"):
            comes = pc.is_in(relations.column(name), value_set=self.again)
            broken = pc.or_(broken, pc.and_not(self._leaves(relations, name), comes))
        # A contained article may be of an earlier batch: then the row is that of the longer one.
        contained = pc.equal(relations.column("relation"), "contained")
        of_own = pc.and_(contained, self._is_own(relations, "of_article_id"))
        anew = pc.or_(self._is_own(relations, "article_id"), of_own)
        return pc.invert(pc.or_(broken, anew))

    def _leaves(self, rows: pa.Table, name: str) -> pa.Array:
        return pc.is_in(rows.column(name), value_set=self.departure.ids)

    def _is_own(self, rows: pa.Table, name: str) -> pa.Array:
        """Tell whether the batch of each row is that of an article which leaves."""
        return pc.is_in(_home(rows, name), value_set=self.homes)


def write_remains(
    staging: Staging, moment: Snapshot, departure: Departure, *, come: Sequence[Path], history: History
) -> Remains:
    """Write what stays of the files from which rows leave, or whose rows change by it.

    Args:
        staging: The commit in the making.
        moment: The warehouse before it.
        departure: What leaves.
        come: Files of the articles that the same commit brings.
        history: The history without what leaves.

    Raises:
        WarehouseFormat: A file is missing or damaged.
        WarehouseUnwritable: The disk refuses.
    """
    readable = intact(moment, departure.batch_id) if departure.batch_id else moment
    leave = _Leave.of(readable, departure, come)
    changes = _changes(readable, leave, history)
    name = f"left-{len(moment.manifests) + 1:08d}"
    tables: dict[str, tuple[FileEntry, ...]] = {}
    replaced: list[str] = []
    gone, before = [np.empty(0, np.int64)], 0
    for table in TABLES:
        for folder, entries in moment.folders(table).items():
            paths = [moment.warehouse.locate(entry.path) for entry in entries]
            stays, change = leave.fate(table, entries, paths), changes.get(table)
            if table == "articles":
                gone.append(np.flatnonzero(~stays) + before)
                before += len(stays)
            own = folder == batch_folder(table, departure.batch_id or "")
            if not own and stays.all() and not (change and change.of_any(paths, table, stays)):
                continue
            replaced.append(folder)
            if stays.any():
                rows = _rows(paths, table, stays, change)
                written = _write(staging.tables / folder, table, rows, name=name)
                tables[table] = (
                    *tables.get(table, ()),
                    *published(written, folder, batches=leave.left_in(entries)),
                )
    _log.info("%d folders lost rows or were changed", len(replaced))
    return Remains(tables, tuple(replaced), np.concatenate(gone))


def _rows(paths: Sequence[Stored], table: str, stays: Bools, change: _Change | None) -> Iterator[pa.Table]:
    before = 0
    for group in read_groups(paths, TABLES[table].names):
        rows = group.filter(pa.array(stays[before : before + group.num_rows]))
        before += group.num_rows
        yield rows if change is None else change.apply(rows)


def _write(folder: Path, table: str, rows: Iterator[pa.Table], *, name: str) -> list[FileEntry]:
    folder.mkdir(parents=True, exist_ok=True)
    with TableWriter(folder, table, batch_id=None, name=name) as out:
        for some in rows:
            out.write(some)
        return out.close()


def _changes(moment: Snapshot, leave: _Leave, history: History) -> dict[str, _Change]:
    reuse = repointed(moment, leave.departure, again=leave.again, history=history)
    return {
        "articles": _of_articles(moment, leave),
        "batches": _of_batches(moment, leave.departure),
        "reuse": _Change(
            "article_id", pc.unique(reuse.column("article_id")), lambda rows: _replaced(rows, reuse)
        ),
    }


def _of_articles(moment: Snapshot, leave: _Leave) -> _Change:
    """Fewer copies, and no mark of a series where its relation leaves."""
    copies = leaving_rows(moment, leave.departure, "duplicates", ["of_article_id", "in_history"])
    inside = copies.filter(pc.invert(copies.column("in_history"))).column("of_article_id")
    fewer = pc.value_counts(inside)
    relations = leaving_rows(moment, leave.departure, "relations", leave.columns("relations"))
    series = relations.filter(pc.equal(relations.column("relation"), "series"))
    alone = series.filter(pc.invert(leave.holds(series))).column("article_id").combine_chunks()

    def apply(rows: pa.Table) -> pa.Table:
        ids = rows.column("article_id")
        places = pc.index_in(ids, value_set=fewer.field("values")).combine_chunks()
        less = pc.fill_null(fewer.field("counts").take(places), 0)
        rows = _with(rows, "copies", pc.subtract(rows.column("copies"), less))
        unmarked = pc.is_in(ids, value_set=alone).to_pylist()
        marks = [
            [mark for mark in each if mark != "series"] if one else each
            for each, one in zip(rows.column("marks").to_pylist(), unmarked, strict=True)
        ]
        return _with(rows, "marks", pa.array(marks, rows.column("marks").type)) if any(unmarked) else rows

    return _Change("article_id", pc.unique(pa.concat_arrays([fewer.field("values"), alone])), apply)


def _of_batches(moment: Snapshot, departure: Departure) -> _Change:
    """Count what has gone, and mark what is read again."""
    gone = {
        name: pc.value_counts(leaving_rows(moment, departure, table, ["batch_id"]).column("batch_id"))
        for name, table in (("kept", "articles"), ("duplicates", "duplicates"))
    }

    def apply(rows: pa.Table) -> pa.Table:
        for name, counted in gone.items():
            places = pc.index_in(rows.column("batch_id"), value_set=counted.field("values")).combine_chunks()
            less = pc.fill_null(counted.field("counts").take(places), 0)
            rows = _with(rows, name, pc.subtract(rows.column(name), less))
            rows = _with(rows, "gone", pc.add(rows.column("gone"), less))
        return departure.marked(rows)

    reread = pa.array(departure.reread, pa.string())
    values = pa.concat_arrays([reread, *(counted.field("values") for counted in gone.values())])
    return _Change("batch_id", pc.unique(values), apply)


def _replaced(rows: pa.Table, changed: pa.Table) -> pa.Table:
    """Put changed rows of `reuse` in the place of those of the same paragraph; without a new one they go."""
    place = pc.index_in(_paragraph(rows), value_set=_paragraph(changed).combine_chunks()).combine_chunks()
    new = changed.take(place)
    stays = pc.or_(pc.is_null(place), pc.is_valid(new.column("of_article_id")))
    for name in ("of_article_id", "of_start", "of_end"):
        rows = _with(rows, name, pc.if_else(pc.is_null(place), rows.column(name), new.column(name)))
    return rows.filter(stays)


def _home(rows: pa.Table, name: str) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(rows.column(name), rows.column("batch_id"), "/")


def _paragraph(reuse: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(
        reuse.column("article_id"), reuse.column("start").cast(pa.string()), "/"
    )


def _with(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    field = rows.schema.field(name)
    return rows.set_column(rows.schema.get_field_index(name), field, values.cast(field.type))
