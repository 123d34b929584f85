"""Who is kept and who is a copy of whom: in order of publication, without chains."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import candidates, kernels
from dedup.settings import MIN_TOKENS, MatchSettings
from dedup.signatures import PERMUTATIONS, band_keys, rows_per_band
from dedup.tables import DECISIONS, MATCHES, PAIRS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def in_order(fingerprints: pa.Table) -> pa.Table:
    """Sort articles as they were published: by date, nulls last, then by id; equal records by locator.

    Args:
        fingerprints: table of schema `dedup.tables.FINGERPRINTS`.
    """
    keys = [("published_at", "ascending"), ("article_id", "ascending"), ("locator", "ascending")]
    return fingerprints.take(pc.sort_indices(fingerprints, keys)).combine_chunks()


def first_of_text(fingerprints: pa.Table, *, apart: Bools) -> Ints:
    """Return for each article the first one with the same comparison form, itself if it is the first.

    Args:
        fingerprints: in order.
        apart: bool, articles that take no part (known, or copies of earlier batches): they stand for
            themselves and nobody else.

    Returns:
        int64, one an article.
    """
    count = fingerprints.num_rows
    text = fingerprints["text_key"].to_numpy()
    # Texts without any token have nothing to compare but themselves.
    identity = pc.dictionary_encode(fingerprints["content_id"]).combine_chunks().indices.to_numpy()
    blank = fingerprints["tokens"].to_numpy() == 0
    group = np.where(apart, np.arange(count), np.where(blank, identity, -1))
    order = np.lexsort((np.arange(count), group, text))
    new = np.ones(count, np.bool_)
    new[1:] = (text[order][1:] != text[order][:-1]) | (group[order][1:] != group[order][:-1])
    head = np.empty(count, np.int64)
    head[order] = order[np.maximum.accumulate(np.where(new, np.arange(count), 0))]
    return head


def find_candidates(fingerprints: pa.Table, heads: Ints, settings: MatchSettings) -> pa.Table:
    """Return the pairs of articles whose sketches are alike.

    Args:
        fingerprints: in order.
        heads: int64, ascending: the articles that take part, one for each distinct text.
        settings: the threshold decides how wide the bands are.

    Returns:
        Table of schema `dedup.tables.PAIRS`.
    """
    members = heads[fingerprints["tokens"].to_numpy()[heads] >= MIN_TOKENS]
    if not len(members):
        return PAIRS.empty_table()
    column = fingerprints["signature"].combine_chunks()
    signatures = np.frombuffer(column.buffers()[1], np.uint32).reshape(-1, PERMUTATIONS)[column.offset :]
    keys = band_keys(signatures[members], rows=rows_per_band(settings.near))
    return candidates.pairs(keys, members)


def decide(
    fingerprints: pa.Table, heads: Ints, matches: pa.Table, *, history: pa.Table, known: Bools
) -> pa.Table:
    """Decide what becomes of every article.

    Args:
        fingerprints: in order.
        heads: int64, of `first_of_text`.
        matches: verified at the threshold, between heads, schema `dedup.tables.MATCHES`.
        history: one row for each article, in the same order: `of_article_id`, `outlet`, `canonical_url` of
            the kept article of an earlier batch with the same clean text, null where there is none.
        known: bool, records that were published before or came twice.

    Returns:
        Table of schema `dedup.tables.DECISIONS`, in the order of `fingerprints`.
    """
    count = fingerprints.num_rows
    later, earlier, jaccard, containment = _for_every_copy(heads, matches)
    kept_of, match_of = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    kernels.keep_first(later, earlier, jaccard, containment, kept_of, match_of)
    in_history = history["of_article_id"].is_valid().to_numpy()
    # Copies of earlier batches have their text, so both are 1.
    score = [np.append(values, 1.0)[match_of] for values in (jaccard, containment)]
    kept_of[in_history | known] = -1
    return _decisions(fingerprints, kept_of, known, score, history)


def _for_every_copy(heads: Ints, matches: pa.Table) -> tuple[Ints, Ints, Floats, Floats]:
    """Say of every article what was found of the first one with its comparison form.

    Texts of one form compare alike with any other text. A later one of them may match an article that its
    head came before.

    Returns:
        Later and earlier article, Jaccard index and containment of each match, in ascending order.
    """
    pairs = [matches[name].to_numpy() for name in MATCHES.names]
    of, other = np.concatenate([pairs[0], pairs[1]]), np.concatenate([pairs[1], pairs[0]])
    order = np.argsort(of, kind="stable")
    of, other = of[order], other[order]
    copies = np.flatnonzero(heads != np.arange(len(heads)))
    first, behind = np.searchsorted(of, heads[copies]), np.searchsorted(of, heads[copies], "right")
    repeats = behind - first
    nth = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    place = np.repeat(first, repeats) + nth
    copy = np.repeat(copies, repeats)
    before = other[place] < copy
    both = [np.concatenate([values, values])[order][place][before] for values in pairs[2:]]
    ones = np.ones(len(copies))
    later = np.concatenate([pairs[0], copies, copy[before]])
    earlier = np.concatenate([pairs[1], heads[copies], other[place][before]])
    scores = [np.concatenate([values, ones, more]) for values, more in zip(pairs[2:], both, strict=True)]
    ascending = np.lexsort((earlier, later))
    return later[ascending], earlier[ascending], scores[0][ascending], scores[1][ascending]


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
        for name in ("article_id", "outlet", "canonical_url")
    }
    content = fingerprints["content_id"].combine_chunks()
    same_text = pc.equal(content, content.take(pa.array(np.maximum(kept_of, 0)))).to_numpy(
        zero_copy_only=False
    )
    exact = in_history | (in_batch & same_text)
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
            where_copy(np.where(in_history, 1.0, score[0])),
            where_copy(np.where(in_history, 1.0, score[1])),
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
