"""The history: what a later batch knows of earlier ones, from the live runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedup.signatures import rows_per_band
from storage.departures import Remaining
from storage.errors import IndexMismatch
from storage.findings import Batch, batches_of
from storage.manifest import Snapshot, snapshot
from storage.postings import RECIPE, WITHOUT_LINES
from storage.runs import Facts, read_facts, read_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from storage.store import Source
    from storage.warehouse import Warehouse


@dataclass(frozen=True)
class Run:
    """A live run, mapped into memory.

    Attributes:
        tables: Kind of rows → table.
        facts: What it says of itself.
        first: Number of its first member in the history.
    """

    tables: Mapping[str, pa.Table]
    facts: Facts
    first: int


@dataclass(frozen=True)
class History:
    """The live runs, the oldest first.

    Attributes:
        runs: The runs.
        moment: The warehouse, where the texts lie; none where there is no run.
    """

    runs: tuple[Run, ...]
    moment: Snapshot | None = None

    @property
    def place(self) -> Warehouse:
        """The warehouse of a history that has runs."""
        if self.moment is None:
            raise ValueError("a history without a warehouse has no texts")
        return self.moment.warehouse

    @property
    def batches(self) -> dict[str, Batch]:
        """The batches in which the articles are, by id."""
        return {batch.batch_id: batch for batch in batches_of(self.moment)} if self.moment else {}

    @property
    def kept(self) -> int:
        """Number of kept articles: members are numbered from 0 to below it."""
        return sum(run.tables["kept"].num_rows for run in self.runs)


def load_history(
    place: Warehouse | Snapshot,
    *,
    rows: int | None = None,
    recipe: str = RECIPE,
    remaining: Remaining | None = None,
) -> History:
    """Map the history of a warehouse into memory.

    Args:
        place: The warehouse, or a snapshot of it.
        rows: Rows of a band that the settings ask for (`dedup.signatures.rows_per_band`); not looked at where
            it is left out.
        recipe: How the keys must have been made.
        remaining: What is left of it where something leaves in the commit to come.

    Returns:
        The history; it stays as it is while later batches are committed.

    Raises:
        WarehouseFormat: A run is missing, damaged, or was written by a version this one does not know.
        IndexMismatch: A run was made in another way than the settings say, so that it would miss copies.
    """
    moment = place if isinstance(place, Snapshot) else snapshot(place)
    folders = (remaining or Remaining(len(moment.runs), None)).folders(moment)
    runs = open_runs(folders)
    for folder, run in zip(folders, runs, strict=True):
        if run.tables["kept"].num_rows:
            _refuse_mismatch(run.facts, folder, rows=rows, recipe=recipe)
    return History(runs, moment)


def open_runs(folders: Sequence[Source]) -> tuple[Run, ...]:
    """Map runs into memory.

    Args:
        folders: Their folders, the oldest first.

    Raises:
        WarehouseFormat: A run is missing, damaged, or was written by a version this one does not know.
    """
    runs: list[Run] = []
    for folder in folders:
        tables = read_run(folder)
        first = runs[-1].first + runs[-1].tables["kept"].num_rows if runs else 0
        runs.append(Run(tables, read_facts(tables["kept"], folder=folder), first))
    return tuple(runs)


def _refuse_mismatch(facts: Facts, folder: Source, *, rows: int | None, recipe: str) -> None:
    if facts.recipe not in {recipe, WITHOUT_LINES}:
        raise IndexMismatch(
            f"{folder}: was made with {facts.recipe}, now it is {recipe}; use the version of copydesk that "
            "made it, or run `copydesk rebuild`"
        )
    if rows is not None and facts.rows > rows:
        raise IndexMismatch(
            f"{folder}: was made with {facts.rows} rows a band, the setting near asks for {rows}; set near "
            f"back to {_least_near(facts.rows):.2f} or more, or run `copydesk rebuild`"
        )


def _least_near(rows: int) -> float:
    """Return the least threshold, in steps of a hundredth, at which bands of so many rows find every pair."""
    return next((step / 100 for step in range(1, 101) if rows_per_band(step / 100) >= rows), 1.0)
