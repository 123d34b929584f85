"""The title of an article: given by its source, or found at the head of the text; and its repeats."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.survey import prose_bounds
from ingest.tables import REMOVALS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MIN_WORDS = 3  # "Advertisement", "Share this": shorter first lines are rarely headlines
MAX_WORDS = 40  # words are characters in unspaced scripts; the longest headlines there have 40
MAX_CHARACTERS = 160  # the longest of 340 headlines of news pages have 152
# No headline: it closes like a clause or with the price of an item, opens like a list item, a link or with a
# time of day, is an address, or holds a whole sentence.
NO_HEADLINE = (
    r"[.:;,،、]$|\p{Sc}\p{Nd}+\.\p{Nd}{2}$|^[•·*\-–—#@]|^https?://|^\p{Nd}+[.)] |\p{Ll}{3}[.!] +\p{Lu}"
    r"|^\p{Nd}{1,2}[:.]\p{Nd}{2}(?: |$)|^(?i:click|tap) (?i:here|for|to|below|on)[^\p{L}]"
)
SMALL_LETTER = r"[\p{Ll}\p{Lo}]"
# What sites append to titles: "Headline - The Daily", "Headline | The Daily".
SITE_SUFFIX = r"^(.+?) +[|–—-] +[^|–—]{2,40}$"


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
    row = paragraphs["row"].to_numpy()
    found = _headlines(given, paragraphs, boilerplate.to_numpy(zero_copy_only=False))
    titles = _coalesce(given, row[found], paragraphs["text"].take(pa.array(found)))
    repeats = _repeats(titles, paragraphs)
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
    candidates = paragraphs.take(pa.array(first))
    shouted = ~pc.match_substring_regex(candidates["text"], pattern=SMALL_LETTER).to_numpy()
    below = shouted & (first > first_prose[first])  # below an appeal that a rule claims
    headlines: Ints = first[read_like_headlines(candidates) & ~below]
    return headlines


def read_like_headlines(lines: pa.Table) -> Bools:
    """Tell which lines have the form of a headline, wherever they stand.

    Args:
        lines: table of schema `ingest.tables.PARAGRAPHS`.

    Returns:
        One boolean a line.
    """
    text, words = lines["text"], lines["words"].to_numpy()
    no_headline = pc.match_substring_regex(text, pattern=NO_HEADLINE).to_numpy()
    short = pc.utf8_length(text).to_numpy() <= MAX_CHARACTERS
    read: Bools = (words >= MIN_WORDS) & (words <= MAX_WORDS) & short & ~no_headline
    return read


def _coalesce(given: pa.Array, rows: Ints, found: pa.ChunkedArray) -> pa.Array:
    """Fill the titles that the sources did not give with those found."""
    place = np.full(len(given), -1, np.int64)
    place[rows] = np.arange(len(rows))
    tidy = pc.utf8_trim_whitespace(pc.replace_substring_regex(found, pattern=r"[\s\p{Z}]+", replacement=" "))
    picked = tidy.combine_chunks().take(pa.array(place, mask=place < 0))
    return pc.coalesce(given, picked)


def _repeats(titles: pa.Array, paragraphs: pa.Table) -> Ints:
    """Return the paragraphs that say the title and nothing else."""
    row = paragraphs["row"].to_numpy()
    words = paragraphs["words"].to_numpy()
    titled = titles.is_valid().to_numpy(zero_copy_only=False)[row]
    # Some sources give the lead as title: a sentence of that length stays where it is.
    prose = paragraphs["prose"].to_numpy(zero_copy_only=False)
    head = _head(paragraphs) | (words >= MIN_WORDS)  # a short title may well be a heading further down
    near = np.flatnonzero((words <= MAX_WORDS) & titled & ~prose & head)
    text = _key(paragraphs["text"].take(pa.array(near)).combine_chunks())
    rows = pa.array(row[near])
    same = pc.equal(text, _key(titles).take(rows))
    bare = pc.replace_substring_regex(titles, pattern=SITE_SUFFIX, replacement=r"\1")
    same = pc.or_(same, pc.equal(text, _key(bare).take(rows))).to_numpy(zero_copy_only=False)
    found: Ints = near[same]
    return found


def _head(paragraphs: pa.Table) -> Bools:
    """Tell which paragraphs stand before the first prose of their article."""
    row = paragraphs["row"].to_numpy()
    prose: Bools = paragraphs["prose"].to_numpy(zero_copy_only=False)
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
    return pc.utf8_trim_whitespace(
        pc.replace_substring_regex(plain, pattern=r"[^\p{L}\p{N}\p{M}]+", replacement=" ")
    )
