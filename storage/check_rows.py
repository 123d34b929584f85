"""Do the rows of a batch agree with one another?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from ingest.tables import KINDS, REASONS
from storage.contract import MARKS, MATCH_KINDS, RELATION_KINDS, TABLES
from storage.findings import Batch, Finding, wrong_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CLOSED: Mapping[tuple[str, str], Iterable[str]] = {
    ("removals", "kind"): KINDS,
    ("removals", "layer"): ("title", "rule", "inline", "judge", "repeat", "template"),
    ("rejects", "reason"): REASONS,
    ("duplicates", "match"): MATCH_KINDS,
    ("relations", "relation"): RELATION_KINDS,
    ("articles", "marks"): MARKS,
    ("duplicates", "marks"): MARKS,
}
"""Columns whose values come from a closed list."""

_SHARES = (
    *(("removals", "similarity"), ("reuse", "similarity")),
    *((table, name) for table in ("duplicates", "relations") for name in ("jaccard", "containment")),
)
"""Columns that lie between 0 and 1."""


def check_ids(ids: pa.Array) -> list[Finding]:
    """Find article ids that are no hash, or stand in more than one row of articles and duplicates together.

    Args:
        ids: The ids of all articles and duplicates of the warehouse, an array of strings.
    """
    malformed = pc.invert(pc.match_substring_regex(ids, "^[0-9a-f]{32}$"))
    counted = pc.value_counts(ids)
    values, counts = counted.field("values"), counted.field("counts")
    where = "articles, duplicates"
    return [
        *wrong_rows("ids", where, "article_id is no 128-bit hash in hex", wrong=malformed, ids=ids),
        *wrong_rows("ids", where, "article_id is not unique", wrong=pc.greater(counts, 1), ids=values),
    ]


def check_counts(batch: Batch) -> list[Finding]:
    """Check that every record of a batch ended once, and that the batch says so.

    Args:
        batch: The batch.
    """
    rows = {table: batch.count(table) for table in ("articles", "duplicates", "rejects")}
    names = ["records", "kept", "duplicates", "rejected", "known", "taken_over", "gone"]
    stored = batch.read("batches", names).to_pylist()
    if len(stored) != 1:
        return [
            Finding("counts", batch.place("batches"), f"the batch has {len(stored)} rows, it must have one")
        ]
    [said] = stored
    ended = sum(said[name] for name in ("kept", "duplicates", "rejected", "known", "gone"))
    told = batch.manifest.counts
    pairs = [
        ("records, and what became of them", said["records"] + said["taken_over"], ended),
        ("kept, and rows of articles", said["kept"], rows["articles"]),
        ("duplicates, and rows of duplicates", said["duplicates"], rows["duplicates"]),
        ("rejected, and rows of rejects", said["rejected"], rows["rejects"]),
        (
            "articles, gone ones too, and the manifest",
            _articles(said),
            _articles({**said, **told, "gone": 0}),
        ),
        *(
            (f"{name}, and the manifest", said[name], told.get(name, said[name]))
            for name in ("records", "rejected", "known", "taken_over")
        ),
    ]
    return [
        Finding("counts", batch.place("batches"), f"{what} do not add up: {one} and {other}")
        for what, one, other in pairs
        if one != other
    ]


def _articles(counts: Mapping[str, int]) -> int:
    return counts["kept"] + counts["duplicates"] + counts["gone"]


def check_lists(batch: Batch) -> list[Finding]:
    """Check the columns whose values are limited: closed lists, shares, and the batch's own id.

    Args:
        batch: The batch.
    """
    found: list[Finding] = []
    for (table, column), allowed in CLOSED.items():
        values = batch.read(table, [column]).column(column)
        values = pc.list_flatten(values) if pa.types.is_list(values.type) else values
        wrong = pc.invert(pc.is_in(values, value_set=pa.array(list(allowed))))
        found += wrong_rows(
            "lists", batch.place(table), f"{column} is not in the list", wrong=wrong, ids=values
        )
    for table, column in _SHARES:
        values = batch.read(table, [column]).column(column).drop_null()
        wrong = pc.invert(pc.and_(pc.greater_equal(values, 0), pc.less_equal(values, 1)))
        found += wrong_rows(
            "lists", batch.place(table), f"{column} is not from 0 to 1", wrong=wrong, ids=values
        )
    for table in TABLES:
        values = batch.read(table, ["batch_id"]).column("batch_id")
        wrong = pc.not_equal(values, batch.batch_id)
        found += wrong_rows("lists", batch.place(table), "batch_id is another", wrong=wrong, ids=values)
    return found


def check_references(batch: Batch, *, everywhere: pa.Array) -> list[Finding]:
    """Check that rows speak of articles that are there, and that articles and originals are the same.

    Args:
        batch: The batch.
        everywhere: The ids of all articles and duplicates of the warehouse.
    """
    own = pa.chunked_array(
        [chunk for table in ("articles", "duplicates") for chunk in _ids(batch, table, "article_id").chunks],
        pa.string(),
    ).combine_chunks()
    found = _once(batch, _ids(batch, "originals", "article_id"))
    found += _inside(batch, "originals", "article_id", own)
    lacking = pc.invert(pc.is_in(own, value_set=_ids(batch, "originals", "article_id").combine_chunks()))
    found += wrong_rows(
        "references", batch.place("articles"), "article without original", wrong=lacking, ids=own
    )
    for table in ("removals", "reuse"):
        found += _inside(batch, table, "article_id", own)
    for table, column in (
        *(("relations", "article_id"), ("relations", "of_article_id")),
        ("reuse", "of_article_id"),
    ):
        found += _inside(batch, table, column, everywhere)
    return [*found, *_foreign(batch, own)]


def _foreign(batch: Batch, own: pa.Array) -> list[Finding]:
    """Find relations that are not of an article of the batch; a contained one may be that of the other."""
    rows = batch.read("relations", ["article_id", "of_article_id", "relation"])
    mine, of_mine = (pc.is_in(rows.column(name), value_set=own) for name in ("article_id", "of_article_id"))
    contains = pc.and_(of_mine, pc.equal(rows.column("relation"), "contained"))
    wrong = pc.invert(pc.or_(mine, contains))
    problem = "article_id names no article of this batch"
    return wrong_rows(
        "references", batch.place("relations"), problem, wrong=wrong, ids=rows.column("article_id")
    )


def _ids(batch: Batch, table: str, column: str) -> pa.ChunkedArray:
    return batch.read(table, [column]).column(column)


def _once(batch: Batch, ids: pa.ChunkedArray) -> list[Finding]:
    counted = pc.value_counts(ids)
    twice = pc.greater(counted.field("counts"), 1)
    return wrong_rows(
        "references",
        batch.place("originals"),
        "more than one original",
        wrong=twice,
        ids=counted.field("values"),
    )


def _inside(batch: Batch, table: str, column: str, known: pa.Array) -> list[Finding]:
    values = _ids(batch, table, column)
    wrong = pc.invert(pc.is_in(values, value_set=known))
    return wrong_rows(
        "references", batch.place(table), f"{column} names no such article", wrong=wrong, ids=values
    )
