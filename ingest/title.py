"""The title of an article: given by its source, or found at the head of the text; and its repeats."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.compiled import matched
from ingest.kernels import titles as kernels
from ingest.survey import booleans, column, prose_bounds
from ingest.tables import REMOVALS
from ingest.words import utf8

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MIN_WORDS = 3  # "Advertisement", "Share this": shorter first lines are rarely headlines
MAX_WORDS = 40  # words are characters in unspaced scripts; the longest headlines there have 40
MAX_CHARACTERS = 160  # the longest of 340 headlines of news pages have 152
# No headline: it closes like a clause or with the price of an item, opens like a list item, a link or with a
# time of day, or is an address.
NO_HEADLINE = (
    r"[.:;,،、]$|\p{Sc}\p{Nd}+\.\p{Nd}{2}$|^[•·*\-–—#@]|^https?://|^\p{Nd}+[.)] "
    r"|^\p{Nd}{1,2}[:.]\p{Nd}{2}(?: |$)"
)
# Nor is what holds a whole sentence, or is a button. Classes of all letters of a case take long to compile;
# so lines are asked first for what these have, whatever is beyond ASCII being taken for such a letter.
NO_LINE = r"\p{Ll}{3}[.!] +\p{Lu}|^(?i:click|tap) (?i:here|for|to|below|on)[^\p{L}]"
PERHAPS_NO_LINE = r"[^\x00-`{-\x7f]{3}[.!] +[^\x00-@[-\x7f]|^(?i:click|tap) "
SMALL_LETTER = r"[\p{Ll}\p{Lo}]"
# What sites append to titles: "Headline - The Daily", "Headline | The Daily".
SITE_SUFFIX = r"^(.+?) +[|–—-] +[^|–—]{2,40}$"
_FOLDED = np.array(
    [ord(chr(byte).lower()) if chr(byte).isalnum() else kernels.SIGN for byte in range(128)]
    + 128 * [kernels.BEYOND],
    np.uint8,
)


def find(given: pa.Array, paragraphs: pa.Table, boilerplate: pa.Array) -> tuple[pa.Array, pa.Table]:
    """Find each article's title, and the lines that are nothing but the title.

    A title is taken from the text only where the source gave none: the first paragraph that no rule
    claims, if it reads like a headline and prose follows.

    Args:
        given: string array, the title the source gave or null, one an article.
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.
        boilerplate: bool array, one a paragraph: some rule claims it, or it is a note of the desk.

    Returns:
        The titles (string array, null where there is none), and the proposed removals of layer `title`.
    """
    found = _headlines(given, paragraphs, boilerplate.to_numpy(zero_copy_only=False))
    titles = _coalesce(given, paragraphs.select(["row", "text", "tidy"]).take(pa.array(found)))
    repeats = _repeats(titles, paragraphs, found)
    own = np.isin(repeats, found)
    taken = paragraphs.take(pa.array(repeats))
    count = len(repeats)
    evidence = np.where(own, "the first line reads like a headline above prose", "same words as the title")
    return titles, pa.table(
        {
            "row": taken["row"],
            "start": taken["start"],
            "end": taken["end"],
            "layer": pa.repeat("title", count),
            "kind": np.where(own, "title", "title-repeat"),
            "rule_id": pa.nulls(count, pa.string()),
            "evidence": evidence,
            "of_start": pa.nulls(count, pa.int32()),
            "of_end": pa.nulls(count, pa.int32()),
            "similarity": pa.nulls(count, pa.float32()),
        }
    ).cast(REMOVALS)


def _headlines(given: pa.Array, paragraphs: pa.Table, boilerplate: Bools) -> Ints:
    """Return the paragraphs that become titles: at most one an article."""
    row = paragraphs["row"].to_numpy()
    open_rows = np.flatnonzero(~boilerplate)
    _, at = np.unique(row[open_rows], return_index=True)
    first = open_rows[at]
    first_prose, last_prose = prose_bounds(paragraphs)
    untitled = given.is_null().to_numpy(zero_copy_only=False)
    first = first[untitled[row[first]] & (first < last_prose[first])]
    first = first[read_like_headlines(paragraphs.take(pa.array(first)))]
    below = first > first_prose[first]  # an appeal that a rule claims
    text = paragraphs["text"].take(pa.array(first[below])).cast(pa.binary()).to_pylist()
    below[below] = ~matched(text, SMALL_LETTER)
    headlines: Ints = first[~below]
    return headlines


def read_like_headlines(lines: pa.Table) -> Bools:
    """Tell which lines have the form of a headline, wherever they stand.

    Args:
        lines: table of schema `ingest.tables.PARAGRAPHS`.

    Returns:
        One boolean a line.
    """
    text, words = lines["text"], lines["words"].to_numpy()
    no_headline = booleans(pc.match_substring_regex(text, pattern=NO_HEADLINE))
    perhaps = np.flatnonzero(~no_headline & booleans(pc.match_substring_regex(text, pattern=PERHAPS_NO_LINE)))
    no_headline[perhaps] = matched(text.take(pa.array(perhaps)).cast(pa.binary()).to_pylist(), NO_LINE)
    short = pc.utf8_length(text).to_numpy() <= MAX_CHARACTERS
    read: Bools = (words >= MIN_WORDS) & (words <= MAX_WORDS) & short & ~no_headline
    return read


def _coalesce(given: pa.Array, found: pa.Table) -> pa.Array:
    """Fill the titles that the sources did not give with lines found, their white space put in order."""
    place = np.full(len(given), -1, np.int64)
    place[found["row"].to_numpy()] = np.arange(found.num_rows)
    text, untidy = column(found, "text"), pc.invert(column(found, "tidy"))
    spaced = pc.replace_substring_regex(text.filter(untidy), pattern=r"[\s\p{Z}]+", replacement=" ")
    text = pc.replace_with_mask(text, untidy, pc.utf8_trim_whitespace(spaced))
    return pc.coalesce(given, text.take(pa.array(place, mask=place < 0)))


def _repeats(titles: pa.Array, paragraphs: pa.Table, found: Ints) -> Ints:
    """Return the paragraphs that say the title and nothing else, those that became titles among them."""
    row, words = paragraphs["row"].to_numpy(), paragraphs["words"].to_numpy()
    prose = booleans(paragraphs["prose"])
    # Some sources give the lead as title: a sentence of that length stays where it is.
    head = _head(row, prose) | (words >= MIN_WORDS)  # a short title may well be a heading further down
    near = np.flatnonzero((words <= MAX_WORDS) & booleans(titles.is_valid())[row] & ~prose & head)
    own = np.isin(near, found)
    others = near[~own]
    text = column(paragraphs, "text")
    others = others[_met(text.take(pa.array(others)), titles, row[others])]
    same = _say(text.take(pa.array(others)), titles, row[others])
    return np.sort(np.concatenate([near[own], others[same]]))


def _met(lines: pa.Array, titles: pa.Array, row: npt.NDArray[np.int32]) -> Bools:
    """Leave the lines that may say the title of their row, by ASCII letters alone: hardly any."""
    offsets, data = utf8(lines)
    title_offsets, title_data = utf8(pc.fill_null(titles, ""))
    met = np.ones(len(lines), np.uint8)
    kernels.meet(data, offsets, title_data, title_offsets, row.astype(np.int64), _FOLDED, met)
    return met > 0


def _say(lines: pa.Array, titles: pa.Array, row: npt.NDArray[np.int32]) -> Bools:
    """Tell which lines have the words of the title of their row, with what sites append to it or without."""
    used, which = np.unique(row, return_inverse=True)
    titles = titles.take(pa.array(used))
    bare = pc.replace_substring_regex(titles, pattern=SITE_SUFFIX, replacement=r"\1")
    key = _key(pa.concat_arrays([lines, titles, bare]))  # all at once, for the time that a pattern takes
    whole, part = (key.take(pa.array(len(lines) + at + which)) for at in (0, len(used)))
    line = key.slice(0, len(lines))
    return booleans(pc.or_(pc.equal(line, whole), pc.equal(line, part)))


def _head(row: npt.NDArray[np.int32], prose: Bools) -> Bools:
    """Tell which paragraphs stand before the first prose of their article."""
    if not len(row):
        return prose
    seen = np.cumsum(prose)
    opens = np.r_[True, row[1:] != row[:-1]]
    before: Ints = (seen - prose)[opens]
    head: Bools = seen == before[np.cumsum(opens) - 1]
    return head


def _key(texts: pa.Array) -> pa.Array:
    """Return texts reduced to their words: compatibility forms, lower case, no punctuation."""
    plain = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    words = pc.split_pattern_regex(plain, pattern=r"[^\p{L}\p{N}\p{M}]+")  # as replacing would, but sooner
    return pc.utf8_trim_whitespace(pc.binary_join(words, " "))
