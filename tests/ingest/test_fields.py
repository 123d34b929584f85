"""Single values: read where they can be, null where not, and never an exception."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import fields

moments = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(moment=moments, offset=offsets)
def test_dates_are_read_in_every_notation(moment: datetime, offset: timezone) -> None:
    whole = moment.replace(microsecond=0)
    assert fields.published_at(moment.astimezone(offset).isoformat()) == moment
    assert fields.published_at(moment.isoformat().replace("+00:00", "Z")) == moment
    assert fields.published_at(moment.replace(tzinfo=None).isoformat(" ")) == moment
    assert fields.published_at(format_datetime(whole.astimezone(offset))) == whole
    assert fields.published_at(moment.date().isoformat()) == datetime(
        moment.year, moment.month, moment.day, tzinfo=UTC
    )


@given(moment=moments)
def test_numbers_are_seconds_or_milliseconds(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    seconds = int(whole.timestamp())
    for value in (seconds, float(seconds), str(seconds)):
        assert fields.published_at(value) == whole
    if seconds > 10**8:  # in 1973 and before, milliseconds look like seconds
        assert fields.published_at(seconds * 1000) == whole
        assert fields.published_at(str(seconds * 1000)) == whole


@given(value=st.none() | st.text() | st.integers() | st.floats() | st.booleans())
def test_no_date_is_null_and_never_an_exception(value: str | float | None) -> None:
    moment = fields.published_at(value)
    assert moment is None or moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2026-13-01",
        "0000-01-01",
        "99999-01-01",
        1e300,
        float("nan"),
        float("inf"),
        True,
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_is_no_date(value: str | float) -> None:
    assert fields.published_at(value) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Www.Example.COM:443/A/b?utm_source=x&b=2&a=1#frag", "https://www.example.com/A/b?a=1&b=2"),
        ("http://example.com/", "http://example.com"),
        ("http://example.com?utm_campaign=x", "http://example.com"),
        ("https://example.com/story?page=2&fbclid=abc", "https://example.com/story?page=2"),
        ("not a url", None),
        ("example.com/a", None),
        ("http://[::1", None),
        ("http://", None),
        ("mailto:desk@example.com", None),
        ("javascript:alert(1)", None),
        ("", None),
        (None, None),
    ],
)
def test_canonical_urls(url: str | None, expected: str | None) -> None:
    assert fields.canonical_url(url) == expected


@given(url=st.text() | st.text().map(lambda rest: f"https://example.com/{rest}"))
def test_no_url_is_null_and_never_an_exception(url: str) -> None:
    canonical = fields.canonical_url(url)
    assert canonical is None or canonical.startswith(("http://", "https://"))
    assert canonical is None or canonical.encode()


@given(
    path=st.from_regex(r"(/[a-z0-9-]{1,8}){1,3}", fullmatch=True),
    query=st.dictionaries(
        st.sampled_from(["a", "page", "q"]), st.from_regex(r"[a-z0-9]{1,4}", fullmatch=True)
    ),
)
def test_a_canonical_url_is_its_own_and_that_of_its_variants(path: str, query: dict[str, str]) -> None:
    pairs = "&".join(f"{key}={value}" for key, value in query.items())
    canonical = fields.canonical_url(f"https://example.com{path}?{pairs}")
    assert canonical == fields.canonical_url(canonical)
    assert canonical == fields.canonical_url(f"https://EXAMPLE.com{path}?utm_medium=mail&{pairs}#top")


def test_the_outlet_is_given_or_the_source_s_or_the_host() -> None:
    url = "https://www.example.com/a"
    assert fields.outlet(" The Example ", default="d", url=url) == "The Example"
    assert fields.outlet(" ", default="d", url=url) == "d"
    assert fields.outlet(None, default=None, url=url) == "example.com"
    assert fields.outlet(None, default=None, url=None) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("By Ann Lee", ["Ann Lee"]),
        ("by: Ann Lee and Bo Ray", ["Ann Lee", "Bo Ray"]),
        ("Ann Lee; Bo Ray;  Cy  Fox ", ["Ann Lee", "Bo Ray", "Cy Fox"]),
        ("Ann Lee, Bo Ray and Cy Fox", ["Ann Lee", "Bo Ray", "Cy Fox"]),
        ("Doe, Jane", ["Doe, Jane"]),
        ("Ann Lee, Reuters", ["Ann Lee, Reuters"]),
        ("Martin King, Jr.", ["Martin King, Jr."]),
        ("Ferdinand Anderson", ["Ferdinand Anderson"]),
        ("Byron Fox", ["Byron Fox"]),
        (["By Ann Lee", None, "Doe, Jane", "Ann Lee", " "], ["Ann Lee", "Doe, Jane"]),
        ("", None),
        ([], None),
        (None, None),
    ],
)
def test_authors(value: str | list[str | None] | None, expected: list[str] | None) -> None:
    assert fields.authors(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("en", "en"),
        ("EN_us", "en-us"),
        ("eng", "eng"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        (" de ", "de"),
        ("English", None),
        ("", None),
    ],
)
def test_languages(value: str, expected: str | None) -> None:
    assert fields.language(value) == expected


def test_a_field_is_looked_for_under_its_name_its_alias_or_the_one_the_source_has() -> None:
    plain = fields.names(())
    assert fields.values({"date": "d", "author": "a"}, plain) == {"published_at": "d", "authors": "a"}
    assert fields.values({"published_at": "p", "date": "d"}, plain)["published_at"] == "p"
    assert fields.values({"published_at": None, "date": "d"}, plain)["published_at"] == "d"
    renamed = fields.names((("text", "body"), ("source_id", "guid")))
    assert fields.values({"text": "t", "body": "b", "guid": 7, "id": "i"}, renamed) == {"text": "b", "id": 7}


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"text": 1}, "field `text` holds a whole number, not a string"),
        ({"text": True}, "field `text` holds true or false, not a string"),
        ({"title": {}}, "field `title` holds an object, not a string"),
        ({"id": True}, "field `id` holds true or false, not a string or a whole number"),
        ({"id": 1.5}, "field `id` holds a number, not a string or a whole number"),
        ({"author": [1]}, "field `author` holds a list, not a string or a list of strings"),
    ],
)
def test_a_field_of_the_wrong_type_is_a_sentence(record: dict[str, object], sentence: str) -> None:
    assert fields.values(record, fields.names(())) == sentence
