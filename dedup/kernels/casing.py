"""The words of texts, with what their capitals tell."""

from __future__ import annotations

import numpy as np
from numba import njit, void

from ingest.kernels.compiling import I64, TO_I64, TO_U8, TO_U64, U8, U32, U64, compiled

# Classes of code points, see dedup.series. LOWER to MARK make words.
SEPARATOR, LOWER, UPPER, CASELESS, UNSPACED, DIGIT, MARK, IGNORED, POINT, STOP, LINE = range(11)

# What is known of a word: bits.
CAPITAL = 1  # a capital where none is due: not at the head of a sentence, in a headline or in a shout
SMALL = 2  # somewhere in lower case
NUMBER = 4  # a digit in it
QUIET = 8  # of a script without capitals
SIGN = 16  # a sign of a script without spaces
LISTED = 32  # a word that is no fact, see dedup.series


@njit(inline="always")
def _decode(data: np.ndarray, at: int) -> tuple[np.uint64, int]:
    """Return the code point at a byte of UTF-8, and where the next one begins."""
    byte = np.uint64(data[at])
    if byte < 0x80:
        return byte, at + 1
    more = 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3
    code_point = byte & np.uint64(0x3F >> more)
    for i in range(more):
        code_point = (code_point << np.uint64(6)) | np.uint64(data[at + 1 + i] & 0x3F)
    return code_point, at + 1 + more


@njit(inline="always")
def _class(classes: np.ndarray, code_point: np.uint64) -> int:
    """Return the class of a code point; beyond the table are Han signs, then variation selectors."""
    if code_point < len(classes):
        return classes[code_point]  # type: ignore[no-any-return] # numba makes an integer of it
    if code_point < 0x323B0:
        return 4
    return 7 if 0xE0000 <= code_point < 0xE01F0 else 0


@njit(inline="always")
def _first_bits(kind: int, head: bool) -> int:
    """Return what the first letter tells of a word."""
    if kind == 1:
        return 2
    if kind == 2:
        return 0 if head else 1
    if kind == 5:
        return 4
    return 16 if kind == 4 else 8


@njit(inline="always")
def _continues(kind: int, last: int) -> bool:
    """Tell whether a code point goes on with the word whose last one was of class `last`."""
    return kind == 6 or (last != 4 and 1 <= kind <= 5 and kind != 4)


@njit
def _close(bits: np.ndarray, token: int, shouted: bool, letters: np.ndarray) -> bool:
    """Take back capitals that say nothing of a word, and tell whether it is one of capitals all along."""
    shout: bool = letters[1] >= 2 and letters[1] == letters[2]
    if shout and shouted:
        bits[token - 1] &= 0xFE
        bits[token] &= 0xFE
    if letters[0] == 1 and letters[2] == 1:  # an initial is no name
        bits[token] = 2
    return shout


@njit
def _close_line(bits: np.ndarray, first: int, behind: int, sentence: bool) -> None:
    """Take back the capitals of a line of hardly anything else that ends like no sentence: a headline."""
    capitals = smalls = 0
    if sentence:
        return
    for token in range(first, behind):
        capitals += bits[token] & 1
        smalls += (bits[token] >> 1) & 1
    if capitals > 2 * smalls:
        for token in range(first, behind):
            bits[token] &= 0xFE


