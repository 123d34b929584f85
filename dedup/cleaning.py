"""Cleaning from one end to the other: a table of contents of what is decided about one article alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup import arbiter, cleantext, repeats
from dedup.identity import content_ids
from dedup.tables import CLEANED, METADATA_MAP, REMOVED
from ingest import dateline, inline, judge, marks, title
from ingest.metadata import detection
from ingest.outlets import keys, tried_at
from ingest.paragraphs import split
from ingest.patterns import Rules
from ingest.rules import propose_among
from ingest.scores import Scores
from ingest.survey import column, edges, look
from ingest.tables import REMOVALS
from ingest.words import count_words


@dataclass(frozen=True)
class Cleaned:
    """A chunk after cleaning.

    Attributes:
        articles: table of schema `dedup.tables.CLEANED`.
        removals: table of schema `dedup.tables.REMOVED`, disjoint and in order.
    """

    articles: pa.Table
    removals: pa.Table


def clean(records: pa.Table, rules: Rules) -> Cleaned:
    """Clean the articles of a chunk, each by itself.

    Args:
        records: table of schema `ingest.tables.RECORDS`, one chunk.
        rules: the rule packs in force.

    Returns:
        The clean articles, and an account of all that was removed from them.
    """
    extracted = column(records, "text")
    paragraphs = split(extracted)
    languages = detection.fill(column(records, "language"), extracted, paragraphs)
    outlets = keys(column(records, "outlet"))
    likely = look(paragraphs, languages, tried_at(rules, outlets), outlets=outlets)
    by_rule, facts = propose_among(paragraphs, likely)
    by_cut = inline.propose_among(paragraphs, likely)
    facts = pa.concat_tables([facts, inline.facts(paragraphs, by_cut, rules), dateline.find(paragraphs)])
    head, tail = edges(paragraphs)
    entries, embargoes = marks.live_entries(paragraphs), marks.embargoes(paragraphs, head)
    by_rule = _apart(paragraphs, by_rule, entries)
    by_judge = _apart(paragraphs, _judged(paragraphs, by_rule, rules.judge), np.union1d(entries, embargoes))
    by_rule, stopped = arbiter.brake(paragraphs, pa.concat_tables([by_rule, by_cut, by_judge]))
    no_title = repeats.touched(paragraphs, by_rule)
    no_title[embargoes] = True
    titles, by_title = title.find(column(records, "title"), paragraphs, pa.array(no_title))
    by_repeat = repeats.find(paragraphs, pa.concat_tables([by_rule, by_title]))
    removals, emptied = arbiter.settle(paragraphs, [by_title, by_rule, by_repeat])
    taken = cleantext.removed(paragraphs, removals, extracted)
    removed = pa.table([*removals.columns, taken, count_words(taken)], schema=REMOVED)
    marked = {
        "correction": marks.corrections(paragraphs),
        "embargo": paragraphs["row"].to_numpy()[embargoes],
        "live-blog": paragraphs["row"].to_numpy()[entries],
        "review": np.union1d(stopped, emptied),
        "update": marks.updates(paragraphs, head | tail),
    }
    text = cleantext.apply(paragraphs, removals, articles=records.num_rows)
    found = [languages, _marks(records.num_rows, marked), _metadata(records.num_rows, facts)]
    articles = _articles(records, titles, text, found)
    return Cleaned(articles, removed)


def _apart(paragraphs: pa.Table, claims: pa.Table, lines: npt.NDArray[np.int64]) -> pa.Table:
    """Return the claims that do not lie in some lines."""
    return claims.filter(pa.array(~np.isin(repeats.paragraph_of(paragraphs, claims), lines)))


def _judged(paragraphs: pa.Table, by_rule: pa.Table, scores: Scores | None) -> pa.Table:
    """Return what the judge proposes, who sees what rules claim; nothing where it is switched off."""
    if scores is None:
        return REMOVALS.empty_table()
    place = repeats.paragraph_of(paragraphs, by_rule)
    said = judge.said_of(paragraphs, place, column(by_rule, "kind"))
    return judge.propose(paragraphs, said, scores)


def _articles(records: pa.Table, titles: pa.Array, text: pa.Table, rest: list[pa.Array]) -> pa.Table:
    made = {
        "title": titles,
        "extracted": records["text"],
        **{name: text[name] for name in text.column_names},
        "content_id": content_ids(column(text, "text")),
        "language": rest[0],
        "marks": rest[1],
        "metadata": rest[2],
    }
    return pa.table([made[name] if name in made else records[name] for name in CLEANED.names], schema=CLEANED)


def _marks(articles: int, marked: Mapping[str, pa.Array | npt.NDArray[np.integer]]) -> pa.Array:
    """Return each article's marks, in alphabetical order, of the rows that bear each mark."""
    rows = [np.unique(np.asarray(some, np.int64)) for some in marked.values()]
    names = np.repeat(list(marked), [len(some) for some in rows])
    row = np.concatenate(rows)
    order = np.lexsort((names, row))
    offsets = np.searchsorted(row[order], np.arange(articles + 1))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(names[order], pa.string()))


def _metadata(articles: int, facts: pa.Table) -> pa.Array:
    """Return each article's facts as a map, keys in alphabetical order, the first of each key."""
    numbered = facts.append_column("at", pa.array(np.arange(facts.num_rows)))
    first = numbered.group_by(["row", "key"]).aggregate([("at", "min")])
    facts = facts.take(first.sort_by([("row", "ascending"), ("key", "ascending")])["at_min"])
    offsets = pa.array(np.searchsorted(facts["row"].to_numpy(), np.arange(articles + 1)), pa.int32())
    return pa.MapArray.from_arrays(offsets, column(facts, "key"), column(facts, "value"), type=METADATA_MAP)
