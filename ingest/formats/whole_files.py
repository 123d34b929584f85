"""Formats in which a file is one record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.decode import Undecodable, decode
from ingest.formats.body import joined, whole
from ingest.formats.record import Fault, Raw, make_fault, make_raw, make_too_large

# All pages of a crawl would become one article of nonsense, and nobody would be told.
_CRAWL = re.compile(rb"WARC/\d\.\d+\r?\n")
_NAMED_WRONGLY = "the file is a crawl of many pages; give it a name that ends in .warc or .warc.gz"


def read_text(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read a file of plain text: one record.

    Args:
        blocks: the file's bytes.
        limit: bytes a record may have.

    Yields:
        The one record, with the field `text`.
    """
    raw = _content(blocks, limit)
    if isinstance(raw, Fault):
        yield raw
        return
    text = decode(raw)
    if isinstance(text, Undecodable):
        yield make_fault("", raw, "undecodable", text.detail)
    else:
        yield make_raw("", raw, {"text": text})


def read_html(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read a file of HTML: one record.

    Args:
        blocks: the file's bytes.
        limit: bytes a record may have.

    Yields:
        The one record, with the field `html` as bytes: workers decode it.
    """
    raw = _content(blocks, limit)
    yield raw if isinstance(raw, Fault) else make_raw("", raw, {"html": raw})


def _content(blocks: Iterator[bytes], limit: int) -> bytes | Fault:
    """Return all bytes of a file, or why they are no record."""
    body = whole(blocks, limit)
    if body.digest:
        return make_too_large("", body, limit)
    raw = joined(body)
    return make_fault("", raw, "malformed", _NAMED_WRONGLY) if _CRAWL.match(raw) else raw
