"""The rules in force as rows, and whether the examples of packs hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flows import run as runs
from flows.settings import Settings, SettingsError
from ingest import packs
from ingest.entries import Entry, RuleEntry, read
from ingest.errors import FormError
from ingest.outlets import KIND, OutletRules, key, rule_id
from ingest.packs import Loaded

LINE, INLINE, OWN = "line", "inline", "own line"


def listed(
    settings: Settings, *, language: str | None = None, kind: str | None = None, outlet: str | None = None
) -> list[dict[str, Any]]:
    """List the rules in the order in which they are tried: on lines, inside lines, lines of outlets.

    Args:
        settings: what is in force.
        language: only the rules of packs of that language.
        kind: only those that remove this kind.
        outlet: only those that are for articles of that outlet.

    Returns:
        A row a rule: `id`, `kind`, `form`, `language`, `where`, `outlets` (empty: all), `disabled`,
        `disabled_at` (outlets), `pack`, `examples`; of the lines of an outlet one row, with their number.

    Raises:
        SettingsError: no pack is of that language.
        ingest.errors.RuleError: a pack is wrong.
    """
    runs.rules_of(settings)  # says what is wrong with them
    said = runs.outlets_of(settings)
    loaded = packs.read_all(runs.packs_of(settings), said)
    codes = sorted({"any", *(one.pack.language for one in loaded)})
    if language not in (None, *codes):
        raise SettingsError(
            f"--language: {language!r} is the language of no pack; there are {', '.join(codes)}"
        )
    rows = [_row(one, entry, settings, said) for one in loaded for entry in one.pack.rule]
    rows += [_row(one, entry, settings, said) for one in loaded for entry in one.pack.inline]
    rows += [_own(name, own) for name, own in said.items() if own.lines]
    wanted = {"language": language, "kind": kind}
    rows = [row for row in rows if all(value in (None, row[name]) for name, value in wanted.items())]
    return rows if outlet is None else [_at(row, key(outlet)) for row in rows if _is_for(row, key(outlet))]


def tested(files: Sequence[Path], settings: Settings) -> dict[str, Any]:
    """Run all examples of packs.

    Args:
        files: TOML files; with none, all packs in force.
        settings: what is in force.

    Returns:
        The `files`, how many `rules` and `examples` they have, how many rules `passed`, and the `failures`:
        `file`, `rule` (null where the file is no pack), `example` (null where the rule itself is wrong),
        `problem`.

    Raises:
        ingest.errors.RuleError: a file cannot be read.
    """
    said = {} if files else runs.outlets_of(settings)
    named = list(dict.fromkeys(files)) or packs.named(runs.packs_of(settings), said)
    failures, loaded = _read_all(named)
    mine = {path.resolve() for path in files}  # one of the bundled packs among them, however it is named
    others = [Loaded(path, read(path)) for path in packs.bundled() if path.resolve() not in mine]
    found = [(one.path, failure) for one in loaded for failure in packs.failures(one.pack)]
    found += packs.clashes([*others, *loaded] if files else loaded)
    failures += [_failure(path, failure.rule, failure.example, failure.sentence) for path, failure in found]
    entries = [(str(one.path), entry) for one in loaded for entry in one.pack.entries()]
    wrong = {(failure["file"], failure["rule"]) for failure in failures}
    return {
        "files": [*map(str, named)],
        "rules": len(entries),
        "passed": sum((path, entry.id) not in wrong for path, entry in entries),
        "examples": sum(_examples(entry) for _, entry in entries),
        "failures": failures,
    }


def _read_all(paths: Sequence[Path]) -> tuple[list[dict[str, Any]], list[Loaded]]:
    """Return the faults of files that are no packs, and the others."""
    faults, loaded = [], []
    for path in paths:
        try:
            loaded.append(Loaded(path, read(path)))
        except FormError as error:
            faults += [_failure(path, None, None, fault) for fault in error.faults]
    return faults, loaded


def _failure(path: Path, rule: str | None, example: str | None, problem: str) -> dict[str, Any]:
    return {"file": str(path), "rule": rule, "example": example, "problem": problem}


def _row(one: Loaded, entry: Entry, settings: Settings, said: Mapping[str, OutletRules]) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "form": LINE if isinstance(entry, RuleEntry) else INLINE,
        "language": one.pack.language,
        "where": entry.where if isinstance(entry, RuleEntry) else "any",
        "outlets": sorted(one.outlets),
        "disabled": entry.id in settings.rules.disable,
        "disabled_at": sorted(name for name, own in said.items() if entry.id in own.disable),
        "pack": str(one.path),
        "examples": _examples(entry),
    }


def _own(outlet: str, own: OutletRules) -> dict[str, Any]:
    row = {"id": rule_id(outlet), "kind": KIND, "form": OWN, "language": "any", "where": "any"}
    nowhere = {"disabled": False, "disabled_at": [], "pack": None}
    return {**row, "outlets": [outlet], **nowhere, "examples": len(own.lines)}


def _examples(entry: Entry) -> int:
    return len(entry.remove) + len(entry.keep)


def _is_for(row: Mapping[str, Any], outlet: str) -> bool:
    return not row["outlets"] or outlet in row["outlets"]


def _at(row: Mapping[str, Any], outlet: str) -> dict[str, Any]:
    return {**row, "disabled": row["disabled"] or outlet in row["disabled_at"]}
