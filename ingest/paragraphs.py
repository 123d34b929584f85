"""Paragraphs of extracted texts, with exact offsets, one Arrow pass for a whole chunk.

A paragraph is a line that is not blank; where a text is hard-wrapped (old wire copy at 60 to 80 columns),
it is a run of lines. Texts are looked at, never changed: offsets refer to them as they came.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.kernels.words import BEYOND, CONTROL
from ingest.tables import PARAGRAPHS
from ingest.words import count_words, held

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# The line boundaries of str.splitlines, one code point for one, so that offsets stay.
LINE_BREAKS = r"[\r\x{0b}\x{0c}\x{1c}-\x{1e}\x{85}\x{2028}\x{2029}]"
# Behind the full stop may stand signs that close, and marks of direction, which nobody sees.
_CLOSING = r"[\s\p{Z}\"'”“’»)\]）」』】》\x{61C}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
SENTENCE_END = rf"[.!?…。｡．！？।॥۔؟]{_CLOSING}*$"

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


def split(texts: pa.Array) -> pa.Table:
    """Split the texts of a chunk into paragraphs.

    Args:
        texts: string array, one extracted text an article.

    Returns:
        A table of schema `ingest.tables.PARAGRAPHS`, in order of `row` and `start`.
    """
    lines = _lines(texts)
    opens = _paragraph_starts(lines)
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(opens)) - 1 if len(first) else first
    text = _join(lines, first)
    starts = lines["start"].to_numpy()
    ends = starts + lines["columns"].to_numpy()
    return _judged(lines["row"].to_numpy()[first], starts[first], ends[last] if len(last) else ends, text)


def _lines(texts: pa.Array) -> pa.Table:
    """Return the lines that are not blank: row, line number, start, trimmed text, columns, indent."""
    split_lines = pc.split_pattern(_with_line_feeds(texts), pattern="\n")
    raw, row = split_lines.flatten(), pc.list_parent_indices(split_lines).to_numpy()
    length = pc.utf8_length(raw).to_numpy().astype(np.int64)
    begins = np.cumsum(length + 1) - (length + 1)
    first_line = split_lines.offsets.to_numpy()[:-1].astype(np.int64)
    begins = begins - begins[first_line[row]] if len(row) else begins
    text = pc.utf8_trim_whitespace(raw)
    indent = length - pc.utf8_length(pc.utf8_ltrim_whitespace(raw)).to_numpy()
    columns = pc.utf8_length(text).to_numpy().astype(np.int64)
    table = pa.table(
        {
            "row": pa.array(row, pa.int64()),
            "number": np.arange(len(row)) - (first_line[row] if len(row) else 0),
            "start": begins + indent,
            "text": text,
            "raw": raw,
            "columns": columns,
            "indent": indent,
        }
    )
    return table.filter(pa.array(columns > 0)).combine_chunks()


def _with_line_feeds(texts: pa.Array) -> pa.Array:
    """Make all line breaks line feeds, code point for code point."""
    likely = np.flatnonzero(held(texts) & (BEYOND | CONTROL))  # a pattern costs more than looking at bytes
    found = pc.match_substring_regex(texts.take(pa.array(likely)), pattern=LINE_BREAKS)
    rows = likely[found.to_numpy(zero_copy_only=False)]
    if not len(rows):
        return texts
    mask = np.zeros(len(texts), np.bool_)
    mask[rows] = True
    others = pa.array(mask)
    plain = pc.replace_substring(texts.filter(others), pattern="\r\n", replacement=" \n")
    plain = pc.replace_substring_regex(plain, pattern=LINE_BREAKS, replacement="\n")
    return pc.replace_with_mask(texts, others, plain)


def _paragraph_starts(lines: pa.Table) -> Bools:
    """Tell for each line whether a paragraph begins with it."""
    row, number = lines["row"].to_numpy(), lines["number"].to_numpy()
    columns, indent = lines["columns"].to_numpy(), lines["indent"].to_numpy()
    closes = pc.match_substring_regex(lines["text"], pattern=SENTENCE_END).to_numpy(zero_copy_only=False)
    continues = np.zeros(len(row), np.bool_)  # directly below the line before, in the same article
    continues[1:] = (row[1:] == row[:-1]) & (number[1:] == number[:-1] + 1)
    wrapped, longest = _wrapped(lines, ~closes, continues)
    item = pc.match_substring_regex(lines["text"], pattern=LIST_ITEM).to_numpy()
    joins = continues & wrapped[row] & ~item if len(row) else continues
    short = columns < SHORT_LAST_LINE * longest[row] if len(row) else continues
    joins[1:] &= ~((indent[1:] > indent[:-1] + 1) | (closes[:-1] & short[:-1]))
    return ~joins


def _wrapped(lines: pa.Table, opens: Bools, continues: Bools) -> tuple[Bools, Ints]:
    """Tell for each article whether its lines are hard-wrapped, and how long its longest line is.

    Args:
        lines: from `_lines`.
        opens: the line does not close like a sentence.
        continues: it stands directly below the line before.
    """
    row, columns = lines["row"].to_numpy(), lines["columns"].to_numpy()
    count = int(row[-1]) + 1 if len(row) else 0
    followed = np.append(continues[1:], False) if len(row) else continues
    breaks_open = followed & opens
    numbers = np.bincount(row[followed], minlength=count)
    open_lines = np.bincount(row[breaks_open], minlength=count)
    total = np.bincount(row[followed], weights=columns[followed], minlength=count)
    longest = np.zeros(count, np.int64)
    np.maximum.at(longest, row, columns)
    wrapped = (
        (numbers >= WRAP_MIN_LINES)
        & (open_lines >= WRAP_OPEN_SHARE * numbers)
        & (total >= WRAP_MEAN_COLUMNS * numbers)
        & (longest <= WRAP_COLUMNS)
    )
    breaks = np.flatnonzero(breaks_open & wrapped[row])
    # Columns, had the next word been taken in.
    needs = columns[breaks] + 1 + _first_words(lines["text"].take(pa.array(breaks + 1)))
    forced = np.bincount(row[breaks[needs + WRAP_SLACK > longest[row[breaks]]]], minlength=count)
    return wrapped & (forced >= WRAP_FORCED_SHARE * open_lines), longest


def _first_words(texts: pa.ChunkedArray) -> Ints:
    """Return the length of the first word of each text, in code points."""
    first = pc.replace_substring_regex(texts, pattern=AFTER_WORD, replacement="")
    lengths: Ints = pc.utf8_length(first).to_numpy().astype(np.int64)
    return lengths


def _join(lines: pa.Table, first: Ints) -> pa.Array:
    """Return each paragraph's text: its only line, or the lines from `first` on as they stand."""
    if len(first) == lines.num_rows:
        return _array(lines["text"])
    offsets = pa.array(np.append(first, lines.num_rows), pa.int32())
    runs = pa.ListArray.from_arrays(offsets, _array(lines["raw"]))
    return pc.utf8_trim_whitespace(pc.binary_join(runs, "\n"))


def _array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of one chunk (or none) as an array."""
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _judged(row: Ints, start: Ints, end: Ints, text: pa.Array) -> pa.Table:
    words = count_words(text)
    sentence = pc.match_substring_regex(text, pattern=SENTENCE_END)
    prose = pc.and_(sentence, pc.greater_equal(words, PROSE_WORDS))
    columns = [pa.array(values, pa.int32()) for values in (row, start, end)]
    return pa.Table.from_arrays([*columns, text, words, sentence, prose], schema=PARAGRAPHS)
