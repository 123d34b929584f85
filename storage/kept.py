"""The kept articles of a run, by member: who they are, and where their texts lie.

A member is numbered in the order of commits, and within a batch in order of publication, whatever the order
in which its articles were written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dedup.tables import FINGERPRINTS, PARAGRAPH_KEYS
from storage.contract import ARTICLES
from storage.errors import SchemaMismatch, WarehouseFormat
from storage.matched import as_matched
from storage.postings import RECIPE, ROWS, in_order, make_postings
from storage.runs import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from storage.history import History
    from storage.store import Stored

    Ints = NDArray[np.int64]

PUBLISHED = ("article_id", "batch_id", "published_at", "outlet", "canonical_url", "content_id")
_KEYS = ("text_key", "title_key", "url_key", "tokens")
_OF_KEYS = (*_KEYS, "content_id")  # of the text that was matched, of which templates may have taken lines

KEPT = pa.schema(
    [
        *[ARTICLES.field(name).remove_metadata() for name in PUBLISHED],
        *[FINGERPRINTS.field(name) for name in _KEYS],
        pa.field("file", pa.int32(), nullable=False),  # number of its file in `storage.runs.Facts.files`
        pa.field("row", pa.int32(), nullable=False),  # row in that file
    ]
)
"""One row for each kept article: what later batches compare without reading its text."""


def kept_rows(articles: pa.Table, keys: pa.Table, *, file: Ints, row: Ints) -> pa.Table:
    """Derive the kept articles of a run from the table `articles`.

    Args:
        articles: `PUBLISHED` of the batch's articles, as stored.
        keys: What `storage.postings.write_postings` left, or the same computed anew, a member a row.
        file: int, number of the file in which each article lies.
        row: int, its row there.

    Returns:
        A table of schema `KEPT`.

    Raises:
        SchemaMismatch: The keys are those of other articles.
    """
    places = {"file": pa.array(file, pa.int32()), "row": pa.array(row, pa.int32())}
    placed = articles
    for name, column in places.items():
        placed = placed.append_column(name, column)
    ordered = placed.take(in_order(articles))
    for name in (name for name in PUBLISHED if name in keys.column_names and name not in _OF_KEYS):
        if not ordered.column(name).equals(keys.column(name)):
            raise SchemaMismatch(
                f"table articles: its {ordered.num_rows} rows and the {keys.num_rows} fingerprints are not "
                f"of the same articles ({name} differs); hand over one fingerprint for each kept article"
            )
    columns = [(keys if name in _OF_KEYS else ordered).column(name) for name in KEPT.names]
    return pa.table(columns, schema=KEPT).combine_chunks()


def no_articles() -> dict[str, pa.Table]:
    """Give what a run without a kept article holds of them: kind → table."""
    keys, postings = make_postings(FINGERPRINTS.empty_table(), PARAGRAPH_KEYS.empty_table(), rows=ROWS)
    facts = Facts.of(keys, recipe=RECIPE, rows=ROWS)
    return {**postings, "kept": KEPT.empty_table().replace_schema_metadata(facts.metadata())}


def kept_by(history: History, batch_id: str) -> pa.Table:
    """Give what the history holds of the articles that a batch kept.

    Args:
        history: What earlier batches left.
        batch_id: The batch.

    Returns:
        A table of schema `KEPT`.
    """
    own = [KEPT.empty_table()]
    for _, batch in _batches(history):
        rows = pa.Table.from_batches([batch]).replace_schema_metadata(None)
        own.append(rows.filter(pc.equal(rows.column("batch_id"), batch_id)))
    return pa.concat_tables(own).combine_chunks()


def places(rows: Sequence[int]) -> tuple[Ints, Ints]:
    """Number the rows of files that lie one behind the other.

    Args:
        rows: Rows of each file.

    Returns:
        For each row of all of them the number of its file, and its row there, int64.
    """
    file = np.repeat(np.arange(len(rows)), rows)
    return file, np.arange(len(file)) - np.repeat(np.cumsum(rows) - rows, rows)


def kept_articles(history: History, members: Ints) -> pa.Table:
    """Give what the history holds of some kept articles.

    Args:
        history: What earlier batches left.
        members: int64, their numbers, in any order, repeats allowed.

    Returns:
        A table of schema `KEPT`, a row for each number, in order.
    """
    order = np.argsort(members, kind="stable")
    asked, found = members[order], [KEPT.empty_table()]
    for first, batch in _batches(history):
        some = asked[slice(*np.searchsorted(asked, [first, first + batch.num_rows]))] - first
        if len(some):
            found.append(pa.Table.from_batches([batch]).replace_schema_metadata(None).take(pa.array(some)))
    return pa.concat_tables(found).combine_chunks().take(pa.array(_back(order)))


def kept_texts(history: History, members: Ints) -> pa.Array:
    """Fetch the texts of some kept articles as they were matched.

    They are read in the order in which they are stored, each row group once.

    Args:
        history: What earlier batches left.
        members: int64, their numbers, in any order, repeats allowed.

    Returns:
        string array, a text for each number, in order.

    Raises:
        WarehouseFormat: A file is missing or damaged.
    """
    places = kept_articles(history, members)
    file, row = (places.column(name).to_numpy().astype(np.int64) for name in ("file", "row"))
    names = [name for run in history.runs for name in run.facts.files]
    before = np.cumsum([0, *(len(run.facts.files) for run in history.runs)])
    file += before[np.searchsorted([run.first for run in history.runs], members, "right") - 1]
    order = np.lexsort((row, file))
    found = [_TEXTS.empty_table()]
    for some in np.split(order, np.flatnonzero(np.diff(file[order])) + 1) if len(order) else []:
        found += _stored_texts(history.place.locate(names[file[some[0]]]), row[some])
    texts = as_matched(history.batches, places["batch_id"], pa.concat_tables(found).combine_chunks())
    return texts["text"].combine_chunks().take(pa.array(_back(order)))


_TEXTS = pa.schema(
    [ARTICLES.field(name).remove_metadata() for name in ("article_id", "text", "paragraph_spans")]
)


def _stored_texts(file: Stored, rows: Ints) -> Iterator[pa.Table]:
    """Read `_TEXTS` of some rows of a file (ascending), a row group at a time."""
    try:
        with file.store.open(file.key) as opened, pq.ParquetFile(opened) as parquet:
            sizes = [parquet.metadata.row_group(number).num_rows for number in range(parquet.num_row_groups)]
            ends = np.cumsum(sizes)
            groups = np.searchsorted(ends, rows, "right")
            for group in np.unique(groups).tolist():
                texts = parquet.read_row_group(group, columns=_TEXTS.names).replace_schema_metadata(None)
                some = pa.array(rows[groups == group] - (ends[group] - sizes[group]))
                yield texts.take(some).cast(_TEXTS)
    except (OSError, pa.ArrowInvalid, IndexError) as error:
        raise WarehouseFormat(
            f"{file}: cannot be read ({error}); `copydesk check` says what is wrong"
        ) from error


def _batches(history: History) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield the record batches of all runs, each with the number of its first member."""
    first = 0
    for run in history.runs:
        for batch in run.tables["kept"].to_batches():
            yield first, batch
            first += batch.num_rows


def _back(order: Ints) -> Ints:
    """Return where each value went that was taken in this order."""
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return back
