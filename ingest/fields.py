"""The fields of a record: their names and types, and the values dates, addresses and names stand for.

A field of the wrong type spoils its record. A string that cannot be read as a date, an address or a
language is null; no function here raises on what a record holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from courlan import clean_url

FIELDS: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "html": (str, bytes),
    "id": (str, int),
    "url": (str,),
    "title": (str,),
    "authors": (str, list),
    "published_at": (str, int, float),
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
    dict: "an object",
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = 10**11  # seconds since the epoch reach it in the year 5138, milliseconds did in 1973
_NUMERAL = re.compile(r"-?\d{9,13}(\.\d+)?")
_BY = re.compile(r"by[:\s]\s*", re.IGNORECASE)
_SURE_SEPARATORS = re.compile(r"\s*;\s*|\s+and\s+|\s+&\s+")
_NAME_SUFFIX = re.compile(r"(?:jr|sr|ph\.?d|m\.?d|esq|ii|iii|iv)\.?", re.IGNORECASE)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{1,8})*)")


def names(renamed: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Tell under which names a source has each field.

    Args:
        renamed: pairs of our name (`source_id` may stand for `id`) and theirs.

    Returns:
        For each of FIELDS the names to look under, the first that is not null counting.
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
    taken = {}
    for ours, theirs in looked_under.items():
        name = next((name for name in theirs if record.get(name) is not None), None)
        if name is None:
            continue
        value = record[name]
        if not _fits(ours, value):
            return f"field `{name}` holds {_kind(value)}, not {_expected(ours)}"
        taken[ours] = value.replace("\0", "") if isinstance(value, str) else value
    return taken


def published_at(value: str | float | None) -> datetime | None:
    """Read a date of publication.

    Args:
        value: ISO 8601 or RFC 2822 as a string, or seconds or milliseconds since 1970 as a number or a
            string of digits. A date alone means midnight; without an offset, UTC.

    Returns:
        The moment in UTC, to the microsecond; None where the value is no date between the years 1 and 9999.
    """
    if value is None or isinstance(value, bool):
        return None
    try:
        moment = _from_string(value.strip()) if isinstance(value, str) else _from_number(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def canonical_url(url: str | None) -> str | None:
    """Bring an address into one form: no fragment, no tracking parameters, host in lower case.

    Args:
        url: an address as given.

    Returns:
        The address as courlan normalises it; None where it is none of the web's.
    """
    if not url:
        return None
    try:
        cleaned = clean_url(url.partition("#")[0])
        if not cleaned or urlsplit(cleaned).scheme not in ("http", "https") or not urlsplit(cleaned).hostname:
            return None
        cleaned.encode()
    except ValueError:
        return None
    return cleaned.rstrip("/") if cleaned.count("/") == 3 else cleaned


def outlet(given: str | None, *, default: str | None, url: str | None) -> str | None:
    """Name who published an article.

    Args:
        given: what the record says.
        default: what its source says.
        url: the article's canonical address.

    Returns:
        The first there is of: the given name, the default, the address's host without `www.`.
    """
    if given and given.strip():
        return given.strip()
    if default:
        return default
    return (urlsplit(url).hostname or "").removeprefix("www.") or None if url else None


def authors(value: str | Sequence[str | None] | None) -> list[str] | None:
    """List the authors.

    Args:
        value: names, or one string that holds one name or several. It is split at semicolons, `and` and
            `&`; at commas only where each piece has two words or more, so that `Doe, Jane` stays whole.

    Returns:
        The names in their order without a leading `By`, each once; None where there is none.
    """
    pieces = _split_names(value) if isinstance(value, str) else [name for name in value or () if name]
    tidy = [" ".join(_without_by(piece).split()) for piece in pieces]
    return list(dict.fromkeys(name.replace("\0", "") for name in tidy if name)) or None


def language(value: str | None) -> str | None:
    """Read a language tag.

    Args:
        value: a tag such as `en`, `en-GB` or `EN_us`.

    Returns:
        The tag with hyphens, its first part in lower case; None where the value is no tag.
    """
    found = _LANGUAGE.fullmatch(value.strip()) if value else None
    return found[1].lower() + found[2].replace("_", "-") if found else None


def _fits(ours: str, value: object) -> bool:
    if isinstance(value, list):
        return list in FIELDS[ours] and all(item is None or isinstance(item, str) for item in value)
    return type(value) in FIELDS[ours]  # exactly: a bool is an int to isinstance


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else _KINDS[type(value)]


def _expected(ours: str) -> str:
    return " or ".join(dict.fromkeys(_KINDS[kind] for kind in FIELDS[ours] if kind in _KINDS))


def _from_string(value: str) -> datetime:
    if _NUMERAL.fullmatch(value):
        return _from_number(float(value))
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return parsedate_to_datetime(value)


def _from_number(value: float) -> datetime:
    seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
    return _EPOCH + timedelta(seconds=seconds)


def _without_by(name: str) -> str:
    return _BY.sub("", name.strip(), count=1) if _BY.match(name.strip()) else name.strip()


def _split_names(string: str) -> list[str]:
    """Split where it is safe; a comma also parts a surname from a given name, or a name from a title."""
    pieces = [piece for piece in _SURE_SEPARATORS.split(_without_by(string)) if piece]
    return [name for piece in pieces for name in _split_commas(piece)]


def _split_commas(piece: str) -> list[str]:
    parts = [part.strip() for part in piece.split(",") if part.strip()]
    safe = all(len(part.split()) >= 2 and not _NAME_SUFFIX.fullmatch(part) for part in parts)
    return parts if safe else [piece]
