"""How pages were packed for their way through the network, and what they are unpacked."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ingest.streams import BLOCK_BYTES, BrokenStreamError, decompressed

_CHUNK = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_MARKUP = re.compile(rb"[\s\xef\xbb\xbf]*<")


class Damage(NamedTuple):
    """Why a payload cannot be had."""

    reason: str  # one of tables.REASONS
    detail: str


def unpack(
    body: bytes, *, transfer: str, encoding: str, limit: int, truncated: bool = False
) -> bytes | Damage:
    """Undo what the network needed: chunks and compression.

    Crawlers often undo either and leave the headers as they were, so each is undone only where it is there.

    Args:
        body: what stands behind the HTTP headers.
        transfer: value of Transfer-Encoding, empty for none.
        encoding: value of Content-Encoding, empty for none.
        limit: bytes the result may have.
        truncated: whether the crawler says that it cut the body: then what there is counts.

    Returns:
        The payload, or what is wrong with it.
    """
    plain: bytes | Damage = body
    if "chunked" in transfer.lower():
        plain = _unchunked(body, truncated=truncated)
    for name in reversed(encoding.lower().split(",")):
        if isinstance(plain, bytes) and name.strip() in _CODECS and not _MARKUP.match(plain):
            plain = _expanded(plain, name.strip(), limit, truncated=truncated)
    return plain


def _unchunked(body: bytes, *, truncated: bool) -> bytes | Damage:
    """Put chunks together; a body that does not begin with one was put together before."""
    chunk = _CHUNK.match(body)
    if not chunk:
        return body
    pieces: list[bytes] = []
    place = 0
    while chunk:
        size = int(chunk[1], 16)
        if not size:
            return b"".join(pieces)
        pieces.append(body[chunk.end() : chunk.end() + size])
        place = chunk.end() + size
        line_end = _LINE_END.match(body, place)
        chunk = _CHUNK.match(body, line_end.end()) if line_end else None
    if truncated and place >= len(body):
        return b"".join(pieces)
    return Damage("malformed", f"the chunks of the HTTP response break off or are damaged at byte {place:,}")


def _expanded(body: bytes, name: str, limit: int, *, truncated: bool) -> bytes | Damage:
    """Decompress as much as the limit allows and a block more."""
    plain = bytearray()
    try:
        for block in _CODECS[name](body):
            plain += block
            if len(plain) > limit:
                return Damage("too_large", f"the payload has more than {limit:,} bytes once it is unpacked")
    except (BrokenStreamError, zlib.error) as error:
        if not truncated or not plain:
            return Damage("malformed", f"the payload is damaged {name}: {error}")
    return bytes(plain)


def _codec(compression: str) -> Callable[[bytes], Iterator[bytes]]:
    return lambda body: decompressed(io.BytesIO(body), compression)


def _inflated(body: bytes) -> Iterator[bytes]:
    """Undo `deflate`: with the wrapper that the standard asks for, or without, as some servers do."""
    try:
        zlib.decompressobj().decompress(body, 1)
        window = zlib.MAX_WBITS
    except zlib.error:
        window = -zlib.MAX_WBITS
    inflater = zlib.decompressobj(window)
    yield inflater.decompress(body, BLOCK_BYTES)
    while inflater.unconsumed_tail:
        yield inflater.decompress(inflater.unconsumed_tail, BLOCK_BYTES)
    if not inflater.eof:
        raise zlib.error("it breaks off")


_CODECS: Mapping[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _codec("gzip"),
    "x-gzip": _codec("gzip"),
    "br": _codec("brotli"),
    "zstd": _codec("zstd"),
    "deflate": _inflated,
}
