"""Words of texts, how texts close, and their white space, told by passes over all their characters at once.

A regular expression would stop at every word. Here each character is looked up in a table of kinds, and words
begin where the kinds say so. RE2 itself tells the kinds, so that both always agree on a letter.
"""

from __future__ import annotations

import sys
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.kernels import lines
from ingest.kernels import words as kernels

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Scripts written without spaces: every character counts as a word.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTER = rf"(?:[^\P{{L}}{UNSPACED}]|[^\P{{N}}{UNSPACED}]|[^\P{{M}}{UNSPACED}])"
_JOINER = "['’-]"
WORD = rf"[{UNSPACED}]|{_LETTER}+(?:{_JOINER}{_LETTER}+)*"
"""What a word is, for whoever wants to hold the count against it."""

_ENDER = "[.!?…。｡．！？।॥۔؟]"
# Behind the full stop may stand signs that close, and marks of direction, which nobody sees.
_CLOSER = r"[\s\p{Z}\"'”“’»)\]）」』】》\x{61C}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
SENTENCE_END = rf"{_ENDER}{_CLOSER}*$"
"""How a sentence ends, likewise."""

_PATTERNS = {
    kernels.LETTER: _LETTER,
    kernels.JOINER: _JOINER,
    kernels.ALONE: f"[{UNSPACED}]",
    kernels.WHITE: r"[\s\p{Z}\x{0b}\x{1c}-\x{1f}\x{85}]",  # as `str.isspace` has it
    kernels.ENDER: _ENDER,
    kernels.CLOSER: _CLOSER,
}
_BLOCKS = (sys.maxunicode + 1) // kernels.BLOCK


def count_words(texts: pa.Array) -> pa.Array:
    """Count the words of each text: runs of letters, digits and marks; one a character in unspaced scripts.

    An apostrophe or a hyphen between two letters joins them.

    Args:
        texts: string array without nulls.

    Returns:
        int32 array of the same length.

    Raises:
        pyarrow.ArrowInvalid: A text is not valid UTF-8.
    """
    texts.validate(full=True)
    return pa.array(weigh(texts)[0], pa.int32())


def weigh(texts: pa.Array) -> tuple[Ints, Bools, Bools]:
    """Count the words of texts, and tell which of them close like a sentence and which are tidy.

    Args:
        texts: string array without nulls, valid UTF-8.

    Returns:
        How many words each text has, as `count_words`; whether `SENTENCE_END` is found in it; and whether its
        only white space is single spaces between other characters.
    """
    offsets, values = utf8(texts)
    words, traits = np.empty(len(texts), np.int64), np.empty(len(texts), np.uint8)
    while True:
        new = np.zeros(_BLOCKS, np.uint8)
        kernels.weigh(values, offsets, _kinds(), words, traits, new)
        if not new.any():
            return words, traits & kernels.CLOSES > 0, traits & kernels.TIDY > 0
        _look_at(_kinds(), np.flatnonzero(new))


@cache
def _kinds() -> Bytes:
    """Return the kinds of code points, 0 for those of blocks that no text of this process has had yet."""
    table = np.zeros(_BLOCKS * kernels.BLOCK, np.uint8)
    _look_at(table, np.zeros(1, np.int64))
    return table


def _look_at(table: Bytes, blocks: Ints) -> None:
    """Enter the kinds of blocks into a table. Threads that do so at once enter the same."""
    points = (blocks[:, None] * kernels.BLOCK + np.arange(kernels.BLOCK)).ravel()
    characters = pa.array(list(map(chr, points.tolist())), pa.string())
    kinds = np.full(len(points), kernels.KNOWN, np.uint8)
    for kind, pattern in _PATTERNS.items():
        found = pc.match_substring_regex(characters, pattern=pattern)
        kinds[found.to_numpy(zero_copy_only=False)] |= kind
    table[points] = kinds


def utf8(texts: pa.Array) -> tuple[Ints, Bytes]:
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


def gathered(values: Bytes, begins: Ints, ends: Ints) -> pa.Array:
    """Make texts of stretches of bytes.

    Args:
        values: uint8, UTF-8; 2 GB at most.
        begins: int64, where each stretch begins.
        ends: int64, where it ends.

    Returns:
        String array, one a stretch.
    """
    out, bounds = np.empty(int((ends - begins).sum()), np.uint8), np.empty(len(begins) + 1, np.int64)
    lines.gather(values, begins, ends, out, bounds)
    return _strings(out, bounds)


def tidied(texts: pa.Array) -> pa.Array:
    """Make each stretch of white space one space, and none at the ends.

    Args:
        texts: string array without nulls.

    Returns:
        String array of the same length.
    """
    return joined(texts, np.full(len(texts), lines.TIDIED, np.uint8), np.arange(len(texts) + 1))


def joined(texts: pa.Array, states: Bytes, first: Ints) -> pa.Array:
    """Join the paragraphs of articles, a blank line between them.

    Args:
        texts: string array without nulls, a paragraph each.
        states: uint8, `ingest.kernels.lines.LEFT_OUT`, `AS_IT_IS` or `TIDIED` (as by `tidied`), one a
            paragraph; one of white space alone is to be left out.
        first: int64, article a has the paragraphs `first[a]` to `first[a + 1]`.

    Returns:
        String array, one an article.
    """
    offsets, values = utf8(texts)
    out, bounds = np.empty(len(values) + 2 * len(texts) + 1, np.uint8), np.empty(len(first), np.int64)
    lines.join(values, offsets, states, first, out, bounds)
    return _strings(out, bounds)


def _strings(values: Bytes, bounds: Ints) -> pa.Array:
    return pa.StringArray.from_buffers(
        len(bounds) - 1, pa.py_buffer(bounds.astype(np.int32)), pa.py_buffer(values[: bounds[-1]])
    )
