"""Which paragraphs may repeat another one of their article, or be repeated: cheap to tell, and only a few.

What makes a paragraph long and plain enough to take part is asked last, as it costs more than what it has in
common with others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import tokenise
from dedup.shingles import in_common, shingle
from ingest.paragraphs import LIST_ITEM

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MIN_WORDS = 12  # of real text .50 % is repeated lines, .022 % with these guards (measured on 1,000 pages)
WIDTH = 3  # one changed word of 20 leaves a Jaccard index of .71 with 3-word shingles, .52 with 5-word ones
QUESTION = r"[?？؟][\s\p{Z}\"'”“’»)\]）」』]*$"
FIGURES = 5  # a number in every so many words: a recipe, a schedule, a table; such lines recur and are real
FIGURE = r"[\s\p{Z}(]\p{Nd}"
ENDS = 2 * WIDTH  # tokens: with one change in twelve words, as many are the same at the head or at the tail
COPY_SHARE = 0.4  # of its shingles; of twelve words with one change in them seven of ten are the same


def echoing(paragraphs: pa.Table, free: Bools) -> Ints:
    """Find the paragraphs that may repeat another one of their article, or be repeated.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.
        free: one boolean a paragraph: nothing of it is claimed.

    Returns:
        Positions of paragraphs, ascending (int64): no repeat of `dedup.repeats` is outside them.
    """
    index = _likely(paragraphs, np.flatnonzero(free & (paragraphs["words"].to_numpy() >= MIN_WORDS)))
    return index[_eligible(paragraphs.take(pa.array(index)))]


def texts_of(table: pa.Table) -> pa.Array:
    """Return the texts of paragraphs as one array.

    Args:
        table: with a column `text`.
    """
    return table["text"].combine_chunks() if table.num_rows else pa.array([], pa.string())


def _likely(paragraphs: pa.Table, index: Ints) -> Ints:
    """Leave the paragraphs that may repeat or be repeated: a few, for which alone the rest is done.

    A repeat has most of its shingles in common with others of its article, so that articles without such a
    paragraph have none; and every one that is repeated has its beginning or its end in common.
    """
    some = paragraphs.select(["row", "text"]).take(pa.array(index))
    shingles = shingle(tokenise(texts_of(some)), width=WIDTH)
    row = some["row"].to_numpy().astype(np.int64)
    common = in_common(row, shingles)
    copies = common >= COPY_SHARE * np.diff(shingles.offsets)
    return index[(common > ENDS - WIDTH) & np.isin(row, row[copies])]


def _eligible(paragraphs: pa.Table) -> Bools:
    text = paragraphs["text"]
    question = pc.match_substring_regex(text, pattern=QUESTION).to_numpy()
    item = pc.match_substring_regex(text, pattern=LIST_ITEM).to_numpy()
    figures = pc.count_substring_regex(text, pattern=FIGURE).to_numpy() * FIGURES
    eligible: Bools = ~question & ~item & (figures <= paragraphs["words"].to_numpy())
    return eligible
