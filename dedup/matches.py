"""Matches of a batch: every article against what is kept before it, verified on the text.

Articles are taken in order of publication, some at a time. Each is compared with the kept ones alone, since
only these can make it a copy; so a thousand copies of one text cost a thousand comparisons, not half a
million.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import candidates
from dedup.kernels import order as kernels
from dedup.settings import MIN_TOKENS, WIDTH, MatchSettings
from dedup.signatures import PERMUTATIONS, band_keys, rows_per_band
from dedup.tables import MATCHES
from dedup.verify import verify

logger = logging.getLogger(__name__)

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

BLOCK = 1_000  # articles at a time: pairs within a block stay below half a million


def find(
    fingerprints: pa.Table, *, apart: Bools, settings: MatchSettings, texts: Callable[[Ints], pa.Array]
) -> pa.Table:
    """Find what every article matches among the articles kept before it.

    Args:
        fingerprints: table of schema `dedup.tables.FINGERPRINTS`, in order of publication.
        apart: bool, articles that take no part: known ones, and copies of earlier batches.
        settings: the threshold.
        texts: gives the clean texts (string array) of rows of `fingerprints` (int64, ascending).

    Returns:
        Table of schema `dedup.tables.MATCHES`, sorted by `later`, then `earlier`.
    """
    count = fingerprints.num_rows
    heads = first_of_text(fingerprints, apart=apart)
    sketched = ~apart & (fingerprints["tokens"].to_numpy() >= MIN_TOKENS)
    keys = band_keys(_signatures(fingerprints), rows=rows_per_band(settings.near))
    kept_of = np.full(count, -1, np.int64)
    index = candidates.empty(keys.shape[1])
    found = [MATCHES.empty_table()]
    for start in range(0, count, BLOCK):
        block = np.arange(start, min(start + BLOCK, count))
        # A text whose words were kept before has its match; sketches tell it nothing better.
        settled = (
            (heads[block] < block) & (kept_of[heads[block]] < 0) & ((heads[block] < start) | ~sketched[block])
        )
        members = block[sketched[block] & ~settled]
        pairs = candidates.find(index, keys[members], members)
        close = _verified(pairs, texts, settings.near)
        matches = pa.concat_tables([_same_words(block[settled], heads), close])
        matches = matches.sort_by([("later", "ascending"), ("earlier", "ascending")])
        _keep(matches, kept_of)
        kept = members[kept_of[members] < 0]
        index = candidates.add(index, keys[kept], kept)
        found.append(matches)
        progress = {"step": "match", "done": min(start + BLOCK, count), "total": count}
        logger.info("%(step)s: %(done)d of %(total)d articles", progress, extra=progress)
    return pa.concat_tables(found).combine_chunks()


def first_of_text(fingerprints: pa.Table, *, apart: Bools) -> Ints:
    """Return for each article the first one with the same comparison form, itself if it is the first.

    Args:
        fingerprints: in order of publication.
        apart: bool, articles that stand for themselves and nobody else.

    Returns:
        int64, one an article.
    """
    count = fingerprints.num_rows
    text = fingerprints["text_key"].to_numpy()
    # Texts without any token have nothing to compare but themselves.
    identity = pc.dictionary_encode(fingerprints["content_id"]).combine_chunks().indices.to_numpy()
    blank = fingerprints["tokens"].to_numpy() == 0
    group = np.where(apart, np.arange(count), np.where(blank, identity, -1))
    order = np.lexsort((np.arange(count), group, apart, text))
    new = np.ones(count, np.bool_)
    for values in (text, group, apart):
        new[1:] &= values[order][1:] == values[order][:-1]
    new[1:] = ~new[1:]
    head = np.empty(count, np.int64)
    head[order] = order[np.maximum.accumulate(np.where(new, np.arange(count), 0))]
    return head


def _signatures(fingerprints: pa.Table) -> npt.NDArray[np.uint32]:
    column = fingerprints["signature"].combine_chunks()
    values = np.frombuffer(column.buffers()[1], np.uint32) if len(column) else np.empty(0, np.uint32)
    return values.reshape(-1, PERMUTATIONS)[column.offset : column.offset + len(column)]


def _verified(pairs: pa.Table, texts: Callable[[Ints], pa.Array], near: float) -> pa.Table:
    """Compare pairs exactly and keep those at the threshold."""
    members = candidates.distinct(np.concatenate([pairs["later"].to_numpy(), pairs["earlier"].to_numpy()]))
    if not len(members):
        return MATCHES.empty_table()
    return verify(pairs, texts(members), pa.array(members), width=WIDTH, at_least=near)


def _same_words(later: Ints, heads: Ints) -> pa.Table:
    """Return the matches of texts with the first that has their comparison form: all shingles are common."""
    one = np.ones(len(later))
    return pa.Table.from_arrays(
        [pa.array(column) for column in (later, heads[later], one, one)], schema=MATCHES
    )


def _keep(matches: pa.Table, kept_of: Ints) -> None:
    """Enter into `kept_of` which texts of these matches are copies, and of whom."""
    later, earlier, jaccard, containment = (matches[name].to_numpy() for name in MATCHES.names)
    kernels.keep_first(later, earlier, jaccard, containment, kept_of, np.full(len(kept_of), -1, np.int64))
