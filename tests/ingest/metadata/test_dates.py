"""A date is read where it can mean one moment only, and is null where it takes a guess."""

from __future__ import annotations

import locale
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from ingest.metadata import dates
from ingest.metadata.calendar_words import LANGUAGES, month_of

moments = st.datetimes(datetime(1980, 1, 1), datetime(2069, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
days = st.dates(date(dates.FIRST_YEAR, 1, 2), date(dates.LAST_YEAR, 12, 30))
MARCH = datetime(2024, 3, 3, tzinfo=UTC)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return MARCH + timedelta(hours=hour, minutes=minute, seconds=second)


@given(moment=moments, offset=offsets)
def test_iso_and_mail_notations_are_read(moment: datetime, offset: timezone) -> None:
    whole = moment.replace(microsecond=0)
    there = moment.astimezone(offset)
    assert dates.read(there.isoformat()) == moment
    assert dates.read(moment.isoformat().replace("+00:00", "Z")) == moment
    assert dates.read(moment.replace(tzinfo=None).isoformat(" ")) == moment
    assert dates.read(there.strftime("%Y%m%dT%H%M%S.%f%z")) == moment
    assert dates.read(there.strftime("%Y-%m-%d %H:%M:%S %z")) == whole
    assert dates.read(there.strftime("%Y-%m-%dT%H:%M:%S%z[Europe/Paris]")) == whole
    assert dates.read(format_datetime(whole.astimezone(offset))) == whole
    assert dates.read(format_datetime(whole, usegmt=True)) == whole
    assert dates.read(moment) == dates.read(there) == dates.read(moment.replace(tzinfo=None)) == moment


@given(moment=moments, offset=offsets)
def test_notations_of_programs_are_read(moment: datetime, offset: timezone) -> None:
    """strftime is the oracle: asctime, Twitter, JavaScript, RFC 850, Apache."""
    assert locale.setlocale(locale.LC_TIME) == "C"
    whole, there = moment.replace(microsecond=0), moment.astimezone(offset)
    assert dates.read(whole.strftime("%a %b %e %H:%M:%S %Y")) == whole
    assert dates.read(whole.strftime("%a %b %e %H:%M:%S UTC %Y")) == whole
    assert dates.read(there.strftime("%a %b %d %H:%M:%S %z %Y")) == whole
    assert dates.read(there.strftime("%a %b %d %Y %H:%M:%S GMT%z (Somewhere Standard Time)")) == whole
    assert dates.read(whole.strftime("%B %d, %Y %I:%M:%S %p UTC")) == whole
    if moment.year < 2069:  # the standard's two digits mean 1969 to 2068
        assert dates.read(whole.strftime("%A, %d-%b-%y %H:%M:%S GMT")) == whole


@given(day=days)
def test_a_date_alone_is_its_midnight(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    year, week, weekday = day.isocalendar()
    for said in (
        day.isoformat(),
        day.strftime("%d.%m.") + f"{day.year:04}",
        f"{day.year:04}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year:04}{day.month:02}{day.day:02}",
        int(f"{day.year:04}{day.month:02}{day.day:02}"),
        f"{year:04}-W{week:02}-{weekday}",
        day.strftime("%A, %B %d, ") + f"{day.year:04}",
        day,
    ):
        assert dates.read(said) == midnight


@given(day=days, separator=st.sampled_from("/-"))
def test_day_and_month_are_told_apart_or_the_date_is_null(day: date, separator: str) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    sure = day.day > 12 or day.day == day.month
    for first, second in ((day.day, day.month), (day.month, day.day)):
        said = f"{first:02}{separator}{second:02}{separator}{day.year:04}"
        assert dates.read(said) == (midnight if sure else None)


@pytest.mark.parametrize("language", LANGUAGES)
@given(day=st.dates(date(1990, 1, 1), date(2030, 12, 31)))
def test_months_are_read_in_the_languages_of_cldr(language: str, day: date) -> None:
    """babel, which formats dates, is the oracle; a name that means two months may be null, never another."""
    for form in ("d MMMM y", "EEEE, d MMMM y", "d MMM y", "MMMM d, y", "y MMMM d"):
        found = dates.read(format_date(day, form, locale=language))
        assert found in (None, datetime(day.year, day.month, day.day, tzinfo=UTC))


@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "nl", "pt", "sv", "ru", "el", "tr", "cs"])
def test_full_dates_of_the_larger_languages_are_read(language: str) -> None:
    for month in range(1, 13):
        day = date(2024, month, 13)
        said = format_date(day, "long", locale=language)
        assert dates.read(said) == datetime(2024, month, 13, tzinfo=UTC), said


def test_a_name_of_two_months_is_none() -> None:
    assert month_of("listopad") is None  # October in Croatian, November in Czech
    assert month_of("prosinec") == 12


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("March 3, 2024 5:14 PM ET", at(22, 14)),
        ("July 3, 2024 5:14 PM ET", datetime(2024, 7, 3, 21, 14, tzinfo=UTC)),
        ("Mar. 3, 2024, 5:14 p.m. EST", at(22, 14)),
        ("Sunday 3rd March 2024 at 5:14pm", at(17, 14)),
        ("3 Mar 2024", at(0)),
        ("2024/03/03 05:14", at(5, 14)),
        ("03/Mar/2024", at(0)),
        ("12:30 AM March 3, 2024", at(0, 30)),
        ("12:30 PM March 3, 2024", at(12, 30)),
        ("17:14 GMT, 3 March 2024", at(17, 14)),
        ("5 PM, 3 March 2024", at(17)),
        ("Sun, 03 Mar 2024 05:14:00 PST", at(13, 14)),
        ("Sun, 03 Mar 2024 05:14:00 CST", at(11, 14)),  # RFC 822 says whose
        ("3 March 2024 05:14 CET", at(4, 14)),
        ("3 March 2024 05:14 AEDT", datetime(2024, 3, 2, 18, 14, tzinfo=UTC)),
        ("3 July 2024 05:14 BST", datetime(2024, 7, 3, 4, 14, tzinfo=UTC)),
        ("3 March 2024 05:14 UTC+5:30", datetime(2024, 3, 2, 23, 44, tzinfo=UTC)),
        ("3. März 2024, 17:14 Uhr", at(17, 14)),
        ("3 mars 2024 à 17h14", at(17, 14)),
        ("mar. 5 mars 2024", datetime(2024, 3, 5, tzinfo=UTC)),
        ("3 de março de 2024 às 17:14", at(17, 14)),
        ("2024年3月3日 17時14分", at(17, 14)),
        ("2024-03-03Z", at(0)),
        ("2024-03-03-05:00", at(5)),
        ("2024-03-03T05:14:00.1234567Z", at(5, 14) + timedelta(microseconds=123456)),
        ("/Date(1709442840000)/", at(5, 14)),
        ("20240303051400", at(5, 14)),
        (" 2024-03-03T05:14Z ", at(5, 14)),
    ],
)
def test_notations_of_newsrooms(value: str, expected: datetime) -> None:
    assert dates.read(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2 hours ago",
        "2024",
        "March 2024",
        "March 3",
        "03/04/2024",
        "3-4-2024",
        "03/04/24",
        "2026-13-01",
        "31 February 2024",
        "March 3, 2024 25:00",
        "17:14 AM March 3, 2024",
        "March 3, 2024 | Updated March 4, 2024",
        "Updated: March 3, 2024",
        "March 3, 2024, in the morning",
        "3 March 2024 05:14 IST",  # India, Israel or Ireland
        "3 March 2024 5:14 PM CST",  # Chicago or Shanghai
        "3 December 2024 05:14 BST",  # no summer time then
        "Sun, 03 Mar 2024 05:14:00 XYZ",
        "3 listopad 2024",
        "5 marzo 2024 marzo",
        "1599-12-31",
        "2070-01-01",
        "2567-03-03",  # Buddhist
        "1402/12/13",  # Persian
        "0000-01-01",
        "9999-12-31",
        "0001-01-01T00:00:00Z",
        "202403030514",  # also a moment of 1976, in milliseconds
        0,
        2024,
        86_400,
        1e300,
        float("nan"),
        float("inf"),
        True,
        [],
        {},
    ],
)
def test_what_is_no_date_or_takes_a_guess(value: object) -> None:
    assert dates.read(value) is None


