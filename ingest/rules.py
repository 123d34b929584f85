"""Phrase rules: lines that any newspaper would call boilerplate, found by patterns over whole columns.

A survey finds the few paragraphs that each rule may match; only these meet its pattern.
The first rule in the order of the packs wins. Nothing is removed here: removals are proposed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.outlets import KIND, find, rule_id, tried_at, used_at
from ingest.patterns import Rule, Rules
from ingest.prospects import Ints
from ingest.sections import below
from ingest.survey import Hits, booleans, column, survey, touchable
from ingest.tables import METADATA, REMOVALS

EVIDENCE_LENGTH = 80

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
        Removals of layer `rule` (schema `REMOVALS`) and the facts in the rules' named groups (schema
        `METADATA`: the first of a key in an article), both in order of the paragraphs.
    """
    known = pa.nulls(len(languages), pa.string()) if outlets is None else outlets
    rules = tried_at(rules, known)
    hits = survey(paragraphs, languages, rules.lines, outlets=known)
    taken_by = np.full(len(hits.index), -1)
    for number, rule in enumerate(rules.lines):
        mine = matching(hits, rule)
        taken_by[mine[taken_by[mine] < 0]] = number
    taken = np.flatnonzero(taken_by >= 0)
    taken = taken[touchable(hits, taken)]
    numbers = taken_by[taken]
    found = [_claims(hits, rules.lines[number], taken[numbers == number]) for number in np.unique(numbers)]
    by_line = np.setdiff1d(find(paragraphs, known, rules.own_lines), hits.index[taken])
    found.append(_own_claims(by_line, known.take(column(paragraphs, "row").take(pa.array(by_line)))))
    claims = _concat(found).sort_by("index")
    claims = _concat([claims, _below(paragraphs, claims, rules)]).sort_by("index")
    logger.debug(
        "rules: %d paragraphs, %d prefiltered, %d matched", len(paragraphs), len(hits.index), len(claims)
    )
    of = paragraphs.select(["row", "start", "end"]).take(claims["index"])
    return _removals(of, claims), _metadata(of["row"], claims)


def matching(hits: Hits, rule: Rule) -> Ints:
    """Find the hits that a rule matches: by its pattern, its place, its guards, its outlets.

    Args:
        hits: from `survey`.
        rule: one of the rules the survey was made with.

    Returns:
        Positions of hits, ascending (int64).
    """
    at = hits.possible[rule]
    if rule.outlets or rule.disabled_at:
        at = at[used_at(hits.outlets.take(pa.array(at)), rule)]
    if rule.where != "any":
        places = {
            "head": hits.head,
            "tail": hits.tail,
            "edge": hits.head | hits.tail,
            "outside": hits.outside,
        }
        at = at[places[rule.where][at]]
    if rule.max_words is not None:
        at = at[hits.words[at] <= rule.max_words]
    if rule.sentence is not None:
        at = at[hits.sentence[at] == rule.sentence]
    if not len(at):
        return at
    codes, of = np.unique(hits.code[at], return_inverse=True)  # the pattern costs most, so it comes last
    of_code = booleans(pc.match_substring_regex(hits.texts.take(pa.array(codes)), pattern=rule.pattern))
    matched: Ints = at[of_code[of]]
    return matched


def _claims(hits: Hits, rule: Rule, mine: Ints) -> pa.Table:
    """Return one row for each paragraph that a rule takes: index, rule, matched part, named groups."""
    codes, of = np.unique(hits.code[mine], return_inverse=True)
    groups = pc.extract_regex(hits.texts.take(pa.array(codes)), pattern=f"(?P<matched__>{rule.pattern})")
    found = groups.to_pylist()
    matched = pa.array([evidence(group["matched__"]) for group in found], pa.string())
    return pa.table(
        {
            "index": pa.array(hits.index[mine], pa.int64()),
            "kind": pa.array([rule.kind] * len(mine), pa.string()),
            "rule_id": pa.array([rule.id] * len(mine), pa.string()),
            "evidence": matched.take(pa.array(of)),
            "facts": pa.array([told(group) for group in found], _FACTS).take(pa.array(of)),
        }
    )


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
        group: what each matched, by name; the match itself and what a cut takes are no facts.

    Returns:
        Pairs of key and value, white space made plain.
    """
    plain = {name: " ".join(value.replace("#", " ").split()) for name, value in group.items()}
    return [(name, value) for name, value in plain.items() if value and name not in ("matched__", "cut")]


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
