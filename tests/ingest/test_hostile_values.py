"""What is made to take long, or to go too deep, costs its own size alone: values, headers, first bytes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from ingest.formats.appearance import format_of
from ingest.formats.feeds import read_feed
from ingest.formats.items import Channel, fields_of
from ingest.formats.responses import headers, open_response
from ingest.metadata.addresses import canonical_url
from ingest.metadata.bylines import authors

MANY = 100_000
CHANNEL = Channel(None, {}, None)
ADDRESS = "https://example.com"


@pytest.mark.parametrize(
    "read",
    [
        lambda: authors("Ann Lee" + " " * MANY + "x"),
        lambda: authors(["Ann Lee" + " " * MANY + "x"]),
        lambda: authors("a@" + "." * MANY + "!"),
        lambda: canonical_url(ADDRESS + "/" + "-" * MANY),
        lambda: canonical_url(ADDRESS + "/" + "1" * 8_000),
        lambda: canonical_url(ADDRESS + "/a" * MANY),
        lambda: canonical_url("https://" + "amp." * MANY + "example.com/a-b"),
        lambda: fields_of(b"<item><author>" + b"x@" * MANY + b"</author></item>", CHANNEL),
        lambda: fields_of(b"<item><!--" + b"<![CDATA[" * MANY + b"-->a & b</item>", CHANNEL),
        lambda: headers(b"HTTP/1.1 200 OK\r\nA: a\r\n" + b" b\r\n" * 10 * MANY),
        lambda: open_response({"content-type": "text/html;charset=" + " " * MANY + ";"}, b"<p>", 99),
        lambda: format_of(b"<!---->" * 40 + b"<x>", ["text"]),
        lambda: list(read_feed(iter([b"<?xml " * 10_000 + b"?><rss><item/></rss>"]), 99)),
    ],
)
def test_time_grows_with_the_size_alone(read: Callable[[], object]) -> None:
    begun = time.process_time()
    read()
    assert time.process_time() - begun < 4  # a second or less; most took minutes, some hours


@pytest.mark.parametrize(
    "url",
    [
        ADDRESS + "/amp" * 1_900 + "/a-b",
        "https://" + "google.com/amp/s/" * 400 + "example.com/a-b",
        ADDRESS + "/" + "ä" * 3_000,
        ADDRESS + "/" + "a" * MANY,
    ],
)
def test_an_address_of_any_length_is_read_or_none(url: str) -> None:
    found = canonical_url(url)
    assert canonical_url(found) == found


def test_an_article_shown_by_a_cache_within_a_cache_has_its_own_address() -> None:
    assert canonical_url("https://google.com/amp/s/google.com/amp/s/example.com/a-b") == f"{ADDRESS}/a-b"
    assert canonical_url(f"{ADDRESS}/amp/amp/a-b/amp.html") == f"{ADDRESS}/a-b"
    assert canonical_url(f"{ADDRESS}/amp/news") == f"{ADDRESS}/amp/news"


def test_a_header_goes_on_in_lines_that_begin_with_a_space() -> None:
    head = b"HTTP/1.1 200 OK\r\nA: one\r\n two\r\n\tthree\r\nB: four\r\nA: five\r\n six\r\n\r\n"
    assert headers(head) == {"a": "one two three", "b": "four"}


def test_an_item_is_mended_everywhere_but_in_its_cdata() -> None:
    item = b"<item><title>A & B</title><description><![CDATA[a &amp; &eacute;]]></description>C & D</item>"
    found = fields_of(item, CHANNEL)
    assert isinstance(found, dict)
    assert (found["title"], found["text"]) == ("A & B", "a & é")


def test_white_space_in_bylines_parts_names_where_it_holds_a_line_break() -> None:
    for blank in ("\n  ", " \r\n", "\t ", "  \n\t"):
        assert re.fullmatch(r"\s+", blank)
        assert authors(f"Ann Lee{blank}Bo Ray") == ["Ann Lee", "Bo Ray"]
    assert authors("Ann  \xa0 Lee") == ["Ann Lee"]
