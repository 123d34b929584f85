"""Passages: a few of a text's shingles, chosen so that texts which share a stretch share one of them.

Sketches of whole texts miss an abridged copy, whose Jaccard index with the whole is low. Passages find it:
by winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003), two texts that share `WINDOW` shingles in a row have
a passage in common, and 2 of `WINDOW + 1` shingles are passages. They need no paragraphs, which many texts
lack or have lost.
"""

from __future__ import annotations

import numpy as np

from dedup.kernels.passages import winnow
from dedup.shingles import Shingles, as_sets

WINDOW = 48  # shingles: 20 passages an article of 550 words; docs/decisions/0006-passages.md


def passages(shingles: Shingles) -> Shingles:
    """Choose the passages of each text.

    Args:
        shingles: hashes of the shingles of each text, in order.

    Returns:
        For each text a sorted set of hashes; none for a text without a shingle.
    """
    counts = np.zeros(len(shingles.offsets) - 1, np.int64)
    chosen = np.empty(len(shingles.hashes), np.uint64)
    size = winnow(shingles.hashes, shingles.offsets, WINDOW, counts, chosen)
    return as_sets(Shingles(chosen[:size], np.concatenate([[0], np.cumsum(counts)])))
