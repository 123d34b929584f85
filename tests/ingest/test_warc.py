"""A crawl gives each of its pages once, whatever else stands in it and wherever it is damaged."""

from __future__ import annotations

import gzip
import io
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from hypothesis import given
from hypothesis import strategies as st

import storage
from ingest.formats import Fault, Passed, Raw, open_records
from ingest.formats.cursor import Cursor
from ingest.formats.warc import read_warc
from ingest.streams import COMPRESSIONS
from tests.builders import story
from tests.running import run

LIMIT = 1 << 20
HTML = "text/html; charset=utf-8"


def page(number: int) -> bytes:
    paragraphs = "".join(f"<p>{part}</p>" for part in story(number).split("\n\n"))
    head = f"<html lang='en'><head><title>Story {number}</title></head>"
    return f"{head}<body><article>{paragraphs}</article></body></html>".encode()


def url(number: int) -> str:
    return f"https://example.com/{number}"


def response(body: bytes, *, at: str = "https://example.com/", warc: str = "", **http: str) -> bytes:
    """Write one response record by hand, headers as they are wanted."""
    named = {"content_type": HTML, "status": "200 OK"} | http
    status = named.pop("status")
    lines = "".join(
        f"{name.replace('_', '-').title()}: {value}\r\n" for name, value in named.items() if value
    )
    return record(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body, at=at, warc=warc)


