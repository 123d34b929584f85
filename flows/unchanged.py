"""What articles say of others stays, where their batch is done again and they come out of it as they were.

Batches that came later are history for a batch that is done again. What was there first would seem to have
been taken from what was taken from it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from flows import run as runs
from flows import taking
from flows.run import Run
from storage import read


def as_before(
    run: Run, table: str, rows: pa.Table, *, fingerprints: pa.Table, key: Sequence[str]
) -> pa.Table:
    """Put what articles said that stay as they were in the place of what they would say now.

    Only where the other article is not there any more do they say what they would say now.

    Args:
        run: the run.
        table: `reuse`, or `relations` for those of a series.
        rows: columns of that table, what all articles of the batch would say now.
        fingerprints: table of schema `dedup.tables.FINGERPRINTS`, of articles that the batch keeps.
        key: the columns that tell what a row is about; an article says one thing of it.

    Returns:
        A table of the same columns.
    """
    leaves = runs.departure_of(run)
    if run.kind != "replace" or leaves is None:
        return rows
    stay = fingerprints["article_id"].filter(pa.array(taking.settled(run, fingerprints))).combine_chunks()
    moment = taking.moment_of(run)
    if not len(stay) or moment.lost:
        return rows
    where = (ds.field("batch_id") == run.batch_id) & ds.field("article_id").isin(stay)
    if table == "relations":
        where &= ds.field("relation") == "series"
    said = read(moment, table, columns=[*rows.column_names], where=where).replace_schema_metadata(None)
    gone = leaves.ids.filter(pc.invert(pc.is_in(leaves.ids, value_set=stay)))
    lost = pc.is_in(said["of_article_id"], value_set=gone)
    free = _keys(said.filter(lost), key).combine_chunks()
    new = pc.or_(
        pc.invert(pc.is_in(rows["article_id"], value_set=stay)), pc.is_in(_keys(rows, key), value_set=free)
    )
    return pa.concat_tables([rows.filter(new), said.filter(pc.invert(lost)).cast(rows.schema)])


def _keys(rows: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*(rows[name].cast(pa.string()) for name in names), "/")
