"""Authors: names out of lists, objects and bylines. What may be a name stays one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_BY = re.compile(
    r"(?:(?:written |reported |story )?by(?:\s*:\s*|\s+)|por(?:\s*:\s*|\s+)"
    r"|(?:authors?|auteure?|autore?|autora|text|texte|texto|testo|tekst|von|di|door|par)\s*:\s*)",
    re.IGNORECASE,
)
_BY_LANGUAGE = {  # in other languages these begin names: Von Miller, Par Lagerkvist
    "de": re.compile(r"von\s+(?!(?:und|zu|der|den|dem)\s)", re.IGNORECASE),
    "fr": re.compile(r"par\s+", re.IGNORECASE),
    "nl": re.compile(r"door\s+", re.IGNORECASE),
    "sv": re.compile(r"av\s+", re.IGNORECASE),
    "no": re.compile(r"av\s+", re.IGNORECASE),
    "da": re.compile(r"af\s+", re.IGNORECASE),
}
_SEPARATORS = re.compile(
    r"\s*[;|·•\n\t]\s*|\s+and\s+|\s+&\s+|\s+et\s+(?!al\b)|(?<!\bvon)\s+und\s+", re.IGNORECASE
)
_NAME_SUFFIX = re.compile(r"(?:jr|sr|ph\.?d|m\.?d|esq|ii|iii|iv)\.?", re.IGNORECASE)
_MAIL = r"[^\s<>()@]+@[^\s<>()@]{1,253}\.[^\s<>()@]+"  # 253: no host is longer, and time stays in bounds
_NAMED_MAIL = (
    re.compile(rf"{_MAIL}\s*\((?P<name>[^()]+)\)"),  # as RSS asks for
    re.compile(rf"\"?(?P<name>[^\"<>]+?)\"?\s*<{_MAIL}>"),
)
_ADDRESS = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_BLANKS = re.compile(r"\s{2,}")
_PARTING = ("\n", "\t")
_DEPTH = 4  # of objects and lists within one another


def authors(value: object, language: str | None = None) -> list[str] | None:
    """List the authors.

    Args:
        value: a string, an object with a `name`, or a list of these. A single string may hold several
            names: it is split at semicolons, bars, line breaks, `and`, `&`, `et` and `und`; at commas only
            where each piece has two words or more, so that `Doe, Jane` stays whole.
        language: the tag of the record's language, if it says so: `Von` begins bylines in German, and names
            elsewhere.

    Returns:
        The names in their order, without a leading `By` and without mail addresses behind them, each once;
        web addresses are left out. None where there is none.
    """
    before = _BY_LANGUAGE.get((language or "").partition("-")[0])
    strings = _split(_bare(value, before)) if isinstance(value, str) else list(_strings(value, _DEPTH))
    tidy = [" ".join(_bare(string, before).split()) for string in strings]
    return list(dict.fromkeys(name for name in tidy if name and not _ADDRESS.fullmatch(name))) or None


def _strings(value: object, depth: int) -> Iterator[str]:
    """Yield the names in lists and in objects as JSON feeds and JSON-LD have them."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, Mapping):
        yield from _strings(value.get("name"), depth - 1)
    elif depth and isinstance(value, Iterable):
        for item in value:
            yield from _strings(item, depth - 1)


def _bare(name: str, before: re.Pattern[str] | None) -> str:
    name = _BLANKS.sub(_blank, name.replace("\0", "")).strip()
    for pattern in (_BY, before):
        found = pattern.match(name) if pattern else None
        name = name[found.end() :] if found else name
    for pattern in _NAMED_MAIL:
        found = pattern.fullmatch(name)
        name = found["name"] if found else name
    return name


def _blank(run: re.Match[str]) -> str:
    """Return one sign for a run of white space, or patterns would take the square of its length in time."""
    return "\n" if any(sign in run[0] for sign in _PARTING) else " "


def _split(string: str) -> list[str]:
    """Split where it is safe; a comma also parts a surname from a given name, or a name from a title."""
    return [name for piece in _SEPARATORS.split(string) if piece for name in _split_commas(piece)]


def _split_commas(piece: str) -> list[str]:
    parts = [part.strip() for part in piece.split(",") if part.strip()]
    safe = all(len(part.split()) >= 2 and not _NAME_SUFFIX.fullmatch(part) for part in parts)
    return parts if safe else [piece]
