"""The comparison form: what two texts must share to be called alike. Never published.

Recipe, in plain Python:

1. `normalize("NFKC", normalize("NFKC", text).casefold())`, with `unicodedata`;
2. code points of category Cf and variation selectors are dropped (soft hyphens, joiners, direction marks);
3. a token is a run of letters, numbers and marks (categories L, N, M); in scripts written without spaces
   (Han, kana, Thai, Lao, Khmer, Burmese) it is one code point and the marks on it;
4. all else separates.

A compiled loop follows it over the UTF-8 of Arrow's buffers, by tables that are made from `unicodedata`
once a process. Where those cannot tell, which is next to nowhere, `unicodedata` normalises the text itself.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.kernels import code_points
from dedup.kernels import text as kernels

RECIPE = "copydesk-comparison-1"

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
# Code points that no table need know, as each stands for itself beside any other, or, in Hangul, by a rule.
# Only the time to make the tables rests on this list: tests hold every code point against `unicodedata`.
PLAIN_BLOCKS = ((0x3400, 0x9FFF), (0xAC00, 0xF8FF), (0x20000, 0x2F7FF), (0x2FB00, code_points.UNUSED - 1))
NO_CHARACTERS = ((0xD800, 0xF8FF),)  # surrogates and private use
HANGUL_SECOND = (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))  # vowels and finals (Unicode Standard, 3.12)
IOTA_SUBSCRIPT = "\u0345"
_BLOCK = 256  # code points that are looked at together while tables are made
_KIND_BY_INITIAL = bytes(
    code_points.LETTER if initial in b"LN" else code_points.MARK if initial in b"M" else code_points.SEPARATOR
    for initial in range(256)
)

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Tokens:
    """The tokens of a run of texts, as flat arrays.

    Attributes:
        data: uint8, UTF-8 of all tokens, one space behind each.
        starts: int64, where token i begins in `data`; one more entry, the end of the last.
        offsets: int64, text t has the tokens `offsets[t]` to `offsets[t + 1]`.
        slow: number of texts that tables could not bring into form, only `unicodedata`.
    """

    data: Bytes
    starts: Ints
    offsets: Ints
    slow: int = 0

    @property
    def counts(self) -> Ints:
        """Number of tokens of each text, int64."""
        return np.diff(self.offsets)


def tokenise(texts: pa.Array) -> Tokens:
    """Bring texts into comparison form.

    Args:
        texts: string array without nulls; some megabytes at a time, as up to four times as much is held.

    Returns:
        The tokens of each text, in order.

    Raises:
        pyarrow.ArrowInvalid: A text is not valid UTF-8.
    """
    texts.validate(full=True)
    data, bounds = utf8(texts)
    offsets = np.zeros(len(texts) + 1, np.int64)
    room = _room(
        int(bounds[-1] - bounds[0]) * 3 // 2 + code_points.GROWTH * int(np.diff(bounds).max(initial=0))
    )
    at, slow = 0, 0
    while True:
        at, room = _write(data, bounds, folding(), first=at, into=(*room, offsets))
        if at == len(texts):
            break
        form = np.frombuffer(normalise(texts[at].as_py()).encode(), np.uint8)
        whole = np.array([0, len(form)])
        _, room = _write(form, whole, folded(), first=0, into=(*room, offsets[at : at + 2]))
        at, slow = at + 1, slow + 1
    out, starts = room
    starts.resize(offsets[-1] + 1, refcheck=False)  # a copy would have to be written once more
    out.resize(starts[-1], refcheck=False)
    return Tokens(out, starts, offsets, slow)


def _write(
    data: Bytes, bounds: Ints, points: code_points.CodePoints, *, first: int, into: tuple[Bytes, Ints, Ints]
) -> tuple[int, tuple[Bytes, Ints]]:
    """Write the tokens of texts from one on, with more room where they take more.

    Returns:
        The text that must be normalised first, or how many there are; the tokens and their starts.
    """
    out, starts, offsets = into
    while (at := kernels.tokenise(data, bounds, points, first, out, starts, offsets)) < 0:
        first = -1 - at
        more = _room(2 * len(out) + code_points.GROWTH * int(bounds[first + 1] - bounds[first]))
        more[0][: len(out)], more[1][: len(starts)] = out, starts
        out, starts = more
    return at, (out, starts)


def _room(size: int) -> tuple[Bytes, Ints]:
    """Return arrays for the tokens of so many bytes, and for where each begins."""
    starts = np.empty(size // 2 + 4, np.int64)  # a token takes two bytes, its space being one
    starts[0] = 0
    return np.empty(size + 4, np.uint8), starts


def utf8(texts: pa.Array) -> tuple[Bytes, Ints]:
    """Return the buffers of a string array.

    Returns:
        The UTF-8 (uint8), and where each text begins in it, with one more entry, the end of the last (int64).
    """
    column = texts.cast(pa.large_string())
    if not len(column):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(data or b"", np.uint8), bounds


def normalise(text: str) -> str:
    """Return the compatibility form of a text without regard to case (step 1 of the recipe)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


