"""The format of a file is told by its beginning, or not at all."""

from __future__ import annotations

import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import FILE_FORMATS, FORMATS
from ingest.formats.appearance import format_of

PARQUET = io.BytesIO()
pq.write_table(pa.table({"text": ["a"]}), PARQUET)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        (b'{"text": "a"}\n{"text": "b"}\n', ".jsonl"),
        (b'\xef\xbb\xbf[\n  {"text": "a"}', ".json"),
        (b"[]", ".json"),
        (b'{\n "text": "a"}', ".json"),
        (b"id,text\n1,a\n", ".csv"),
        (b'"id";"text"\r\n1;a\n', ".csv"),
        (b"WARC/1.0\r\nWARC-Type: warcinfo\r\n", ".warc"),
        (b'<?xml version="1.0"?>\n<rss version="2.0">', ".xml"),
        (b'<?xml version="1.0"?><!-- a --><feed xmlns="http://www.w3.org/2005/Atom">', ".xml"),
        (b"<!DOCTYPE html><html>", ".html"),
        (b"\n<HTML lang=en>", ".html"),
        (PARQUET.getvalue(), ".parquet"),
        (b"The council voted, it said.\n", ""),
        (b"id,title\n1,a\n", ""),
        (b"text\na\n", ""),
        (b"[sic] he said", ""),
        (b"", ""),
    ],
)
def test_the_beginning_tells(begin: bytes, expected: str, packed: bool) -> None:
    assert format_of(gzip.compress(begin)[:-9] if packed else begin, ["text", "html"]) in ("", expected)
    assert format_of(gzip.compress(begin) if packed else begin, ["text", "html"]) == expected


@given(begin=st.binary(max_size=60))
def test_any_beginning_is_a_format_that_can_be_read_or_none(begin: bytes) -> None:
    assert format_of(begin, ["text"]) in {"", *FORMATS, *FILE_FORMATS}
