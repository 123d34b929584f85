"""Words of texts and how they close, in one pass over their UTF-8.

Places are unsigned, so that no index is tried for whether it counts from the end. What is asked of ASCII is
written without branches, in bytes: the compiler takes 16 or 32 of them in a step.
"""

from __future__ import annotations

import numpy as np
from numba import void

from ingest.kernels.compiling import I64, TO_I64, TO_U8, U8, compiled, part

# What a character is, as a sum; a table has a byte for each code point, 0 where nobody has looked yet. A text
# is weighed by comparisons while it is ASCII, and by the table if it is not.
LETTER, JOINER, ALONE, WHITE, ENDER, CLOSER, KNOWN = (1 << bit for bit in range(7))
BLOCK = 256  # code points that are looked at together

CLOSES, TIDY = 1, 2  # what is told of a text, as a sum

SPACE = np.uint8(32)
_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)
_MOST = np.uint64(240)  # words that are counted in a byte
_SIX = np.uint32(6)


@part
def _six_bits(byte: np.uint8) -> np.uint32:
    return np.uint32(byte & np.uint8(0x3F))


@part
def _decode(data: np.ndarray, at: np.uint64) -> tuple[np.uint32, np.uint64]:
    """Return the code point at a place in valid UTF-8, and the place behind it."""
    lead, behind = np.uint32(data[at]), at + _ONE
    if lead < 0x80:
        return lead, behind
    point = lead << _SIX | _six_bits(data[behind])
    if lead < 0xE0:
        return point & np.uint32(0x7FF), behind + _ONE
    point = point << _SIX | _six_bits(data[behind + _ONE])
    if lead < 0xF0:
        return point & np.uint32(0xFFFF), behind + _TWO
    point = point << _SIX | _six_bits(data[behind + _TWO])
    return point & np.uint32(0x1FFFFF), behind + _TWO + _ONE


@part
def _is_letter(byte: np.uint8) -> np.uint8:
    small, digit = np.uint8((byte | SPACE) - np.uint8(97)), np.uint8(byte - np.uint8(48))
    return np.uint8(np.uint8(small < 26) | np.uint8(digit < 10))


@part
def _begins(byte: np.uint8, before: np.uint8, earlier: np.uint8) -> np.uint8:
    """Tell whether a word begins with the last of three bytes of ASCII: it goes on with none."""
    joined = (np.uint8(before == 39) | np.uint8(before == 45)) & _is_letter(earlier)
    return np.uint8(_is_letter(byte) & ~(_is_letter(before) | joined))


@part
def _is_untidy(byte: np.uint8, before: np.uint8) -> np.uint8:
    """Tell white space of ASCII other than a space, and a second space."""
    other = np.uint8(np.uint8(byte - np.uint8(9)) < 5) | np.uint8(np.uint8(byte - np.uint8(28)) < 4)
    return np.uint8(other | (np.uint8(byte == SPACE) & np.uint8(before == SPACE)))


@part
def _weigh_ascii(data: np.ndarray, first: np.uint64, end: np.uint64) -> tuple[np.int64, bool, bool]:
    """Return the words of a text and whether it is tidy, if it is ASCII; and whether it is."""
    words, untidy, bits = np.int64(0), np.uint8(0), np.uint8(0)
    before = earlier = SPACE
    at = min(first + _TWO, end)
    for i in range(first, at):
        words += np.int64(_begins(data[i], before, earlier))
        untidy |= _is_untidy(data[i], before)
        bits |= data[i]
        before, earlier = data[i], before
    while at < end and bits < 0x80:
        some, stop = np.uint8(0), min(at + _MOST, end)
        for i in range(at, stop):
            some = np.uint8(some + _begins(data[i], data[i - _ONE], data[i - _TWO]))
            untidy = np.uint8(untidy | _is_untidy(data[i], data[i - _ONE]))
            bits = np.uint8(bits | data[i])
        words += np.int64(some)
        at = stop
    return words, not untidy and bool(data[end - _ONE] != SPACE), bool(bits < 0x80)


@part
def _weigh_any(
    data: np.ndarray, at: np.uint64, end: np.uint64, kinds: np.ndarray, new: np.ndarray
) -> tuple[np.int64, bool]:
    """Return the words of a text, and whether it is tidy."""
    words, letter, joined = np.uint64(0), np.uint64(0), np.uint64(0)
    untidy, white = np.uint64(0), _ONE
    while at < end:
        point, at = _decode(data, at)
        kind = np.uint64(kinds[point])
        if kind == 0:
            new[point // BLOCK] = 1
        # The lowest bits of a kind are LETTER, JOINER, ALONE and WHITE, from 0 to 3.
        begins = kind & ~(letter | joined) | kind >> _TWO
        words += begins & _ONE
        joined = letter & kind >> _ONE
        letter = kind & _ONE
        double, white = white, kind >> _THREE & _ONE
        untidy |= white & (double | np.uint64(point != SPACE))
    return np.int64(words), not untidy | white


@part
def _closes(data: np.ndarray, first: np.uint64, end: np.uint64, kinds: np.ndarray) -> bool:
    """Tell whether the last character of a text that does not close what was opened ends sentences."""
    while first < end:
        end -= _ONE
        while data[end] & 0xC0 == 0x80:
            end -= _ONE
        kind = kinds[_decode(data, end)[0]]
        if not kind & CLOSER:
            return bool(kind & ENDER)
    return False


@compiled(void(U8, I64, U8, TO_I64, TO_U8, TO_U8))
def weigh(
    data: np.ndarray,
    offsets: np.ndarray,
    kinds: np.ndarray,
    words: np.ndarray,
    traits: np.ndarray,
    new: np.ndarray,
) -> None:
    """Count the words of texts, and tell how they close and whether their white space is in order.

    Args:
        data: uint8, valid UTF-8.
        offsets: int64, text t is `data[offsets[t]:offsets[t + 1]]`.
        kinds: uint8, what each code point is, 0 where that is not known; that of ASCII is.
        words: int64, becomes the words of each text.
        traits: uint8, becomes `CLOSES` where a text closes like a sentence, and `TIDY` where its only white
            space is single spaces between other characters.
        new: uint8, becomes 1 for each block of code points of which one is met that is not known. If there
            is any, nothing of the rest holds.
    """
    for text in range(len(words)):
        first, end = np.uint64(offsets[text]), np.uint64(offsets[text + 1])
        words[text], traits[text] = 0, TIDY
        if first < end:
            count, tidy, plain = _weigh_ascii(data, first, end)
            if not plain:
                count, tidy = _weigh_any(data, first, end, kinds, new)
            words[text] = count
            traits[text] = _closes(data, first, end, kinds) * CLOSES + tidy * TIDY
