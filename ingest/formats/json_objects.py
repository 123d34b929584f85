"""From the bytes of one JSON object to a record."""

from __future__ import annotations

import orjson

from ingest.formats.record import Fault, Raw, make_fault, make_raw


def json_record(part: str, raw: bytes, called: str) -> Raw | Fault:
    """Make a record of JSON.

    Args:
        part: where it stands in its file.
        raw: its own bytes.
        called: what it is called there, such as `line`.

    Returns:
        The record; a Fault where it is no JSON, or JSON of another kind than an object.
    """
    try:
        fields = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return make_fault(part, raw, *_json_error(raw, error, called))
    if not isinstance(fields, dict):
        return make_fault(part, raw, "malformed", f"the {called} is JSON, but no object")
    return make_raw(part, raw, fields)


def _json_error(raw: bytes, error: orjson.JSONDecodeError, called: str) -> tuple[str, str]:
    try:
        raw.decode()
    except UnicodeDecodeError as wrong:
        return "undecodable", f"the {called} is not valid UTF-8: {wrong.reason} at byte {wrong.start}"
    return "malformed", f"the {called} is no JSON: {error}"
