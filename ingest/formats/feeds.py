"""Feeds, RSS and Atom: a record an item.

Items are found by their tags and read one by one: so a broken one costs itself alone, no entity that the
file defines is ever looked at, and an archive of any length is read in bounded memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.formats.body import NOTHING, SAMPLE_BYTES, Body, as_utf8, joined
from ingest.formats.cursor import MATCH_BYTES, Cursor
from ingest.formats.items import Channel, fields_of
from ingest.formats.payloads import Damage
from ingest.formats.record import Fault, Passed, Raw, make_broken, make_fault, make_raw, make_too_large
from ingest.streams import BrokenStreamError

_HEAD_BYTES = 1 << 16  # what stands before the first item; real feeds have some thousand
_LOOK_BYTES = 1 << 16  # of an item; most are smaller
_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?([A-Za-z_][\w.-]*)(?=[\s/>])[^>]*")
_SUBSET_END = re.compile(rb"\]\s{0,99}>")
_ENCODING = re.compile(rb"""<\?xml[^<>]*?\bencoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE)
_NAMESPACE = re.compile(r"""\sxmlns(?::([\w.-]+))?\s*=\s*["']([^"'<&]*)["']""")
_LANGUAGE = re.compile(
    r"""<(?:dc:)?language[^<>]*>\s*([A-Za-z][\w-]*)|<[\w:.-]+\s[^<>]*?\bxml:lang\s*=\s*["']([\w-]+)["']"""
)
_EMPTY = re.compile(rb"<[^<>/]+/>")
_ITEM_NAMES = {"rss": b"item", "rdf": b"item", "feed": b"entry"}
_NO_ARTICLES = frozenset(("urlset", "sitemapindex", "opml"))  # lists of addresses, as they lie beside feeds
_CDATA, _COMMENT = rb"<!\[CDATA\[", rb"<!--"
_ENDS = {b"<![CDATA[": re.compile(rb"\]\]>"), b"<!--": re.compile(rb"-->")}


class _Marks(NamedTuple):
    """What to look for, outside of items and inside."""

    outside: re.Pattern[bytes]
    inside: re.Pattern[bytes]


def _marks(name: bytes) -> _Marks:
    opening = rb"<(?:[\w.-]{1,40}:)?" + name + rb"(?=[\s/>])"
    closing = rb"</(?:[\w.-]{1,40}:)?" + name + rb"\s{0,9}>"
    either = b"|".join((_CDATA, _COMMENT, opening))
    return _Marks(re.compile(either), re.compile(either + b"|" + closing))


_MARKS = {name: _marks(name) for name in _ITEM_NAMES.values()}


def read_feed(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault | Passed]:
    """Read a feed: RSS 0.9 to 2.0, or Atom.

    Args:
        blocks: the file's bytes, in the encoding that the XML declaration tells, else as any text.
        limit: bytes a record may have.

    Yields:
        Each item or entry; a broken one is a Fault. The part is its number. A sitemap or the like is Passed,
        any other XML one Fault, and so is a feed without items.
    """
    cursor = Cursor(as_utf8(blocks))
    head = cursor.peek(_HEAD_BYTES)
    root = _root(head)
    kind = root[1].decode("ascii", "replace").lower() if root else ""
    if kind not in _ITEM_NAMES:
        yield _other(cursor, kind)
        return
    marks = _MARKS[_ITEM_NAMES[kind]]
    first = marks.outside.search(head)
    channel = _channel(head[: first.start()] if first else head, root[0] if root else b"")
    number = 0
    try:
        for number, item in enumerate(_items(cursor, marks, limit), 1):
            yield _record(f"#{number}", item, channel, limit)
    except BrokenStreamError as error:
        yield make_broken(f"#{number + 1}", error)
        return
    if not number:
        yield make_fault("", b"", "empty", "the feed holds no item")


def _root(head: bytes) -> re.Match[bytes] | None:
    """Find the first element, behind declaration, comments and document type."""
    place = head.find(b"<")
    while place >= 0 and head.startswith((b"<?", b"<!"), place):
        if head.startswith(b"<!--", place):
            end = head.find(b"-->", place)
        elif head.startswith(b"<?", place):
            end = head.find(b"?>", place)
        else:
            end = _document_type_end(head, place)
        place = head.find(b"<", end) if end >= 0 else -1
    return _ROOT.match(head, place) if place >= 0 else None


def _document_type_end(head: bytes, place: int) -> int:
    subset, end = head.find(b"[", place), head.find(b">", place)
    if 0 <= subset < end:
        closed = _SUBSET_END.search(head, subset)
        return closed.end() if closed else -1
    return end


