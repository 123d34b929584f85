"""Rule packs: TOML files of rules, one a language, checked when they are loaded.

Every rule carries examples, and they run at each loading: a rule that no longer does what its examples say
stops the run before it removes anything.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import xxhash
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest import examples
from ingest.errors import RuleError
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

    where: Literal["any", "head", "tail", "edge"] = Field(
        default="any",
        description="`head`: before the first prose, or one of the first six lines;"
        " `tail`: behind the last prose, or one of the last six lines; `edge`: head or tail",
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


class _Pack(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    language: str = Field(pattern=r"^[a-z]{2,3}$")
    rule: list[RuleEntry] = []
    inline: list[InlineEntry] = []


def bundled() -> tuple[Path, ...]:
    """List the packs that come with copydesk.

    Returns:
        Paths of TOML files, in the order in which their rules are tried.
    """
    return tuple(sorted(Path(str(files("ingest") / "rules")).glob("*.toml")))


def load(paths: Iterable[Path], *, disable: Sequence[str] = ()) -> Rules:
    """Load rule packs, check them, and run their examples.

    Args:
        paths: TOML files; the rules of earlier ones are tried first.
        disable: ids of rules that shall not be used.

    Returns:
        The rules in force, with a fingerprint that changes whenever they do.

    Raises:
        RuleError: a pack or a rule is wrong, an example fails, or `disable` names an unknown rule; the
            sentence names the file, the rule and what is wrong.
    """
    lines: list[Rule] = []
    cuts: list[Cut] = []
    entries: dict[str, tuple[Path, Entry]] = {}
    for path in paths:
        pack = _read(path)
        own: tuple[Entry, ...] = (*pack.rule, *pack.inline)
        for entry in own:
            _check(path, entry, entries)
            entries[entry.id] = (path, entry)
        lines += [_rule(entry, pack.language) for entry in pack.rule]
        cuts += [_cut(entry, pack.language) for entry in pack.inline]
    _check_disabled(disable, entries)
    _run_examples(Rules(tuple(lines), tuple(cuts), ""), entries)
    used = [rule for rule in lines if rule.id not in disable]
    used_cuts = [cut for cut in cuts if cut.id not in disable]
    return Rules(tuple(used), tuple(used_cuts), _fingerprint(used, used_cuts))


def _read(path: Path) -> _Pack:
    given: dict[str, object] = {}
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        return _Pack.model_validate(given)
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


def _check(path: Path, entry: Entry, known: dict[str, tuple[Path, Entry]]) -> None:
    """Raise RuleError where an entry cannot be used."""
    if entry.id in known:
        raise RuleError(
            f"{path}: rule {entry.id}: the id stands already in {known[entry.id][0]}; choose another"
        )
    if entry.kind not in KINDS:
        raise RuleError(f"{path}: rule {entry.id}: kind {entry.kind!r} is none of {', '.join(KINDS)}")
    wrong = complaint(translate(entry.match, case=entry.case))
    if wrong is None and isinstance(entry, InlineEntry) and "(?P<cut>" not in entry.match:
        wrong = "the pattern has no group (?P<cut>...) that says what to remove"
    if wrong is not None:
        raise RuleError(f"{path}: rule {entry.id}: {wrong}")


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


def _run_examples(rules: Rules, entries: dict[str, tuple[Path, Entry]]) -> None:
    remove = {name: entry.remove for name, (_, entry) in entries.items()}
    keep = {name: entry.keep for name, (_, entry) in entries.items()}
    failure = examples.first_failure(rules, remove=remove, keep=keep)
    if failure is not None:
        name, sentence = failure
        raise RuleError(f"{entries[name][0]}: rule {name}: {sentence}")


def _fingerprint(lines: Sequence[Rule], cuts: Sequence[Cut]) -> str:
    parts = [RECIPE, [asdict(rule) for rule in lines], [asdict(cut) for cut in cuts]]
    return xxhash.xxh3_128_hexdigest(json.dumps(parts, sort_keys=True).encode())
