"""Which paragraphs rules may be about, and where they stand in their article."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.guards import untouchable
from ingest.patterns import START, Cut, Rules
from ingest.prospects import Bools, Ints, Sought, prospects

FIRST_FEW = 6  # paragraphs that count as head even behind prose: a standfirst comes before the byline
LAST_FEW = 6  # paragraphs that count as tail even where prose follows
BULLET_WORDS = 3  # a bullet within prose with no more words than these is an item, whatever its words
BULLET = r"^[•‣◦▪■●·*・◆○–—-].*[^–—-]$"  # `- so -` is no item


@dataclass(frozen=True)
class Likely:
    """Where rules may match in a chunk.

    Attributes:
        rules: those that were looked for.
        outlets: string array, key of each article's outlet, null where unknown.
        lines: pairs of a rule on lines and a paragraph, as positions, ascending.
        cuts: likewise of cuts.
    """

    rules: Rules
    outlets: pa.Array
    lines: tuple[Ints, Ints]
    cuts: tuple[Ints, Ints]


@dataclass(frozen=True)
class Hits:
    """The paragraphs that any rule may match, with what rules ask about them."""

    index: Ints  # position in the table of paragraphs
    code: Ints  # position in `texts`
    texts: pa.Array  # distinct
    words: Ints
    sentence: Bools
    head: Bools
    tail: Bools
    outside: Bools  # before the first prose or behind the last
    before: Bools  # before the first prose
    outlets: pa.Array  # key of the article's outlet, null where unknown
    rule: Ints  # number of a rule, for every pair of a rule and a hit that it may match; ascending
    at: Ints  # the hit of such a pair, as position in `index`


def look(
    paragraphs: pa.Table, languages: pa.Array, rules: Rules, *, outlets: pa.Array | None = None
) -> Likely:
    """Find the paragraphs that rules on lines and cuts may match, in one pass over all texts.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        languages: string array, one an article row of the chunk; null where unknown.
        rules: those in force.
        outlets: string array from `ingest.outlets.keys`, one an article row; left out where none is known.

    Returns:
        Where they may match.
    """
    known = pa.nulls(len(languages), pa.string()) if outlets is None else outlets
    at_head, at_tail = edges(paragraphs)
    sought = [
        *(
            Sought(one.pattern, one.language, one.where != "any", one.max_words or np.inf)
            for one in rules.lines
        ),
        *(Sought(_of_whole(cut), cut.language) for cut in rules.cuts),
    ]
    number, place = prospects(paragraphs, primary_subtags(languages), sought, edge=at_head | at_tail)
    lines = int(np.searchsorted(number, len(rules.lines)))
    cuts = (number[lines:] - len(rules.lines), place[lines:])
    return Likely(rules, known, (number[:lines], place[:lines]), cuts)


def _of_whole(cut: Cut) -> str:
    """Return a pattern for the whole paragraph: that of a doubled cut is about the text behind a name."""
    return cut.pattern.replace(START, "", 1) if cut.doubled else cut.pattern


def survey(paragraphs: pa.Table, likely: Likely) -> Hits:
    """Find out where the paragraphs stand that any rule on lines may match.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        likely: from `look`.

    Returns:
        The hits, and what rules ask about them.
    """
    rule, place = likely.lines
    index = np.unique(place)
    encoded = column(paragraphs, "text").take(pa.array(index)).dictionary_encode()
    at_head, at_tail = edges(paragraphs)
    first, last = prose_bounds(paragraphs)
    return Hits(
        index=index,
        code=encoded.indices.to_numpy().astype(np.int64),
        texts=encoded.dictionary,
        words=paragraphs["words"].to_numpy()[index].astype(np.int64),
        sentence=booleans(paragraphs["sentence"].take(pa.array(index))),
        head=at_head[index],
        tail=at_tail[index],
        outside=(index < first[index]) | (index > last[index]),
        before=index < first[index],
        outlets=likely.outlets.take(pa.array(paragraphs["row"].to_numpy()[index])),
        rule=rule,
        at=np.searchsorted(index, place),
    )


def touchable(hits: Hits, at: Ints) -> Bools:
    """Tell which hits no guard forbids to touch, whatever rule matches them.

    Args:
        hits: from `survey`.
        at: positions of hits.

    Returns:
        One boolean a position: neither quoted, attributed, a correction, nor an item within prose.
    """
    codes, of = np.unique(hits.code[at], return_inverse=True)
    texts = hits.texts.take(pa.array(codes))
    item = booleans(pc.match_substring_regex(texts, pattern=BULLET))[of]
    item &= (hits.words[at] <= BULLET_WORDS) & ~hits.head[at] & ~hits.tail[at]
    touchable: Bools = ~untouchable(texts)[of] & ~item
    return touchable


def edges(paragraphs: pa.Table) -> tuple[Bools, Bools]:
    """Tell which paragraphs stand at the head and at the tail of their article.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.

    Returns:
        Head: before the first prose, or among the first few paragraphs.
        Tail: behind the last prose, or among the last few paragraphs.
    """
    row = paragraphs["row"].to_numpy()
    position = np.arange(len(row))
    first, last = prose_bounds(paragraphs)
    bounds = np.searchsorted(row, np.arange(int(row.max(initial=-1)) + 2))
    opens, closes = bounds[row], bounds[row + 1]
    return (
        (position < first) | (position < opens + FIRST_FEW),
        (position > last) | (position >= closes - LAST_FEW),
    )


def prose_bounds(paragraphs: pa.Table, without: Bools | None = None) -> tuple[Ints, Ints]:
    """Tell for each paragraph where the first and the last prose of its article stand.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        without: paragraphs that do not count as prose, one boolean each.

    Returns:
        Positions in the table of paragraphs; where an article has no prose, its first is the number of all
        paragraphs and its last -1.
    """
    row = paragraphs["row"].to_numpy()
    prose = booleans(paragraphs["prose"])
    place = np.flatnonzero(prose if without is None else prose & ~without)
    count = int(row.max(initial=-1)) + 1
    first, last = np.full(count, len(row)), np.full(count, -1)
    first[row[place[::-1]]] = place[::-1]  # the last one written stays
    last[row[place]] = place
    return first[row], last[row]


def primary_subtags(languages: pa.Array) -> pa.Array:
    """Reduce language tags to their first part: `en-GB` to `en`; null where nothing is said.

    Args:
        languages: string array of tags as sources gave them.

    Returns:
        String array of the same length.
    """
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(pc.cast(languages, pa.string())))
    primary = pc.replace_substring_regex(lower, pattern="[-_].*$", replacement="")
    unknown = pc.is_in(primary, value_set=pa.array(["", "und"]))
    return pc.if_else(unknown, pa.scalar(None, pa.string()), primary)


def column(table: pa.Table, name: str) -> pa.Array:
    """Return a column of a table as one array.

    Args:
        table: any table.
        name: one of its columns.

    Returns:
        The column in one piece.
    """
    chunks = table[name]
    return chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()


def booleans(mask: pa.Array | pa.ChunkedArray) -> Bools:
    """Return a boolean Arrow array as numpy's.

    Args:
        mask: boolean array without nulls.

    Returns:
        The same values.
    """
    return np.asarray(mask.to_numpy(zero_copy_only=False), np.bool_)