def _other(cursor: Cursor, kind: str) -> Fault | Passed:
    if kind in _NO_ARTICLES:
        return Passed("")
    body = cursor.take_until(_NEVER, SAMPLE_BYTES)
    detail = f"the file is no feed: its first element is <{kind}>" if kind else "the file is no XML"
    if not body.digest:
        return make_fault("", joined(body), "malformed" if body.size else "empty", detail)
    return Fault("", body.digest.hexdigest(), 0, body.pieces[0], "malformed", detail)


_NEVER = re.compile(rb"(?!)")


def _channel(head: bytes, root: bytes) -> Channel:
    encoding = _ENCODING.search(head)
    told = encoding[1].decode("ascii") if encoding else ""
    text = head.decode("utf-8", "replace")
    language = _LANGUAGE.search(text)
    return Channel(
        encoding=None if told.lower().startswith(("utf-16", "utf-32", "ucs")) else told or None,
        namespaces=dict(_NAMESPACE.findall(root.decode("utf-8", "replace"))),
        language=language[1] or language[2] if language else None,
    )


class _Item(NamedTuple):
    body: Body
    whole: bool  # its end was there


def _items(cursor: Cursor, marks: _Marks, limit: int) -> Iterator[_Item]:
    """Find items; what looks like one within a comment or CDATA is none."""
    while True:
        cursor.take_until(marks.outside, 0)
        mark = marks.outside.match(cursor.peek(MATCH_BYTES))
        if not mark:
            return
        if mark[0] in _ENDS:
            _over(cursor, mark[0], 0, NOTHING)
        else:
            yield _item(cursor, marks, limit)


def _item(cursor: Cursor, marks: _Marks, limit: int) -> _Item:
    """Take the item that begins here, up to its end, to where the next one begins, or to the file's end."""
    empty = _EMPTY.match(cursor.peek(MATCH_BYTES))
    if empty:
        return _Item(cursor.take(empty.end(), limit), whole=True)
    seen, size = _Seen(1), _LOOK_BYTES
    while True:
        # Looked at as a whole, twice as much each time: a body of a million pieces would take hours.
        ahead = cursor.peek(size)
        seen = _look(ahead, seen.place, marks)
        if seen.ends:
            return _Item(cursor.take(seen.place, limit), whole=seen.whole)
        if len(ahead) < size:
            return _Item(cursor.take(size, limit), whole=False)
        if size > limit:
            return _large_item(cursor, cursor.take(seen.place, limit), marks, limit)
        size *= 2


class _Seen(NamedTuple):
    """How far an item was looked at."""

    place: int  # its end, or where to go on looking
    ends: bool = False
    whole: bool = False  # it ends with its own tag


def _look(ahead: bytes, place: int, marks: _Marks) -> _Seen:
    """Look for the end of an item, from a place on that is in no comment or CDATA."""
    while mark := marks.inside.search(ahead, place):
        if mark[0] not in _ENDS:
            closing = mark[0].startswith(b"</")
            return _Seen(mark.end() if closing else mark.start(), ends=True, whole=closing)
        closed = _ENDS[mark[0]].search(ahead, mark.end())
        if not closed:
            return _Seen(mark.start())
        place = closed.end()
    return _Seen(max(place, len(ahead) - MATCH_BYTES))


def _large_item(cursor: Cursor, body: Body, marks: _Marks, limit: int) -> _Item:
    """Go to the end of an item that is larger than a record may be."""
    while True:
        body = cursor.take_until(marks.inside, limit, body)
        mark = marks.inside.match(cursor.peek(MATCH_BYTES))
        if not mark or not mark[0].startswith((b"</", *_ENDS)):
            return _Item(body, whole=False)
        if mark[0] not in _ENDS:
            return _Item(cursor.take(mark.end(), limit, body), whole=True)
        body = _over(cursor, mark[0], limit, body)


def _over(cursor: Cursor, begin: bytes, limit: int, body: Body) -> Body:
    """Go over a comment or CDATA."""
    body = cursor.take_until(_ENDS[begin], limit, cursor.take(len(begin), limit, body))
    return cursor.take(3, limit, body)


def _record(part: str, item: _Item, channel: Channel, limit: int) -> Raw | Fault:
    if item.body.digest:
        return make_too_large(part, item.body, limit)
    raw = joined(item.body)
    if not item.whole:
        return make_fault(part, raw, "malformed", "the item does not end")
    fields = fields_of(raw, channel)
    if isinstance(fields, Damage):
        return make_fault(part, raw, fields.reason, fields.detail)
    return make_raw(part, raw, fields)
