"""What becomes of every article of a batch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.matches import Found
from dedup.tables import DECISIONS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def in_order(fingerprints: pa.Table) -> pa.Table:
    """Sort articles as they were published: by date, nulls last, then by id.

    Of records with one id, which may differ in what is no part of it, the least content hash comes first,
    wherever they lie; only of identical ones the least locator.

    Args:
        fingerprints: table of schema `dedup.tables.FINGERPRINTS`.
    """
    columns = ("published_at", "article_id", "content_hash", "locator")
    keys = [(name, "ascending") for name in columns]
    return fingerprints.take(pc.sort_indices(fingerprints, keys)).combine_chunks()


def repeated_records(fingerprints: pa.Table) -> Bools:
    """Tell which articles are the same record as the one before (bool); `fingerprints` in order."""
    ids = fingerprints["article_id"].combine_chunks()
    same = np.zeros(len(ids), np.bool_)
    same[1:] = pc.equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    return same


def decide(fingerprints: pa.Table, rows: pa.Table, found: Found, *, known: Bools) -> pa.Table:
    """Decide what becomes of every article.

    Args:
        fingerprints: the articles of the batch, table of schema `dedup.tables.FINGERPRINTS`.
        rows: the field, table of schema `dedup.tables.FIELD`: these articles are its last rows.
        found: of `dedup.matches.find`.
        known: bool, records that were published before or came twice.

    Returns:
        Table of schema `dedup.tables.DECISIONS`, in the order of `fingerprints`.
    """
    count, past = fingerprints.num_rows, rows.num_rows - fingerprints.num_rows
    article, of = (found.copies[name].to_numpy() for name in ("article", "of"))
    place = np.full(count, -1, np.int64)
    place[article - past] = np.arange(len(article))
    copy = place >= 0
    outcome = np.where(known, "known", np.where(copy, "duplicate", "kept"))
    copies = np.bincount(of[of >= past] - past, minlength=count)
    matched = {
        name: found.copies[name].take(pa.array(place, mask=~copy)) for name in found.copies.column_names
    }
    kept = rows.take(matched["of"])
    return pa.Table.from_arrays(
        [
            *(fingerprints[name] for name in ("article_id", "chunk", "row")),
            pa.array(outcome),
            pa.array(copies, pa.int32()),
            kept["article_id"],
            *(matched[name] for name in ("match", "jaccard", "containment")),
            *(_same(fingerprints, kept, name, copy) for name in ("outlet", "canonical_url")),
            pc.less(matched["of"], past),
            pc.is_in(fingerprints["article_id"], _series(rows, found)),
        ],
        schema=DECISIONS,
    )


def _same(fingerprints: pa.Table, kept: pa.Table, name: str, copy: Bools) -> pa.Array:
    """Tell whether a copy has a value of the kept article's; null for all that is no copy."""
    same = pc.fill_null(pc.equal(fingerprints[name], kept[name]), False)
    return pc.if_else(pa.array(copy), same, None)


def _series(rows: pa.Table, found: Found) -> pa.Array:
    some = found.related.filter(pc.equal(found.related["relation"], "series"))
    return rows["article_id"].take(some["article"]).combine_chunks()