@given(moment=moments)
def test_numbers_are_told_apart_by_their_size(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    seconds = int(whole.timestamp())
    for value in (seconds, float(seconds), seconds * 10**6, seconds * 10**9):
        assert dates.read(value) == dates.read(str(int(value))) == whole
    if not 1.89e11 < seconds * 1000 < 2.11e11:  # milliseconds of 1976 may be digits of a date
        assert dates.read(seconds * 1000) == dates.read(str(seconds * 1000)) == whole
    assert dates.read(seconds + 0.25) == whole + timedelta(seconds=0.25)


@given(value=st.none() | st.text() | st.integers() | st.floats() | st.booleans())
def test_no_date_is_null_and_never_an_exception(value: str | float | None) -> None:
    moment = dates.read(value, "Europe/Berlin")
    assert moment is None or moment.utcoffset() == timedelta(0)


PIECES = """
    2024 3 13 24 March mars May mar Tue 5:14 17h14 PM a.m. CET EST +0100 -05:00 GMT / . - , at T Z ago 年 (x)
    Date et
"""
pieces = st.sampled_from(PIECES.split())
ZONES = ("America/New_York", "Asia/Kolkata", "Europe/Dublin", "Asia/Tokyo")


@given(parts=st.lists(pieces, max_size=9), gap=st.sampled_from(["", " "]))
def test_whatever_is_put_together_is_a_date_or_null(parts: list[str], gap: str) -> None:
    moment = dates.read(gap.join(parts))
    assert moment is None or dates.FIRST_YEAR <= moment.year <= dates.LAST_YEAR


@given(moment=moments, zone=st.sampled_from(ZONES))
def test_the_zone_of_the_source_holds_where_a_date_has_none(moment: datetime, zone: str) -> None:
    there = moment.astimezone(ZoneInfo(zone)).replace(fold=0)
    naive = there.replace(tzinfo=None)
    assert dates.read(naive.isoformat(), zone) == dates.read(naive, zone) == there
    assert dates.read(moment.isoformat(), zone) == moment
    assert dates.read(moment.timestamp(), zone) == dates.read(moment.timestamp())
    midnight = datetime(there.year, there.month, there.day, tzinfo=ZoneInfo(zone))
    assert dates.read(there.date().isoformat(), zone) == midnight
    said = naive.strftime("%d %b %Y %H:%M:%S ") + str(there.tzname())
    assert dates.read(said, zone) == there.replace(microsecond=0)
