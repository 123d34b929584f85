"""The comparison form: what two texts must share to be called alike. Never published.

Recipe, in plain Python:

1. `normalize("NFKC", normalize("NFKC", text).casefold())`, with `unicodedata`;
2. code points of category Cf and variation selectors are dropped (soft hyphens, joiners, direction marks);
3. a token is a run of letters, numbers and marks (categories L, N, M); in scripts written without spaces
   (Han, kana, Thai, Lao, Khmer, Burmese) it is one code point and the marks on it;
4. all else separates.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.kernels import text as kernels

RECIPE = "copydesk-comparison-1"
END_OF_TEXT = "\x1e"  # a control character that normalisation leaves alone and no token contains

# Unicode blocks of the scripts without spaces (Blocks.txt); unassigned code points in them do no harm.
UNSPACED_BLOCKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK and Kangxi radicals
    (0x3005, 0x3007),  # ideographic iteration mark and zero
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana phonetic extensions
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xA9E0, 0xA9FF),  # Myanmar extended B
    (0xAA60, 0xAA7F),  # Myanmar extended A
    (0xF900, 0xFAFF),  # CJK compatibility ideographs
    (0x1AFF0, 0x1B16F),  # kana supplements and extensions
    (0x20000, 0x323AF),  # CJK extensions B to H
)
VARIATION_SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_TABLE_SIZE = 0xE01F0
_UNUSED = range(0x323B0, 0xE0000)  # planes without a letter, a number or a mark in them


@dataclass(frozen=True)
class Tokens:
    """The tokens of a run of texts, as flat arrays.

    Attributes:
        data: uint8, UTF-8 of all tokens, one space behind each.
        starts: int64, where token i begins in `data`; one more entry, the end of the last.
        offsets: int64, text t has the tokens `offsets[t]` to `offsets[t + 1]`.
    """

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Number of tokens of each text, int64."""
        return np.diff(self.offsets)


def tokenise(texts: pa.Array) -> Tokens:
    """Bring texts into comparison form.

    Args:
        texts: string array without nulls; some megabytes at a time, as everything is held four-fold.

    Returns:
        The tokens of each text, in order.
    """
    plain = pc.replace_substring(texts, pattern=END_OF_TEXT, replacement=" ")
    joined = pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], plain), END_OF_TEXT)
    text = normalise((joined[0].as_py() or "") + END_OF_TEXT) if len(texts) else ""
    code_points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    data = np.empty(5 * len(code_points), np.uint8)  # four bytes and a space at most
    starts = np.empty(len(code_points) + 1, np.int64)
    offsets = np.zeros(len(texts) + 1, np.int64)
    kernels.tokenise(code_points, classes(), data, starts, offsets)
    tokens = offsets[-1]
    return Tokens(data[: starts[tokens]].copy(), starts[: tokens + 1].copy(), offsets)


def normalise(text: str) -> str:
    """Return the compatibility form of a text without regard to case (step 1 of the recipe)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


@functools.cache
def classes() -> npt.NDArray[np.uint8]:
    """Return the class of each code point below U+E01F0, as `dedup.kernels` names them (uint8)."""
    by_category = {"L": kernels.LETTER, "N": kernels.LETTER, "M": kernels.MARK, "Cf": kernels.IGNORED}
    table = np.full(_TABLE_SIZE, kernels.SEPARATOR, np.uint8)
    for block in (range(_UNUSED.start), range(_UNUSED.stop, _TABLE_SIZE)):
        table[block.start : block.stop] = [
            by_category.get(category, by_category.get(category[0], kernels.SEPARATOR))
            for category in map(unicodedata.category, map(chr, block))
        ]
    for first, last in UNSPACED_BLOCKS:
        part = table[first : last + 1]
        part[part == kernels.LETTER] = kernels.UNSPACED
    for first, last in VARIATION_SELECTORS:
        table[first : last + 1] = kernels.IGNORED
    table[ord(END_OF_TEXT)] = kernels.END_OF_TEXT
    table.setflags(write=False)
    return table
