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
from storage.reading import read

if TYPE_CHECKING:
    from storage.manifest import Snapshot

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


def restore(moment: Snapshot, ids: pa.Array) -> pa.Table:
    """Give published articles back as the records that they were.

    The title is null where the source gave none: what `article_id` is made of tells it.

    Args:
        moment: The warehouse at one moment.
        ids: string array of different ids.

    Returns:
        A table of schema `ingest.tables.RECORDS`, in the order of the ids.

    Raises:
        WarehouseFormat: An article is not there whole.
    """
    where = ds.field("article_id").isin(ids)
    tables = [read(moment, table, columns=_SAID, where=where) for table in ("articles", "duplicates")]
    said = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    texts = read(moment, "originals", columns=["article_id", "extracted", "content_hash"], where=where)
    for rows, what in ((said, "row in articles or duplicates"), (texts, "original")):
        if rows.num_rows != len(ids):
            raise WarehouseFormat(
                f"{moment.warehouse.root}: {len(ids)} articles have {rows.num_rows} rows as their {what}; "
                "`copydesk check` says what is wrong"
            )
    said, texts = (_in_order(rows, ids) for rows in (said, texts))
    records = said.append_column("text", texts.column("extracted"))
    records = records.append_column("content_hash", texts.column("content_hash")).select(RECORDS.names)
    given = pc.equal(article_ids(records), ids)
    title = pc.if_else(given, records.column("title"), None)
    place = RECORDS.get_field_index("title")
    return records.set_column(place, RECORDS.field("title"), title).cast(RECORDS).combine_chunks()


def _in_order(rows: pa.Table, ids: pa.Array) -> pa.Table:
    return rows.take(pc.index_in(ids, value_set=rows.column("article_id").combine_chunks()))
