"""What a rule would remove that stands in no pack yet, and what would hold it back: a chunk at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import arbiter
from dedup.repeats import paragraph_of
from ingest import inline, marks
from ingest.metadata import detection
from ingest.obstacles import guard
from ingest.outlets import keys, tried_at
from ingest.paragraphs import split
from ingest.patterns import Cut, Rule, Rules
from ingest.rules import matching, propose_among
from ingest.survey import column, edges, look, survey, touchable
from ingest.words import count_words

Ints = npt.NDArray[np.int64]

TRIAL = "trial"
"""Id of a rule that is tried; no rule of a pack can have it."""

LIVE, BRAKE = "live-blog", "brake"

REMOVED = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("by", pa.string(), nullable=False),  # the rule, or the layer where no rule did it
    ]
)
"""What is removed from the articles of a chunk already; disjoint, in order of row and start."""

FOUND = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("words", pa.int32(), nullable=False),
        pa.field(
            "prose", pa.bool_(), nullable=False
        ),  # it is prose, or stands between the first and the last
        pa.field("by", pa.string()),  # what removes it already; null where nothing does
        pa.field("held", pa.string()),  # what holds the rule back from what nothing removes; null otherwise
    ]
)
"""What a rule matches."""


@dataclass(frozen=True)
class _Chunk:
    paragraphs: pa.Table
    languages: pa.Array
    outlets: pa.Array


def rows(records: pa.Table, rule: Rule | Cut) -> pa.Array:
    """Tell in which articles a rule matches anything, whether something holds it back or not.

    Args:
        records: table of schema `ingest.tables.RECORDS`, one chunk.
        rule: the rule that is tried.

    Returns:
        Their rows, ascending.
    """
    return pc.unique(_spans(_chunk(records), rule)["row"])


def find(records: pa.Table, rule: Rule | Cut, *, rules: Rules, removed: pa.Table) -> pa.Table:
    """Find what a rule would remove, were it tried behind those in force.

    Args:
        records: table of schema `ingest.tables.RECORDS`, one chunk.
        rule: the rule that is tried, its id `TRIAL`.
        rules: those in force.
        removed: table of schema `REMOVED`.

    Returns:
        A table of schema `FOUND`, in order of the articles.
    """
    chunk = _chunk(records)
    claims, stopped = _claims(chunk, rule, rules)
    spans = _with_sections(_spans(chunk, rule), claims[0])
    place = paragraph_of(chunk.paragraphs, spans)
    claims = [each.filter(pc.not_equal(each["by"], TRIAL)) for each in claims]
    by = pc.coalesce(*(_covering(spans, each) for each in (*claims, removed)))
    none = pa.scalar(None, pa.string())
    braked = pc.is_in(spans["row"], value_set=pa.array(stopped, pa.int32()))
    live = pa.array(np.isin(place, marks.live_entries(chunk.paragraphs)))
    held = pc.coalesce(spans["held"], pc.if_else(live, LIVE, pc.if_else(braked, BRAKE, none)))
    head, tail = edges(chunk.paragraphs)
    prose = chunk.paragraphs["prose"].to_numpy() | ~(head | tail)
    texts = _texts(chunk.paragraphs, spans, place)
    columns = {
        "row": spans["row"],
        "text": texts,
        "words": count_words(texts),
        "prose": pa.array(prose[place]),
        "by": by,
        "held": pc.if_else(pc.is_null(by), held, none),
    }
    return pa.table([columns[name] for name in FOUND.names], schema=FOUND)


def _chunk(records: pa.Table) -> _Chunk:
    extracted = column(records, "text")
    paragraphs = split(extracted)
    languages = detection.fill(column(records, "language"), extracted, paragraphs)
    return _Chunk(paragraphs, languages, keys(column(records, "outlet")))


def _spans(chunk: _Chunk, rule: Rule | Cut) -> pa.Table:
    """Return what a rule matches: row, start, end, and `held`: which guard forbids to touch it, or null."""
    if isinstance(rule, Cut):
        alone = Rules((), (rule,), "")
        found = inline.propose(chunk.paragraphs, chunk.languages, alone, outlets=chunk.outlets)
        spans = found.select(["row", "start", "end"])
        return spans.append_column("held", pa.nulls(found.num_rows, pa.string()))
    alone = Rules((rule,), (), "")
    likely = look(chunk.paragraphs, chunk.languages, alone, outlets=chunk.outlets)
    hits = survey(chunk.paragraphs, likely)
    _, mine = matching(hits, [rule])
    index = pa.array(hits.index[mine])
    held = guard(column(chunk.paragraphs, "text").take(index), pa.array(touchable(hits, mine)))
    return chunk.paragraphs.select(["row", "start", "end"]).take(index).append_column("held", held)


def _claims(chunk: _Chunk, rule: Rule | Cut, rules: Rules) -> tuple[list[pa.Table], Ints]:
    """Return what is claimed on lines and inside them, and the articles of which too much would go."""
    if isinstance(rule, Cut):
        rules = replace(rules, cuts=(*rules.cuts, rule))
    else:
        rules = replace(rules, lines=(*rules.lines, rule))
    likely = look(chunk.paragraphs, chunk.languages, tried_at(rules, chunk.outlets), outlets=chunk.outlets)
    lines, _ = propose_among(chunk.paragraphs, likely)
    cuts = inline.propose_among(chunk.paragraphs, likely)
    live = np.isin(paragraph_of(chunk.paragraphs, lines), marks.live_entries(chunk.paragraphs))
    lines = lines.filter(pa.array(~live))
    _, stopped = arbiter.brake(chunk.paragraphs, pa.concat_tables([lines, cuts]))
    named = [each.select(["row", "start", "end", "rule_id"]) for each in (lines, cuts)]
    return [each.rename_columns(REMOVED.names) for each in named], stopped


def _with_sections(spans: pa.Table, lines: pa.Table) -> pa.Table:
    """Add the lines that the rule takes with a heading that it matches."""
    mine = lines.filter(pc.equal(lines["by"], TRIAL))
    known = pc.is_in(pa.array(_places(mine)), value_set=pa.array(_places(spans)))
    below = mine.filter(pc.invert(known)).drop(["by"])
    below = below.append_column("held", pa.nulls(below.num_rows, pa.string()))
    both = pa.concat_tables([spans, below])
    return both.take(pa.array(np.argsort(_places(both))))


def _places(spans: pa.Table) -> Ints:
    places: Ints = (spans["row"].to_numpy().astype(np.int64) << 32) + spans["start"].to_numpy()
    return places


def _covering(spans: pa.Table, claims: pa.Table) -> pa.Array:
    """Tell for each span what removes all of it, null where nothing does."""
    if not claims.num_rows:
        return pa.nulls(spans.num_rows, pa.string())
    at = np.maximum(paragraph_of(claims, spans), 0)
    covers = claims["row"].to_numpy()[at] == spans["row"].to_numpy()
    covers &= claims["start"].to_numpy()[at] <= spans["start"].to_numpy()
    covers &= claims["end"].to_numpy()[at] >= spans["end"].to_numpy()
    return column(claims, "by").take(pa.array(at, mask=~covers))


def _texts(paragraphs: pa.Table, spans: pa.Table, place: Ints) -> pa.Array:
    """Return the words of spans, white space made plain."""
    begins = paragraphs["start"].to_numpy()[place]
    bounds = zip(spans["start"].to_numpy() - begins, spans["end"].to_numpy() - begins, strict=True)
    texts = column(paragraphs, "text").take(pa.array(place)).to_pylist()
    words = (text[start:end].split() for text, (start, end) in zip(texts, bounds, strict=True))
    return pa.array(map(" ".join, words), pa.string())