def record(
    block: bytes, *, at: str = "https://example.com/", kind: str = "response", warc: str = ""
) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {at}\r\nWARC-Date: 2026-11-20T06:30:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\n{warc}Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def crawled(*, count: int = 3, pack: Callable[[bytes], bytes] = bytes) -> bytes:
    """Write what a crawler leaves: for each page a record of every type, each packed by itself."""
    parts = [record(b"software: test\r\n", kind="warcinfo")]
    for number in range(count):
        at = url(number)
        parts += [
            record(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", at=at, kind="request"),
            response(b"<html><body>moved</body></html>", at=at, status="301 Moved"),
            response(page(number), at=at),
            response(b"\x89PNG\r\n\r\nWARC/1.0\r\n", at=at, content_type="image/png"),
            record(b"fetchTimeMs: 7", at=at, kind="metadata"),
            record(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", at=at, kind="revisit"),
        ]
    return b"".join(map(pack, parts))


def read(content: bytes, *, name: str = "a.warc", limit: int = LIMIT) -> list[Raw | Fault | Passed]:
    return list(open_records(Path(name), io.BytesIO(content), limit=limit))


def shapes(records: list[Raw | Fault | Passed]) -> list[Any]:
    """Tell pages by their address, faults by their reason; leave out what is passed over."""
    return [
        one.fields["url"] if isinstance(one, Raw) else one.reason
        for one in records
        if not isinstance(one, Passed)
    ]


@pytest.mark.parametrize("version", [b"WARC/1.0", b"WARC/1.1"])
def test_pages_are_those_that_another_reader_finds(version: bytes) -> None:
    content = crawled(pack=lambda one: gzip.compress(one.replace(b"WARC/1.0", version)))
    found = read(content, name="a.warc.gz")
    expected, others = [], 0
    for one in ArchiveIterator(io.BytesIO(content)):
        ok = one.record_type == WarcRecordType.response and one.http_headers.status_code == 200
        if ok and one.http_content_type == "text/html":
            expected.append((one.headers["WARC-Target-URI"], one.reader.read(), one.http_charset))
        else:
            others += 1
    assert [
        (one.fields["url"], one.fields["html"], one.charset) for one in found if isinstance(one, Raw)
    ] == expected
    assert len(expected) == 3
    assert sum(isinstance(one, Passed) for one in found) == others == 16


def test_the_same_records_however_it_is_compressed() -> None:
    plain = crawled()
    packed = {
        "a.warc": plain,
        "a.warc.gz": gzip.compress(plain),
        "a.warc.zst": pa.compress(plain, codec="zstd", asbytes=True),
    }
    assert len(packed) == 1 + len(COMPRESSIONS)
    one, *others = [read(content, name=name) for name, content in packed.items()]
    assert all(other == one for other in others)
    for raw in one:
        assert plain[int(raw.part.removeprefix("#")) :].startswith(b"WARC/1.0\r\n")


@given(size=st.integers(1, 400), width=st.integers(1, 8))
def test_records_do_not_depend_on_where_blocks_end(size: int, width: int) -> None:
    content = response(b"<html>one</html>") + b"junk\n" * width + response(b"<html>two</html>")
    stream = io.BytesIO(content)
    assert list(read_warc(iter(lambda: stream.read(size), b""), LIMIT)) == read(content)


@given(
    content=st.binary(max_size=60),
    sizes=st.lists(st.integers(1, 9), min_size=60, max_size=60),
    steps=st.lists(st.integers(0, 20), max_size=9),
)
def test_a_cursor_goes_over_every_byte_once(content: bytes, sizes: list[int], steps: list[int]) -> None:
    def blocks() -> Iterator[bytes]:
        stream = io.BytesIO(content)
        yield from filter(None, (stream.read(size) for size in sizes))

    cursor, place = Cursor(blocks()), 0
    for step in steps:
        assert cursor.peek(step) == content[place : place + step]
        body = cursor.take(step, 100)
        assert b"".join(body.pieces) == content[place : place + step]
        place = cursor.offset
        behind = cursor.peek_behind(step, 3)
        assert behind == (None if place + step > len(content) else content[place + step : place + step + 3])
    assert cursor.offset == min(len(content), sum(steps))


@pytest.mark.parametrize(
    ("old", "new", "damaged"),
    [
        (b"Content-Length: ", b"Content-Length: 9", 1),  # over several records behind it
        (b"Content-Length: ", b"Content-Length: 999999999", 1),  # over the limit, too
        (b"Content-Length: ", b"Content-Length: x", 1),
        (b"Content-Length: ", b"Content-Length: " + b"9" * 30, 1),
        (b"Content-Length: ", b"Other: ", 1),
        (b"WARC/1.0", b"WARK/1.0", 1),
        (b"\r\n\r\n", b"\r\r", 1),
        (b"</html>\r\n\r\n", b"</ht\n", 1),
    ],
)
def test_a_damaged_record_costs_no_neighbour(old: bytes, new: bytes, damaged: int) -> None:
    parts = [response(page(number), at=url(number)) for number in range(5)]
    parts[1] = parts[1].replace(old, new, 1)
    found = read(b"".join(parts))
    assert shapes(found) == [url(0), *["malformed"] * damaged, url(2), url(3), url(4)]
    assert found[1].part == f"#{len(parts[0])}"


def test_a_length_that_is_too_short_costs_no_neighbour() -> None:
    parts = [response(page(number), at=url(number)) for number in range(3)]
    length = str(len(parts[1]) - parts[1].index(b"HTTP/") - 4).encode()
    parts[1] = parts[1].replace(b"Content-Length: " + length, b"Content-Length: 100")
    assert shapes(read(b"".join(parts))) == [url(0), "malformed", url(2)]


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "a.warc.zst"])
def test_a_crawl_that_breaks_off_gives_what_is_whole_and_one_fault(name: str) -> None:
    records = [response(page(number), at=url(number)) for number in range(4)]
    plain = b"".join(records)
    if name == "a.warc.gz":
        whole = b"".join(gzip.compress(one) for one in records)  # as crawlers do: a member a record
    else:
        whole = plain if name == "a.warc" else pa.compress(plain, codec="zstd", asbytes=True)
    for cut in range(1, len(whole) - 4, 97):
        *pages, last = read(whole[:cut], name=name)
        assert all(isinstance(one, Raw) for one in pages)
        assert shapes(pages) == [url(number) for number in range(len(pages))]
        if isinstance(last, Fault):
            assert last.reason == "malformed"
            end = sum(map(len, records[: len(pages)]))
            assert end - 4 <= int(last.part.removeprefix("#")) <= end  # four line breaks may be cut off, too
        else:  # the cut fell between two records, or behind the last byte of a page
            assert last.fields["html"] == page(len(pages))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "content",
    [
        b"WARC/1.0\n" * 50_000,
        b"WARC/1.0\r\nA: b\r\n\r\n" * 50_000,
        b"WARC/1.0\r\nContent-Length: 900000\r\n\r\n" * 50_000,
        b"WARC/1.0\r\nContent-Length: 9000\r\n\r\n\nx" * 50_000,
    ],
)
def test_a_crawl_made_to_take_long_does_not(content: bytes) -> None:
    begun = time.process_time()
    assert all(isinstance(one, Fault | Passed) for one in read(content))
    assert time.process_time() - begun < 10  # each takes a second; going back and forth, it took hours


