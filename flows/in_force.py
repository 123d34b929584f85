"""The settings in force, as people and machines read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flows.configuration import InForce

_WIDTH = 40  # where the column of origins begins, unless a line is longer


def as_toml(found: InForce) -> str:
    """Write the settings as a configuration file, each value with a comment that says where it came from.

    Args:
        found: the settings in force.

    Returns:
        TOML that stands for the same settings, whatever folder it lies in; keys without a value are comments.
    """
    values = found.settings.model_dump()
    outlets = values.pop("outlet")
    tables = {name: table for name, table in values.items() if isinstance(table, Mapping)}
    top = {name: value for name, value in values.items() if name not in tables and name != "source"}
    lines = [f"# {found.file or 'no configuration file'}", *_lines(top, "", found.origins)]
    for source in values["source"]:
        lines += ["", "[[source]]", *_lines(source, f"source.{source['name']}.", found.origins)]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *_lines(table, f"{name}.", found.origins)]
    for name, table in outlets.items():
        lines += ["", f"[outlet.{_value(name)}]", *_lines(table, f"outlet.{name}.", found.origins)]
    return "\n".join(lines)


def as_json(found: InForce) -> dict[str, Any]:
    """Return the settings for machines.

    Args:
        found: the settings in force.

    Returns:
        `file` (its path, or null), `settings` (tables of keys), `origins` (key → where it came from).
    """
    return {
        "file": str(found.file.absolute()) if found.file else None,
        "settings": found.settings.model_dump(mode="json"),
        "origins": dict(found.origins),
    }


def _lines(values: Mapping[str, Any], before: str, origins: Mapping[str, str]) -> Iterator[str]:
    for key, value in values.items():
        told = f"# {key}: none" if value is None else f"{key} = {_value(value)}"
        yield f"{told:<{_WIDTH}} # {origins[before + key]}"


def _value(value: Any) -> str:
    """Write a value; TOML has the strings, numbers and arrays of JSON, but for one control character."""
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_value(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
