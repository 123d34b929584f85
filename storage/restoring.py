"""Published articles as the records that they once were, to be cleaned and decided on again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from ingest.identity import article_ids
from ingest.tables import RECORDS
from storage.contract import TIMESTAMP
from storage.errors import WarehouseFormat
from storage.findings import Batch, batches_of
from storage.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.manifest import Snapshot

ROWS = 1_000  # records given back together: their texts are not known to be short

_SAID = [name for name in RECORDS.names if name not in {"text", "content_hash"}]

TAKEN = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("batch_id", pa.string(), nullable=False),
        pa.field("ingested_at", TIMESTAMP, nullable=False),
    ]
)
"""One row for each published article that a later batch takes over."""


def published_articles(moment: Snapshot, where: ds.Expression | None = None) -> pa.Table:
    """List published articles, kept ones and duplicates.

    Args:
        moment: The warehouse at one moment.
        where: Which ones; all where it is left out.

    Returns:
        A table of schema `TAKEN`, sorted by batch, then id.
    """
    tables = [read(moment, table, columns=TAKEN.names, where=where) for table in ("articles", "duplicates")]
    rows = pa.concat_tables([table.cast(TAKEN) for table in tables])
    return rows.sort_by([("batch_id", "ascending"), ("article_id", "ascending")]).combine_chunks()


def articles_of(moment: Snapshot, batch_id: str) -> pa.Array:
    """List the articles of a batch; `originals` name them as well, should another file be left out.

    Args:
        moment: The warehouse at one moment.
        batch_id: The batch.

    Returns:
        string array of ids, each once.
    """
    own = ds.field("batch_id") == batch_id
    tables = ("articles", "duplicates", "originals")
    rows = [read(moment, table, columns=["article_id"], where=own).column("article_id") for table in tables]
    return pc.unique(pa.chunked_array([chunk for each in rows for chunk in each.chunks], pa.string()))


def restore(moment: Snapshot, taken: pa.Table) -> Iterator[pa.Table]:
    """Give published articles back as the records that they were.

    The title is null where the source gave none: what `article_id` is made of tells it.

    Args:
        moment: The warehouse at one moment.
        taken: A table of schema `TAKEN`, sorted by batch, then id.

    Yields:
        Tables of schema `ingest.tables.RECORDS` of some rows, in the order of the articles.

    Raises:
        WarehouseFormat: An article is not there whole.
    """
    batches = {batch.batch_id: batch for batch in batches_of(moment)}
    for name in taken.column("batch_id").unique().to_pylist():
        own = taken.filter(pc.equal(taken.column("batch_id"), name)).column("article_id").combine_chunks()
        tables = [_of(batches[name], table, _SAID, own) for table in ("articles", "duplicates")]
        said = _in_order(pa.concat_tables(tables), own, "row in articles or duplicates")
        for start in range(0, len(own), ROWS):
            ids = own.slice(start, ROWS)  # `originals` are sorted by them: few row groups are read
            texts = _of(batches[name], "originals", ["article_id", "extracted", "content_hash"], ids)
            yield _records(said.slice(start, ROWS), _in_order(texts, ids, "original"))


def _of(batch: Batch, table: str, columns: list[str], ids: pa.Array) -> pa.Table:
    rows = batch.read(table, columns, where=ds.field("article_id").isin(ids))
    return rows.replace_schema_metadata(None)


def _in_order(rows: pa.Table, ids: pa.Array, what: str) -> pa.Table:
    place = pc.index_in(ids, value_set=rows.column("article_id").combine_chunks())
    if place.null_count:
        raise WarehouseFormat(
            f"{place.null_count} of {len(ids)} articles have no {what}; `copydesk check` says what is wrong"
        )
    return rows.take(place)


def _records(said: pa.Table, texts: pa.Table) -> pa.Table:
    records = said.append_column("text", texts.column("extracted"))
    records = records.append_column("content_hash", texts.column("content_hash")).select(RECORDS.names)
    given = pc.equal(pa.chunked_array([article_ids(records)]), records.column("article_id"))
    title = pc.if_else(given, records.column("title"), None)
    place = RECORDS.get_field_index("title")
    return records.set_column(place, RECORDS.field("title"), title).cast(RECORDS).combine_chunks()
