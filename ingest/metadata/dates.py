"""Dates of publication: a moment in UTC, or nothing where it takes a guess.

Notations are tables of ours, not a library's: dateutil and dateparser fill in what is missing, take the day
of the month for the month where it suits, and read a zone they do not know as none.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingest.metadata import written

FIRST_YEAR = 1600  # the first newspapers; years of other calendars are below, but for Nepal's
LAST_YEAR = 2069  # Nepal's has been beyond since 2013, the Buddhist one for centuries

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_NUMBER = 10**8  # seconds in 1973; less is as often a year, a count or a zero that stands for nothing
_MILLISECONDS = 10**11  # seconds reach it in the year 5138, milliseconds did in 1973
_MICROSECONDS = 10**14
_NANOSECONDS = 10**17

_ISO = (
    re.compile(  # what datetime.fromisoformat reads; it also takes any sign for the T, even one of an offset
        r"(?:\d{4}-\d\d-\d\d|\d{8}|\d{4}-?W\d\d-?\d)(?:[Tt _]\d\d.*)?", re.ASCII
    )
)
_NUMBER = re.compile(r"-?\d{8,19}(?:\.\d+)?", re.ASCII)
_DOT_NET = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/", re.ASCII)
_DIGITS = ((8, "%Y%m%d"), (12, "%Y%m%d%H%M"), (14, "%Y%m%d%H%M%S"))

_XSD = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)", re.ASCII)  # a date with an offset
_ZONE_NAME = re.compile(r"(?<=[Z\d])\[[\w/+-]+\]$")  # what Java puts behind an offset


def read(value: object, zone: str | None = None) -> datetime | None:
    """Read a date of publication.

    Args:
        value: a string in one of the notations of docs/add-a-source.md; seconds, milli-, micro- or
            nanoseconds since 1970 as a number or a string of digits; a date or datetime.
        zone: name of the IANA time zone that holds where the value gives none; UTC where it is None.

    Returns:
        The moment in UTC, to the microsecond; a date alone means its midnight. None where the value is no
        date, could mean two, or lies before FIRST_YEAR or after LAST_YEAR.
    """
    if value is None or isinstance(value, bool):
        return None
    try:
        moment = _moment(value, zone)
        found = None if moment is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None
    return found if found and FIRST_YEAR <= found.year <= LAST_YEAR else None


def _moment(value: object, zone: str | None) -> datetime | None:
    if isinstance(value, str):
        return _from_string(value.strip(), zone)
    if isinstance(value, int | float):
        return _from_number(value, zone)
    if isinstance(value, datetime):
        return _placed(value, zone)
    return _placed(datetime.combine(value, time()), zone) if isinstance(value, date) else None


def _placed(moment: datetime, zone: str | None) -> datetime:
    if moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=ZoneInfo(zone) if zone else UTC)


def _from_string(value: str, zone: str | None) -> datetime | None:
    if _NUMBER.fullmatch(value):
        return _from_number(float(value) if "." in value else int(value), zone)
    if _ISO.fullmatch(value):
        try:
            return _placed(datetime.fromisoformat(value), zone)
        except ValueError:
            pass  # such as 2024-03-03 5:14 PM
    return _from_rarer_notation(value, zone)


def _from_rarer_notation(value: str, zone: str | None) -> datetime | None:
    counted, dated = _DOT_NET.fullmatch(value), _XSD.fullmatch(value)
    if counted:
        return _EPOCH + timedelta(milliseconds=int(counted[1]))
    if dated:
        return datetime.fromisoformat(f"{dated[1]}T00:00{dated[2]}")
    if _ZONE_NAME.search(value):
        return _from_string(_ZONE_NAME.sub("", value), zone)
    said = written.read(value, zone)
    return None if said is None else _placed(said, zone)


def _from_number(value: float, zone: str | None) -> datetime | None:
    dated = _from_digits(int(value), zone) if value == int(value) else None
    size = abs(value)
    if size < _LEAST_NUMBER:
        return dated
    for least, unit in ((_NANOSECONDS, 10**9), (_MICROSECONDS, 10**6), (_MILLISECONDS, 10**3), (0, 1)):
        if size >= least:
            seconds, rest = divmod(value, unit)
            counted = _EPOCH + timedelta(seconds=seconds, microseconds=round(rest * 10**6 / unit))
            break
    sensible = FIRST_YEAR <= counted.year <= LAST_YEAR
    return None if dated and sensible else dated or counted  # 202403030514 is also a moment of 1976


def _from_digits(value: int, zone: str | None) -> datetime | None:
    digits = str(value)
    form = dict(_DIGITS).get(len(digits))
    if form is None or not FIRST_YEAR <= int(digits[:4]) <= LAST_YEAR:
        return None
    try:
        return _placed(datetime.strptime(digits, form), zone)  # noqa: DTZ007 - the zone is put in here
    except ValueError:
        return None
