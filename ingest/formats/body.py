"""The bytes of records, gathered from blocks; nothing here holds more than a block and one record."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

import xxhash

from ingest.decode import byte_order_mark
from ingest.streams import BrokenStreamError, breaking_off, broken_stream

SAMPLE_BYTES = 80
NO_TEXT = re.compile(rb"<|%PDF-|PAR1|PK\x03\x04")  # markup, PDF, Parquet, ZIP archives and office documents
"""How files begin that are no records as lines or rows, whatever they are called."""


class Body(NamedTuple):
    """A record's bytes as far as they were read; once past the limit only hash, size and a sample."""

    pieces: tuple[bytes, ...] = ()
    size: int = 0
    digest: xxhash.xxh3_128 | None = None  # there once the limit was passed


NOTHING = Body()


def extended(body: Body, piece: bytes, limit: int) -> Body:
    """Return a body with more bytes at its end.

    Args:
        body: what there is so far.
        piece: what comes behind it.
        limit: bytes a record may have; past it the bytes are hashed and let go.
    """
    size = body.size + len(piece)
    if size <= limit:
        return Body((*body.pieces, piece), size, None)
    digest = body.digest.copy() if body.digest else xxhash.xxh3_128()
    for unhashed in (piece,) if body.digest else (*body.pieces, piece):
        digest.update(unhashed)
    sample = b"".join(begin[:SAMPLE_BYTES] for begin in (*body.pieces, piece))[:SAMPLE_BYTES]
    return Body((sample,), size, digest)


def joined(body: Body) -> bytes:
    """Return the bytes of a body that is within the limit."""
    return body.pieces[0] if len(body.pieces) == 1 else b"".join(body.pieces)


def whole(blocks: Iterable[bytes], limit: int) -> Body:
    """Return all of a file as one body.

    Args:
        blocks: the file's bytes.
        limit: bytes a record may have.
    """
    body = NOTHING
    for block in blocks:
        body = extended(body, block, limit)
    return body


def lines(blocks: Iterable[bytes], limit: int) -> Iterator[Body]:
    r"""Part a file into lines, without the `\n` at their ends.

    Args:
        blocks: the file's bytes.
        limit: bytes a record may have.

    Yields:
        Each line, empty ones too.
    """
    carry = NOTHING
    for block in blocks:
        *ended, rest = block.split(b"\n")
        for piece in ended:
            # blank lines cost next to nothing: a small compressed file may hold thousands of millions
            yield extended(carry, piece, limit) if piece or carry.size else NOTHING
            carry = NOTHING
        carry = extended(carry, rest, limit) if rest else carry
    if carry.size:
        yield carry


def peeked_line(blocks: Iterator[bytes], limit: int) -> tuple[bytes, Iterator[bytes]]:
    r"""Look at the first line of a file that is not blank.

    Args:
        blocks: the file's bytes.
        limit: bytes to look at; a line that goes on behind them is cut, blank lines before it count.

    Returns:
        The line with the `\n` at its end, and blank lines before it; and all blocks, from the first on.
    """
    head = b""
    try:
        for block in blocks:
            head += block
            start = len(head) - len(head.lstrip())
            end = head.find(b"\n", start, limit) + 1
            if end or len(head) >= limit:
                return head[: end or limit], chain([head], blocks)
    except BrokenStreamError as error:  # an array may stand on one line: what is whole of it is read
        return head[:limit], chain([head], breaking_off(error))
    return head[:limit], iter([head])


def as_utf8(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Drop a byte-order mark, and bring UTF-16 and UTF-32 into UTF-8; half characters stay half.

    Args:
        blocks: bytes of UTF-8, or of UTF-16 or UTF-32 with a byte-order mark.

    Yields:
        Blocks of UTF-8.

    Raises:
        BrokenStreamError: UTF-32 goes beyond the last code point.
    """
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
