"""The judge: lines at the ends of an article that no rule knows, told by their form and place alone.

It has learned from labelled pages how many points each trait of a line is worth (`ingest.scores`); it knows
no phrases. Guards hold whatever the points: it takes lines before the first or behind the last long prose,
where a rule has found boilerplate between the line and the prose, and never prose, long lines, quotations,
corrections, datelines, rows of figures, or what may be the headline or a standfirst. So lists, tables, poems
and headings within the prose, and texts without prose, are out of its reach.
"""

from __future__ import annotations

import logging

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest import dateline, forms, outskirts, reasons, title
from ingest.guards import untouchable
from ingest.outskirts import CLAIMED, CLOSING, FREE, LONG_PROSE, Outskirts
from ingest.scores import Scores
from ingest.survey import booleans, column
from ingest.tables import REMOVALS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Said = npt.NDArray[np.int8]

# Kinds of boilerplate that stand where an article has ended; others stand in its midst as well.
CLOSING_KINDS = (
    *("related-heading", "related-link", "newsletter", "subscription", "social", "comments", "rating-widget"),
    *("navigation", "cookies", "legal", "author-box", "hashtags", "cms-byline"),
)
# Where a text is from, as of a university's release.
ORIGIN = (
    r"(?i)^(?:provided|supplied|contributed|reported|(?:first |originally )published|reprinted) (?:by|in) "
)
# Results, prices, hours and the closing of a letter are of the article: "Winner: Helen Ward", "Tickets £12".
FACT = (
    r"^[^:：]{1,60}(?::[\s\p{Z}]+|：)[^\s\p{Z}]|[\p{Sc}]\s?\p{Nd}|\p{Nd}\s?[\p{Sc}%]"
    r"|(?i:^(?:yours|sincerely|regards|kind regards|best wishes|love),?(?:$|[\s\p{Z}]))"
)
ROW_NUMBERS = 3  # in a line, and in the one above or below: a row of a table
HEAD, TAIL = "before the first long prose", "behind the last long prose"

logger = logging.getLogger(__name__)


def said_of(paragraphs: pa.Table, place: Ints, kinds: pa.Array) -> Said:
    """Tell for each paragraph what rules say of it.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        place: int64, positions of the paragraphs that rules claim.
        kinds: string array, of what kind each of them is.

    Returns:
        int8, one a paragraph: `FREE`, `CLAIMED`, or `CLOSING`. A line without a letter closes nothing.
    """
    closing = pc.is_in(kinds, value_set=pa.array(CLOSING_KINDS))
    texts = column(paragraphs, "text").take(pa.array(place))
    lettered = pc.match_substring_regex(texts, pattern=r"\p{L}")
    said = np.full(len(paragraphs), FREE, np.int8)
    said[place] = np.where(booleans(pc.and_(closing, lettered)), CLOSING, CLAIMED)
    return said


def propose(paragraphs: pa.Table, said: Said, scores: Scores) -> pa.Table:
    """Propose the removal of lines at the ends of articles.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        said: from `said_of`.
        scores: the weights in force.

    Returns:
        Removals of layer `judge` (schema `REMOVALS`), in order of the paragraphs.
    """
    free = candidates(paragraphs, said)
    around = free.only(within_reach(free))
    traits = traits_of(paragraphs, around)
    found, evidence = [], []
    for side, scale, place in ((~around.tail, scores.head, HEAD), (around.tail, scores.tail, TAIL)):
        ranges = scale.ranges({name: values[side] for name, values in traits.items()})
        enough = scale.points(ranges).sum(axis=1) >= scale.needed
        found.append(around.index[side][enough])
        evidence.append(reasons.tell(scale, ranges[enough], place=place))
    index = np.concatenate(found)
    order = np.argsort(index)
    order = order[~guarded(paragraphs, index[order], free)]
    logger.debug("judge: %d lines within reach, %d proposed", len(around.index), len(order))
    told = pa.concat_arrays(evidence).take(pa.array(order))
    return _removals(paragraphs.take(pa.array(index[order])), told, scores.version)


