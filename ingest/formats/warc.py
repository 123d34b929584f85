"""WARC files, the archives of crawlers: a record a page.

The framing is read here and by nothing else, because every byte of a damaged file has to be accounted for:
where a record's length lies, the records behind it are found again by their first line. A page is a
`response` or `resource` record that holds HTML; requests, redirects, pictures and the like are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import xxhash

from ingest.formats.body import SAMPLE_BYTES, Body, joined
from ingest.formats.cursor import Cursor
from ingest.formats.payloads import Damage
from ingest.formats.record import Fault, Passed, Raw, make_broken, make_fault, make_too_large
from ingest.formats.responses import Content, headers, is_page, open_response
from ingest.streams import BrokenStreamError

RECIPE = b"copydesk-page-1"

_HEAD_BYTES = 1 << 16  # of a record's header; real ones have some hundred
_LINE_BYTES = 64  # a record's first line has 10, and the line breaks before it
_DIGITS = 18  # of a length: a longer number is none
_FIRST_LINE = re.compile(rb"WARC/\d{1,3}\.\d{1,3}[ \t]{0,9}\r?\n")
_NEXT = re.compile(rb"\n" + _FIRST_LINE.pattern)
_HEAD_END = re.compile(rb"(\r?\n\r?\n)|" + _NEXT.pattern)  # a header has no line that begins a record
_NEWLINES = re.compile(rb"[\r\n]*")


class _Record(NamedTuple):
    """A record as it stands in the file."""

    part: str
    head: bytes
    named: Mapping[str, str]  # its header, names in lower case
    block: bytes


def read_warc(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault | Passed]:
    """Read a WARC file of any version: one record a page.

    Args:
        blocks: the file's bytes, decompressed.
        limit: bytes a record may have, as it stands in the file and with its payload unpacked.

    Yields:
        Each page, with the fields `html` (bytes) and `url`; each damaged place once, as a Fault; what is no
        page as Passed. The part is the offset in the decompressed file. One Fault for a file without any.
    """
    cursor = Cursor(blocks)
    number = 0
    start = -1  # of a record, while it is read
    try:
        while True:
            _skip_newlines(cursor)
            start = cursor.offset
            if not cursor.peek(1):
                break
            number += 1
            record = _next_record(cursor, limit)
            start = -1
            yield _page(record, limit) if isinstance(record, _Record) else record
    except BrokenStreamError as error:
        yield make_broken(f"#{cursor.offset if start < 0 else start}", error)
        return
    if not number:
        yield make_fault("", b"", "empty", "the file holds no record")


def _skip_newlines(cursor: Cursor) -> None:
    while ahead := _NEWLINES.match(cursor.peek(_LINE_BYTES)):
        if not ahead.end():
            return
        cursor.take(ahead.end(), _LINE_BYTES)


def _next_record(cursor: Cursor, limit: int) -> _Record | Fault | Passed:
    """Take the record that begins here; whatever is none goes up to where the next one begins."""
    part = f"#{cursor.offset}"
    ahead = cursor.peek(_HEAD_BYTES)
    end = _HEAD_END.search(ahead)
    if not _FIRST_LINE.match(ahead) or not end or not end[1]:
        return _junk(cursor, part, cursor.take(1, limit), "no WARC record begins here")
    head = ahead[: end.end()]
    named = headers(head)
    length = named.get("content-length", "")
    before = cursor.take(len(head), _HEAD_BYTES)
    if not (length.isascii() and length.isdigit() and len(length) <= _DIGITS):
        return _junk(cursor, part, before, "the record does not tell its length")
    if int(length) > limit:
        return _large(cursor, part, named, limit)
    if _ends(cursor.peek_behind(int(length), _LINE_BYTES)):
        return _Record(part, head, named, joined(cursor.take(int(length), limit)))
    return _junk(cursor, part, before, _lies(int(length)))


def _large(cursor: Cursor, part: str, named: Mapping[str, str], limit: int) -> Fault | Passed:
    """Go over a block that is larger than a record may be, or said to be."""
    length = int(named["content-length"])
    page = is_page(named, cursor.peek(_HEAD_BYTES))
    # No page goes on where a record begins; an archive inside this one may, but is no page.
    body = cursor.take_until(_NEXT, limit, most=length) if page else cursor.take(length, limit)
    if body.size < length or not _ends(cursor.peek_behind(0, _LINE_BYTES)):
        return _junk(cursor, part, body, _lies(length))
    return make_too_large(part, body, limit) if page else Passed(part)


def _lies(length: int) -> str:
    return f"the record's length is wrong, or it breaks off: it should have {length:,} bytes"


def _ends(ahead: bytes | None) -> bool:
    """Tell whether a record may end here: two line breaks follow, as they must, or at least a record."""
    after = b"" if ahead is None else ahead.lstrip(b"\r\n")
    return ahead is not None and (
        ahead.startswith(b"\r\n\r\n") or not after or bool(_FIRST_LINE.match(after))
    )


def _junk(cursor: Cursor, part: str, before: Body, detail: str) -> Fault:
    """Go to the next record, and make one fault of all that is left behind."""
    rest = cursor.take_until(_NEXT, _HEAD_BYTES)
    hash_ = xxhash.xxh3_128_hexdigest(_digest(before) + _digest(rest))
    sample = b"".join((*before.pieces, *rest.pieces))[:SAMPLE_BYTES]
    return Fault(part, hash_, 0, sample, "malformed", detail)


def _digest(body: Body) -> bytes:
    return (body.digest or xxhash.xxh3_128(joined(body))).digest()


def _page(record: _Record, limit: int) -> Raw | Fault | Passed:
    if not is_page(record.named, record.block[:_HEAD_BYTES]):
        return Passed(record.part)
    content = open_response(record.named, record.block, limit)
    if isinstance(content, Damage):
        return make_fault(record.part, record.head + record.block, content.reason, content.detail)
    url = record.named.get("warc-target-uri", "").strip("<> ")
    hash_ = _page_hash(url, content)
    fields = {"html": content.body, "url": url}
    return Raw(record.part, hash_, len(content.body), content.body[:SAMPLE_BYTES], fields, content.charset)


def _page_hash(url: str, content: Content) -> str:
    """Hash what makes a page: address, charset and body; not the moment, nor how it was sent or packed."""
    digest = xxhash.xxh3_128(RECIPE)
    for part in (url.encode(), (content.charset or "").lower().encode(), content.body):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()
