"""The form of short texts as whole numbers: their characters, how words begin, how the text ends.

All characters of a chunk are looked up at once in a table of kinds. What rests on capitals says so where a
script has none.
"""

from __future__ import annotations

from unicodedata import category

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.survey import booleans
from ingest.words import utf8

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Kinds = npt.NDArray[np.uint8]

SPACE, UPPER, LOWER, UNCASED, DIGIT, END, COMMA, COLON = range(8)
QUOTE, BRACKET, BULLET, ARROW, DASH, SIGN, OTHER, JOINER = range(8, 16)
KINDS = 16

_SIGNS = {
    END: ".!?…。！？।۔؟",
    COMMA: ",;،؛、，；",
    COLON: ":：",
    QUOTE: '"“”„«»‹›「」『』',
    BRACKET: "()[]{}（）【】［］",
    BULLET: "•·*●▪◦‣■○",
    ARROW: "|>→▶►▸/＞｜",
    DASH: "-–—",
    SIGN: "#@©&$%€£+",
    JOINER: "'’",
}
_OF_SIGN = {sign: kind for kind, signs in _SIGNS.items() for sign in signs}
_CATEGORIES = {
    "Lu": UPPER,
    "Lt": UPPER,
    "Ll": LOWER,
    "L": UNCASED,
    "M": UNCASED,
    "N": DIGIT,
    "Z": SPACE,
    "C": SPACE,
}

_MARKS = {
    "clock": r"\p{Nd}[:.]\p{Nd}{2}|\p{Nd}[./-]\p{Nd}{1,2}[./-]\p{Nd}|(?:19|20)\p{Nd}{2}",
    "link": r"(?i)https?:|www\.|\p{L}@\p{L}|\.(?:com|org|net)(?:$|[^\p{L}])",
}


def look(texts: pa.Array) -> dict[str, Ints]:
    """Look at texts.

    Args:
        texts: string array without nulls and empty texts.

    Returns:
        int64 arrays by name, one value a text.
    """
    offsets, kinds = _kinds(texts)
    count = len(texts)
    of = np.repeat(np.arange(count), np.diff(offsets))
    first, last = offsets[:-1], offsets[1:] - 1
    found = _counted(of, kinds, count)
    begins = np.flatnonzero(_begins(kinds, first))
    starts = _counted(of[begins], kinds[begins], count)
    letters = found[:, UPPER] + found[:, LOWER] + found[:, UNCASED]
    solid = np.diff(offsets) - found[:, SPACE]
    return {
        **_casing(found, starts, letters),
        "figures": 100 * found[:, DIGIT] // np.maximum(1, solid),
        **_ends(kinds, first, last),
        "stops": _pairs(of, kinds, (END, SPACE), count),
        "glued": _pairs(of, kinds, (LOWER, UPPER), count),
        "commas": found[:, COMMA],
        "colons": found[:, COLON],
        "quotes": found[:, QUOTE],
        "brackets": found[:, BRACKET],
        "arrows": found[:, ARROW] + found[:, BULLET],
        "dashes": found[:, DASH],
        "signs": found[:, SIGN],
        **{
            name: booleans(pc.match_substring_regex(texts, pattern=pattern)).astype(np.int64)
            for name, pattern in _MARKS.items()
        },
    }


def _counted(of: Ints, kinds: Kinds, count: int) -> Ints:
    """Count the kinds of characters of each text: one row a text, one column a kind."""
    counts: Ints = np.bincount(of * KINDS + kinds, minlength=count * KINDS).reshape(count, KINDS)
    return counts


def _begins(kinds: Kinds, first: Ints) -> Bools:
    """Tell which characters begin a word."""
    word = (kinds >= UPPER) & (kinds <= DIGIT)
    goes_on = np.zeros(len(kinds), np.bool_)
    goes_on[1:] = word[:-1] | (kinds[:-1] == JOINER)
    goes_on[first] = False
    return word & ~goes_on


def _casing(found: Ints, starts: Ints, letters: Ints) -> dict[str, Ints]:
    """Say how words begin; -1 where a text has no letters that are capital or small."""
    cased = starts[:, UPPER] + starts[:, LOWER]
    none = cased == 0
    return {
        "capitals": np.where(none, -1, 100 * starts[:, UPPER] // np.maximum(1, cased)),
        "small": np.where(none, -1, starts[:, LOWER]),
        "shouting": np.where(none, -1, 100 * found[:, UPPER] // np.maximum(1, letters)),
    }


def _ends(kinds: Kinds, first: Ints, last: Ints) -> dict[str, Ints]:
    """Tell what texts open and close with; a sentence may end inside quotation marks or brackets."""
    opens, closes, before = kinds[first], kinds[last], kinds[np.maximum(last - 1, first)]
    inside = ((closes == QUOTE) | (closes == BRACKET)) & (before == END)
    found = {
        "sentence": (closes == END) | inside,
        "open_end": (closes >= UPPER) & (closes <= DIGIT),
        "colon_end": closes == COLON,
        "bullet": (opens == BULLET) | (opens == DASH) | (opens == ARROW),
        "small_start": opens == LOWER,
        "digit_start": opens == DIGIT,
    }
    return {name: values.astype(np.int64) for name, values in found.items()}


def _pairs(of: Ints, kinds: Kinds, pair: tuple[int, int], count: int) -> Ints:
    """Count where in each text one kind of character directly follows another."""
    there = (kinds[:-1] == pair[0]) & (kinds[1:] == pair[1]) & (of[:-1] == of[1:])
    return np.bincount(of[:-1][there], minlength=count)


def _kinds(texts: pa.Array) -> tuple[Ints, Kinds]:
    """Return where each text begins, in code points, and the kind of every character of all texts."""
    points = np.frombuffer(utf8(texts)[1].tobytes().decode().encode("utf-32-le"), np.uint32)
    offsets = np.append(0, np.cumsum(pc.utf8_length(texts).to_numpy(), dtype=np.int64))
    seen = np.zeros(int(points.max(initial=0)) + 1, np.bool_)
    seen[points] = True
    distinct = np.flatnonzero(seen)
    table = np.zeros(len(seen), np.uint8)
    table[distinct] = [_kind(chr(point)) for point in distinct.tolist()]
    return offsets, table[points]


def _kind(character: str) -> int:
    if character in _OF_SIGN:
        return _OF_SIGN[character]
    name = category(character)
    return _CATEGORIES.get(name, _CATEGORIES.get(name[0], OTHER))
