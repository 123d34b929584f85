"""The clean text: what the removals leave of an extracted text, white space put in order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.repeats import paragraph_of
from dedup.tables import SPAN
from ingest.kernels.lines import AS_IT_IS, LEFT_OUT, TIDIED
from ingest.survey import booleans, column
from ingest.words import count_words, joined

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


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
    whole = _whole(paragraphs, removals, place)
    cut = np.unique(place[~whole])
    text = _cut(paragraphs, removals.filter(pa.array(~whole)))
    pieces = text.take(pa.array(cut))
    states = np.where(booleans(paragraphs["tidy"]), AS_IT_IS, TIDIED).astype(np.uint8)
    states[cut] = np.where(booleans(pc.equal(pc.utf8_trim_whitespace(pieces), "")), LEFT_OUT, TIDIED)
    states[place[whole]] = LEFT_OUT
    words = paragraphs["words"].to_numpy().copy()  # to put white space in order changes none
    words[cut] = count_words(pieces)
    first = np.searchsorted(paragraphs["row"].to_numpy(), np.arange(articles + 1))
    left = paragraphs.select(["row", "start", "end"]).append_column("words", pa.array(words))
    left = left.filter(pa.array(states != LEFT_OUT))
    return _articles(left, joined(text, states, first))


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
    text = column(paragraphs, "text").take(pa.array(place))
    # A paragraph of one line is as it came; in one of several, line breaks were made alike.
    rest = pc.or_(pa.array(~_whole(paragraphs, removals, place)), pc.match_substring(text, "\n"))
    few = removals.filter(rest)
    slices = [
        extracted[row].as_py()[start:end]
        for row, start, end in zip(*(few[name].to_pylist() for name in ("row", "start", "end")), strict=True)
    ]
    return pc.replace_with_mask(text, rest, pa.array(slices, pa.string()))


def _whole(paragraphs: pa.Table, removals: pa.Table, place: Ints) -> Bools:
    """Tell which removals take all of their paragraph, given its place."""
    same = [removals[name].to_numpy() == paragraphs[name].to_numpy()[place] for name in ("start", "end")]
    whole: Bools = same[0] & same[1]
    return whole


def _cut(paragraphs: pa.Table, removals: pa.Table) -> pa.Array:
    """Return the texts of paragraphs without what removals take out of their midst."""
    texts, place = column(paragraphs, "text"), paragraph_of(paragraphs, removals)
    if not len(place):
        return texts
    begin = paragraphs["start"].to_numpy()[place]
    spans = [(removals[name].to_numpy() - begin).tolist() for name in ("start", "end")]
    changed: dict[int, str] = {}
    for at, start, end in reversed([*zip(place.tolist(), *spans, strict=True)]):  # so that offsets stay
        whole = changed.get(at, texts[at].as_py())
        changed[at] = whole[:start] + whole[end:]
    mask = np.zeros(len(texts), np.bool_)
    mask[list(changed)] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array([changed[at] for at in sorted(changed)]))


def _articles(left: pa.Table, text: pa.Array) -> pa.Table:
    row, articles = left["row"].to_numpy(), len(text)
    offsets = pa.array(np.searchsorted(row, np.arange(articles + 1)), pa.int32())
    spans = pa.StructArray.from_arrays([column(left, "start"), column(left, "end")], fields=list(SPAN))
    counts = np.bincount(row, weights=left["words"].to_numpy(), minlength=articles)
    return pa.table(
        {
            "text": text,
            "word_count": pa.array(counts.astype(np.int32)),
            "paragraph_spans": pa.ListArray.from_arrays(offsets, spans),
        }
    )