@pytest.mark.parametrize("content", [b"", b"\r\n\n\n"])
def test_a_crawl_without_a_record(content: bytes) -> None:
    assert shapes(read(content)) == ["empty"]


def test_what_is_no_crawl_is_one_fault() -> None:
    (fault,) = read(b"GIF89a" * 99_999)
    assert isinstance(fault, Fault)
    assert (fault.part, fault.reason) == ("#0", "malformed")
    assert fault.sample == (b"GIF89a" * 20)[:80]


BODY = b"<html><body>" + "The café closes. ".encode() * 40 + b"</body></html>"


def deflated(body: bytes, window: int) -> bytes:
    packer = zlib.compressobj(wbits=window)
    return packer.compress(body) + packer.flush()


def chunked(body: bytes, size: int = 70) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x;x=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


ENCODINGS = {
    "gzip": gzip.compress(BODY),
    "x-gzip": gzip.compress(BODY[:100]) + gzip.compress(BODY[100:]),
    "br": pa.compress(BODY, codec="brotli", asbytes=True),
    "zstd": pa.compress(BODY, codec="zstd", asbytes=True),
    "deflate": deflated(BODY, zlib.MAX_WBITS),
    "Deflate": deflated(BODY, -zlib.MAX_WBITS),
    "gzip, br": pa.compress(gzip.compress(BODY), codec="brotli", asbytes=True),
    "identity": BODY,
}


@pytest.mark.parametrize("encoding", list(ENCODINGS))
@pytest.mark.parametrize("transfer", ["", "chunked"])
def test_the_network_s_packing_is_undone(encoding: str, transfer: str) -> None:
    packed = ENCODINGS[encoding]
    body = chunked(packed) if transfer else packed
    (found,) = read(response(body, content_encoding=encoding, transfer_encoding=transfer))
    (plain,) = read(response(BODY))
    assert isinstance(found, Raw)
    assert found.fields["html"] == BODY
    assert found.content_hash == plain.content_hash  # type: ignore[union-attr]


@pytest.mark.parametrize("header", ["content_encoding", "transfer_encoding"])
def test_packing_that_the_crawler_undid_is_not_undone_again(header: str) -> None:
    value = "gzip" if header == "content_encoding" else "chunked"
    (found,) = read(response(BODY, **{header: value}))
    assert isinstance(found, Raw)
    assert found.fields["html"] == BODY


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "chunked"])
def test_a_broken_payload_is_a_fault_unless_the_crawler_cut_it(encoding: str) -> None:
    packed = chunked(BODY) if encoding == "chunked" else ENCODINGS[encoding]
    header = {"transfer_encoding" if encoding == "chunked" else "content_encoding": encoding}
    cut = packed[: len(packed) - 8]
    (found,) = read(response(cut, **header))
    assert isinstance(found, Fault)
    assert found.reason == "malformed"
    (found,) = read(response(cut, warc="WARC-Truncated: length\r\n", **header))
    if isinstance(found, Raw):  # what there is
        assert found.fields["html"]
        assert BODY.startswith(found.fields["html"])
    else:  # a compression that gives nothing of so short a page
        assert encoding in ("br", "zstd")


def test_a_bad_chunk_in_the_midst_is_a_fault() -> None:
    damaged = chunked(BODY).replace(b"\r\n46;x=1", b"\r\nzz;x=1", 1)
    (fault,) = read(response(damaged, transfer_encoding="chunked"))
    assert isinstance(fault, Fault)
    assert "byte " in fault.detail


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
def test_a_payload_that_grows_past_the_limit_is_given_up(encoding: str) -> None:
    zeros = b"<html>" + b"\0" * (64 << 20)
    packed = {
        "gzip": gzip.compress(zeros, 1),
        "br": pa.compress(zeros, codec="brotli", asbytes=True),
        "zstd": pa.compress(zeros, codec="zstd", asbytes=True),
        "deflate": deflated(zeros, -zlib.MAX_WBITS),
    }[encoding]
    bomb, good = response(packed, content_encoding=encoding), response(BODY)
    assert shapes(read(good + bomb + good)) == ["https://example.com/", "too_large", "https://example.com/"]


