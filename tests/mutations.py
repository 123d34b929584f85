"""Small files of every format, and what may befall them on their way."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping
from random import Random
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq

from tests.builders import SEEDS, story

PIECES = (
    *(b"\0", b'"', b'\\"', b"\\", b"\n", b"\r", b"\r\n\r\n", b"'", b",", b";", b"\t", b" ", b"-", b"{", b"}"),
    *(b"[", b"\xff", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1b$B", b"\xed\xa0\x80", b"\\ud800"),
    *(b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<item>", b"</item>", b"</entry>", b"&x;"),
    *(b"WARC/1.0\r\n", b"\nContent-Length: 9\r\n", b"HTTP/1.1 200 OK\r\n", b"&#0;", b"charset=utf-16"),
    *(b"PAR1", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"null", b"NaN", b"1e999", b"9" * 40, b"-1", b"true"),
    *(b"[" * 2000, b"<div>" * 500, b'"text":', b"\xf4\x90\x80\x80"),
)
"""What parsers stumble over."""


_OTHERS = {
    "title": "Road to close",
    "url": "https://example.com/7?utm_source=x",
    "authors": "Ann Lee and Bo Diaz",
    "published_at": "2026-11-20T06:30:00+02:00",
    "language": "en",
    "section": "news",
}


def _fields(random: Random) -> dict[str, object]:
    """Return a record as vendors send it."""
    body = {"html": _page(random).decode()} if random.random() < 0.2 else {"text": _text(random)}
    others = {name: value for name, value in _OTHERS.items() if random.random() < 0.5}
    return {**body, "id": f"id-{random.randrange(99)}", **others}


def _text(random: Random) -> str:
    return story(random.randrange(50), random.randrange(1, 4))


def _seed(random: Random) -> bytes:
    text = random.choice(SEEDS).read_text("utf-8")
    begin = random.randrange(len(text) // 2)
    return text[begin : begin + 3_000].encode()


def _page(random: Random) -> bytes:
    paragraphs = "".join(f"<p>{part}</p>" for part in _text(random).split("\n\n"))
    head = '<meta charset="utf-8"><meta property="article:published_time" content="2026-11-20">'
    body = f"<body><article>{paragraphs}</article><nav><a href='/'>Home</a></nav></body>"
    return f"<!doctype html><html lang='en'><head><title>Road</title>{head}</head>{body}</html>".encode()


def _json_lines(random: Random) -> bytes:
    return b"".join(json.dumps(_fields(random)).encode() + b"\n" for _ in range(random.randrange(1, 5)))


def _json_array(random: Random) -> bytes:
    records = [_fields(random) for _ in range(random.randrange(1, 5))]
    return json.dumps(records, indent=random.choice([None, 1])).encode()


def _csv(random: Random, delimiter: str = ",") -> bytes:
    rows = [
        {"text": _text(random), "id": str(n), "title": 'A "title", short'}
        for n in range(random.randrange(1, 5))
    ]
    sink = io.StringIO()
    writer = csv.DictWriter(sink, ["id", "title", "text"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue().encode()


def _parquet(random: Random) -> bytes:
    rows = [{"text": _text(random), "id": n, "tags": ["a"]} for n in range(random.randrange(1, 5))]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, compression=random.choice(["none", "zstd", "snappy"]))
    return sink.getvalue()


def _crawl(random: Random) -> bytes:
    return b"".join(_crawled(random, number) for number in range(random.randrange(1, 4)))


def _crawled(random: Random, number: int) -> bytes:
    kind = random.choice(["response"] * 4 + ["request", "resource", "metadata"])
    encoding = random.choice(["", "", "gzip", "br", "zstd"])
    body = _page(random)
    packed = pa.compress(body, codec=encoding.replace("br", "brotli"), asbytes=True) if encoding else body
    if random.random() < 0.3:
        packed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
        encoding += "\r\nTransfer-Encoding: chunked"
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: "
    block += encoding.encode() + b"\r\n\r\n" + packed
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://example.com/{number}\r\n"
    return f"{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def _rss(random: Random) -> bytes:
    head = '<?xml version="1.0" encoding="utf-8"?><rss><channel><language>en</language>'
    date = "<pubDate>Fri, 20 Nov 2026 06:30:00 GMT</pubDate>"
    items = "".join(
        f"<item><guid>{n}</guid><title>Road &amp; bridge</title>{date}"
        f"<description>{escape(_page(random).decode())}</description></item>"
        for n in range(random.randrange(1, 4))
    )
    return f"{head}{items}</channel></rss>".encode()


def _atom(random: Random) -> bytes:
    entry = f"<entry><id>1</id><content type='html'><![CDATA[<p>{_text(random)}</p>]]></content></entry>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'.encode()


SAMPLES: Mapping[str, Callable[[Random], bytes]] = {
    ".txt": _seed,
    ".html": _page,
    ".htm": _page,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json_array,
    ".csv": _csv,
    ".tsv": lambda random: _csv(random, "\t"),
    ".parquet": _parquet,
    ".warc": _crawl,
    ".rss": _rss,
    ".atom": _atom,
    ".xml": _rss,
}
"""A sound file of each format, by extension."""


def packed(content: bytes, extension: str) -> bytes:
    """Compress as the end of an extension says.

    Args:
        content: the file.
        extension: such as `.jsonl.gz`.
    """
    if extension.endswith(".gz"):
        return gzip.compress(content, 1, mtime=0)
    return pa.compress(content, codec="zstd", asbytes=True) if extension.endswith(".zst") else content


def mutated(content: bytes, other: bytes, random: Random) -> bytes:
    """Damage a file in one to four ways.

    Args:
        content: the file.
        other: another file, to splice with.
        random: where chance comes from.
    """
    for _ in range(random.randrange(1, 5)):
        content = random.choice(WAYS)(content, other, random)
    return content


def _flipped(content: bytes, other: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.randrange(1, 20) if content else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _place(content: bytes, random: Random) -> tuple[int, int]:
    begin = random.randrange(len(content) + 1)
    return begin, min(len(content), begin + int(random.expovariate(0.01)))


def _truncated(content: bytes, other: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _without(content: bytes, other: bytes, random: Random) -> bytes:
    begin, end = _place(content, random)
    return content[:begin] + content[end:]


def _doubled(content: bytes, other: bytes, random: Random) -> bytes:
    begin, end = _place(content, random)
    return content[:end] + content[begin:end] * random.randrange(1, 4) + content[end:]


def _spliced(content: bytes, other: bytes, random: Random) -> bytes:
    return content[: _place(content, random)[0]] + other[_place(other, random)[0] :]


def _stuffed(content: bytes, other: bytes, random: Random) -> bytes:
    begin, end = _place(content, random)
    return content[:begin] + random.choice(PIECES) + content[random.choice([begin, end]) :]


def _digits(content: bytes, other: bytes, random: Random) -> bytes:
    """Change numbers, such as lengths."""
    old = b"%d" % random.randrange(10)
    return content.replace(old, b"%d" % random.choice([0, 1, 9, 10**9, 10**18]), random.randrange(1, 4))


WAYS = (_flipped, _flipped, _truncated, _without, _doubled, _spliced, _stuffed, _stuffed, _digits)
"""From a file, another file and chance to a damaged file."""