def candidates(paragraphs: pa.Table, said: Said) -> Outskirts:
    """Find the lines that points can be given to.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        said: from `said_of`.

    Returns:
        Lines of the outskirts that are no prose and that no rule claims.
    """
    around = outskirts.survey(paragraphs, said)
    prose = booleans(paragraphs["prose"])
    return around.only(~prose[around.index] & (said[around.index] == FREE))


def within_reach(around: Outskirts) -> Bools:
    """Tell which lines may go by their place, however few or many points they have.

    A rule must have found boilerplate between the line and the prose, behind the prose of a kind that stands
    where articles have ended, with no sentence behind it; twice, where sentences follow the line. The last
    line before the prose may be a standfirst or a heading.

    Args:
        around: from `candidates`.

    Returns:
        One boolean a line.
    """
    found = around.traits
    ended = np.where(found["prose_beyond"] > 0, 2, 1)
    behind = (found["closers_between"] >= ended) & (found["closed"] > 0)
    before = (found["claims_between"] > 0) & (found["claims_between"] < found["lines_between"])
    return np.where(around.tail, behind, before) & (found["words"] < LONG_PROSE)


def traits_of(paragraphs: pa.Table, around: Outskirts) -> dict[str, Ints]:
    """Return all that the judge goes by.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        around: lines of them.

    Returns:
        int64 arrays by name of trait, one value a line.
    """
    texts = column(paragraphs, "text").take(pa.array(around.index))
    return around.traits | forms.look(texts)


def guarded(paragraphs: pa.Table, index: Ints, around: Outskirts) -> Bools:
    """Tell which of some lines must stay, however many points they have.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        index: int64, positions of the lines.
        around: from `candidates`.

    Returns:
        One boolean a line: a quotation, a correction, a dateline, a row of a table, what tells where the text
        is from, or the first before the prose that reads like a headline.
    """
    texts = column(paragraphs, "text").take(pa.array(index))
    heads = around.index[~around.tail]
    stays = (
        untouchable(texts)
        | booleans(pc.match_substring_regex(texts, pattern=f"(?:{ORIGIN})|{FACT}"))
        | _tabular(paragraphs, index)
        | np.isin(index, _headlines(paragraphs, heads))
    )
    head = np.isin(index, heads)
    stays[head] |= dateline.opens(texts.filter(pa.array(head)))
    return stays


def _headlines(paragraphs: pa.Table, heads: Ints) -> Ints:
    """Return the first line of each article that reads like a headline."""
    lines = paragraphs.take(pa.array(heads))
    read = np.flatnonzero(title.read_like_headlines(lines))
    _, first = np.unique(lines["row"].to_numpy()[read], return_index=True)
    return heads[read[first]]


def _tabular(paragraphs: pa.Table, index: Ints) -> Bools:
    """Tell which lines are full of numbers, beside one that is: results, standings, timetables."""
    row = paragraphs["row"].to_numpy()
    texts = column(paragraphs, "text")
    above, here, below = np.zeros((3, len(index)), np.bool_)
    for step, full in ((-1, above), (0, here), (1, below)):
        other = np.clip(index + step, 0, max(0, len(paragraphs) - 1))
        numbers = pc.count_substring_regex(texts.take(pa.array(other)), pattern=r"\p{Nd}+").to_numpy()
        full[:] = (numbers >= ROW_NUMBERS) & (row[other] == row[index]) & (other == index + step)
    return here & (above | below)


def _removals(taken: pa.Table, evidence: pa.Array, version: str) -> pa.Table:
    count = len(taken)
    columns = {
        **{name: taken[name] for name in ("row", "start", "end")},
        "layer": pa.repeat("judge", count),
        "kind": pa.repeat("furniture", count),
        "rule_id": pa.repeat(version, count),
        "evidence": evidence,
        **{name: pa.nulls(count, REMOVALS.field(name).type) for name in ("of_start", "of_end", "similarity")},
    }
    return pa.table([columns[name] for name in REMOVALS.names], schema=REMOVALS)
