"""The words of texts, with what their capitals tell: which may be a name, and which is a number.

The comparison form forgets capitals; here they count. A word is hashed without regard to case and kept once
a text. Its bits (`dedup.kernels.casing`) tell whether it was seen with a capital where the language asks for
none: not at the head of a sentence, in a headline, nor among words that are capitals all along.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import UNSPACED_BLOCKS, VARIATION_SELECTORS
from dedup.kernels import casing as kernels

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint8]
Keys = npt.NDArray[np.uint64]

STOPS = '!?…:;•–—"“„«»「『。！？：；।؟۔'  # behind these a capital may be due
LINES = "\n\r\u2028\u2029"
_NUMBER = re.compile(rb"[0-9]+(?:[.,][0-9]+)+(?![0-9])")
_LONGEST_NUMBER = 16  # bytes on either side
_TABLE_SIZE = 0x20000  # beyond are Han signs alone
_BY_CATEGORY = {
    "Ll": kernels.LOWER,
    "Lu": kernels.UPPER,
    "Lt": kernels.UPPER,
    "Lo": kernels.CASELESS,
    "Lm": kernels.CASELESS,
    "Nd": kernels.DIGIT,
    "Nl": kernels.CASELESS,
    "No": kernels.CASELESS,
    "Mn": kernels.MARK,
    "Mc": kernels.MARK,
    "Me": kernels.MARK,
    "Cf": kernels.IGNORED,
}


@dataclass(frozen=True)
class Words:
    """The words of a run of texts, each once a text, in order of appearance.

    Attributes:
        data: uint8, the texts in UTF-8.
        hashes: uint64, one a word, without regard to case.
        starts: int64, where the word first begins in `data`.
        ends: int64, where it ends there.
        counts: int64, how often its text has it.
        bits: uint8, what is known of it.
        offsets: int64, text t has the words `offsets[t]` to `offsets[t + 1]`.
    """

    data: Bits
    hashes: Keys
    starts: Ints
    ends: Ints
    counts: Ints
    bits: Bits
    offsets: Ints

    def first(self, count: int) -> Words:
        """Return the words without those behind the first `count`, in memory of their own."""
        hashes, bits = self.hashes[:count].copy(), self.bits[:count].copy()
        starts, ends, counts = (values[:count].copy() for values in (self.starts, self.ends, self.counts))
        return Words(self.data, hashes, starts, ends, counts, bits, self.offsets)

    def sums(self, values: npt.NDArray[np.generic]) -> Ints:
        """Add up values, one a word, for each text (int64)."""
        total = np.zeros(len(values) + 1, np.int64)
        np.cumsum(values, out=total[1:])
        return total[self.offsets[1:]] - total[self.offsets[:-1]]

    def spell(self, word: int) -> str:
        """Return a word as its text spells it, and the whole of a number of which it is a part: 1,250."""
        start, end = int(self.starts[word]), int(self.ends[word])
        if self.bits[word] & kernels.NUMBER:
            first = max(start - _LONGEST_NUMBER, 0)
            for number in _NUMBER.finditer(self.data[first : end + _LONGEST_NUMBER].tobytes()):
                if number.start() <= start - first < number.end():
                    return number.group().decode()
        return self.data[start:end].tobytes().decode()


def find_words(texts: pa.Array) -> Words:
    """Find the words of texts.

    Args:
        texts: string array without nulls.

    Returns:
        The words of each text, compatibility forms replaced (NFKC), so that one word has one spelling.
    """
    data, text_offsets = _buffers(_composed(texts))
    most = (
        int(text_offsets[-1] - text_offsets[0]) // 2 + len(texts) + 1
    )  # a token and what parts it: two bytes
    hashes, bits = np.empty(most, np.uint64), np.empty(most, np.uint8)
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    offsets = np.zeros(len(texts) + 1, np.int64)
    kernels.scan(data, text_offsets, *_alphabet(), hashes, starts, ends, bits, offsets)
    words = Words(
        data=data,
        hashes=np.empty(offsets[-1], np.uint64),
        starts=np.empty(offsets[-1], np.int64),
        ends=np.empty(offsets[-1], np.int64),
        counts=np.empty(offsets[-1], np.int64),
        bits=np.empty(offsets[-1], np.uint8),
        offsets=np.zeros(len(texts) + 1, np.int64),
    )
    table = np.empty(4 * int(np.diff(offsets).max(initial=0)) + 16, np.int64)
    kernels.gather(
        hashes,
        starts,
        ends,
        bits,
        offsets,
        table,
        words.hashes,
        words.starts,
        words.ends,
        words.counts,
        words.bits,
        words.offsets,
    )
    return words.first(int(words.offsets[-1]))


def _composed(texts: pa.Array) -> pa.Array:
    texts = texts.cast(pa.large_string())
    plain = pc.all(pc.string_is_ascii(texts), min_count=0).as_py()
    return texts if plain else pc.utf8_normalize(texts, form="NFKC")


def _buffers(texts: pa.Array) -> tuple[Bits, Ints]:
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(texts.buffers()[2] or b"", np.uint8), offsets


@functools.cache
def _alphabet() -> tuple[Bits, npt.NDArray[np.uint32]]:
    """Return class (uint8) and form without case (uint32) of each code point below U+20000."""
    folds = np.arange(_TABLE_SIZE, dtype=np.uint32)
    letters = folds.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    categories = np.frombuffer("".join(map(unicodedata.category, letters)).encode(), "S2")
    classes = np.full(_TABLE_SIZE, kernels.SEPARATOR, np.uint8)
    for category, kind in _BY_CATEGORY.items():
        classes[categories == category.encode()] = kind
    for code_point in np.flatnonzero((classes == kernels.LOWER) | (classes == kernels.UPPER)).tolist():
        folded = letters[code_point].casefold()
        folds[code_point] = ord(folded) if len(folded) == 1 else code_point
    for first, last in UNSPACED_BLOCKS:
        part = classes[first : last + 1]
        part[part == kernels.CASELESS] = kernels.UNSPACED
    for first, last in VARIATION_SELECTORS:
        classes[first : last + 1] = kernels.IGNORED
    for marks, kind in (
        (STOPS, kernels.STOP),
        (".", kernels.POINT),
        (LINES, kernels.LINE),
    ):
        classes[list(map(ord, marks))] = kind
    for table in (classes, folds):
        table.setflags(write=False)
    return classes, folds
