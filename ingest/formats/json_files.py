"""JSON files: a record a line, an element of the array, or an object on its own; whatever they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from ingest.formats.body import NO_TEXT, as_utf8, joined, peeked_line
from ingest.formats.json_elements import elements
from ingest.formats.json_lines import read_lines
from ingest.formats.json_objects import json_record
from ingest.formats.record import Fault, Raw, make_fault, make_refused, make_too_large

_PEEKED = 1 << 20  # bytes; a first line that is longer is read as an element
_SAMPLE_CHARACTERS = 20
_OPEN_ARRAY = re.compile(rb"\[\s*(?:\{|\Z)")
_OPENING = (b"[", b"{")


def read_jsonl(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read a file of JSON lines: one record a line, blank lines aside.

    Where the first line begins an array of objects, the file is read as `read_json` does.

    Args:
        blocks: the file's bytes, in UTF-8, or in UTF-16 or UTF-32 with a byte-order mark.
        limit: bytes a record may have.

    Yields:
        One record a line; a line that is no JSON object is a Fault. One Fault for a file without any, or one
        that is of another format from its first character on.

    Raises:
        BrokenStreamError: the array is not closed.
    """
    line, rest = peeked_line(as_utf8(blocks), _PEEKED)
    first = line.lstrip()
    if NO_TEXT.match(first):
        yield _refused(rest, first)
    elif _OPEN_ARRAY.match(first):  # on one line or on many: no record begins so
        yield from _elements(rest, limit)
    else:
        yield from read_lines(rest, limit)


def read_json(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read a JSON file: an array of objects, or objects one behind the other.

    Where the first line is an object of its own and others follow, the file is one of JSON lines.

    Args:
        blocks: the file's bytes, in UTF-8, or in UTF-16 or UTF-32 with a byte-order mark.
        limit: bytes a record may have.

    Yields:
        One record an element, in their order; an element that is no object is a Fault. One Fault for a file
        without any, or one that is no JSON from its first character on.

    Raises:
        BrokenStreamError: the array is not closed.
    """
    line, rest = peeked_line(as_utf8(blocks), _PEEKED)
    first = line.lstrip()
    if first and not first.startswith(_OPENING):
        yield _refused(rest, first)
    elif first.startswith(b"{") and first.endswith(b"\n") and first.strip() != b"{}" and _is_json(first):
        yield from read_lines(rest, limit)  # not for `{}`, which stands on a line of its own in any layout
    else:
        yield from _elements(rest, limit)


def _refused(blocks: Iterator[bytes], first: bytes) -> Fault:
    detail = f"the file is no JSON: it begins with {first[:_SAMPLE_CHARACTERS]!r}"
    return make_refused(blocks, "malformed", detail)


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _elements(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    number = 0
    for number, body in enumerate(elements(blocks, limit), 1):
        part = f"#{number}"
        yield (
            make_too_large(part, body, limit) if body.digest else json_record(part, joined(body), "element")
        )
    if not number:
        yield make_fault("", b"", "empty", "the file holds no record")
