"""File formats: what one record is in each, and its fields.

A format is one function from the decompressed bytes of a file, in blocks, to its records, and one line of
FORMATS. Nothing here holds more of a file than a block and one record.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson
import xxhash

from ingest.decode import Undecodable, byte_order_mark, decode
from ingest.streams import BLOCK_BYTES, COMPRESSIONS, BrokenStreamError, broken_stream, decompressed

SAMPLE_BYTES = 80


class Raw(NamedTuple):
    """A record as its format has it."""

    part: str  # where in the file: what follows its path in the locator
    content_hash: str  # xxh3_128 of the raw record, hex
    size: int  # bytes
    sample: bytes  # its first bytes
    fields: Mapping[str, Any]


class Fault(NamedTuple):
    """A record that is none."""

    part: str
    content_hash: str
    size: int
    sample: bytes
    reason: str  # one of tables.REASONS
    detail: str


Reader = Callable[[Iterator[bytes], int], Iterator[Raw | Fault]]


def read_text(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read a file of plain text: one record.

    Args:
        blocks: the file's bytes.
        limit: bytes a record may have.

    Yields:
        The one record, with the field `text`.
    """
    body = _whole(blocks, limit)
    if body.digest:
        yield _too_large("", body, limit)
        return
    raw = _joined(body)
    text = decode(raw)
    if isinstance(text, Undecodable):
        yield _fault("", raw, "undecodable", text.detail)
    else:
        yield _raw("", raw, {"text": text})


def read_html(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read a file of HTML: one record.

    Args:
        blocks: the file's bytes.
        limit: bytes a record may have.

    Yields:
        The one record, with the field `html` as bytes: workers decode it.
    """
    body = _whole(blocks, limit)
    if body.digest:
        yield _too_large("", body, limit)
        return
    raw = _joined(body)
    yield _raw("", raw, {"html": raw})


def read_jsonl(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read a file of JSON lines: one record a line, blank lines aside.

    Args:
        blocks: the file's bytes, in UTF-8, or in UTF-16 or UTF-32 with a byte-order mark.
        limit: bytes a record may have.

    Yields:
        One record a line; a line that is no JSON object is a Fault. One Fault for a file without any.
    """
    line: Raw | Fault | None = None
    for number, body in enumerate(_lines(_as_utf8(blocks), limit), 1):
        part = f":{number}"
        raw = b"" if body.digest else _joined(body).removesuffix(b"\r")
        if body.digest:
            line = _too_large(part, body, limit)
        elif not raw or raw.isspace():
            continue
        else:
            line = _json_object(part, raw)
        yield line
    if line is None:
        yield _fault("", b"", "empty", "the file holds no record")


FORMATS: Mapping[str, Reader] = {
    ".txt": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
}
"""The reader of each format, by extension."""

EXTENSIONS = tuple(format_ + compression for format_ in FORMATS for compression in ("", *COMPRESSIONS))
"""All extensions that can be read."""


def is_known(path: Path) -> bool:
    """Tell whether a file's extension names a format that can be read.

    Args:
        path: the file.

    Returns:
        Whether it is one of EXTENSIONS, in upper or lower case.
    """
    return path.name.lower().endswith(EXTENSIONS)


def open_records(path: Path, stream: IO[bytes], *, limit: int) -> Iterator[Raw | Fault]:
    """Read the records of one file of any format.

    Args:
        path: the file, of a known extension.
        stream: its bytes; the caller closes it.
        limit: bytes a record may have, decompressed.

    Yields:
        Each record once, in their order. A stream that is cut off or damaged gives the records before
        the break, then one Fault.
    """
    name = path.name.lower()
    compression = next((kind for end, kind in COMPRESSIONS.items() if name.endswith(end)), None)
    inner = name.rpartition(".")[0] if compression else name
    reader = next(reader for end, reader in FORMATS.items() if inner.endswith(end))
    plain = iter(lambda: stream.read(BLOCK_BYTES), b"")
    blocks = decompressed(stream, compression) if compression else plain
    try:
        yield from reader(blocks, limit)
    except BrokenStreamError as error:
        detail = f"the file breaks off or is damaged: {error}"
        yield Fault("", error.content_hash, 0, b"", "malformed", detail)


class _Body(NamedTuple):
    """A record's bytes as far as they were read; once past the limit only hash, size and a sample."""

    pieces: tuple[bytes, ...] = ()
    size: int = 0
    digest: xxhash.xxh3_128 | None = None


_NOTHING = _Body()


def _extended(body: _Body, piece: bytes, limit: int) -> _Body:
    size = body.size + len(piece)
    if size <= limit:
        return _Body((*body.pieces, piece), size, None)
    digest = body.digest.copy() if body.digest else xxhash.xxh3_128()
    for unhashed in (piece,) if body.digest else (*body.pieces, piece):
        digest.update(unhashed)
    sample = b"".join(begin[:SAMPLE_BYTES] for begin in (*body.pieces, piece))[:SAMPLE_BYTES]
    return _Body((sample,), size, digest)


def _joined(body: _Body) -> bytes:
    return body.pieces[0] if len(body.pieces) == 1 else b"".join(body.pieces)


def _whole(blocks: Iterable[bytes], limit: int) -> _Body:
    body = _NOTHING
    for block in blocks:
        body = _extended(body, block, limit)
    return body


def _lines(blocks: Iterable[bytes], limit: int) -> Iterator[_Body]:
    carry = _NOTHING
    for block in blocks:
        *ended, rest = block.split(b"\n")
        for piece in ended:
            yield _extended(carry, piece, limit)
            carry = _NOTHING
        carry = _extended(carry, rest, limit) if rest else carry
    if carry.size:
        yield carry


def _as_utf8(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Drop a byte-order mark, and bring UTF-16 and UTF-32 into UTF-8; half characters stay half."""
    head = next(blocks, b"")
    encoding, skip = byte_order_mark(head)
    if encoding in ("", "utf-8"):
        yield head[skip:]
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    for block in chain([head[skip:]], blocks):
        try:
            yield decoder.decode(block).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:  # UTF-32 beyond the last code point
            raise broken_stream(str(error), block) from error
    if decoder.getstate()[0]:
        yield b"\xff"  # half a character at the end: what UTF-8 never holds


def _json_object(part: str, raw: bytes) -> Raw | Fault:
    try:
        fields = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return _fault(part, raw, *_json_error(raw, error))
    if not isinstance(fields, dict):
        return _fault(part, raw, "malformed", "the line is JSON, but no object")
    return _raw(part, raw, fields)


def _json_error(raw: bytes, error: orjson.JSONDecodeError) -> tuple[str, str]:
    try:
        raw.decode()
    except UnicodeDecodeError as undecodable:
        return "undecodable", f"the line is not valid UTF-8: {undecodable.reason} at byte {undecodable.start}"
    return "malformed", f"the line is no JSON: {error}"


def _raw(part: str, raw: bytes, fields: Mapping[str, Any]) -> Raw:
    return Raw(part, xxhash.xxh3_128_hexdigest(raw), len(raw), raw[:SAMPLE_BYTES], fields)


def _fault(part: str, raw: bytes, reason: str, detail: str) -> Fault:
    return Fault(part, xxhash.xxh3_128_hexdigest(raw), len(raw), raw[:SAMPLE_BYTES], reason, detail)


def _too_large(part: str, body: _Body, limit: int) -> Fault:
    digest = body.digest.hexdigest() if body.digest else ""
    detail = f"the record has {body.size:,} bytes, the limit is {limit:,}"
    return Fault(part, digest, 0, body.pieces[0], "too_large", detail)
