"""Settings from environment variables: one for every key that is no list of tables."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

PREFIX = "COPYDESK_"
CONFIG = "COPYDESK_CONFIG"
"""Names the configuration file, as `--config` does."""

_CLOSE = 0.85  # a variable that is so like one of ours is a slip of the pen; any other may be anybody's


class Override(NamedTuple):
    """What a variable says of a key."""

    variable: str
    keys: tuple[str, ...]  # the table and the key in it, or a key of the top level alone
    value: Any


class UnknownVariable(Exception):
    """A variable of our prefix names no key; the message is one sentence."""


def variables(model: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """Name the variable of each key.

    Args:
        model: the settings; what they hold of tables is one level deep.

    Returns:
        Variable → table and key, or a key of the top level alone.
    """
    return {PREFIX + "_".join(keys).upper(): keys for keys in _leaves(model)}


def overrides(model: type[BaseModel], environ: Mapping[str, str]) -> list[Override]:
    """Read what the environment says.

    A value is written as in TOML, strings without their quotes; an empty one says nothing.

    Args:
        model: the settings.
        environ: the environment.

    Raises:
        UnknownVariable: a variable names a table of the settings, but no key there; or is like one of ours.
    """
    known = variables(model)
    for name in environ:
        if name not in known and name != CONFIG:
            _refuse_slips(name, model, [*known, CONFIG])
    return [
        Override(name, keys, _value(environ[name], model, keys))
        for name, keys in known.items()
        if environ.get(name)
    ]


def _leaves(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from ((name, key) for key in field.annotation.model_fields)
        elif not _holds_tables(field.annotation):
            yield (name,)


def _holds_tables(annotation: Any) -> bool:
    return any(isinstance(each, type) and issubclass(each, BaseModel) for each in get_args(annotation))


def _refuse_slips(name: str, model: type[BaseModel], known: list[str]) -> None:
    tables = [f"{PREFIX}{table.upper()}_" for table in model.model_fields]
    close = difflib.get_close_matches(name, known, 1, _CLOSE) if name.startswith(PREFIX) else []
    if close:
        raise UnknownVariable(f"{name}: there is no such variable; did you mean {close[0]}?")
    table = next((each for each in tables if name.startswith(each)), None)
    if table is not None:
        there = [each for each in known if each.startswith(table)]
        says = f"known are {', '.join(there)}" if there else "such keys stand in the file alone"
        raise UnknownVariable(f"{name}: there is no such variable; {says}")


def _value(text: str, model: type[BaseModel], keys: tuple[str, ...]) -> Any:
    """Read a value as TOML, unless the key takes it as it stands or it is none."""
    if _is_text(_annotation(model, keys)):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text  # which the settings refuse, in their own words


def _annotation(model: type[BaseModel], keys: tuple[str, ...]) -> Any:
    annotation: Any = model
    for key in keys:
        annotation = annotation.model_fields[key].annotation
    return annotation


def _is_text(annotation: Any) -> bool:
    """Tell whether a key holds a string: any, one of some, or none at all."""
    choices = get_args(annotation) if get_origin(annotation) in (Literal, Union, UnionType) else (annotation,)
    return all(each in (str, type(None)) or isinstance(each, str) for each in choices)
