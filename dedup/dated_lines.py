"""Lines that are a date, a time or both: of these the form counts, not the day."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.dateline import LATIN, NOT_LATIN
from ingest.metadata.calendar_words import day_names, month_names
from ingest.survey import booleans

Bools = npt.NDArray[np.bool_]

DATED = r"\p{Nd}{1,2}[:.h]\p{Nd}{2}|\p{Nd}{4}|\p{Nd}{1,2}[./-]\p{Nd}{1,2}[./-]\p{Nd}{2}"
TIME_WORDS = frozenset(
    (
        *("", "a", "p", "m", "am", "pm", "at", "on", "the", "of", "um", "uhr", "h", "à", "às", "le", "el"),
        *("de", "las", "st", "nd", "rd", "th", "gmt", "utc", "z", "t"),
    )
)
# As classes of letters and of figures: of the scripts of nearly all texts, and, dearer to compile, of all.
_LATIN = "".join(f"\\x{{{point:X}}}" for point in LATIN if category(chr(point)).startswith("L")), "0-9"
_ANY = r"\p{L}", r"\p{Nd}"


def dated(texts: pa.Array) -> Bools:
    """Tell which lines are a date, a time or both, and nothing else.

    Args:
        texts: string array without nulls.

    Returns:
        One boolean a text.
    """
    out = booleans(pc.match_substring_regex(texts, pattern=DATED))
    some = texts.filter(pa.array(out))
    told = np.zeros(len(some), np.bool_)
    for part, (letters, _) in _parts(some):
        told[part] = _of_time(some.filter(pa.array(part)), letters)
    out[out] = told
    return out


def shape(texts: pa.Array) -> pa.Array:
    """Make all figures the same, and all words.

    Args:
        texts: string array without nulls.

    Returns:
        String array of the same length.
    """
    for part, (letters, figures) in _parts(texts):
        some = texts.filter(pa.array(part))
        for signs, sign in ((figures, "0"), (letters, "x")):
            some = pc.replace_substring_regex(some, pattern=f"[{signs}]+", replacement=sign)
        texts = pc.replace_with_mask(texts, pa.array(part), some)
    return texts


def _parts(texts: pa.Array) -> Iterator[tuple[Bools, tuple[str, str]]]:
    others = booleans(pc.match_substring_regex(texts, pattern=NOT_LATIN))
    yield from ((part, classes) for part, classes in ((~others, _LATIN), (others, _ANY)) if part.any())


def _of_time(texts: pa.Array, letters: str) -> Bools:
    """Tell which texts have no words but those of dates and times."""
    words = pc.split_pattern_regex(pc.utf8_lower(texts), pattern=f"[^{letters}]+")
    known = pa.array(TIME_WORDS | month_names() | day_names(), pa.string())
    strange = pc.invert(pc.is_in(words.flatten(), value_set=known))
    counts = np.bincount(pc.list_parent_indices(words).filter(strange).to_numpy(), minlength=len(texts))
    none: Bools = counts == 0
    return none
