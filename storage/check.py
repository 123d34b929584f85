"""Proves on what is stored that the laws hold; each file named `check_...` looks at one kind of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from storage.check_files import check_files, published_paths, strays
from storage.check_matches import KEPT_COLUMNS, check_matches
from storage.check_pairs import Similarity, check_bounds, check_similarity
from storage.check_reuse import check_reuse
from storage.check_rows import check_counts, check_ids, check_lists, check_references
from storage.check_runs import check_runs
from storage.check_texts import check_texts
from storage.errors import WarehouseFormat
from storage.findings import Batch, Finding, Published, batches_of
from storage.manifest import snapshot
from storage.matched import matched_ids
from storage.publish import pending
from storage.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

_log = logging.getLogger(__name__)


def check(
    place: str | os.PathLike[str] | Warehouse, *, similarity: Similarity | None = None
) -> list[Finding]:
    """Prove the laws on a warehouse; a run may go on meanwhile.

    Where files are missing or changed, nothing is said about rows: the files have to be mended first.

    Args:
        place: The warehouse's folder, or an open warehouse.
        similarity: Compares texts pairwise, to compute Jaccard index and containment of all duplicates and
            relations once more; they are believed where it is left out.

    Returns:
        What is wrong; nothing where all is well, or nothing is committed yet.

    Raises:
        NotFound: There is no such warehouse.
        WarehouseFormat: Another version of copydesk made it.
    """
    warehouse = place if isinstance(place, Warehouse) else open_warehouse(place)
    # In this order a batch that is published meanwhile is still pending, or has its manifest already.
    paths = published_paths(warehouse)
    try:
        coming = pending(warehouse)
        moment = snapshot(warehouse)
    except WarehouseFormat as error:
        return [Finding("files", str(warehouse.manifests), str(error))]
    found = strays(paths, manifests=moment.manifests, pending=coming)
    batches = batches_of(moment)
    broken = check_files(moment)
    rows = [] if broken else [*_check_rows(batches, similarity), *check_runs(moment, batches)]
    _log.info("checked %d batches: %d findings", len(batches), len(found) + len(broken) + len(rows))
    return [*found, *broken, *rows]


def _check_rows(batches: Sequence[Batch], similarity: Similarity | None) -> list[Finding]:
    kept = _column_table(batches, "articles", KEPT_COLUMNS, matched=True)
    copies = _column_table(batches, "duplicates", ("article_id", "batch_id"))
    homes = pa.concat_tables([kept.select(copies.column_names), copies]).combine_chunks()
    ids = homes.column("article_id").combine_chunks()
    published = Published({batch.batch_id: batch for batch in batches}, homes)
    found = check_ids(ids)
    # A batch that was done again stands behind others, whose articles may still be copies of its own.
    before = {batch.batch_id for batch in batches if batch.manifest.kind == "replace"}
    for batch in batches:
        before.add(batch.batch_id)
        heads = kept.filter(pc.is_in(kept.column("batch_id"), value_set=pa.array(sorted(before))))
        found += _check_batch(batch, ids, heads)
        if not found:
            found += _check_pairs(batch, published, similarity)
    return found


def _check_pairs(batch: Batch, published: Published, similarity: Similarity | None) -> list[Finding]:
    """Check what takes two articles, all of which are there."""
    found = check_reuse(batch, published)
    for table in ("duplicates", "relations"):
        found += check_bounds(batch, table, published)
        if similarity is not None:
            found += check_similarity(batch, table, published=published, similarity=similarity)
    return found


def _check_batch(batch: Batch, ids: pa.Array, kept: pa.Table) -> list[Finding]:
    return [
        *check_counts(batch),
        *check_lists(batch),
        *check_references(batch, everywhere=ids),
        *check_matches(batch, kept=kept),
        *check_texts(batch),
    ]


def _column_table(
    batches: Sequence[Batch], table: str, columns: Sequence[str], *, matched: bool = False
) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in columns])
    read = [batch.read(table, columns).cast(schema) for batch in batches]
    if matched:
        read = [matched_ids(batch, table, rows) for batch, rows in zip(batches, read, strict=True)]
    return pa.concat_tables([schema.empty_table(), *read])
