"""The step that finds paragraphs which articles share with earlier ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import reuse as paragraphs_of_others
from dedup.decisions import in_order
from dedup.tables import FINGERPRINTS, LINES, PARAGRAPH_KEYS
from dedup.withdrawal import LAYER
from flows import run as runs
from flows.gathering import FINISHED
from flows.matching import article_texts, cleaned_folders, decisions_of
from flows.run import Run
from flows.unchanged import as_before
from flows.workfiles import read_table, write_table
from storage.history import History
from storage.kept import kept_articles, kept_texts
from storage.lookups import first_places

Ints = npt.NDArray[np.int64]


def reuse(run_file: str) -> str:
    """Find the paragraphs of kept articles that another article had before, verified on the text.

    Articles are numbered in order of publication; member m of the history has the number -1 - m.

    Returns:
        Path of `reuse.arrow`, the columns of the published table but for the batch.
    """
    run = runs.read(run_file)
    history = runs.history_of(run)
    fingerprints, of_them = kept_fingerprints(run, decisions_of(run))
    paragraphs = _published(run, of_them["paragraphs"], fingerprints)
    earlier = _earlier(history, paragraphs["key"].to_numpy())
    proposed = paragraphs_of_others.find(paragraphs.rename_columns({"row": "article"}), earlier)
    reused = paragraphs_of_others.verified(proposed, _texts(run, history, fingerprints))
    rows = {
        "article_id": fingerprints["article_id"].take(reused["article"]),
        "start": reused["start"],
        "end": reused["end"],
        "of_article_id": _ids(reused["of"].to_numpy(), history, fingerprints),
        "of_start": reused["of_start"],
        "of_end": reused["of_end"],
        "similarity": pa.array(np.ones(reused.num_rows, np.float32)),  # all words are the same
        "occurrences": reused["occurrences"].cast(pa.int32()),
    }
    told = as_before(run, "reuse", pa.table(rows), fingerprints=fingerprints, key=["article_id", "start"])
    return write_table(run.path("reuse.arrow"), told)


def kept_fingerprints(run: Run, decisions: pa.Table) -> tuple[pa.Table, dict[str, pa.Table]]:
    """Return the fingerprints of the kept articles in order of publication, and what belongs to them.

    Args:
        run: the run.
        decisions: in the order of the chunks and their rows.

    Returns:
        A table of schema `dedup.tables.FINGERPRINTS`; and `paragraphs` (`PARAGRAPH_KEYS`) and `lines`
        (`LINES`), whose `row` is the row in it, ascending.
    """
    fingerprints, before = [FINGERPRINTS.empty_table()], 0
    parts = {name: [schema.empty_table()] for name, schema in _BELONGING.items()}
    for folder in cleaned_folders(run):
        mine = pc.and_(pc.equal(decisions["chunk"], int(folder.name)), pc.equal(decisions["outcome"], "kept"))
        rows = decisions.filter(mine)["row"].to_numpy()
        fingerprints.append(read_table(folder / "fingerprints.arrow").take(pa.array(rows)))
        for name, tables in parts.items():
            own = read_table(folder / f"{name}.arrow")
            own = own.filter(pc.is_in(own["row"], pa.array(rows)))
            tables.append(_numbered(own, np.searchsorted(rows, own["row"].to_numpy()) + before))
        before += len(rows)
    gathered = pa.concat_tables(fingerprints).combine_chunks()
    numbered = in_order(gathered.append_column("number", pa.array(np.arange(before))))
    place = np.empty(before, np.int64)
    place[numbered["number"].to_numpy()] = np.arange(before)
    belonging = {name: _placed(pa.concat_tables(tables), place) for name, tables in parts.items()}
    return numbered.drop(["number"]), belonging


_BELONGING = {"paragraphs": PARAGRAPH_KEYS, "lines": LINES}


def _placed(rows: pa.Table, place: Ints) -> pa.Table:
    placed = _numbered(rows, place[rows["row"].to_numpy()])
    return placed.take(pa.array(np.argsort(placed["row"].to_numpy(), kind="stable")))


def _numbered(rows: pa.Table, numbers: Ints) -> pa.Table:
    return rows.set_column(0, PARAGRAPH_KEYS.field("row"), pa.array(numbers, pa.int32()))


def _published(run: Run, paragraphs: pa.Table, fingerprints: pa.Table) -> pa.Table:
    """Leave out the paragraphs that templates have taken from their articles."""
    gone = [pa.schema([("place", pa.int64())]).empty_table()]
    columns = fingerprints.select(["chunk", "row"])
    for folder in sorted(run.path(FINISHED).glob("*")):
        removals = read_table(folder / "removals.arrow")
        taken = removals.filter(pc.equal(removals["layer"], LAYER))
        mine = pa.array(np.flatnonzero(columns["chunk"].to_numpy() == int(folder.name)))
        at = pc.index_in(taken["row"], value_set=columns["row"].take(mine).combine_chunks())
        place = pc.shift_left(mine.take(at.combine_chunks()), 32)
        gone.append(pa.table({"place": pc.add(place, taken["start"])}))
    own = (paragraphs["row"].to_numpy().astype(np.int64) << 32) + paragraphs["start"].to_numpy()
    taken = pa.concat_tables(gone)["place"].drop_null().to_numpy()
    return paragraphs.filter(pa.array(~np.isin(own, taken)))


def _earlier(history: History, keys: npt.NDArray[np.uint64]) -> pa.Table:
    """Return for each paragraph where it stood first in earlier batches; null where it did not."""
    found = first_places(history, keys)
    place = np.full(len(keys), -1, np.int64)
    place[found["query"].to_numpy()] = np.arange(found.num_rows)
    columns = {
        "of": pc.subtract(-1, found["member"]),
        "of_start": found["start"],
        "of_end": found["end"],
        "count": found["count"],
    }
    return pa.table(columns).take(pa.array(place, mask=place < 0))


def _texts(run: Run, history: History, fingerprints: pa.Table) -> Callable[[Ints], pa.Array]:
    own = article_texts(run)

    def texts(articles: Ints) -> pa.Array:
        old, new = articles[articles < 0], articles[articles >= 0]
        return pa.concat_arrays([kept_texts(history, -1 - old), own(fingerprints.take(pa.array(new)))])

    return texts


def _ids(numbers: Ints, history: History, fingerprints: pa.Table) -> pa.Array:
    """Return the ids of articles by number."""
    some, place = np.unique(numbers, return_inverse=True)
    old, new = some[some < 0], some[some >= 0]
    ids = [
        kept_articles(history, -1 - old)["article_id"],
        fingerprints["article_id"].take(pa.array(new)),
    ]
    return (
        pa.chunked_array([chunk for each in ids for chunk in each.chunks], pa.string())
        .combine_chunks()
        .take(pa.array(place))
    )
