"""Dates as people and programs write them: `March 3, 2024 5:14 PM ET`, `3 mars 2024 à 17h14`.

A string is taken apart into clock, zone and date; every word of it must be understood, else it is no date.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple

from ingest.metadata import zones
from ingest.metadata.calendar_words import is_weekday, month_of

LONGEST = 120  # characters; longer strings are prose

_COMMENT = re.compile(r"\([^()\d]*\)")  # a weekday, or what JavaScript calls the zone
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|º|ª|°)\b|(?<=\b1)o\b")
_EAST_ASIAN_DATE = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_EAST_ASIAN_CLOCK = re.compile(r"(\d{1,2})\s*[時时시]\s*(\d{1,2})\s*[分분]")
_CLOCK = re.compile(
    r"""(?<![\d:.,/+−-]) (?:
        (?P<hour>\d\d?) (?: [:h] | \ ?uhr\  ) (?P<minute>\d\d)
            (?: :(?P<second>\d\d) (?: [.,](?P<fraction>\d{1,9}) )? )?
        | (?P<full>\d\d?) (?= \s? (?: [ap]\.?\s?m\b | uhr\b | h\b ) )
    ) (?![\d:]) (?: \s?(?P<half>[ap])\.?\s?m\b\.? | \s?(?:uhr|hrs|h)\b )?""",
    re.VERBOSE,
)
_OFFSET = re.compile(
    r"\s*(?:(?:utc|gmt)\s?(?P<short>[+\-−]\d{1,2})(?::?(?P<past>[0-5]\d))?"
    r"|(?P<hours>[+\-−]\d\d)(?::?(?P<minutes>[0-5]\d))?)(?=\s|$)"
)
_ABBREVIATION = re.compile(r"[\s,]*([a-z]{1,5})\b")
_SEPARATED = re.compile(r"(?<!\d)(\d{1,4})(?:(?P<sep>[./-])\s?)(\d{1,2})(?P=sep)\s?(\d{1,4})(?!\d)\.?")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_ELSE = re.compile(r"[\s,.|·•–—@:'’/-]*")

_RFC = re.compile(
    r"[a-z]{3,9}, ?\d{1,2}[ -][a-z]{3}[ -](\d\d|\d{4}) \d\d:\d\d(?::\d\d)? [a-z]{1,4}", re.ASCII
)
_CENTURY = 69  # RFC 850 and 822 have two digits of the year; from here on they are of the 20th century

_FILLER_WORDS = """
    at on um am à a le el il den the of de del di do da d kl klo o alle las les ore às г р published
    posted
