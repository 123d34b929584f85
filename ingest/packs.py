"""Rule packs: TOML files of rules, one a language, checked when they are loaded.

Every rule carries examples. Those of the packs that come with copydesk ran when it was built; those of any
other pack run at each loading: a rule that does not do what its examples say stops the run before it removes
anything.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import orjson
import pyarrow as pa
import xxhash

from ingest import examples
from ingest import outlets as outlets_
from ingest.entries import Pack, read, wrong_pattern
from ingest.errors import RuleError
from ingest.examples import Failure
from ingest.outlets import OutletRules
from ingest.patterns import NOWHERE, Cut, Rule, Rules
from ingest.tables import KINDS

NONE: Mapping[str, OutletRules] = MappingProxyType({})
AnyRule = TypeVar("AnyRule", Rule, Cut)

SWITCHES = {"judge": "judge = false in [rules]", "template": "templates = false in [rules]"}
"""What is no rule but may be switched off, by how the names of its removals begin."""

RECIPE = "copydesk-rules-1"  # a change of what patterns mean is a change of this name


def bundled() -> tuple[Path, ...]:
    """List the packs that come with copydesk.

    Returns:
        Paths of TOML files, in the order in which their rules are tried.
    """
    return tuple(sorted(Path(str(files("ingest") / "rules")).glob("*.toml")))


@dataclass(frozen=True)
class Loaded:
    """A pack, where it lies, and the keys of the outlets that it is for: none where it is for all."""

    path: Path
    pack: Pack
    outlets: frozenset[str] = NOWHERE


def load(
    paths: Iterable[Path], *, disable: Sequence[str] = (), outlets: Mapping[str, OutletRules] = NONE
) -> Rules:
    """Load rule packs, check them, and run the examples of those that are not bundled.

    Bundled packs are proven by the tests: to compile their patterns and run their examples at every start
    would take longer than the work on a small batch.

    Args:
        paths: TOML files; the rules of earlier ones are tried first.
        disable: ids of rules that shall not be used.
        outlets: what is said of some outlets, by their keys (`ingest.outlets.key`); their packs come last.

    Returns:
        The rules in force, with a fingerprint that changes whenever they do.

    Raises:
        RuleError: a pack or a rule is wrong, an example fails, or `disable` names an unknown rule; the
            sentence names the file, the rule and what is wrong.
    """
    packs, proven = read_all(paths, outlets), bundled()
    for one in packs:
        for failure in failures(one.pack) if one.path not in proven else ():
            raise RuleError(f"{one.path}: rule {failure.rule}: {failure.sentence}")
    for path, failure in clashes(packs):
        raise RuleError(f"{path}: rule {failure.rule}: {failure.sentence}")
    known = [entry.id for one in packs for entry in one.pack.entries()]
    _check_disabled(disable, known, "disable")
    disabled_at: dict[str, set[str]] = {}
    for outlet, own in outlets.items():
        _check_disabled(own.disable, known, f'disable of [outlet."{outlet}"]')
        for name in own.disable:
            disabled_at.setdefault(name, set()).add(outlet)
    lines = [_at(rule, one, disabled_at) for one in packs for rule in one.pack.lines()]
    cuts = [_at(cut, one, disabled_at) for one in packs for cut in one.pack.cuts()]
    lines = [rule for rule in lines if rule.id not in disable]
    cuts = [cut for cut in cuts if cut.id not in disable]
    own_lines = outlets_.own_lines({outlet: own.lines for outlet, own in outlets.items()})
    return Rules(tuple(lines), tuple(cuts), _fingerprint(lines, cuts, own_lines), own_lines)


def read_all(paths: Iterable[Path], outlets: Mapping[str, OutletRules] = NONE) -> list[Loaded]:
    """Read packs in the order in which their rules are tried; patterns and examples are not looked at.

    Args:
        paths: TOML files for all outlets.
        outlets: what is said of some outlets, by their keys; a pack that several name is read once.

    Raises:
        RuleError: a file cannot be read, is no TOML, or has a key or value that means nothing.
    """
    own: dict[Path, set[str]] = {}
    for outlet, said in outlets.items():
        for path in said.packs:
            own.setdefault(path, set()).add(outlet)
    found = [Loaded(path, read(path)) for path in paths]
    return found + [Loaded(path, read(path), frozenset(names)) for path, names in own.items()]


def named(paths: Iterable[Path], outlets: Mapping[str, OutletRules] = NONE) -> list[Path]:
    """List all packs: those for all outlets, and behind them those for some.

    Args:
        paths: TOML files for all outlets.
        outlets: what is said of some outlets, by their keys.
    """
    return [*paths, *dict.fromkeys(path for said in outlets.values() for path in said.packs)]


def failures(pack: Pack) -> list[Failure]:
    """Check the entries of a pack, compile its patterns and run its examples.

    Args:
        pack: the pack.

    Returns:
        What is wrong with entries; where nothing is, the examples that fail. In order of the rules.
    """
    wrong = list(_wrong_entries(pack))
    if wrong:
        return wrong
    remove = {entry.id: entry.remove for entry in pack.entries()}
    keep = {entry.id: entry.keep for entry in pack.entries()}
    rules = Rules(pack.lines(), pack.cuts(), "")
    return list(examples.failures(rules, remove=remove, keep=keep))


def clashes(packs: Iterable[Loaded]) -> Iterator[tuple[Path, Failure]]:
    """Find rules whose id stands in an earlier pack.

    Args:
        packs: in the order in which their rules are tried.

    Yields:
        The path of the later pack, and what is wrong.
    """
    known: dict[str, Loaded] = {}
    for one in packs:
        for entry in one.pack.entries():
            there = known.setdefault(entry.id, one)
            if there is not one:
                twice = "the pack is named twice; name it once, for all outlets or for some"
                other = f"the id stands already in {there.path}; choose another"
                yield one.path, Failure(entry.id, None, twice if there.path == one.path else other)


def _wrong_entries(pack: Pack) -> Iterator[Failure]:
    seen: set[str] = set()
    for entry in pack.entries():
        if entry.id in seen:
            yield Failure(entry.id, None, "the id stands twice in the file; choose another")
        seen.add(entry.id)
        if entry.kind not in KINDS:
            yield Failure(entry.id, None, f"kind {entry.kind!r} is none of {', '.join(KINDS)}")
        told = wrong_pattern(entry)
        if told is not None:
            yield Failure(entry.id, None, told)


def _check_disabled(disable: Sequence[str], known: Sequence[str], where: str) -> None:
    for name in disable:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            switch = next((key for word, key in SWITCHES.items() if name.startswith(word)), None)
            hint = f"did you mean {near[0]}?" if near else "check the packs' ids"
            hint = f"what it stands for is switched off by {switch}" if switch else hint
            raise RuleError(f"{where} names the rule {name}, which no pack has; {hint}")


def _at(rule: AnyRule, one: Loaded, disabled_at: Mapping[str, set[str]]) -> AnyRule:
    """Tell a rule the outlets that it is for, and those where it is not used."""
    if not one.outlets and rule.id not in disabled_at:
        return rule
    return replace(rule, outlets=one.outlets, disabled_at=frozenset(disabled_at.get(rule.id, ())))


def _fingerprint(lines: Sequence[Rule], cuts: Sequence[Cut], own_lines: pa.Table) -> str:
    ordered = own_lines.sort_by([("outlet", "ascending"), ("line", "ascending")])
    said = [ordered[name].to_pylist() for name in ("outlet", "line")]
    parts = [RECIPE, [vars(rule) for rule in lines], [vars(cut) for cut in cuts], said]
    return xxhash.xxh3_128_hexdigest(orjson.dumps(parts, default=sorted, option=orjson.OPT_SORT_KEYS))
