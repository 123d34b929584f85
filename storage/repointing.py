"""Rows of `reuse` whose paragraph was first in an article that leaves: who has it first now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from dedup.reuse import verified
from dedup.tables import REUSED
from storage.kept import kept_articles, kept_texts
from storage.lookups import first_places
from storage.postings import STORED, fingerprint_stored
from storage.reading import read

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from storage.departures import Departure
    from storage.history import History
    from storage.manifest import Snapshot

    Ints = NDArray[np.int64]

_LOST = ["article_id", "start", "end", "occurrences"]
POINTERS = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("of_article_id", pa.string()),
        pa.field("of_start", pa.int32()),
        pa.field("of_end", pa.int32()),
    ]
)
"""One row for each row of `reuse` that has to point elsewhere; null where it has to go."""


def repointed(moment: Snapshot, departure: Departure, *, again: pa.Array, history: History) -> pa.Table:
    """Say where the paragraphs of rows of `reuse` that stay were first, now that others leave.

    Args:
        moment: The warehouse before.
        departure: What leaves.
        again: string array: articles that come again with the same text.
        history: The history without what leaves.

    Returns:
        A table of schema `POINTERS`, a row for each that pointed to what leaves; the place is verified on the
        text, and null where no earlier article has the paragraph.
    """
    lost = departure.ids.filter(pc.invert(pc.is_in(departure.ids, value_set=again)))
    where = ds.field("of_article_id").isin(lost) & ~departure.leaving("reuse")
    rows = read(moment, "reuse", columns=_LOST, where=where).combine_chunks()
    if not rows.num_rows:
        return POINTERS.empty_table()
    where = ds.field("article_id").isin(pc.unique(rows.column("article_id")))
    stored = read(moment, "articles", columns=STORED, where=where).combine_chunks()
    proposed = _proposed(rows, stored, history)
    texts = stored.column("text").combine_chunks()

    def texts_of(numbers: Ints) -> pa.Array:
        old, new = numbers[numbers < 0], numbers[numbers >= 0]
        return pa.concat_arrays([kept_texts(history, -1 - old), texts.take(pa.array(new))])

    found = verified(proposed, texts_of).combine_chunks()
    article = pc.index_in(rows.column("article_id"), value_set=stored.column("article_id").combine_chunks())
    place = pc.index_in(_places(article, rows), value_set=_places(found.column("article"), found))
    names = kept_articles(history, -1 - found.column("of").to_numpy()).column("article_id")
    columns = [names, found.column("of_start"), found.column("of_end")]
    return pa.table(
        [rows.column("article_id"), rows.column("start"), *(column.take(place) for column in columns)],
        schema=POINTERS,
    )


def _proposed(rows: pa.Table, stored: pa.Table, history: History) -> pa.Table:
    """Return where the history has the paragraphs of the rows first, in articles before theirs; `REUSED`."""
    _, paragraphs = fingerprint_stored([stored])
    ids = stored.column("article_id").combine_chunks()
    article = pc.index_in(rows.column("article_id"), value_set=ids)
    own = pc.index_in(_places(article, rows), value_set=_places(paragraphs.column("row"), paragraphs))
    keys = paragraphs.column("key").take(own)
    found = first_places(history, keys.to_numpy())
    query = found.column("query")
    names = kept_articles(history, found.column("member").to_numpy()).column("article_id")
    columns = {
        "article": article.take(query).cast(pa.int64()),
        "start": rows.column("start").take(query),
        "end": rows.column("end").take(query),
        "key": keys.take(query),
        "of": pc.subtract(-1, found.column("member")),
        "of_start": found.column("start"),
        "of_end": found.column("end"),
        "occurrences": rows.column("occurrences").take(query).cast(pa.int64()),
    }
    # The first of all may be the article itself: then it is no reuse any more.
    others = pc.not_equal(names, rows.column("article_id").take(query))
    order = pc.sort_indices(pa.table(columns), [("article", "ascending"), ("start", "ascending")])
    return pa.table(columns, schema=REUSED).take(order.filter(others.take(order)))


def _places(article: pa.ChunkedArray, rows: pa.Table) -> pa.Array:
    """Give one number for an article and the start of a paragraph in it."""
    return pa.array(article.to_numpy().astype(np.int64) << 32 | rows.column("start").to_numpy())
