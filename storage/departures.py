"""What leaves the tables of earlier batches in a commit, and the history without it.

Articles leave because they are forgotten, because their batch is done again, or because a later batch takes
them over to decide on them once more. No copy stays whose kept article leaves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from storage.errors import IndexMismatch, unwritable
from storage.kept import no_articles
from storage.known import known_rows
from storage.moves import Gone
from storage.reading import read
from storage.runs import read_rows, write_run
from storage.tiers import alike, merge_runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from storage.manifest import Snapshot
    from storage.store import Source

NAMES = {
    "articles": ("article_id",),
    "duplicates": ("article_id",),
    "originals": ("article_id",),
    "removals": ("article_id",),
    "reuse": ("article_id",),
    "relations": ("article_id", "of_article_id"),
    "rejects": (),
    "batches": (),
}
"""Table → the columns that name articles without which a row cannot stay."""

_IDS, _SAID, _RUN = "ids.arrow", "departure.json", "left"
_SCHEMA = pa.schema([pa.field("article_id", pa.string(), nullable=False)])


@dataclass(frozen=True)
class Remaining:
    """The history without what leaves.

    Attributes:
        first: How many live runs stay as they are, the oldest ones.
        folder: Folder of the one run in which what is left of the others lies; none where all stay.
    """

    first: int
    folder: Path | None

    def folders(self, moment: Snapshot) -> list[Source]:
        """List the folders of its runs, the oldest first.

        Args:
            moment: The warehouse from which something leaves.
        """
        live: list[Source] = [moment.warehouse.index / name for name in moment.runs[: self.first]]
        return [*live, self.folder] if self.folder else live


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """What is to leave earlier batches.

    Attributes:
        kind: Kind of the commit, see `storage.manifest.Manifest`.
        ids: string array: the articles that leave, kept ones and duplicates.
        batch_id: A batch all of whose rows leave, since it is done again.
        reread: Batches whose inputs are not known any more, since records that were known in them leave.
    """

    kind: str
    ids: pa.Array
    batch_id: str | None = None
    reread: tuple[str, ...] = ()

    def leaving(self, table: str) -> ds.Expression:
        """Say which rows of a table leave.

        Args:
            table: Its name.
        """
        rows = ds.field("batch_id") == pa.scalar(self.batch_id or "")
        for name in NAMES[table]:
            rows |= ds.field(name).isin(self.ids)
        return rows

    def marked(self, batches: pa.Table) -> pa.Table:
        """Mark the batches whose inputs are not known any more.

        Args:
            batches: Rows of the table of that name, `batch_id` and `reread` among the columns.
        """
        again = pc.is_in(batches.column("batch_id"), value_set=pa.array(self.reread, pa.string()))
        place = batches.schema.get_field_index("reread")
        return batches.set_column(place, batches.field(place), pc.or_(batches.column("reread"), again))


@dataclass(frozen=True, kw_only=True)
class Departure(Leaving):
    """What a commit takes out of earlier batches.

    Attributes:
        remaining: The history without it.
    """

    remaining: Remaining


def with_copies(moment: Snapshot, ids: pa.Array) -> pa.Array:
    """Add to some articles their copies, wherever they are.

    Args:
        moment: The warehouse at one moment.
        ids: string array.

    Returns:
        string array, each id once.
    """
    where = ds.field("of_article_id").isin(ids)
    copies = read(moment, "duplicates", columns=["article_id"], where=where).column("article_id")
    return pc.unique(pa.concat_arrays([ids, *copies.chunks]))


def leaving_rows(moment: Snapshot, departure: Departure, table: str, columns: Sequence[str]) -> pa.Table:
    """Read columns of the rows of a table that leave.

    Args:
        moment: The warehouse at one moment.
        departure: What leaves.
        table: The table's name.
        columns: The columns wanted.
    """
    return read(moment, table, columns=columns, where=departure.leaving(table))


def depart(moment: Snapshot, leave: Leaving, *, folder: Path) -> Departure:
    """Write the history without some articles: one run in the place of all from the oldest touched one on.

    Args:
        moment: The warehouse at one moment.
        leave: What leaves; with each kept article all its copies.
        folder: An empty folder for what later steps want to know of it: `departure` reads it.

    Returns:
        What leaves, and what is left.

    Raises:
        IndexMismatch: Keys of articles that stay were made in different ways, so that they do not mix.
        WarehouseUnwritable: The disk refuses.
    """
    first = 0 if leave.kind == "rebuild" else _first_touched(moment, leave)
    left = folder / _RUN if first < len(moment.runs) else None
    if left:
        _write_without(moment, moment.runs[first:], leave, left)
    said = {"kind": leave.kind, "batch_id": leave.batch_id, "reread": leave.reread}
    try:
        with pa.OSFile(str(folder / _IDS), "wb") as sink, pa.ipc.new_file(sink, _SCHEMA) as writer:
            writer.write_table(pa.table([leave.ids], schema=_SCHEMA))
        (folder / _SAID).write_text(json.dumps({**said, "first": first}))
    except OSError as error:
        raise unwritable(folder, error) from error
    return Departure(**vars(leave), remaining=Remaining(first, left))


def departure(folder: Path) -> Departure | None:
    """Read what leaves.

    Args:
        folder: What `depart` was given; where it is not there, nothing leaves.
    """
    if not (folder / _SAID).is_file():
        return None
    said = json.loads((folder / _SAID).read_text())
    with pa.memory_map(str(folder / _IDS)) as source:
        ids = pa.ipc.open_file(source).read_all().column("article_id").combine_chunks()
    left = folder / _RUN
    remaining = Remaining(said["first"], left if left.is_dir() else None)
    told = {"kind": said["kind"], "batch_id": said["batch_id"], "reread": tuple(said["reread"])}
    return Departure(**told, ids=ids, remaining=remaining)


def _first_touched(moment: Snapshot, leave: Leaving) -> int:
    """Return the number of the oldest run that holds a batch which something leaves, or which changes."""
    batches = {leave.batch_id, *leave.reread}
    for table in ("articles", "duplicates"):
        rows = read(moment, table, columns=["batch_id"], where=ds.field("article_id").isin(leave.ids))
        batches |= set(rows.column("batch_id").unique().to_pylist())
    inside = moment.batches_in_runs
    touched = (number for number, name in enumerate(moment.runs) if batches & set(inside[name]))
    return next(touched, len(moment.runs))


def _write_without(moment: Snapshot, runs: Sequence[str], leave: Leaving, target: Path) -> None:
    """Write what is left of some runs; what was dealt with is derived anew from the rows that stay."""
    inside = moment.batches_in_runs
    batches = ds.field("batch_id").isin([batch for name in runs for batch in inside[name]])

    def staying(table: str, columns: Sequence[str]) -> pa.Table:
        where = batches & ~leave.leaving(table)
        if "reread" in columns:
            return leave.marked(read(moment, table, columns=["batch_id", *columns], where=where))
        return read(moment, table, columns=columns, where=where)

    gone = Gone(leave.ids, known_rows(staying))
    target.mkdir()
    if not staying("articles", ["batch_id"]).num_rows:
        write_run(target, {**gone.known, **no_articles()})  # the old runs are not even looked at
        return
    folders = [moment.warehouse.index / name for name in runs]
    if not alike([each for each in folders if gone.stays(read_rows(each, "kept")).any()]):
        raise IndexMismatch(
            f"{moment.warehouse.root}: the history has runs of different settings, and articles of several "
            "would have to be put together; run `copydesk rebuild` first"
        )
    merge_runs(folders, target, gone=gone)