@functools.cache
def folding() -> code_points.CodePoints:
    """Return the tables by which texts come into comparison form."""
    kinds, combining = _kinds()
    changed, changed_forms, letters = zip(*_changes(), strict=True)
    points = [*map(ord, changed)]
    alone = np.array([ord(form) if len(form) == 1 else 0 for form in changed_forms], np.uint32)
    lengths = np.array([*map(len, letters)], np.uint32)
    starts = np.cumsum(lengths, dtype=np.uint32) - lengths
    iota = np.array([IOTA_SUBSCRIPT in unicodedata.normalize("NFKD", point) for point in changed], np.uint32)
    pairs = _pairs(point for point, form in zip(changed, changed_forms, strict=True) if point == form)
    second = np.zeros_like(kinds)
    second[[*HANGUL_SECOND, *(pair & 0xFFFFFFFF for pair in pairs)]] = 1
    joins = ((combining > 0) | (second > 0)) * np.uint32(code_points.JOINS)
    forms = _as_they_are(kinds) | joins
    forms[points] = np.where(alone > 0, alone | kinds[alone] << code_points.KIND, code_points.SPELLED)
    forms[points] |= joins[points] | joins[[ord(each[0]) for each in letters]]
    parts = kinds | combining << np.uint32(code_points.COMBINING) | second * np.uint32(code_points.SECOND)
    parts[points] |= starts << code_points.START | lengths << code_points.LENGTH | iota * code_points.IOTA
    return _tables(forms, parts, letters="".join(letters), pairs=pairs)


@functools.cache
def folded() -> code_points.CodePoints:
    """Return tables for texts that are in comparison form, of which nothing is to be changed."""
    kinds, _ = _kinds()
    return _tables(_as_they_are(kinds), kinds, letters="", pairs={})


def _tables(forms: Words, parts: Words, *, letters: str, pairs: dict[int, int]) -> code_points.CodePoints:
    is_letter = forms[:128] >> code_points.KIND & 7 == code_points.LETTER
    tables = code_points.CodePoints(
        np.where(is_letter, forms[:128] & code_points.FORM, ord(" ")).astype(np.uint8),
        forms,
        parts,
        np.frombuffer(letters.encode("utf-32-le"), np.uint32),
        np.array(list(pairs), np.uint64),
        np.array(list(pairs.values()), np.uint32),
    )
    for table in tables:
        table.setflags(write=False)
    return tables


def _as_they_are(kinds: Words) -> Words:
    """Return entries of `forms` that leave every code point as it is."""
    forms = kinds << np.uint32(code_points.KIND)
    forms[: code_points.UNUSED] |= np.arange(code_points.UNUSED, dtype=np.uint32)
    forms[code_points.UNUSED :] |= np.arange(code_points.TAGS, code_points.TAGS_END, dtype=np.uint32)
    return forms


def _code_points(without: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Yield all code points that have a place in the tables, some at a time, with zeros for some of them."""
    points = _as_they_are(np.zeros(code_points.UNUSED + code_points.TAGS_END - code_points.TAGS, np.uint32))
    for first, last in without:
        points[first : last + 1] = 0
    text = points.tobytes().decode("utf-32-le")
    yield from (text[at : at + _BLOCK] for at in range(0, len(text), _BLOCK))


def _kinds() -> tuple[Words, Words]:
    """Return the kind of each code point, as `code_points` names them, and its combining class."""
    categories = "".join(
        "Lo" * len(block) if block.isalpha() else "".join(map(unicodedata.category, block))
        for block in _code_points(without=NO_CHARACTERS)
    ).encode()
    kinds = np.frombuffer(categories[::2].translate(_KIND_BY_INITIAL), np.uint8).astype(np.uint32)
    kinds[np.frombuffer(categories, "S2") == b"Cf"] = code_points.IGNORED
    marks = np.flatnonzero(kinds[: code_points.UNUSED] == code_points.MARK)
    combining = np.zeros_like(kinds)
    combining[marks] = [unicodedata.combining(chr(mark)) for mark in marks]
    for first, last in UNSPACED_BLOCKS:
        part = kinds[first : last + 1]
        part[part == code_points.LETTER] = code_points.UNSPACED
    for first, last in VARIATION_SELECTORS:
        shift = code_points.TAGS - code_points.UNUSED if first >= code_points.TAGS else 0
        kinds[first - shift : last + 1 - shift] = code_points.IGNORED
    return kinds, combining


def _changes() -> Iterator[tuple[str, str, str]]:
    """Yield every code point that has another form or decomposition, its form, and the form decomposed."""
    for block in _code_points(without=PLAIN_BLOCKS):
        if unicodedata.normalize("NFKD", block) != block or block.casefold() != block:
            form = normalise("\n".join(block.replace("\n", " ")))
            letters = unicodedata.normalize("NFKD", form).split("\n")
            for each in zip(block, form.split("\n"), letters, strict=True):
                if each[2] != each[0]:
                    yield each


def _pairs(candidates: Iterable[str]) -> dict[int, int]:
    """Return all two code points that compose, the first from bit 32, and what they compose to, ascending."""
    pairs = {}
    for composite in candidates:
        parts = unicodedata.decomposition(composite).split()
        if len(parts) == 2 and unicodedata.is_normalized("NFC", composite):
            pairs[int(parts[0], 16) << 32 | int(parts[1], 16)] = ord(composite)
    return dict(sorted(pairs.items()))
