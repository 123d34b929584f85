"""JSON lines: a record a line."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from ingest.formats.body import as_utf8, joined, lines
from ingest.formats.record import Fault, Raw, make_fault, make_raw, make_too_large


def read_jsonl(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read a file of JSON lines: one record a line, blank lines aside.

    Args:
        blocks: the file's bytes, in UTF-8, or in UTF-16 or UTF-32 with a byte-order mark.
        limit: bytes a record may have.

    Yields:
        One record a line; a line that is no JSON object is a Fault. One Fault for a file without any.
    """
    line: Raw | Fault | None = None
    for number, body in enumerate(lines(as_utf8(blocks), limit), 1):
        if not body.size:
            continue
        part = f":{number}"
        raw = b"" if body.digest else joined(body).removesuffix(b"\r")
        if body.digest:
            line = make_too_large(part, body, limit)
        elif not raw or raw.isspace():
            continue
        else:
            line = _json_object(part, raw)
        yield line
    if line is None:
        yield make_fault("", b"", "empty", "the file holds no record")


def _json_object(part: str, raw: bytes) -> Raw | Fault:
    try:
        fields = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return make_fault(part, raw, *_json_error(raw, error))
    if not isinstance(fields, dict):
        return make_fault(part, raw, "malformed", "the line is JSON, but no object")
    return make_raw(part, raw, fields)


def _json_error(raw: bytes, error: orjson.JSONDecodeError) -> tuple[str, str]:
    try:
        raw.decode()
    except UnicodeDecodeError as undecodable:
        return "undecodable", f"the line is not valid UTF-8: {undecodable.reason} at byte {undecodable.start}"
    return "malformed", f"the line is no JSON: {error}"
