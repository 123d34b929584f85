"""Which paragraphs may repeat another one of their article, or be repeated: cheap to tell, and only a few.

What makes a paragraph long and plain enough to take part is asked last, as it costs more than what it has in
common with others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import folding, tokenise, utf8
from dedup.kernels import echoes as kernels
from dedup.shingles import Shingles, in_common, shingle
from ingest.paragraphs import LIST_ITEM
from ingest.survey import column

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MIN_WORDS = 12  # of real text .50 % is repeated lines, .022 % with these guards (measured on 1,000 pages)
WIDTH = kernels.WIDTH
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


def shared(row: Ints, texts: pa.Array, index: Ints) -> tuple[Ints, Ints]:
    """Count the shingles that texts have in common with others of their row.

    Args:
        row: int64, ascending, one a text.
        texts: string array without nulls.
        index: int64, ascending, which of them take part.

    Returns:
        How many shingles of each text that takes part another one of its row has, too, and how many it has in
        all (int64); one that a text repeats counts each time.
    """
    row = row[index]
    shingles, hard = _hashed(texts, index)
    common, counts = in_common(row, shingles), np.diff(shingles.offsets)
    slow = np.isin(row, row[hard])  # the same shingles have the same hash only where both are made alike
    if slow.any():
        shingles = shingle(tokenise(texts.take(pa.array(index[slow]))), width=WIDTH)
        common[slow], counts[slow] = in_common(row[slow], shingles), np.diff(shingles.offsets)
    return common, counts


def _likely(paragraphs: pa.Table, index: Ints) -> Ints:
    """Leave the paragraphs that may repeat or be repeated: a few, for which alone the rest is done.

    A repeat has most of its shingles in common with others of its article, so that articles without such a
    paragraph have none; and every one that is repeated has its beginning or its end in common.
    """
    row = paragraphs["row"].to_numpy().astype(np.int64)
    index = index[_in_company(row[index])]
    common, counts = shared(row, column(paragraphs, "text"), index)
    copies = index[common >= COPY_SHARE * counts]
    return index[(common > ENDS - WIDTH) & np.isin(row[index], row[copies])]


def _in_company(row: Ints) -> Bools:
    """Tell which rows, ascending, stand there more than once."""
    first, last = np.diff(row, prepend=-1) != 0, np.diff(row, append=-1) != 0
    company: Bools = ~(first & last)
    return company


def _hashed(texts: pa.Array, index: Ints) -> tuple[Shingles, Bools]:
    """Hash the shingles of some texts as the kernel does, and tell for which that is too hard."""
    data, bounds = utf8(texts)
    room = kernels.MOST * int(np.diff(bounds)[index].sum()) + len(index) + WIDTH
    hashes = np.empty(room, np.uint64)  # memory that is not written to is not taken
    offsets, hard = np.zeros(len(index) + 1, np.int64), np.zeros(len(index), np.uint8)
    kernels.hash_texts(data, bounds, index, folding(), hashes, offsets, hard)
    return Shingles(hashes, offsets), hard > 0


def _eligible(paragraphs: pa.Table) -> Bools:
    text = paragraphs["text"]
    question = pc.match_substring_regex(text, pattern=QUESTION).to_numpy()
    item = pc.match_substring_regex(text, pattern=LIST_ITEM).to_numpy()
    figures = pc.count_substring_regex(text, pattern=FIGURE).to_numpy() * FIGURES
    eligible: Bools = ~question & ~item & (figures <= paragraphs["words"].to_numpy())
    return eligible
