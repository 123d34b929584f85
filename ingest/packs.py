"""Rule packs: TOML files of rules, one a language, checked when they are loaded.

Every rule carries examples. Those of the packs that come with copydesk ran when it was built; those of any
other pack run at each loading: a rule that does not do what its examples say stops the run before it removes
anything.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import xxhash
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest import examples
from ingest.errors import RuleError
from ingest.examples import Failure
from ingest.patterns import Cut, Rule, Rules, complaint, translate
from ingest.tables import KINDS

RECIPE = "copydesk-rules-1"  # a change of what patterns mean is a change of this name


class _Entry(BaseModel):
    """What rules on lines and on spans have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str = Field(
        pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)+$", description="name of the rule, unique in all packs"
    )
    kind: str = Field(description="what the removed text was: one of the kinds in docs/tables.md")
    match: str = Field(min_length=1, description="RE2 pattern; see the three conventions below")
    case: bool = Field(default=False, description="whether upper and lower case differ")
    remove: list[str] = Field(min_length=1, description="examples that the rule must remove")
    keep: list[str] = Field(default=[], description="examples that the rule must leave alone")


class RuleEntry(_Entry):
    """A `[[rule]]` of a pack: removes whole lines."""

    where: Literal["any", "head", "tail", "edge", "outside"] = Field(
        default="any",
        description="`head`: before the first prose, or one of the first six lines;"
        " `tail`: behind the last prose, or one of the last six lines; `edge`: head or tail;"
        " `outside`: before the first prose or behind the last, wherever that is",
    )
    max_words: int | None = Field(default=None, ge=1, description="the longest line it may remove, in words")
    sentence: bool | None = Field(
        default=None, description="only lines that do, or do not, end like a sentence"
    )


class InlineEntry(_Entry):
    """An `[[inline]]` of a pack: removes the group `cut` from inside a line."""

    doubled: bool = Field(
        default=False,
        description="the cut begins at the second copy of a name that stands twice without a space",
    )


Entry = RuleEntry | InlineEntry


class Pack(BaseModel):
    """A file of rules of one language."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    language: str = Field(pattern=r"^[a-z]{2,3}$")
    rule: list[RuleEntry] = []
    inline: list[InlineEntry] = []

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries: those on lines, then cuts."""
        return (*self.rule, *self.inline)

    def lines(self) -> tuple[Rule, ...]:
        """Return the rules on lines, their patterns spelled out."""
        return tuple(_rule(entry, self.language) for entry in self.rule)

    def cuts(self) -> tuple[Cut, ...]:
        """Return the rules on spans, their patterns spelled out."""
        return tuple(_cut(entry, self.language) for entry in self.inline)


def bundled() -> tuple[Path, ...]:
    """List the packs that come with copydesk.

    Returns:
        Paths of TOML files, in the order in which their rules are tried.
    """
    return tuple(sorted(Path(str(files("ingest") / "rules")).glob("*.toml")))


def load(paths: Iterable[Path], *, disable: Sequence[str] = ()) -> Rules:
    """Load rule packs, check them, and run the examples of those that are not bundled.

    Bundled packs are proven by the tests: to compile their patterns and run their examples at every start
    would take longer than the work on a small batch.

    Args:
        paths: TOML files; the rules of earlier ones are tried first.
        disable: ids of rules that shall not be used.

    Returns:
        The rules in force, with a fingerprint that changes whenever they do.

    Raises:
        RuleError: a pack or a rule is wrong, an example fails, or `disable` names an unknown rule; the
            sentence names the file, the rule and what is wrong.
    """
    packs = [(path, read(path)) for path in paths]
    proven = bundled()
    known: dict[str, Path] = {}
    for path, pack in packs:
        for entry in pack.entries():
            _check(path, entry, known)
            known[entry.id] = path
        for failure in failures(pack) if path not in proven else ():
            raise RuleError(f"{path}: rule {failure.rule}: {failure.sentence}")
    _check_disabled(disable, known)
    lines = [rule for _, pack in packs for rule in pack.lines() if rule.id not in disable]
    cuts = [cut for _, pack in packs for cut in pack.cuts() if cut.id not in disable]
    return Rules(tuple(lines), tuple(cuts), _fingerprint(lines, cuts))


