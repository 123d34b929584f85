"""JSON lines: a record a line."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.formats.body import joined, lines
from ingest.formats.json_objects import json_record
from ingest.formats.record import Fault, Raw, make_fault, make_too_large


def read_lines(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read JSON lines: one record a line, blank lines aside.

    Args:
        blocks: the file's bytes, in UTF-8.
        limit: bytes a record may have.

    Yields:
        One record a line; a line that is no JSON object is a Fault. One Fault for a file without any.
    """
    line: Raw | Fault | None = None
    for number, body in enumerate(lines(blocks, limit), 1):
        if not body.size:
            continue
        part = f":{number}"
        raw = b"" if body.digest else joined(body).removesuffix(b"\r")
        if body.digest:
            line = make_too_large(part, body, limit)
        elif not raw or raw.isspace():
            continue
        else:
            line = json_record(part, raw, "line")
        yield line
    if line is None:
        yield make_fault("", b"", "empty", "the file holds no record")
