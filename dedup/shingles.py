"""Word shingles as 64-bit hashes, and exact comparison of the sets they make.

A shingle is `width` tokens of the comparison form joined by one space (all tokens where a text has
fewer); its hash is XXH64, seed 0, of its UTF-8 bytes. Two different shingles of a pair of 1,000-word
articles share a hash with a probability of 10^-13.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.comparison import Tokens, utf8
from dedup.kernels import echoes, sets, sketch

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shingles:
    """Hashes of the shingles of a run of texts, in order of the text or as sorted sets.

    Attributes:
        hashes: uint64.
        offsets: int64, text t has `hashes[offsets[t]:offsets[t + 1]]`.
    """

    hashes: npt.NDArray[np.uint64]
    offsets: Ints


def shingle(tokens: Tokens, *, width: int) -> Shingles:
    """Hash the shingles of each text, in order, repeats included.

    Args:
        tokens: tokens of the texts.
        width: tokens in a shingle.

    Returns:
        No shingle for a text without a token, else `max(1, tokens - width + 1)`.
    """
    counts = tokens.counts
    per_text = np.where(counts > 0, np.maximum(1, counts - width + 1), 0)
    offsets = np.concatenate([[0], np.cumsum(per_text)]).astype(np.int64)
    hashes = np.empty(offsets[-1], np.uint64)
    sketch.hash_shingles(tokens.data, tokens.starts, tokens.offsets, offsets, width, hashes)
    return Shingles(hashes, offsets)


def text_keys(tokens: Tokens) -> npt.NDArray[np.uint64]:
    """Return one hash for the whole comparison form of each text (uint64); 0 where it has no token."""
    whole = shingle(tokens, width=int(tokens.counts.max(initial=1)) + 1)
    keys = np.zeros(len(tokens.counts), np.uint64)
    keys[tokens.counts > 0] = whole.hashes
    return keys


def hash_texts(texts: pa.Array) -> npt.NDArray[np.uint64]:
    """Return XXH64, seed 0, of the UTF-8 of each text (uint64); 0 for a null."""
    data, offsets = utf8(texts)
    keys = np.zeros(len(texts), np.uint64)
    sketch.hash_spans(data, offsets, keys)
    keys[texts.is_null().to_numpy(zero_copy_only=False)] = 0
    return keys


def as_sets(shingles: Shingles) -> Shingles:
    """Return the shingles of each text as a sorted set."""
    hashes, offsets = np.empty_like(shingles.hashes), np.empty_like(shingles.offsets)
    sets.sort(shingles.hashes, shingles.offsets, hashes, offsets)
    hashes.resize(offsets[-1], refcheck=False)  # a copy would have to be written once more
    return Shingles(hashes, offsets)


def in_common(groups: Ints, shingles: Shingles) -> Ints:
    """Count the shingles of each text that another text of its group has, too.

    Args:
        groups: int64, ascending, one a text.
        shingles: of the texts, in order.

    Returns:
        int64, one a text; a shingle that a text repeats counts each time.
    """
    counts = np.zeros(len(groups), np.int64)
    bounds = np.flatnonzero(np.diff(groups, prepend=-1, append=-1))
    largest = int(np.diff(shingles.offsets[bounds]).max(initial=1))
    echoes.shared(groups, shingles.hashes, shingles.offsets, (2 * largest).bit_length(), counts)
    return counts


def compare(members: Shingles, left: Ints, right: Ints) -> tuple[Floats, Floats]:
    """Compare pairs of sets exactly.

    Args:
        members: sorted sets, of `as_sets`.
        left: int64, index of the first set of each pair.
        right: int64, index of the second.

    Returns:
        Jaccard index (common / all) and containment (common / smaller set), float64, one a pair; 0 where
        either set is empty.
    """
    common = np.zeros(len(left), np.int64)
    sets.count_common(members.hashes, members.offsets, left, right, common)
    sizes = np.diff(members.offsets)
    union = sizes[left] + sizes[right] - common
    smaller = np.minimum(sizes[left], sizes[right])
    return common / np.maximum(union, 1), common / np.maximum(smaller, 1)