"""
_FILLERS = frozenset(_FILLER_WORDS.split())


class _Clock(NamedTuple):
    time: time
    zone: tzinfo | str | None  # as the string has it: an offset, an abbreviation, or nothing
    rest: str


def read(value: str, zone: str | None) -> datetime | None:
    """Read a date that is written in words or with signs between its parts.

    Args:
        value: the string.
        zone: name of the IANA time zone that holds where the string gives none, if any.

    Returns:
        The moment, without a zone where the string gives none; None where not all of it is understood or
        it could mean two dates.

    Raises:
        ValueError: there is no such day or time.
    """
    if len(value) > LONGEST:
        return None
    text = unicodedata.normalize("NFKC", value.casefold()).strip()
    by_standard = _RFC.fullmatch(text)
    if by_standard and len(by_standard[1]) == 2:
        century = "19" if int(by_standard[1]) >= _CENTURY else "20"
        text = f"{text[: by_standard.start(1)]}{century}{text[by_standard.start(1) :]}"
    text = _EAST_ASIAN_CLOCK.sub(r" \1:\2 ", _EAST_ASIAN_DATE.sub(r" \1-\2-\3 ", _COMMENT.sub(" ", text)))
    clock = _clock(_ORDINAL.sub("", text))
    day = _day(clock.rest) if clock else None
    if clock is None or day is None:
        return None
    moment = datetime.combine(day, clock.time)
    if clock.zone is None:
        return moment
    if isinstance(clock.zone, tzinfo):
        return moment.replace(tzinfo=clock.zone)
    return zones.place(moment, clock.zone, own=zone, by_standard=bool(by_standard))


def _clock(text: str) -> _Clock | None:
    """Take time of day and zone out of a text; midnight where there is no clock, None where there are two."""
    found = list(_CLOCK.finditer(text))
    if not found:
        return _Clock(time(), None, text)
    if len(found) > 1:
        return None
    clock, behind = found[0], text[found[0].end() :]
    zone, behind = _zone(behind)
    hour = _hour(int(clock["hour"] or clock["full"]), clock["half"])
    fraction = (clock["fraction"] or "").ljust(6, "0")[:6]
    moment = time(hour, int(clock["minute"] or 0), int(clock["second"] or 0), int(fraction))
    return _Clock(moment, zone, f"{text[: clock.start()]} {behind}")


def _hour(hour: int, half: str | None) -> int:
    if half == "a" and hour > 12:
        raise ValueError(f"{hour} is no hour of a morning")
    if half is None or hour > 12:  # 17:14 PM is what programs write that put it behind any time
        return hour
    return hour % 12 + (12 if half == "p" else 0)


def _zone(behind: str) -> tuple[tzinfo | str | None, str]:
    offset = _OFFSET.match(behind)
    if offset:
        hours = (offset["short"] or offset["hours"]).replace("−", "-")
        minutes = int(offset["past"] or offset["minutes"] or 0)
        size = timedelta(hours=abs(int(hours)), minutes=minutes)
        return timezone(-size if hours[0] == "-" else size), behind[offset.end() :]
    word = _ABBREVIATION.match(behind)
    if word and zones.is_abbreviation(word[1]):
        return word[1], behind[word.end() :]
    return None, behind


def _day(text: str) -> datetime | None:
    """Return the only date that a text is, at midnight."""
    separated = _SEPARATED.search(text)
    if separated:
        rest = f"{text[: separated.start()]} {text[separated.end() :]}"
        numbers = [separated[1], separated[3], separated[4]]
        return _numeric(numbers, separated["sep"]) if _words(rest) == [] else None
    words = _words(text)
    return _named(words) if words else None


def _words(text: str) -> list[str] | None:
    """Return the words that may be a date's, without weekdays; None where something else is there."""
    if not _ELSE.fullmatch(_WORD.sub("", text)):
        return None
    words = [word for word in _WORD.findall(text) if word not in _FILLERS]
    months = sum(month_of(word) is not None for word in words)
    kept = []
    for word in words:
        spare = month_of(word) is None or months > 1  # `mar` is a month, but a weekday in `mar. 5 mars`
        if not word.isdecimal() and spare and is_weekday(word):
            months -= month_of(word) is not None
        else:
            kept.append(word)
    return kept


def _named(words: Sequence[str]) -> datetime | None:
    """Read a day, a month's name and a year with four digits."""
    names = [month for word in words if (month := month_of(word)) is not None]
    numbers = [word for word in words if word.isdecimal()]
    if len(words) != 3:
        return None
    if len(names) == 1 and len(numbers) == 2:
        year = next((number for number in numbers if len(number) == 4), None)
        day = next((number for number in numbers if len(number) <= 2), None)
        return datetime(int(year), names[0], int(day)) if year and day else None  # noqa: DTZ001 - the zone comes later
    if len(numbers) == 3 and len(numbers[0]) == 4:
        return _numeric(numbers, " ")
    return None


def _numeric(numbers: Sequence[str], separator: str) -> datetime | None:
    """Read three numbers, where no other order of day and month is possible.

    With full stops the day comes first wherever they are in use; with slashes and hyphens that depends.
    """
    first, second, last = (int(number) for number in numbers)
    if len(numbers[0]) == 4 and len(numbers[2]) <= 2:
        return datetime(first, second, last)  # noqa: DTZ001 - the zone comes later
    if len(numbers[2]) != 4 or len(numbers[0]) > 2:
        return None
    if separator == "." or first > 12 or first == second:
        return datetime(last, second, first)  # noqa: DTZ001 - see above
    return datetime(last, first, second) if second > 12 else None  # noqa: DTZ001 - see above
