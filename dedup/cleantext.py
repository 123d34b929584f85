"""The clean text: what the removals leave of an extracted text, white space put in order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.repeats import paragraph_of
from dedup.tables import SPAN
from ingest.kernels.words import BEYOND
from ingest.survey import column
from ingest.words import count_words, held, squeezed

Ints = npt.NDArray[np.int64]


def apply(paragraphs: pa.Table, removals: pa.Table, *, articles: int) -> pa.Table:
    """Carry out the removals.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.
        removals: the arbiter's, disjoint and sorted: whole paragraphs, or cuts inside one.
        articles: number of articles in the chunk.

    Returns:
        One row an article: `text` (string), `word_count` (int32), `paragraph_spans` (list of start, end).
    """
    place = paragraph_of(paragraphs, removals)
    start, end = removals["start"].to_numpy(), removals["end"].to_numpy()
    p_start, p_end = paragraphs["start"].to_numpy(), paragraphs["end"].to_numpy()
    whole = (start == p_start[place]) & (end == p_end[place])
    gone = np.zeros(paragraphs.num_rows, np.bool_)
    gone[place[whole]] = True
    cut = place[~whole]
    pieces = _cut(column(paragraphs, "text"), cut, start[~whole] - p_start[cut], (end - start)[~whole])
    left = tidied(pieces)
    words = paragraphs["words"].to_numpy().copy()
    few = np.unique(cut)
    words[few] = count_words(left.take(pa.array(few)))  # of the others it has changed nothing but white space
    kept = np.flatnonzero(~gone & pc.not_equal(left, "").to_numpy(zero_copy_only=False))
    rest = paragraphs.take(pa.array(kept))
    return _articles(rest, left.take(pa.array(kept)), words[kept], articles=articles)


def removed(paragraphs: pa.Table, removals: pa.Table, extracted: pa.Array) -> pa.Array:
    """Return the words that each removal takes, exactly as they came.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.
        removals: the arbiter's, disjoint and sorted.
        extracted: string array, the extracted text of each article.

    Returns:
        String array, one a removal.
    """
    place = paragraph_of(paragraphs, removals)
    whole = pa.array(
        (removals["start"].to_numpy() == paragraphs["start"].to_numpy()[place])
        & (removals["end"].to_numpy() == paragraphs["end"].to_numpy()[place])
    )
    text = column(paragraphs, "text").take(pa.array(place))
    # A paragraph of one line is as it came; in one of several, line breaks were made alike.
    rest = pc.or_(pc.invert(whole), pc.match_substring(text, "\n"))
    few = removals.filter(rest)
    slices = [
        extracted[row].as_py()[start:end]
        for row, start, end in zip(*(few[name].to_pylist() for name in ("row", "start", "end")), strict=True)
    ]
    return pc.replace_with_mask(text, rest, pa.array(slices, pa.string()))


def tidied(texts: pa.Array) -> pa.Array:
    """Make each stretch of white space one space, and none at the ends.

    Args:
        texts: string array without nulls.

    Returns:
        String array of the same length.
    """
    kinds = held(texts)
    # The others have only single spaces between words; what is beyond ASCII has white space of its own.
    foreign, plain = pa.array(kinds & BEYOND > 0), pa.array((kinds > 0) & (kinds & BEYOND == 0))
    tidy = [" ".join(text.split()) for text in texts.filter(foreign).to_pylist()]
    texts = pc.replace_with_mask(texts, foreign, pa.array(tidy, pa.string()))
    return pc.replace_with_mask(texts, plain, squeezed(texts.filter(plain)))


def _cut(pieces: pa.Array, place: Ints, start: Ints, length: Ints) -> pa.Array:
    """Take spans out of the texts of a few paragraphs; start and length in code points."""
    if not len(place):
        return pieces
    changed: dict[int, str] = {}
    for i in range(len(place) - 1, -1, -1):  # from behind, so that offsets stay
        at = int(place[i])
        whole = changed.get(at, pieces[at].as_py())
        changed[at] = whole[: start[i]] + whole[start[i] + length[i] :]
    mask = np.zeros(len(pieces), np.bool_)
    mask[list(changed)] = True
    return pc.replace_with_mask(pieces, pa.array(mask), pa.array([changed[i] for i in sorted(changed)]))


def _articles(kept: pa.Table, text: pa.Array, words: npt.NDArray[np.int32], *, articles: int) -> pa.Table:
    row = kept["row"].to_numpy()
    offsets = pa.array(np.searchsorted(row, np.arange(articles + 1)), pa.int32())
    spans = pa.StructArray.from_arrays(
        [kept[name].combine_chunks() for name in ("start", "end")], fields=list(SPAN)
    )
    counts = np.bincount(row, weights=words, minlength=articles)
    return pa.table(
        {
            "text": pc.binary_join(pa.ListArray.from_arrays(offsets, text), "\n\n"),
            "word_count": pa.array(counts.astype(np.int32)),
            "paragraph_spans": pa.ListArray.from_arrays(offsets, spans),
        }
    )