@compiled(void(U8, I64, U8, U32, TO_U64, TO_I64, TO_I64, TO_U8, TO_I64))
def scan(
    data: np.ndarray,
    offsets: np.ndarray,
    classes: np.ndarray,
    folds: np.ndarray,
    hashes: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    bits: np.ndarray,
    text_tokens: np.ndarray,
) -> None:
    """Find the tokens of texts: hashed without regard to case, which their bits remember.

    Args:
        data: uint8, the texts in UTF-8.
        offsets: int64, text t is `data[offsets[t]:offsets[t + 1]]`.
        classes: uint8, class of each code point below some.
        folds: uint32, each code point without case; those beyond its end stand for themselves.
        hashes: uint64, one a token (at most one for two bytes, and one a text), as are the next three.
        starts: int64, the byte of `data` where the token begins.
        ends: int64, where it ends.
        bits: uint8, what is known of it.
        text_tokens: int64, `text_tokens[t + 1]` becomes the number of tokens up to the end of text t.
    """
    token, letters = -1, np.zeros(3, np.int64)  # letters of the open token: all, capitals, cased
    sign, sign_start = np.uint64(0), np.int64(0)  # the last sign
    for text in range(len(offsets) - 1):
        begin, end = offsets[text], offsets[text + 1]
        at, line = begin, token + 1
        last, linked = 0, False  # class of the last code point of the open token, 0 if none; a sign on a sign
        head, shouted = True, False  # head: a capital is due here
        while at <= end:
            here, code_point, kind = at, np.uint64(10), 10
            if at < end:
                code_point, at = _decode(data, at)
                kind = _class(classes, code_point)
            else:
                at += 1
            if kind == 7:
                continue
            if last and not _continues(kind, last):
                shouted = _close(bits, token, shouted, letters)
                ends[token] = here
                hashes[token] = (hashes[token] ^ (hashes[token] >> np.uint64(29))) * np.uint64(
                    0xBF58476D1CE4E5B9
                )
                # After `Gov.` a name is a name: short words with a capital end no sentence.
                head = kind == 8 and not (letters[0] <= 3 and letters[1] > 0)
                last, linked = 0, last == 4 and kind == 4
            elif kind == 8 and not last:
                head = True
            if last or 1 <= kind <= 6:
                if not last:
                    token += 1
                    # A sign counts with the one before it: alone it is in every text.
                    hashes[token] = np.uint64(0xCBF29CE484222325) ^ (sign if linked else np.uint64(0))
                    starts[token] = sign_start if linked else here
                    bits[token] = _first_bits(kind, head)
                    letters[:] = 0
                    head = linked = False
                folded = np.uint64(folds[code_point]) if code_point < len(folds) else code_point
                hashes[token] = (hashes[token] ^ folded) * np.uint64(0x100000001B3)
                letters[0] += 1
                letters[1] += kind == 2
                letters[2] += kind == 1 or kind == 2  # noqa: PLR1714
                bits[token] = 4 if kind == 5 else bits[token]
                sign, sign_start = (folded, here) if kind == 4 else (sign, sign_start)
                last = kind if kind != 6 or not last else last
            elif kind >= 9:
                if kind == 10:
                    _close_line(bits, line, token + 1, head)
                    line, shouted = token + 1, False
                head = True
        text_tokens[text + 1] = token + 1


@njit(inline="always")
def slot_of(table: np.ndarray, size: int, hashes: np.ndarray, wanted: np.uint64) -> np.int64:
    """Return the slot of a hash table where a word is, or would be."""
    slot = np.int64(wanted >> np.uint64(20)) & (size - 1)
    while table[slot] >= 0 and hashes[table[slot]] != wanted:
        slot = (slot + 1) & (size - 1)
    return slot


@njit(inline="always")
def emptied(table: np.ndarray, count: int) -> int:
    """Empty so much of a hash table as so many words need, and return its size."""
    size = 16
    while size < 2 * count:
        size *= 2
    table[:size] = -1
    return size


@compiled(void(U64, I64, I64, U8, I64, TO_I64, TO_U64, TO_I64, TO_I64, TO_I64, TO_U8, TO_I64))
def gather(
    hashes: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    bits: np.ndarray,
    text_tokens: np.ndarray,
    table: np.ndarray,
    word_hashes: np.ndarray,
    word_starts: np.ndarray,
    word_ends: np.ndarray,
    word_counts: np.ndarray,
    word_bits: np.ndarray,
    text_words: np.ndarray,
) -> None:
    """Take the tokens of each text together: every word once, in order of appearance.

    Args:
        hashes: uint64, of the tokens, as `scan` wrote them; so are the next four.
        starts: int64.
        ends: int64.
        bits: uint8.
        text_tokens: int64.
        table: int64, scratch: at least 16 and four times the tokens of any text.
        word_hashes: uint64, as many as tokens, and so are the next four.
        word_starts: int64, the byte of `data` where the word first begins, with a capital that tells if any.
        word_ends: int64, where it ends there.
        word_counts: int64, tokens of it.
        word_bits: uint8, what any of its tokens tells.
        text_words: int64, `text_words[t + 1]` becomes the number of words up to the end of text t.
    """
    words = 0
    for text in range(len(text_tokens) - 1):
        size = emptied(table, text_tokens[text + 1] - text_tokens[text])
        for token in range(text_tokens[text], text_tokens[text + 1]):
            slot = slot_of(table, size, word_hashes, hashes[token])
            word = table[slot]
            if word < 0:
                word = words
                table[slot] = word
                word_hashes[word] = hashes[token]
                word_counts[word], word_bits[word] = 0, 0
                words += 1
            if word_counts[word] == 0 or bits[token] & 1 > word_bits[word] & 1:  # Lyon rather than LYON
                word_starts[word], word_ends[word] = starts[token], ends[token]
            word_counts[word] += 1
            word_bits[word] |= bits[token]
        text_words[text + 1] = words
