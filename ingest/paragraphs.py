"""Paragraphs of extracted texts, with exact offsets, in a few passes over a whole chunk.

A paragraph is a line that is not blank; where a text is hard-wrapped (old wire copy at 60 to 80 columns),
it is a run of lines. Texts are looked at, never changed: offsets refer to them as they came.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.kernels import lines as kernels
from ingest.tables import PARAGRAPHS
from ingest.words import gathered, utf8, weigh

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# The line boundaries of str.splitlines, one code point for one, so that offsets stay.
LINE_BREAKS = r"[\r\x{0b}\x{0c}\x{1c}-\x{1e}\x{85}\x{2028}\x{2029}]"

AFTER_WORD = r"(?s)[\s\p{Z}].*"
LIST_ITEM = r"^(?:[•·*\-–—▪●◦‣]|\p{Nd}+[.)]|[\p{L}][.)])[\s\p{Z}]"

PROSE_WORDS = 10  # shorter sentences are as often captions, credits and appeals as prose

# Hard-wrapped text: wire services wrap at 60 to 80 columns, and half of the lines or more break inside a
# sentence. One line beyond the limit shows that lines are paragraphs.
WRAP_COLUMNS = 100
WRAP_MEAN_COLUMNS = 40
WRAP_MIN_LINES = 4
WRAP_OPEN_SHARE = 0.5
WRAP_FORCED_SHARE = 0.5  # of the lines that break inside a sentence: the next word had no room
WRAP_SLACK = 3  # columns; the longest line often stands out a little
SHORT_LAST_LINE = 0.75  # of the longest line: a sentence end before that closes a paragraph


class _Lines(NamedTuple):
    """Lines that are not blank, as `ingest.kernels.lines.find` tells of them."""

    row: Ints
    follows: Ints
    begin: Ints
    end: Ints
    start: Ints
    columns: Ints
    indent: Ints


def split(texts: pa.Array) -> pa.Table:
    """Split the texts of a chunk into paragraphs.

    Args:
        texts: string array, one extracted text an article.

    Returns:
        A table of schema `ingest.tables.PARAGRAPHS`, in order of `row` and `start`.

    Raises:
        pyarrow.ArrowInvalid: A text is not valid UTF-8.
    """
    texts.validate(full=True)
    offsets, values = utf8(texts)
    lines = _lines(offsets, values)
    first = np.flatnonzero(~_joins(lines, values))
    last = np.append(first, len(lines.row))[1:] - 1
    text = gathered(values, lines.begin[first], lines.end[last])
    text = _with_line_feeds(text, last > first)
    words, sentence, tidy = weigh(text)
    numbers = [lines.row[first], lines.start[first], (lines.start + lines.columns)[last], words]
    row, start, end, words_ = (pa.array(each, pa.int32()) for each in numbers)
    told = [pa.array(each) for each in (sentence, sentence & (words >= PROSE_WORDS), tidy)]
    return pa.Table.from_arrays([row, start, end, text, words_, *told], schema=PARAGRAPHS)


def _lines(offsets: Ints, values: Bytes) -> _Lines:
    """Return the lines of texts that are not blank."""
    room = len(values) // 2 + len(offsets)  # next to none of it is ever touched
    found = np.empty((room, len(_Lines._fields)), np.int64)
    return _Lines(*found[: kernels.find(values, offsets, found)].T.copy())


def _with_line_feeds(texts: pa.Array, several: Bools) -> pa.Array:
    """Make all line breaks line feeds, code point for code point, in texts of several lines."""
    if not several.any():
        return texts
    some = pa.array(several)
    plain = pc.replace_substring(texts.filter(some), pattern="\r\n", replacement=" \n")
    plain = pc.replace_substring_regex(plain, pattern=LINE_BREAKS, replacement="\n")
    return pc.replace_with_mask(texts, some, plain)


def _joins(lines: _Lines, values: Bytes) -> Bools:
    """Tell for each line whether it goes on with the paragraph of the line before."""
    joins = np.zeros(len(lines.row), np.bool_)
    likely, longest = _perhaps_wrapped(lines)
    some = np.flatnonzero(likely[lines.row])
    if len(some):  # there are none in most chunks
        few = _Lines(*(column[some] for column in lines))
        joins[some] = _joins_of(few, gathered(values, few.begin, few.end), longest)
    return joins


def _perhaps_wrapped(lines: _Lines) -> tuple[Bools, Ints]:
    """Tell for each article whether its lines may be hard-wrapped, and how long the longest is."""
    longest = np.zeros(1 + lines.row.max(initial=-1), np.int64)
    np.maximum.at(longest, lines.row, lines.columns)
    row, columns = (column[_followed(lines)] for column in (lines.row, lines.columns))
    numbers = np.bincount(row, minlength=len(longest))
    total = np.bincount(row, weights=columns, minlength=len(longest))
    enough = (numbers >= WRAP_MIN_LINES) & (total >= WRAP_MEAN_COLUMNS * numbers)
    return enough & (longest <= WRAP_COLUMNS), longest


def _followed(lines: _Lines) -> Bools:
    """Tell for each line whether another stands directly below it."""
    followed: Bools = np.append(lines.follows, 0)[1:] > 0
    return followed


def _joins_of(lines: _Lines, text: pa.Array, longest: Ints) -> Bools:
    """Tell for lines of articles that may be hard-wrapped which go on with the paragraph of the line before.

    Args:
        lines: all those of some articles.
        text: string array, the lines' texts.
        longest: columns of the longest line of every article.
    """
    _, closes, _ = weigh(text)
    item = pc.match_substring_regex(text, pattern=LIST_ITEM).to_numpy(zero_copy_only=False)
    joins: Bools = (lines.follows > 0) & _wrapped(lines, text, ~closes, longest)[lines.row] & ~item
    short = lines.columns < SHORT_LAST_LINE * longest[lines.row]
    joins[1:] &= ~((lines.indent[1:] > lines.indent[:-1] + 1) | (closes[:-1] & short[:-1]))
    return joins


def _wrapped(lines: _Lines, text: pa.Array, opens: Bools, longest: Ints) -> Bools:
    """Tell for each article whether its lines break inside sentences, and where the next word had no room."""
    followed = _followed(lines)
    breaks = np.flatnonzero(followed & opens)
    # Columns, had the next word been taken in.
    needs = lines.columns[breaks] + 1 + _first_words(text.take(pa.array(breaks + 1)))
    forced = breaks[needs + WRAP_SLACK > longest[lines.row[breaks]]]
    of_all, of_open, of_forced = (
        np.bincount(lines.row[some], minlength=len(longest)) for some in (followed, breaks, forced)
    )
    wrapped: Bools = (of_open >= WRAP_OPEN_SHARE * of_all) & (of_forced >= WRAP_FORCED_SHARE * of_open)
    return wrapped


def _first_words(texts: pa.Array) -> Ints:
    """Return the length of the first word of each text, in code points."""
    first = pc.replace_substring_regex(texts, pattern=AFTER_WORD, replacement="")
    lengths: Ints = pc.utf8_length(first).to_numpy().astype(np.int64)
    return lengths
