"""The fields of a record: their names and types.

A field of the wrong type spoils its record. What its value stands for is read by `dates`, `addresses`,
`bylines` and `languages`: null where it stands for nothing, and never an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

FIELDS: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "html": (str, bytes),
    "id": (str, int),
    "url": (str,),
    "title": (str,),
    "authors": (str, list, dict),
    "published_at": (str, int, float, datetime, date),
    "language": (str,),
    "outlet": (str,),
}
"""Names of the fields that are read, and the types each may have; null may stand for any."""

INFORMATION = frozenset({"source"})
"""Fields that records may have, but that nothing is taken from: the column `source` names our Source."""

_ALIASES = {"authors": ("authors", "author"), "published_at": ("published_at", "date")}
_KINDS = {  # what JSON values are called
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list of strings",
    datetime: "a date",
    date: "a date",
    dict: "an object",
}


def names(renamed: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Tell under which names a source has each field.

    Args:
        renamed: pairs of our name (`source_id` may stand for `id`) and theirs.

    Returns:
        For each of FIELDS the names to look under, the first that is not null counting. A name with full
        stops is also a way into objects: `content.body` is `body` of the object `content`.
    """
    theirs = {"id" if ours == "source_id" else ours: (name,) for ours, name in renamed}
    return {ours: theirs.get(ours, _ALIASES.get(ours, (ours,))) for ours in FIELDS}


def values(record: Mapping[str, Any], looked_under: Mapping[str, tuple[str, ...]]) -> dict[str, Any] | str:
    """Take the fields that are read out of a record.

    Args:
        record: any fields.
        looked_under: the names of each of FIELDS, as from `names`.

    Returns:
        Values by our names, nulls left out, NUL characters dropped from strings; or, where a field has the
        wrong type, a sentence that says so.
    """
    taken: dict[str, Any] = {}
    for ours, theirs in looked_under.items():
        for name in theirs:
            value = record.get(name)
            if value is None:
                value = _within(record, name) if "." in name else None
            if value is None:
                continue
            if type(value) is str:  # which any field may be
                value = value.replace("\0", "")
            elif not _fits(ours, value):
                return f"field `{name}` holds {_kind(value)}, not {_expected(ours)}"
            taken[ours] = value
            break
    return taken


def asked(looked_under: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the names at the top of a record that something is taken from, or that are known.

    Args:
        looked_under: the names of each of FIELDS, as from `names`.
    """
    names = [name for theirs in looked_under.values() for name in theirs]
    return INFORMATION.union(names, (name.partition(".")[0] for name in names))


def _within(record: Mapping[str, Any], name: str) -> Any:
    """Return what a record holds at the end of a way into objects; None for nothing."""
    first, _, rest = name.partition(".")
    inner = record.get(first)
    if not isinstance(inner, Mapping):
        return None
    value = inner.get(rest)
    return _within(inner, rest) if value is None and "." in rest else value


def _fits(ours: str, value: object) -> bool:
    if isinstance(value, list):
        return list in FIELDS[ours] and all(item is None or isinstance(item, str | dict) for item in value)
    return type(value) in FIELDS[ours]  # exactly: a bool is an int to isinstance


def _kind(value: object) -> str:
    if isinstance(value, bytes):
        return "bytes that are no UTF-8"
    return "a list" if isinstance(value, list) else _KINDS.get(type(value), f"a {type(value).__name__}")


def _expected(ours: str) -> str:
    return " or ".join(dict.fromkeys(_KINDS[kind] for kind in FIELDS[ours] if kind in _KINDS))
