"""Paragraphs that kept articles share with earlier ones: not removed, but told."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import Tokens, tokenise
from dedup.shingles import text_keys
from dedup.tables import REUSED

Ints = npt.NDArray[np.int64]
Texts = Callable[[Ints], pa.Array]

ARTICLES_AT_ONCE = 2_000  # so that the texts in hand stay below some tens of megabytes


def find(paragraphs: pa.Table, earlier: pa.Table) -> pa.Table:
    """Find the paragraphs that another article had before.

    Args:
        paragraphs: of the kept articles of a batch: `article` (int64, ascending: its place in the order of
            publication), `start`, `end`, `key`.
        earlier: one row a paragraph, in the same order: `of` (int64, negative: an article of an earlier
            batch; null where none has the paragraph), `of_start`, `of_end`, `count` (articles that have it).

    Returns:
        Table of schema `dedup.tables.REUSED`, in the order of `paragraphs`.
    """
    article, key = paragraphs["article"].to_numpy(), paragraphs["key"].to_numpy()
    count = len(article)
    order = np.lexsort((np.arange(count), key))
    new = np.ones(count, np.bool_)
    new[1:] = key[order][1:] != key[order][:-1]
    head = order[np.maximum.accumulate(np.where(new, np.arange(count), 0))]
    first = np.empty(count, np.int64)
    first[order] = head
    old = pc.fill_null(earlier["count"], 0).to_numpy()
    before = old > 0

    def first_had(name: str, own: Ints) -> pa.Array:
        return pa.array(np.where(before, pc.fill_null(earlier[name], 0).to_numpy(), own[first]))

    columns = [
        *(paragraphs[name] for name in ("article", "start", "end", "key")),
        first_had("of", article),
        *(first_had(f"of_{name}", paragraphs[name].to_numpy()) for name in ("start", "end")),
        pa.array(old + _so_far(article, key)),
    ]
    reused = pa.table(columns, schema=REUSED)
    return reused.filter(pa.array(before | (article[first] != article)))


def _so_far(article: Ints, key: npt.NDArray[np.uint64]) -> Ints:
    """Count for each paragraph the articles up to its own that have it; one that has it twice counts once."""
    order = np.lexsort((article, key))
    new_key = np.ones(len(key), np.bool_)
    new_key[1:] = key[order][1:] != key[order][:-1]
    new = new_key.copy()
    new[1:] |= article[order][1:] != article[order][:-1]
    total = np.cumsum(new)
    begin = np.maximum.accumulate(np.where(new_key, total, 0))
    out = np.empty(len(key), np.int64)
    out[order] = total - begin + 1
    return out


def verified(reused: pa.Table, texts: Texts) -> pa.Table:
    """Leave the rows whose paragraphs have the same words in both texts.

    Args:
        reused: table of schema `dedup.tables.REUSED`.
        texts: gives the clean texts (string array) of articles (int64, ascending, negative ones included).
    """
    parts = [REUSED.empty_table()]
    articles = reused["article"].to_numpy()
    cuts = np.flatnonzero(np.diff(articles, prepend=-1))[::ARTICLES_AT_ONCE]
    for start, end in pairwise([*cuts.tolist(), len(articles)]):
        some = reused.slice(start, end - start)
        same = pc.equal(_words(some, "article", texts), _words(some, "of", texts))
        parts.append(some.filter(pc.fill_null(same, False)))
    return pa.concat_tables(parts)


def _words(reused: pa.Table, name: str, texts: Texts) -> pa.Array:
    """Return for each row the words of the paragraph with its key, in one of its articles; null: none."""
    members, place = np.unique(reused[name].to_numpy(), return_inverse=True)
    lines = pc.split_pattern(texts(members), "\n\n")
    tokens = tokenise(lines.flatten())
    row = np.repeat(np.arange(len(members)), pc.list_value_length(lines).to_numpy())
    keys = text_keys(tokens)
    there = _paired(row, keys)
    order = np.lexsort((keys, row))
    wanted = _paired(place.astype(np.int64), reused["key"].to_numpy())
    at = np.minimum(np.searchsorted(there[order], wanted), max(len(there) - 1, 0))
    hit = (there[order][at] == wanted) if len(there) else np.zeros(len(wanted), np.bool_)
    return _as_words(tokens).take(pa.array(order[at] if len(there) else at, mask=~hit))


_PAIR = np.dtype([("row", np.int64), ("key", np.uint64)])


def _paired(row: Ints, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.void]:
    out = np.empty(len(row), _PAIR)
    out["row"], out["key"] = row, keys
    return out


def _as_words(tokens: Tokens) -> pa.Array:
    """Return the tokens of each text as one binary value, without copying them."""
    offsets = tokens.starts[tokens.offsets]
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(tokens.data)]
    return pa.Array.from_buffers(pa.large_binary(), len(tokens.offsets) - 1, buffers)