def failures(pack: Pack) -> list[Failure]:
    """Compile the patterns of a pack and run its examples.

    Args:
        pack: the pack.

    Returns:
        What is wrong with patterns; where nothing is, the examples that fail. In order of the rules.
    """
    told = ((entry.id, _complaint(entry)) for entry in pack.entries())
    wrong = [Failure(name, None, sentence) for name, sentence in told if sentence is not None]
    if wrong:
        return wrong
    remove = {entry.id: entry.remove for entry in pack.entries()}
    keep = {entry.id: entry.keep for entry in pack.entries()}
    rules = Rules(pack.lines(), pack.cuts(), "")
    return list(examples.failures(rules, remove=remove, keep=keep))


def read(path: Path) -> Pack:
    """Read a pack; its patterns and examples are not looked at.

    Args:
        path: TOML file.

    Raises:
        RuleError: the file cannot be read, is no TOML, or has a key or value that means nothing.
    """
    given: dict[str, object] = {}
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        return Pack.model_validate(given)
    except OSError as error:
        raise RuleError(f"{path}: the rule pack cannot be read ({error.strerror}); check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: the rule pack is no valid TOML: {error}") from error
    except ValidationError as error:
        raise RuleError(f"{path}: {_first(error, given)}") from error


def _first(error: ValidationError, given: dict[str, object]) -> str:
    """Return the first complaint of pydantic as a sentence that names the rule and the key."""
    errors = error.errors()
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    place: Any = given
    where = []
    for part in first["loc"]:
        place = place[part] if _holds(place, part) else None
        name = (
            f" ({place['id']})" if isinstance(part, int) and isinstance(place, dict) and "id" in place else ""
        )
        where.append(f" number {part + 1}{name}" if isinstance(part, int) else f": {part}")
    told = "".join(where).removeprefix(": ")
    if first["type"] == "extra_forbidden":
        return f"{told}: the key is not known; docs/add-a-rule.md lists the keys"
    return f"{told}: {first['msg'][:1].lower()}{first['msg'][1:]}"


def _holds(place: Any, part: int | str) -> bool:
    return isinstance(place, list) or (isinstance(place, dict) and part in place)


def _check(path: Path, entry: Entry, known: Mapping[str, Path]) -> None:
    """Raise RuleError where an entry cannot stand beside the others."""
    if entry.id in known:
        raise RuleError(
            f"{path}: rule {entry.id}: the id stands already in {known[entry.id]}; choose another"
        )
    if entry.kind not in KINDS:
        raise RuleError(f"{path}: rule {entry.id}: kind {entry.kind!r} is none of {', '.join(KINDS)}")


def _complaint(entry: Entry) -> str | None:
    """Say what is wrong with the pattern of an entry, or null."""
    if isinstance(entry, InlineEntry) and "(?P<cut>" not in entry.match:
        return "the pattern has no group (?P<cut>...) that says what to remove"
    return complaint(translate(entry.match, case=entry.case))


def _check_disabled(disable: Sequence[str], known: Iterable[str]) -> None:
    names = list(known)
    for name in disable:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else "check the packs' ids"
            raise RuleError(f"disable names the rule {name}, which no pack has; {hint}")


def _rule(entry: RuleEntry, language: str) -> Rule:
    pattern = translate(entry.match, case=entry.case)
    return Rule(entry.id, entry.kind, language, pattern, entry.where, entry.max_words, entry.sentence)


def _cut(entry: InlineEntry, language: str) -> Cut:
    return Cut(entry.id, entry.kind, language, translate(entry.match, case=entry.case), entry.doubled)


def _fingerprint(lines: Sequence[Rule], cuts: Sequence[Cut]) -> str:
    parts = [RECIPE, [vars(rule) for rule in lines], [vars(cut) for cut in cuts]]
    return xxhash.xxh3_128_hexdigest(json.dumps(parts, sort_keys=True).encode())
