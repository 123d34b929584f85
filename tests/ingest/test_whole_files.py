"""Files that are one record: what is none is said, and what only talks of it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ingest.formats import Fault, Raw
from ingest.formats.whole_files import read_html, read_text

LIMIT = 1 << 20
Reader = Callable[[Iterator[bytes], int], Iterator[Raw | Fault]]


@pytest.mark.parametrize("reader", [read_text, read_html])
def test_a_crawl_under_the_wrong_name_is_not_taken_for_one_article(reader: Reader) -> None:
    crawl = b"WARC/1.0\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK\r\n\r\n<p>One.</p>\r\n\r\nWARC/1.0\r\n"
    [found] = reader(iter([crawl]), LIMIT)
    assert isinstance(found, Fault)
    assert (found.reason, found.part) == ("malformed", "")
    assert ".warc" in found.detail
    [told] = reader(iter([b"WARC/1.0 is how crawls are kept, she said.\n"]), LIMIT)
    assert isinstance(told, Raw)