def test_only_pages_count_as_too_large() -> None:
    big = b"x" * 2 * LIMIT
    film, big_page = response(big, content_type="video/mp4"), response(big)
    found = read(film + big_page + response(BODY))
    assert isinstance(found[0], Passed)
    assert shapes(found) == ["too_large", "https://example.com/"]


FOLDED = b"""WARC/0.18
warc-type:response
WARC-Target-URI:
 https://example.com/
Content-Length: 70

HTTP/1.0 200
content-type:
	text/html

<p>Plain line breaks.</p>
12345
"""  # header lines that go on behind a line break, and no carriage return anywhere


@pytest.mark.parametrize(
    ("record_", "taken"),
    [
        (response(BODY, content_type="application/xhtml+xml"), True),
        (response(BODY, content_type="TEXT/HTML;CHARSET=x"), True),
        (response(b"<!DOCTYPE html><p>x", content_type=""), True),
        (response(b'{"a": 1}', content_type=""), False),
        (response(b"User-agent: *", content_type="text/plain"), False),
        (response(BODY, status="203 Non-Authoritative"), True),
        (response(BODY, status="206 Partial Content"), False),
        (response(BODY, status="404 Not Found"), False),
        (response(BODY, at="<https://example.com/>"), True),
        (response(BODY, at="dns:example.com"), False),
        (record(BODY, kind="resource"), False),  # its type says that it is an HTTP message, and it is none
        (record(BODY, kind="resource").replace(b"application/http; msgtype=response", b"text/html"), True),
        (record(BODY).replace(b"application/http; msgtype=response", b"text/html"), True),  # no HTTP headers
        (record(BODY, kind="conversion").replace(b"application/http; msgtype=response", b"text/html"), False),
        (FOLDED, True),
        (response(BODY).replace(b"WARC/1.0", b"WARC/0.18"), True),
    ],
)
def test_which_records_are_pages(record_: bytes, taken: bool) -> None:
    found = read(record_)
    assert [type(one) for one in found] == [Raw if taken else Passed]
    assert shapes(found) == ["https://example.com/"] * taken


def hash_of(content: bytes) -> str:
    (found,) = read(content)
    assert isinstance(found, Raw)
    return found.content_hash


def test_a_page_is_known_by_its_address_charset_and_body_alone() -> None:
    one = hash_of(response(BODY))
    later = response(BODY, date="Sat, 21 Nov 2026 10:00:00 GMT").replace(b"2026-11-20T", b"2026-11-21T")
    assert hash_of(later) == one
    others = [
        response(BODY, at="https://example.com/2"),
        response(BODY + b" "),
        response(BODY, content_type="text/html; charset=koi8-r"),
    ]
    assert len({one, *map(hash_of, others)}) == 4


def test_a_crawl_end_to_end(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.warc.gz").write_bytes(crawled(pack=gzip.compress))
    koi8 = "<html><body><article>" + "".join(f"<p>Совет решил закрыть дорогу {n} мая.</p>" for n in range(9))
    other = response(koi8.encode("koi8-r"), at=url(9), content_type="text/html; charset=koi8-r")
    (tmp_path / "in/b.warc").write_bytes(other + response(page(0), at=url(8)).replace(b"200 OK", b"404 No"))
    first = run(tmp_path / "in", tmp_path / "warehouse")
    assert (first.inputs, first.kept, first.rejected, first.passed_over, first.ignored) == (4, 4, 0, 17, 0)
    articles = storage.read(tmp_path / "warehouse", "articles").to_pylist()
    by_url = {row["url"]: row for row in articles}
    assert by_url.keys() == {*map(url, range(3)), url(9)}
    assert "Совет решил закрыть дорогу 3 мая." in by_url[url(9)]["text"]
    assert by_url[url(1)]["title"] == "Story 1"
    assert {row["outlet"] for row in articles} == {"example.com"}
    assert {row["published_at"] for row in articles} == {None}  # the moment of the crawl is none
    again = run(tmp_path / "in", tmp_path / "warehouse")
    assert (again.batch_id, again.known) == (None, 4)
