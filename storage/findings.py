"""What a check of a warehouse finds, and the batch it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from dedup.withdrawal import LAYER, put_back
from storage.contract import TABLES
from storage.reading import read_files, read_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from storage.manifest import FileEntry, Manifest, Snapshot
    from storage.warehouse import Warehouse

_EXAMPLES = 3  # ids told for each finding: enough to look at, however many rows are wrong


@dataclass(frozen=True)
class Finding:
    """One law that does not hold in one place."""

    law: str  # files, ids, counts, lists, texts, matches, reuse, references or history
    where: str
    problem: str

    def __str__(self) -> str:
        """Say it in one sentence."""
        return f"{self.where}: {self.problem} ({self.law})"


@dataclass(frozen=True)
class Batch:
    """One committed batch.

    Attributes:
        warehouse: Where it is.
        manifest: Its commit.
        files: Table → the files in which its rows lie now; other batches may share them.
    """

    warehouse: Warehouse
    manifest: Manifest
    files: Mapping[str, Sequence[FileEntry]]

    @property
    def batch_id(self) -> str:
        """The batch's id."""
        return self.manifest.batch_id

    def read(self, table: str, columns: Sequence[str], *, where: ds.Expression | None = None) -> pa.Table:
        """Read columns of one of the batch's tables.

        Args:
            table: The table's name.
            columns: The columns wanted.
            where: A filter.
        """
        paths = [self.warehouse.locate(entry.path) for entry in self.files[table]]
        if self._shares(table):
            own = ds.field("batch_id") == self.batch_id
            where = own if where is None else own & where
        return read_files(paths, TABLES[table], columns=columns, where=where)

    def groups(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Read columns of one of the batch's tables, a row group at a time.

        Args:
            table: The table's name.
            columns: The columns wanted.
        """
        paths = [self.warehouse.locate(entry.path) for entry in self.files[table]]
        for rows in read_groups(paths, [*columns, "batch_id"]):
            own = rows.filter(pc.equal(rows.column("batch_id"), self.batch_id))
            if own.num_rows:
                yield own.select(columns)

    def count(self, table: str) -> int:
        """Count the rows of one of the batch's tables.

        Args:
            table: The table's name.
        """
        if self._shares(table):
            return int(self.read(table, ["batch_id"]).num_rows)
        return sum(entry.rows for entry in self.files[table])

    def places(self, table: str) -> tuple[list[str], list[NDArray[np.int64]]]:
        """Say where the rows of one of the batch's tables lie.

        Args:
            table: The table's name.

        Returns:
            Paths of the files, and of each the numbers of the batch's rows in it, int64.
        """
        rows = []
        for entry in self.files[table]:
            path = self.warehouse.locate(entry.path)
            ids = read_files([path], TABLES[table], columns=["batch_id"]).column("batch_id")
            rows.append(np.flatnonzero(pc.equal(ids, self.batch_id).to_numpy()))
        return [entry.path for entry in self.files[table]], rows

    def _shares(self, table: str) -> bool:
        return any(entry.batches for entry in self.files[table])

    def place(self, table: str) -> str:
        """Say where findings on one of the batch's tables lie.

        Args:
            table: The table's name.
        """
        return f"{table}/batch={self.batch_id}"


CUT = ("article_id", "start", "end", "text")
"""Columns of the removals that are put back."""


def template_cuts(batch: Batch, ids: pa.Array | None = None) -> pa.Table:
    """Read what templates took out of the articles of a batch.

    Args:
        batch: The batch.
        ids: Of which articles; all where it is left out.

    Returns:
        The columns `CUT` of its removals.
    """
    where = ds.field("layer") == LAYER
    return batch.read(
        "removals", CUT, where=where if ids is None else where & ds.field("article_id").isin(ids)
    )


def batches_of(moment: Snapshot) -> list[Batch]:
    """List the batches of a warehouse, the oldest first.

    Args:
        moment: The warehouse at one moment.
    """
    files: dict[str, dict[str, list[FileEntry]]] = {
        manifest.batch_id: {table: [] for table in TABLES} for manifest in moment.batches
    }
    for table in TABLES:
        for entry in moment.entries(table):
            for batch_id in entry.holders:
                if batch_id in files:
                    files[batch_id][table].append(entry)
    return [Batch(moment.warehouse, manifest, files[manifest.batch_id]) for manifest in moment.batches]


@dataclass(frozen=True)
class Published:
    """All articles and duplicates of a warehouse, found by id.

    Attributes:
        batches: Batch id → batch.
        homes: `article_id` and `batch_id` of each.
    """

    batches: Mapping[str, Batch]
    homes: pa.Table

    def rows(self, ids: pa.ChunkedArray, columns: Sequence[str]) -> pa.Table:
        """Read columns of some articles, wherever they are; texts are those that were matched.

        Args:
            ids: Their ids, repeats allowed.
            columns: The columns wanted, all of them in `articles`; with `text` also `paragraph_spans`.

        Returns:
            A row for each id, in order; null throughout for an id that is nowhere.
        """
        wanted = pc.unique(ids)
        homes = self.homes.filter(pc.is_in(self.homes.column("article_id"), value_set=wanted))
        where = ds.field("article_id").isin(wanted)
        schema = pa.schema([TABLES["articles"].field(name) for name in ("article_id", *columns)])
        read = [schema.empty_table()]
        for batch in (self.batches[name] for name in pc.unique(homes.column("batch_id")).to_pylist()):
            cuts = template_cuts(batch, wanted) if "text" in columns else None
            for table in ("articles", "duplicates"):
                rows = batch.read(table, schema.names, where=where).cast(schema)
                read.append(rows if cuts is None else put_back(rows, cuts))
        rows = pa.concat_tables(read).combine_chunks()
        place = pc.index_in(ids, value_set=rows.column("article_id").combine_chunks()).combine_chunks()
        return pa.table({name: rows.column(name).take(place) for name in columns})


def wrong_rows(law: str, where: str, problem: str, *, wrong: pa.Array, ids: pa.Array) -> list[Finding]:
    """Make one finding of all rows that break a rule.

    Args:
        law: The law's name.
        where: The table and batch.
        problem: What is wrong, in words.
        wrong: bool for each row; null counts as wrong.
        ids: What names each row, strings.

    Returns:
        Nothing where no row is wrong, else one finding with the number of rows and some of their names.
    """
    bad = ids.filter(pc.fill_null(wrong, True))
    if not len(bad):
        return []
    examples = ", ".join(str(each) for each in bad.slice(0, _EXAMPLES).to_pylist())
    rows = "1 row" if len(bad) == 1 else f"{len(bad)} rows"
    return [Finding(law, where, f"{problem}: {rows} ({examples}{', ...' if len(bad) > _EXAMPLES else ''})")]
