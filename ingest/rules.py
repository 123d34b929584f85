"""Phrase rules: lines that any newspaper would call boilerplate, found by patterns over whole columns.

A survey finds the few paragraphs that each rule may match; only these meet its pattern.
The first rule in the order of the packs wins. Nothing is removed here: removals are proposed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest import compiled
from ingest.outlets import KIND, find, rule_id, used_at
from ingest.patterns import Rule, Rules
from ingest.prospects import Bools, Ints
from ingest.sections import below
from ingest.survey import Hits, Likely, column, look, survey, touchable
from ingest.tables import METADATA, REMOVALS

EVIDENCE_LENGTH = 80
PLACES = ("any", "head", "tail", "edge", "outside", "before")

logger = logging.getLogger(__name__)


def propose(
    paragraphs: pa.Table, languages: pa.Array, rules: Rules, *, outlets: pa.Array | None = None
) -> tuple[pa.Table, pa.Table]:
    """Propose the removal of paragraphs that a phrase rule matches, or that are lines of their outlet.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        languages: string array, one an article row of the chunk; null where unknown.
        rules: the rules in force.
        outlets: string array from `ingest.outlets.keys`, one an article row; left out where none is known.

    Returns:
        As `propose_among`.
    """
    return propose_among(paragraphs, look(paragraphs, languages, rules, outlets=outlets))


def propose_among(paragraphs: pa.Table, likely: Likely) -> tuple[pa.Table, pa.Table]:
    """Propose what rules on lines remove of the paragraphs that they may match, and lines of outlets.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        likely: from `ingest.survey.look`.

    Returns:
        Removals of layer `rule` (schema `REMOVALS`) and the facts in the rules' named groups (schema
        `METADATA`: the first of a key in an article), both in order of the paragraphs.
    """
    rules, known = likely.rules, likely.outlets
    hits = survey(paragraphs, likely)
    matched_by, at = matching(hits, rules.lines)
    taken_by = np.full(len(hits.index), -1)
    taken_by[at[::-1]] = matched_by[::-1]  # the last one written stays
    taken = np.flatnonzero(taken_by >= 0)
    taken = taken[touchable(hits, taken)]
    found = [_claims(hits, rules.lines, taken_by[taken], taken)]
    by_line = np.setdiff1d(find(paragraphs, known, rules.own_lines), hits.index[taken])
    found.append(_own_claims(by_line, known.take(column(paragraphs, "row").take(pa.array(by_line)))))
    claims = _concat(found).sort_by("index")
    claims = _concat([claims, _below(paragraphs, claims, rules)]).sort_by("index")
    logger.debug(
        "rules: %d paragraphs, %d prefiltered, %d matched", len(paragraphs), len(hits.index), len(claims)
    )
    of = paragraphs.select(["row", "start", "end"]).take(claims["index"])
    return _removals(of, claims), _metadata(of["row"], claims)


def matching(hits: Hits, rules: Sequence[Rule]) -> tuple[Ints, Ints]:
    """Find the hits that rules match: by their patterns, their places, their guards, their outlets.

    Args:
        hits: from `survey`.
        rules: those the survey was made with.

    Returns:
        Pairs in order of the rules: number of the rule, position of the hit (int64).
    """
    stands = _in_place(hits, rules)
    rule, at = hits.rule[stands], hits.at[stands]
    for number in np.unique(rule):
        if rules[number].outlets or rules[number].disabled_at:
            mine = np.flatnonzero(rule == number)
            used = used_at(hits.outlets.take(pa.array(at[mine])), rules[number])
            rule, at = np.delete(rule, mine[~used]), np.delete(at, mine[~used])
    codes, numbers, of, texts = _distinct(hits, rule, at)
    bounds = np.flatnonzero(np.diff(numbers, prepend=-1, append=-1))
    of_pair = np.zeros(len(codes), np.bool_)
    for begin, end in pairwise(bounds.tolist()):
        of_pair[begin:end] = compiled.matched(texts[begin:end], rules[numbers[begin]].pattern)
    return rule[of_pair[of]], at[of_pair[of]]


def _in_place(hits: Hits, rules: Sequence[Rule]) -> Bools:
    """Tell of which pairs the hit stands where the rule looks, and is as long and as closed as it asks."""
    everywhere = np.ones(len(hits.index), np.bool_)
    places = np.stack([everywhere, hits.head, hits.tail, hits.head | hits.tail, hits.outside, hits.before])
    where = np.array([PLACES.index(rule.where) for rule in rules], np.int64)[hits.rule]
    longest = np.array([np.inf if rule.max_words is None else rule.max_words for rule in rules])[hits.rule]
    closed = np.array([-1 if rule.sentence is None else rule.sentence for rule in rules], np.int64)[hits.rule]
    stands: Bools = places[where, hits.at] & (hits.words[hits.at] <= longest)
    stands &= (closed < 0) | (hits.sentence[hits.at] == closed)
    return stands


def _distinct(hits: Hits, rule: Ints, at: Ints) -> tuple[Ints, Ints, Ints, list[bytes]]:
    """Return the distinct pairs of rule and text: code, rule, which of them each pair is, and the texts."""
    size = len(hits.texts) + 1
    pairs, of = np.unique(rule * size + hits.code[at], return_inverse=True)
    codes = pairs % size
    return codes, pairs // size, of, hits.texts.take(pa.array(codes)).cast(pa.binary()).to_pylist()


def _claims(hits: Hits, rules: Sequence[Rule], rule: Ints, at: Ints) -> pa.Table:
    """Return one row for each paragraph that a rule takes: index, rule, matched part, named groups."""
    _, numbers, of, texts = _distinct(hits, rule, at)
    mine = [rules[number] for number in numbers.tolist()]
    found = [compiled.groups(text, one.pattern) or ("", {}) for text, one in zip(texts, mine, strict=True)]
    columns = {
        "kind": pa.array([one.kind for one in mine], pa.string()),
        "rule_id": pa.array([one.id for one in mine], pa.string()),
        "evidence": pa.array([evidence(matched) for matched, _ in found], pa.string()),
        "facts": pa.array([told(named) for _, named in found], _FACTS),
    }
    index = pa.array(hits.index[at], pa.int64())
    return pa.table({"index": index, **{name: each.take(pa.array(of)) for name, each in columns.items()}})


def _own_claims(mine: Ints, outlets: pa.Array) -> pa.Table:
    """Return one row for each line of an outlet; guards do not hold for what somebody said word for word."""
    names = outlets.to_pylist()
    evidence = [f'the line stands in [outlet."{name}"]' for name in names]
    facts = pa.array([[]] * len(mine), _FACTS)
    columns = [mine, [KIND] * len(mine), [rule_id(name) for name in names], evidence, facts]
    return pa.table(columns, schema=_NO_CLAIMS)


def _below(paragraphs: pa.Table, claims: pa.Table, rules: Rules) -> pa.Table:
    """Return one row for each paragraph that stands below a heading of links."""
    ids = pa.array([rule.id for rule in rules.lines if rule.section], pa.string())
    headings = claims.filter(pc.is_in(claims["rule_id"], value_set=ids))
    index, head = below(paragraphs, claims["index"].to_numpy(), headings["index"].to_numpy())
    of = headings.take(pa.array(np.searchsorted(headings["index"].to_numpy(), head)))
    return pa.table(
        {
            "index": pa.array(index, pa.int64()),
            "kind": pc.replace_substring(of["kind"], "related-heading", "related-link"),
            "rule_id": of["rule_id"],
            "evidence": pc.binary_join_element_wise("a line below", of["evidence"], " "),
            "facts": pa.array([[]] * len(index), _FACTS),
        }
    )


_FACTS = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))
_NO_CLAIMS = pa.schema(
    [
        ("index", pa.int64()),
        ("kind", pa.string()),
        ("rule_id", pa.string()),
        ("evidence", pa.string()),
        ("facts", _FACTS),
    ]
)


def evidence(matched: str) -> str:
    """Put the matched part of a text into words.

    Args:
        matched: the part.

    Returns:
        `the words “...”`, white space made plain, cut off where too long.
    """
    plain = " ".join(matched.split())
    return f"the words “{plain if len(plain) <= EVIDENCE_LENGTH else plain[:EVIDENCE_LENGTH] + '…'}”"


def told(group: Mapping[str, str]) -> list[tuple[str, str]]:
    """Put the named groups of a match into metadata.

    Args:
        group: what each matched, by name; what a cut takes is no fact.

    Returns:
        Pairs of key and value, white space made plain.
    """
    plain = {name: " ".join(value.replace("#", " ").split()) for name, value in group.items()}
    return [(name, value) for name, value in plain.items() if value and name != "cut"]


def _concat(claims: list[pa.Table]) -> pa.Table:
    return pa.concat_tables([_NO_CLAIMS.empty_table(), *claims]).combine_chunks()


def _removals(of: pa.Table, claims: pa.Table) -> pa.Table:
    empty = ("of_start", "of_end", "similarity")
    columns = {
        **{name: of[name] for name in ("row", "start", "end")},
        "layer": pa.array(["rule"] * len(claims), pa.string()),
        **{name: claims[name] for name in ("kind", "rule_id", "evidence")},
        **{name: pa.nulls(len(claims), REMOVALS.field(name).type) for name in empty},
    }
    return pa.table([columns[name] for name in REMOVALS.names], schema=REMOVALS)


def _metadata(row: pa.ChunkedArray, claims: pa.Table) -> pa.Table:
    """Return the facts, the first of a key in an article."""
    facts = column(claims, "facts")
    flat = facts.flatten()
    rows = row.take(pc.list_parent_indices(facts))
    table = pa.table([rows, pc.struct_field(flat, "key"), pc.struct_field(flat, "value")], schema=METADATA)
    numbered = table.append_column("at", pa.array(np.arange(len(table))))
    first = numbered.group_by(["row", "key"]).aggregate([("at", "min")])["at_min"]
    return table.take(pa.array(np.sort(first.to_numpy())))
