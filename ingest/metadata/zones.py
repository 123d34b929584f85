"""Abbreviations of time zones, as far as they mean one."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_HOURS = """
    utc 0 ut 0 gmt 0 z 0 wet 0 west 1 cet 1 cest 2 mez 1 mesz 2 eet 2 eest 3 msk 3 wat 1 cat 2 sast
    2 eat 3 pkt 5 npt 5.75 wib 7 wita 8 wit 9 hkt 8 sgt 8 myt 8 pht 8 jst 9 kst 9 awst 8 acst 9.5
    acdt 10.5 aest 10 aedt 11 nzst 12 nzdt 13 brt -3 nst -3.5 ndt -2.5 adt -3 est -5 edt -4 cdt -5
    mst -7 mdt -6 pst -8 pdt -7 akst -9 akdt -8 hst -10
"""  # east of Greenwich
_OFFSETS = dict(zip(_HOURS.split()[::2], map(float, _HOURS.split()[1::2]), strict=True))
_OF_THE_STANDARD = {"cst": -6.0, "ast": -4.0}  # in RFC 822 they are America's
_PLACES = {  # their offset depends on the date; British Summer Time is none in winter
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
    "bst": "Europe/London",
}
_SUMMER_ONLY = frozenset({"bst"})
_SEVERAL = frozenset({"ist", "cst", "ast", "gst", "sst", "ect", "amt", "bdt", "wst", "pyt", "clt"})


def is_abbreviation(word: str) -> bool:
    """Tell whether a word behind a time of day names a zone, even if one of several.

    Args:
        word: in lower case.
    """
    return word in _OFFSETS or word in _PLACES or word in _SEVERAL


def place(moment: datetime, abbreviation: str, *, own: str | None, by_standard: bool) -> datetime | None:
    """Put a local time into the zone that an abbreviation means.

    Args:
        moment: local time, without a zone.
        abbreviation: in lower case.
        own: name of the source's IANA zone, if any: an abbreviation that holds there means it.
        by_standard: the date is in the notation of RFC 822, which says what its abbreviations mean.

    Returns:
        The moment in its zone; None where the abbreviation means several.
    """
    if own is not None and _is_called(moment.replace(tzinfo=ZoneInfo(own)), abbreviation):
        return moment.replace(tzinfo=ZoneInfo(own))
    hours = _OFFSETS.get(abbreviation)
    if hours is None and by_standard:
        hours = _OF_THE_STANDARD.get(abbreviation)
    if hours is not None:
        return moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    if abbreviation not in _PLACES:
        return None
    placed = moment.replace(tzinfo=ZoneInfo(_PLACES[abbreviation]))
    return placed if abbreviation not in _SUMMER_ONLY or _is_called(placed, abbreviation) else None


def _is_called(moment: datetime, abbreviation: str) -> bool:
    return (moment.tzname() or "").lower() == abbreviation
