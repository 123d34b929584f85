"""How many words texts have, counted over all their characters at once.

A regular expression would stop at every word. Here each character is looked up once in a table of kinds, and
words begin where the kinds say so. RE2 itself tells the kinds, so that both always agree on a letter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.kernels import words as kernels
from ingest.kernels.words import ALONE, JOINER, LETTER, OTHER

Kinds = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

# Scripts written without spaces: every character counts as a word.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTER = rf"(?:[^\P{{L}}{UNSPACED}]|[^\P{{N}}{UNSPACED}]|[^\P{{M}}{UNSPACED}])"
_JOINER = "['’-]"
WORD = rf"[{UNSPACED}]|{_LETTER}+(?:{_JOINER}{_LETTER}+)*"
"""What a word is, for whoever wants to hold the count against it."""

_PATTERNS = {LETTER: _LETTER, JOINER: _JOINER, ALONE: f"[{UNSPACED}]"}
_ASCII_KINDS = np.array(
    [LETTER if chr(point).isalnum() else JOINER if chr(point) in "'-" else OTHER for point in range(128)],
    np.uint8,
)

_BLANK = np.array([chr(byte).isspace() and byte < 128 for byte in range(256)], np.uint8)


def count_words(texts: pa.Array) -> pa.Array:
    """Count the words of each text: runs of letters, digits and marks; one a character in unspaced scripts.

    An apostrophe or a hyphen between two letters joins them.

    Args:
        texts: string array without nulls.

    Returns:
        int32 array of the same length.
    """
    ascii_only = pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
    if ascii_only.all():
        return pa.array(_ascii_counts(texts), pa.int32())
    counts = np.empty(len(texts), np.int64)
    counts[ascii_only] = _ascii_counts(texts.filter(pa.array(ascii_only)))
    counts[~ascii_only] = _unicode_counts(texts.filter(pa.array(~ascii_only)))
    return pa.array(counts, pa.int32())


def _ascii_counts(texts: pa.Array) -> Ints:
    offsets, values = utf8(texts)
    counts = np.empty(len(texts), np.int64)
    kernels.count(values, offsets, _ASCII_KINDS, counts)
    return counts


def _unicode_counts(texts: pa.Array) -> Ints:
    points = np.frombuffer(utf8(texts)[1].tobytes().decode().encode("utf-32-le"), np.uint32)
    offsets = np.append(0, np.cumsum(pc.utf8_length(texts).to_numpy(), dtype=np.int64))
    seen = np.zeros(int(points.max(initial=0)) + 1, np.bool_)
    seen[points] = True
    kinds = np.zeros(len(seen), np.uint8)
    kinds[seen] = _kinds(np.flatnonzero(seen))
    return _counts(_looked_up(pa.array(kinds), points), offsets)


def _looked_up(table: pa.Array, places: npt.NDArray[np.unsignedinteger]) -> Kinds:
    kinds: Kinds = pc.take(table, pa.array(places), boundscheck=False).to_numpy()  # faster than numpy's
    return kinds


def _counts(kinds: Kinds, offsets: Ints) -> Ints:
    """Count the words of texts that lie one behind the other, as kinds of their characters."""
    letter, joiner = kinds == LETTER, kinds == JOINER
    begins = letter.copy()
    begins[1:] &= ~letter[:-1]
    begins[2:] &= ~(joiner[1:-1] & letter[:-2])
    first = offsets[:-1][np.diff(offsets) > 0]  # nothing before them counts
    begins[first] = letter[first]
    second = offsets[:-1][np.diff(offsets) > 1] + 1
    begins[second] = letter[second] & ~letter[second - 1]
    begins |= kinds == ALONE
    return np.diff(np.searchsorted(np.flatnonzero(begins), offsets))


def _kinds(points: Ints) -> Kinds:
    """Return the kind of each code point."""
    characters = pa.array(list(map(chr, points.tolist())), pa.string())
    kinds = np.zeros(len(points), np.uint8)
    for kind, pattern in _PATTERNS.items():
        kinds[pc.match_substring_regex(characters, pattern=pattern).to_numpy(zero_copy_only=False)] = kind
    return kinds


def utf8(texts: pa.Array) -> tuple[Ints, Kinds]:
    """Give the bytes of texts as they lie in memory.

    Args:
        texts: string array without nulls.

    Returns:
        Offsets (int64, one more than texts) into the bytes of all texts (uint8), UTF-8.
    """
    _, offsets, values = texts.buffers()
    if values is None or not len(texts):
        return np.zeros(len(texts) + 1, np.int64), np.zeros(0, np.uint8)
    bounds = np.frombuffer(offsets, np.int32, len(texts) + 1, 4 * texts.offset).astype(np.int64)
    return bounds - bounds[0], np.frombuffer(values, np.uint8)[bounds[0] : bounds[-1]]


def held(texts: pa.Array) -> npt.NDArray[np.uint8]:
    """Tell what kinds of bytes texts hold, so that patterns need not look at those that are plain.

    Args:
        texts: string array without nulls.

    Returns:
        One sum of `ingest.kernels.words.BEYOND` and the like a text.
    """
    offsets, values = utf8(texts)
    kinds = np.empty(len(texts), np.uint8)
    kernels.hold(values, offsets, kinds)
    return kinds


def squeezed(texts: pa.Array) -> pa.Array:
    """Make each stretch of white space one space, and none at the ends.

    Args:
        texts: string array without nulls, ASCII alone.

    Returns:
        String array of the same length.
    """
    offsets, values = utf8(texts)
    out, bounds = np.empty(len(values) + 1, np.uint8), np.zeros(len(offsets), np.int64)
    size = kernels.tidy(values, offsets, _BLANK, out, bounds)
    return pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(bounds.astype(np.int32)), pa.py_buffer(out[:size])
    )
