"""Who is kept and who is a copy of whom: in order of publication, without chains."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.kernels import order as kernels
from dedup.tables import DECISIONS, MATCHES

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


def decide(fingerprints: pa.Table, matches: pa.Table, *, history: pa.Table, known: Bools) -> pa.Table:
    """Decide what becomes of every article.

    Args:
        fingerprints: in order.
        matches: verified at the threshold, of `dedup.matches.find`, schema `dedup.tables.MATCHES`.
        history: one row for each article, in the same order: `of_article_id`, `outlet`, `canonical_url`,
            `content_id`, `jaccard` and `containment` of the kept article of an earlier batch that has the
            same clean text or a copy with it; null where there is none.
        known: bool, records that were published before or came twice.

    Returns:
        Table of schema `dedup.tables.DECISIONS`, in the order of `fingerprints`.
    """
    count = fingerprints.num_rows
    later, earlier, jaccard, containment = (matches[name].to_numpy() for name in MATCHES.names)
    kept_of, match_of = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    kernels.keep_first(later, earlier, jaccard, containment, kept_of, match_of)
    in_history = history["of_article_id"].is_valid().to_numpy()
    past = [history[name].to_numpy() for name in ("jaccard", "containment")]
    score = [
        np.where(in_history, old, np.append(new, np.nan)[match_of])
        for old, new in zip(past, (jaccard, containment), strict=True)
    ]
    kept_of[in_history | known] = -1
    return _decisions(fingerprints, kept_of, known, score, history)


def repeated_records(fingerprints: pa.Table) -> Bools:
    """Tell which articles are the same record as the one before (bool); `fingerprints` in order."""
    ids = fingerprints["article_id"].combine_chunks()
    same = np.zeros(len(ids), np.bool_)
    same[1:] = pc.equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    return same


def _decisions(
    fingerprints: pa.Table,
    kept_of: Ints,
    known: Bools,
    score: list[npt.NDArray[np.float64]],
    history: pa.Table,
) -> pa.Table:
    in_history = history["of_article_id"].is_valid().to_numpy() & ~known
    in_batch = kept_of >= 0
    copy = in_batch | in_history
    of = {
        name: _kept(fingerprints, kept_of, history, name)
        for name in ("article_id", "outlet", "canonical_url", "content_id")
    }
    exact = _same(fingerprints["content_id"], of["content_id"]).to_numpy()
    copies = np.bincount(kept_of[in_batch], minlength=len(kept_of))
    mask = pa.array(copy)

    def where_copy(values: npt.NDArray[np.generic]) -> pa.Array:
        return pc.if_else(mask, pa.array(values), None)

    return pa.Table.from_arrays(
        [
            fingerprints["article_id"],
            fingerprints["chunk"],
            fingerprints["row"],
            pa.array(np.where(known, "known", np.where(copy, "duplicate", "kept"))),
            pa.array(copies, pa.int32()),
            of["article_id"],
            where_copy(np.where(exact, "exact", "near")),
            where_copy(score[0]),
            where_copy(score[1]),
            pc.if_else(mask, _same(fingerprints["outlet"], of["outlet"]), None),
            pc.if_else(mask, _same(fingerprints["canonical_url"], of["canonical_url"]), None),
            where_copy(in_history),
        ],
        schema=DECISIONS,
    )


def _kept(fingerprints: pa.Table, kept_of: Ints, history: pa.Table, name: str) -> pa.Array:
    """Return a column of the kept article of each copy, null where the article is none."""
    place = pa.array(np.maximum(kept_of, 0), mask=kept_of < 0)
    column = "of_article_id" if name == "article_id" else name
    return pc.coalesce(fingerprints[name].combine_chunks().take(place), history[column].combine_chunks())


def _same(left: pa.ChunkedArray, right: pa.Array) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(left, right), False)
