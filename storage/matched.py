"""Texts as they were matched: what templates took out of the published ones is put back.

Matching decides on texts that owe nothing to other articles; so whoever compares published texts once more
has to look at those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from dedup.withdrawal import put_back
from storage.findings import template_cuts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.findings import Batch

SPANS = ("article_id", "text", "paragraph_spans")
"""Columns of articles that it takes."""


def as_matched(batches: Mapping[str, Batch], homes: pa.ChunkedArray, rows: pa.Table) -> pa.Table:
    """Put back what templates took out of articles.

    Args:
        batches: Batch id → batch.
        homes: Ids of the batches in which the articles are.
        rows: `SPANS` of them, and other columns; `content_id` becomes that of the text that was matched.

    Returns:
        The same rows and columns.
    """
    ids = rows.column("article_id")
    cuts = [
        template_cuts(batches[name], ids.filter(pc.equal(homes, name)).combine_chunks())
        for name in pc.unique(homes).to_pylist()
    ]
    return put_back(rows, pa.concat_tables(cuts)) if cuts else rows


def matched_ids(batch: Batch, table: str, rows: pa.Table) -> pa.Table:
    """Put the content ids of the texts that were matched in the place of those that are published.

    Args:
        batch: The batch.
        table: `articles` or `duplicates`.
        rows: `article_id`, `content_id` and other columns of that table.

    Returns:
        The same rows and columns.
    """
    cuts = template_cuts(batch)
    touched = pc.unique(cuts.column("article_id"))
    where = ds.field("article_id").isin(touched)
    whole = put_back(batch.read(table, [*SPANS, "content_id"], where=where), cuts)
    place = pc.index_in(rows.column("article_id"), value_set=whole.column("article_id").combine_chunks())
    told = pc.coalesce(whole.column("content_id").take(place), rows.column("content_id"))
    return rows.set_column(rows.column_names.index("content_id"), "content_id", told)
