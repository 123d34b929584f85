"""What a check of a warehouse finds, and the batch it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from storage.contract import TABLES
from storage.reading import batch_files, read_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.manifest import Manifest
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
    """One committed batch."""

    warehouse: Warehouse
    manifest: Manifest

    def read(self, table: str, columns: Sequence[str], *, where: ds.Expression | None = None) -> pa.Table:
        """Read columns of one of the batch's tables.

        Args:
            table: The table's name.
            columns: The columns wanted.
            where: A filter.
        """
        paths = batch_files(self.warehouse, self.manifest, table)
        return read_files(paths, TABLES[table], columns=columns, where=where)

    def place(self, table: str) -> str:
        """Say where findings on one of the batch's tables lie.

        Args:
            table: The table's name.
        """
        return f"{table}/batch={self.manifest.batch_id}"


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
        """Read columns of some articles, wherever they are.

        Args:
            ids: Their ids, repeats allowed.
            columns: The columns wanted, all of them in `articles`.

        Returns:
            A row for each id, in order; null throughout for an id that is nowhere.
        """
        wanted = pc.unique(ids)
        homes = self.homes.filter(pc.is_in(self.homes.column("article_id"), value_set=wanted))
        where = ds.field("article_id").isin(wanted)
        read = [
            self.batches[name].read(table, ["article_id", *columns], where=where)
            for name in pc.unique(homes.column("batch_id")).to_pylist()
            for table in ("articles", "duplicates")
        ]
        schema = pa.schema([TABLES["articles"].field(name) for name in ("article_id", *columns)])
        rows = pa.concat_tables(
            [schema.empty_table(), *(each.cast(schema) for each in read)]
        ).combine_chunks()
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
