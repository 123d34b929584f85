"""What holds for one outlet alone: which rules are used there, and which lines are boilerplate.

Outlets are compared by a key, so that `Example.com` and `www.example.com` are one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.patterns import OWN_LINES, WHITE, Cut, Rule, Rules
from ingest.words import count_words

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

KIND = "outlet-line"


@dataclass(frozen=True)
class OutletRules:
    """What somebody says of an outlet.

    Attributes:
        disable: ids of rules that are not used on its articles.
        lines: lines that are boilerplate there, as they stand.
        packs: TOML files of rules for its articles alone.
    """

    disable: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    packs: tuple[Path, ...] = ()


def key(name: str) -> str:
    """Return what an outlet is compared by: without white space around it, small letters, no `www.`.

    Args:
        name: the outlet, as the configuration or a record has it.
    """
    return name.strip().casefold().removeprefix("www.")


def keys(names: pa.Array) -> pa.Array:
    """Return what outlets are compared by.

    Args:
        names: string array; null where an article has none.

    Returns:
        String array of the same length, null where it was.
    """
    encoded = pc.cast(names, pa.string()).dictionary_encode()
    distinct = [None if name is None else key(name) for name in encoded.dictionary.to_pylist()]
    return pa.array(distinct, pa.string()).take(encoded.indices)


def rule_id(outlet: str) -> str:
    """Return the id that removals of an outlet's own lines carry.

    Args:
        outlet: its key.
    """
    return f"outlet.{outlet}.line"


def plain(lines: pa.Array) -> pa.Array:
    """Make each stretch of white space in lines one space, and none at the ends.

    Args:
        lines: string array.
    """
    return pc.utf8_trim(pc.replace_substring_regex(lines, pattern=f"{WHITE}+", replacement=" "), " ")


def own_lines(said: Mapping[str, Sequence[str]]) -> pa.Table:
    """Put the lines of outlets into a table to look them up in.

    Args:
        said: outlet's key → its lines.

    Returns:
        A table of schema `ingest.patterns.OWN_LINES`.
    """
    lines = plain(pa.array([line for own in said.values() for line in own], pa.string()))
    outlets = [outlet for outlet, own in said.items() for _ in own]
    return pa.table([pa.array(outlets, pa.string()), lines, count_words(lines)], schema=OWN_LINES)


def tried_at(rules: Rules, outlets: pa.Array) -> Rules:
    """Leave out rules and lines of outlets that have no article in a chunk.

    Args:
        rules: the rules in force.
        outlets: string array from `keys`, one an article row of the chunk.
    """
    named = any(rule.outlets for rule in rules.lines) or any(cut.outlets for cut in rules.cuts)
    if not named and not rules.own_lines.num_rows:
        return rules
    there = pc.unique(outlets).drop_null()
    names = frozenset(there.to_pylist())
    return replace(
        rules,
        lines=tuple(rule for rule in rules.lines if not rule.outlets or names & rule.outlets),
        cuts=tuple(cut for cut in rules.cuts if not cut.outlets or names & cut.outlets),
        own_lines=rules.own_lines.filter(pc.is_in(rules.own_lines["outlet"], value_set=there)),
    )


def used_at(outlets: pa.Array, rule: Rule | Cut) -> Bools:
    """Tell for which outlets a rule is used.

    Args:
        outlets: string array of keys, null where there is none.
        rule: the rule.

    Returns:
        One boolean an outlet.
    """
    used = np.ones(len(outlets), np.bool_)
    if rule.outlets:
        used &= _among(outlets, rule.outlets)
    if rule.disabled_at:
        used &= ~_among(outlets, rule.disabled_at)
    return used


def find(paragraphs: pa.Table, outlets: pa.Array, own: pa.Table) -> Ints:
    """Find the lines that are boilerplate of their article's outlet.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        outlets: string array of keys, one an article row of the chunk.
        own: the lines of these outlets, schema `ingest.patterns.OWN_LINES`.

    Returns:
        Positions in the table of paragraphs, ascending (int64).
    """
    if not own.num_rows:
        return np.zeros(0, np.int64)
    row = paragraphs["row"].to_numpy()
    # White space changes nothing about the number of words, which are counted already.
    alike = np.isin(paragraphs["words"].to_numpy(), own["words"].to_numpy())
    index = np.flatnonzero(alike & _among(outlets, own["outlet"])[row])
    lines = plain(paragraphs["text"].take(pa.array(index)).combine_chunks())
    known = pc.is_in(lines, value_set=own["line"].combine_chunks())
    index, lines = index[known.to_numpy(zero_copy_only=False)], lines.filter(known)
    own = own.filter(pc.is_in(own["line"], value_set=lines))
    pairs = set(zip(own["outlet"].to_pylist(), own["line"].to_pylist(), strict=True))
    of = outlets.take(pa.array(row[index])).to_pylist()
    mine = [pair in pairs for pair in zip(of, lines.to_pylist(), strict=True)]
    found: Ints = index[np.array(mine, np.bool_)]
    return found


def _among(outlets: pa.Array, some: pa.ChunkedArray | frozenset[str]) -> Bools:
    names = pa.array(sorted(some)) if isinstance(some, frozenset) else some.combine_chunks()
    found: Bools = pc.is_in(outlets, value_set=names).to_numpy(zero_copy_only=False)
    return found
