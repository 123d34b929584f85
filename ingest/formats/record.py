"""A record as its format has it, or why it is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any, NamedTuple

import orjson
import xxhash

from ingest.formats.body import SAMPLE_BYTES, Body, whole
from ingest.streams import BrokenStreamError


class Raw(NamedTuple):
    """A record as its format has it."""

    part: str  # where in the file: what follows its path in the locator
    content_hash: str  # xxh3_128 of the raw record, hex
    size: int  # bytes
    sample: bytes  # its first bytes
    fields: Mapping[str, Any]
    charset: str | None = None  # of bytes in `html`, as told beside them


class Fault(NamedTuple):
    """A record that is none."""

    part: str
    content_hash: str
    size: int
    sample: bytes
    reason: str  # one of tables.REASONS
    detail: str


class Passed(NamedTuple):
    """A part of a file that was never meant to be an article, such as a request in a crawl: only counted."""

    part: str


Reader = Callable[[Iterator[bytes], int], Iterator[Raw | Fault | Passed]]
"""From the decompressed bytes of a file, in blocks, and the bytes a record may have, to its records."""

FileReader = Callable[[IO[bytes], int, frozenset[str]], Iterator[Raw | Fault]]
"""From a file, decompressed and seekable, the bytes a record may have, and the names of the fields that are
asked for, to its records: for formats that are not read from the beginning to the end."""


def make_raw(part: str, raw: bytes, fields: Mapping[str, Any]) -> Raw:
    """Make a record.

    Args:
        part: where it stands in its file.
        raw: its own bytes: they make its hash, so that it is recognised wherever it lies next time.
        fields: its fields, by the names they have there.
    """
    return Raw(part, xxhash.xxh3_128_hexdigest(raw), len(raw), raw[:SAMPLE_BYTES], fields)


def make_fault(part: str, raw: bytes, reason: str, detail: str) -> Fault:
    """Make a record that is none.

    Args:
        part: where it stands in its file.
        raw: its own bytes.
        reason: one of tables.REASONS.
        detail: what is wrong, in one sentence.
    """
    return Fault(part, xxhash.xxh3_128_hexdigest(raw), len(raw), raw[:SAMPLE_BYTES], reason, detail)


def make_too_large(part: str, body: Body, limit: int) -> Fault:
    """Make the fault for a record past the limit.

    Args:
        part: where it stands in its file.
        body: what is left of it: hash, size and a sample.
        limit: bytes a record may have.
    """
    digest = body.digest.hexdigest() if body.digest else ""
    detail = f"the record has {body.size:,} bytes, the limit is {limit:,}"
    return Fault(part, digest, 0, body.pieces[0], "too_large", detail)


def make_broken(part: str, error: BrokenStreamError) -> Fault:
    """Make the fault for a stream that ends early or is damaged.

    Args:
        part: where in the file it was noticed.
        error: what the decompressor says.
    """
    damaged = "the file breaks off or is damaged: " if error.reason == "malformed" else ""
    return Fault(part, error.content_hash, 0, b"", error.reason, f"{damaged}{error}")


def encoded(fields: Mapping[str, Any]) -> bytes:
    r"""Write down a record of which not its bytes count, but its values: what its hash is made of.

    The recipe: the fields that are not null, as one JSON object in UTF-8, names sorted, no white space. So
    the hash does not depend on the order of columns, on quotes, encodings or compression.

    Args:
        fields: values by name; bytes are written as UTF-8, those that are none as `\xff`.
    """
    there = {name: value for name, value in fields.items() if value is not None}
    return orjson.dumps(there, default=_told, option=orjson.OPT_SORT_KEYS)


def _told(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def make_refused(blocks: Iterable[bytes], reason: str, detail: str) -> Fault:
    """Make the fault for a file that is not what its name says.

    Args:
        blocks: the file's bytes; all are hashed, none is kept.
        reason: one of tables.REASONS.
        detail: what it is, in one sentence.
    """
    body = whole(blocks, 0)
    digest = (body.digest or xxhash.xxh3_128()).hexdigest()
    return Fault("", digest, 0, body.pieces[0] if body.pieces else b"", reason, detail)
