"""Boxes of links: the lines that stand below a heading such as “Related stories”, behind the last prose.

A heading of links inside an article may be followed by real headings and lists, so only those behind the last
prose count, and of what stands below them the lines that may be links, up to the first sentence or the first
line that no headline looks like, and twelve at most: long lines and those that no rule may touch stay.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.guards import untouchable
from ingest.survey import booleans, column, prose_bounds

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LINK_WORDS = 30  # a line below such a heading that has more is a teaser's text, and may be prose
LINKS = 12  # so many lines below a heading may be a box; more are a list of the article
# "Yours faithfully,", "Prof Lind: close it", "Labour 12, Conservatives 9": ends of letters, answers, results.
NO_HEADLINE = r"[,;:]$|^\p{Ll}|^[^:]{1,40}: ?\p{Ll}|\p{Nd}[,;] .*\p{L} \p{Nd}+(?:$|[,;])|^[^\p{L}]+$"
QUESTION = r"[?？؟][\s\p{Z}\"'”“’»)\]）」』]*$"  # ends a sentence, but headlines too


def below(paragraphs: pa.Table, claimed: Ints, headings: Ints) -> tuple[Ints, Ints]:
    """Find the lines that belong to headings of links.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        claimed: positions of the paragraphs that some rule takes, headings among them.
        headings: positions of the headings.

    Returns:
        Positions of unclaimed paragraphs below them, in order, and the heading of each.
    """
    taken = np.zeros(len(paragraphs), np.bool_)
    taken[claimed] = True
    _, last = prose_bounds(paragraphs, without=taken)
    heads = headings[(headings > last[headings]) & (last[headings] >= 0)]
    if not len(heads):
        return heads, heads
    found, head = _until_prose(paragraphs, heads, taken)
    links = paragraphs["words"].to_numpy()[found] <= LINK_WORDS
    links &= ~untouchable(column(paragraphs, "text").take(pa.array(found)))
    return found[links], head[links]


def _until_prose(paragraphs: pa.Table, heads: Ints, taken: Bools) -> tuple[Ints, Ints]:
    """Return what stands below a heading of its article, up to what can be no link; a question can."""
    row = paragraphs["row"].to_numpy()
    near = np.unique(heads[:, None] + np.arange(1, LINKS + 1))
    near = near[near < len(row)]
    text, sentence = (column(paragraphs, name).take(pa.array(near)) for name in ("text", "sentence"))
    asks = booleans(pc.match_substring_regex(text, pattern=QUESTION))
    plain = booleans(pc.match_substring_regex(text, pattern=NO_HEADLINE))
    stops = np.zeros(len(row), np.bool_)
    stops[near] = ((booleans(sentence) & ~asks) | plain) & ~taken[near]
    head = np.full(len(row), -1)
    head[heads] = heads
    head = np.maximum.accumulate(head)
    stop = np.maximum.accumulate(np.where(stops, np.arange(len(row)), -1))
    found = np.flatnonzero((head >= 0) & (head > stop) & (row[head] == row) & ~taken)
    found = found[found - head[found] <= LINKS]
    return found, head[found]
