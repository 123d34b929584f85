"""The words that only one of two texts has."""

from __future__ import annotations

import numpy as np
from numba import njit, types, void

from dedup.kernels.casing import emptied, slot_of
from ingest.kernels.compiling import I64, U8, U64, compiled

# What is counted of the words that one text of a pair has and the other has not: the words of each kind, then
# those of them that it has twice or more; then tokens that the other has not at all, tokens that it has not
# as often, and names that it has, but twice less often or more.
NAMES, NUMBERS, QUIETS, SIGNS, WORDS = range(0, 10, 2)
ALONE, DIFFERING, MORE, COUNTS = 10, 11, 12, 13
EXAMPLES = 3  # words shown of each side

TO_ROWS = types.Array(types.int64, 2, "C")


@njit
def _respelt(data: np.ndarray, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell whether two words differ in one letter: a slip of the pen, not another fact."""
    first, second = one[1] - one[0], other[1] - other[0]
    longest, least = max(first, second), min(first, second)
    lead = data[one[0]]
    letter = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3  # bytes
    if least < 5 or longest - least > letter:  # of shorter words many differ so: Iran, Iraq
        return False
    same = 0
    while same < least and data[one[0] + same] == data[other[0] + same]:
        same += 1
    tail = 0
    while tail < least - same and data[one[1] - 1 - tail] == data[other[1] - 1 - tail]:
        tail += 1
    return same + tail >= longest - letter


@njit(inline="always")
def _kind(of: int) -> int:
    """Return what is counted of a word with such bits."""
    if of & 4:
        return 2
    if of & 16:
        return 6
    if of & 2:
        return 8
    return 0 if of & 1 else 4


@njit
def _tally(
    word: int,
    others: np.ndarray,
    data: np.ndarray,
    spans: tuple[np.ndarray, np.ndarray],
    of: int,
    count: int,
    out: np.ndarray,
) -> bool:
    """Count a word that the other text has not, and tell whether it is a fact."""
    out[10] += count
    out[11] += count
    if of & 32:
        return False
    kind = _kind(of)
    starts, ends = spans
    if (kind == 0 or kind == 4) and len(others) <= 64:  # noqa: PLR1714 - numba has no set literals here
        for other in others:
            if _respelt(data, (starts[word], ends[word]), (starts[other], ends[other])):
                return False
    out[kind] += 1
    out[kind + 1] += count >= 2
    return kind < 8


@njit
def _enter(table: np.ndarray, hashes: np.ndarray, begin: int, end: int) -> int:
    """Fill a hash table with the words of a text, and return its size."""
    size: int = emptied(table, end - begin)
    for word in range(begin, end):
        table[slot_of(table, size, hashes, hashes[word])] = word
    return size


@njit
def _show(examples: np.ndarray, word: int) -> None:
    """Enter a word into the first free place, if there is one."""
    for place in range(len(examples)):
        if examples[place] < 0:
            examples[place] = word
            return


@compiled(void(U8, U64, I64, I64, I64, U8, I64, I64, I64, TO_ROWS, TO_ROWS))
def contrast(
    data: np.ndarray,
    hashes: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    counts: np.ndarray,
    bits: np.ndarray,
    text_words: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    out: np.ndarray,
    examples: np.ndarray,
) -> None:
    """Count, for each of two texts, the words that the other has not.

    Args:
        data: uint8, the texts in UTF-8.
        hashes: uint64, of the words, as `gather` wrote them; so are the next five.
        starts: int64.
        ends: int64.
        counts: int64.
        bits: uint8, LISTED added.
        text_words: int64.
        left: int64, first text of each pair.
        right: int64, second text of each pair.
        out: int64, zeros, of shape (2 * pairs, COUNTS): one row for the left, one for the right text.
        examples: int64, -1, of shape (2 * pairs, EXAMPLES): the first words that are facts.
    """
    longest = np.int64(1)
    for text in range(len(text_words) - 1):
        longest = max(longest, text_words[text + 1] - text_words[text])
    table, alone = np.empty(4 * longest + 16, np.int64), np.empty(longest, np.uint8)
    lists, found = np.empty((2, longest), np.int64), np.zeros(2, np.int64)
    size, loaded = 0, np.int64(-1)
    for pair in range(len(left)):
        begin, end = text_words[left[pair]], text_words[left[pair] + 1]
        if loaded != left[pair]:
            loaded = left[pair]
            size = _enter(table, hashes, begin, end)
        alone[: end - begin] = 1
        found[:] = 0
        for word in range(text_words[right[pair]], text_words[right[pair] + 1]):
            other = table[slot_of(table, size, hashes, hashes[word])]
            if other < 0:
                lists[1, found[1]] = word
                found[1] += 1
            else:
                alone[other - begin] = 0
                more = counts[other] - counts[word]
                row = 2 * pair + (more < 0)
                out[row, 11] += abs(more)
                if abs(more) >= 2 and (bits[word] & 39) == 1 and (bits[other] & 39) == 1:
                    out[row, 12] += 1
                    _show(examples[row], word if more < 0 else other)
        for word in range(begin, end):
            if alone[word - begin]:
                lists[0, found[0]] = word
                found[0] += 1
        for side in range(2):
            row = 2 * pair + side
            others = lists[1 - side, : found[1 - side]]
            for word in lists[side, : found[side]]:
                fact = _tally(word, others, data, (starts, ends), bits[word], counts[word], out[row])
                if fact:
                    _show(examples[row], word)
