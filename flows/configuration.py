"""Where settings come from: the defaults, `copydesk.toml`, the environment.

They are read here and nowhere else, checked, and named in one sentence where they are wrong.
"""

from __future__ import annotations

import difflib
import glob
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flows import environment
from flows.settings import OutletTable, RulesTable, Settings, SettingsError, SourceTable

CONFIG_NAME = "copydesk.toml"
DEFAULT = "default"
PacksTable = TypeVar("PacksTable", RulesTable, OutletTable)


@dataclass(frozen=True)
class InForce:
    """The settings in force.

    Attributes:
        settings: the settings, paths made absolute.
        file: the configuration file; None where there is none.
        origins: where each value came from: key, as `match.near`, `source.NAME.outlet` or `outlet.NAME.lines`
            → `default`, the path of the file, or the name of an environment variable.
    """

    settings: Settings
    file: Path | None
    origins: Mapping[str, str]


def load(path: Path) -> Settings:
    """Read a configuration file.

    Args:
        path: the file; relative paths in it are taken from its folder.

    Raises:
        SettingsError: the file is missing, is no TOML, or has a key or value that means nothing.
    """
    return _loaded(path, _read(path))


def find(config: str | None) -> Settings:
    """Return the settings in force, as `in_force` does.

    Args:
        config: path of a file, or None.

    Raises:
        SettingsError: see `in_force`.
    """
    return in_force(config).settings


def in_force(config: str | None, environ: Mapping[str, str] = os.environ) -> InForce:
    """Put the settings together: the defaults, over them a file, over that the environment.

    The file is the one that is named, else that of the variable COPYDESK_CONFIG, else copydesk.toml in the
    working folder, if it is there.

    Args:
        config: path of a file, or None.
        environ: the environment; relative paths in it are taken from the working folder.

    Raises:
        SettingsError: see `load`; or a variable has a value that means nothing, or a name that is none.
    """
    here = Path(CONFIG_NAME)
    named = config or environ.get(environment.CONFIG) or None
    file = Path(named) if named else here if here.exists() else None
    told = _read(file) if file else {}
    settings = _loaded(file, told) if file else _anchored(Settings(), Path.cwd())
    try:
        overrides = environment.overrides(Settings, environ)
    except environment.UnknownVariable as error:
        raise SettingsError(str(error)) from None
    for override in overrides:
        settings = _overridden(settings, override)
    names = {override.keys: override.variable for override in overrides}
    origins = {key: names.get(keys) or _origin(keys, told, file) for key, keys in _keys_of(settings).items()}
    return InForce(settings, file, origins)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read ({error.strerror}); name another file with --config"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is no valid TOML: {error}") from error


def _loaded(path: Path, values: Mapping[str, Any]) -> Settings:
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{path}: {_sentence(error.errors()[0])}") from error
    _check_names(path, settings.source)
    return _anchored(settings, path.resolve().parent)


def _overridden(settings: Settings, override: environment.Override) -> Settings:
    """Let the environment have its say on one key."""
    values = settings.model_dump()
    table = values
    for key in override.keys[:-1]:
        table = table[key]
    table[override.keys[-1]] = override.value
    try:
        return _anchored(Settings.model_validate(values), Path.cwd())
    except ValidationError as error:
        raise SettingsError(f"{override.variable}: {_sentence(error.errors()[0])}") from error


def _keys_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Name all keys, those of each source and outlet by its name."""
    names = {".".join(keys): keys for keys in environment.variables(Settings).values()}
    sources = {
        f"source.{table.name}.{key}": ("source", table.name, key)
        for table in settings.source
        for key in SourceTable.model_fields
    }
    outlets = {
        f"outlet.{name}.{key}": ("outlet", name, key)
        for name in settings.outlet
        for key in OutletTable.model_fields
    }
    return {**names, **sources, **outlets}


def _origin(keys: tuple[str, ...], told: Mapping[str, Any], file: Path | None) -> str:
    tables = {
        **told,
        **({"source": {each["name"]: each for each in told["source"]}} if "source" in told else {}),
    }
    found: Any = tables
    for key in keys:
        if key not in found:
            return DEFAULT
        found = found[key]
    return str(file)


def _sentence(error: Any) -> str:
    """Say in one sentence what pydantic found."""
    where = [str(part) for part in error["loc"] if not isinstance(part, int)]
    place = " of [[source]] number" if where[0] == "source" else " number"
    number = next((f"{place} {part + 1}" for part in error["loc"] if isinstance(part, int)), "")
    table = f"[{'.'.join(where[:-1])}]" if where[:-1] else "the top level"
    if error["type"] == "extra_forbidden":
        if where[0] == "outlet" and isinstance(error["input"], dict):
            name = f"{'.'.join(where[1:])}{_only_names(error['input'])}"
            return f'[outlet.{name}] is no name of an outlet; put it in quotes: [outlet."{name}"]'
        known = _keys(where[:-1])
        close = difflib.get_close_matches(where[-1], known, 1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
        return f"unknown key {where[-1]!r} in {table}{number}; {hint}"
    return f"{'.'.join(where)!r}{number} is wrong: {error['msg'].removeprefix('Value error, ')}"


def _only_names(table: Mapping[str, Any]) -> str:
    """Return what else of the name TOML has taken for tables: `.uk` of `[outlet.example.co.uk]`."""
    name, rest = next(iter(table.items()), ("", None))
    return f".{name}{_only_names(rest)}" if isinstance(rest, dict) else ""


def _keys(where: list[str]) -> list[str]:
    if not where:
        return list(Settings.model_fields)
    several = {"source": SourceTable, "outlet": OutletTable}
    table: Any = several.get(where[0]) or Settings.model_fields[where[0]].annotation
    is_table = isinstance(table, type) and issubclass(table, BaseModel)
    return list(table.model_fields) if is_table else []


def _check_names(path: Path, sources: list[SourceTable]) -> None:
    names = [table.name for table in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SettingsError(f"{path}: two sources are called {twice!r}; give each a name of its own")


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Return the settings with their paths taken from a folder."""
    return settings.model_copy(
        update={
            "warehouse": str(folder / settings.warehouse),
            "source": [
                table.model_copy(update={"inputs": [_below(folder, one) for one in table.inputs]})
                for table in settings.source
            ],
            "rules": _with_packs(settings.rules, folder),
            "outlet": {name: _with_packs(table, folder) for name, table in settings.outlet.items()},
        }
    )


def _with_packs(table: PacksTable, folder: Path) -> PacksTable:
    return table.model_copy(update={"packs": [str(folder / pack) for pack in table.packs]})


def _below(folder: Path, pattern: str) -> str:
    """Take an input from a folder, whose own name is no pattern."""
    return pattern if Path(pattern).is_absolute() else str(Path(glob.escape(str(folder))) / pattern)
