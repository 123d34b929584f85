"""CSV files: a header, then a record a row; all values are strings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ingest.decode import Undecodable, decode
from ingest.formats.body import NO_TEXT, SAMPLE_BYTES, joined, peeked_line
from ingest.formats.csv_rows import Dialect, Row, dialect, ends_with_return, rows, values
from ingest.formats.encodings import Recoded, recoded
from ingest.formats.record import Fault, Raw, encoded, make_fault, make_raw, make_refused, make_too_large

DELIMITERS = ",;\t|"
"""What may part fields, the likelier first."""

_JSON = re.compile(rb"\{|\[\s*(?:[\[{]|\Z)")
_HEADER_BYTES = 1 << 20
_SHOWN = 20  # characters


def read_csv(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read a CSV file: the first row names the fields, each other one is a record.

    Fields are parted by that of DELIMITERS which parts the header into the most.

    Args:
        blocks: the file's bytes, in any encoding that can be told.
        limit: bytes a record may have.

    Yields:
        One record a row, all values strings, empty ones left out; a row of more or fewer fields than the
        header is a Fault. One Fault for a file without any, or one that is no CSV.
    """
    yield from _read(blocks, limit, DELIMITERS)


def read_tsv(blocks: Iterator[bytes], limit: int) -> Iterator[Raw | Fault]:
    """Read a file like CSV, its fields parted by tabs.

    Args:
        blocks: the file's bytes, in any encoding that can be told.
        limit: bytes a record may have.

    Yields:
        As `read_csv` does.
    """
    yield from _read(blocks, limit, "\t")


def _read(blocks: Iterator[bytes], limit: int, delimiters: str) -> Iterator[Raw | Fault]:
    file = recoded(blocks)
    line, rest = peeked_line(file.blocks, _HEADER_BYTES)
    first = line.lstrip()
    if NO_TEXT.match(first) or _JSON.match(first):
        yield make_refused(rest, "malformed", f"the file is no CSV: it begins with {first[:_SHOWN]!r}")
    elif not file.encoding:
        detail = f"the bytes are no text in any encoding that can be told ({file.taken_for})"
        yield make_refused(rest, "undecodable", detail)
    else:
        told = max(
            map(dialect, delimiters), key=lambda one: len(values(line.decode("latin-1").strip("\r\n"), one))
        )
        told = dialect(told.delimiter, returns=ends_with_return(first, told.delimiter))
        yield from _records(file._replace(blocks=rest), told, limit)


def _records(file: Recoded, told: Dialect, limit: int) -> Iterator[Raw | Fault]:
    table = rows(file.blocks, told, limit)
    names = next((_fields(row, told, limit=limit, encoding=file.encoding) for row in table), [])
    if isinstance(names, Fault):  # without the names no row means anything
        yield make_refused(file.blocks, names.reason, f"the header cannot be read: {names.detail}")
        return
    header = _distinct([name.strip() for name in names])
    row = None
    for row in table:
        fields = _fields(row, told, limit=limit, encoding=file.encoding)
        yield fields if isinstance(fields, Fault) else _record(row, header, fields)
    if row is None:
        yield make_fault("", b"", "empty", "the file holds no record")


def _distinct(names: Sequence[str]) -> list[str]:
    """Name columns apart: the first of a name has it, so that none takes the place of another unseen."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return distinct


def _fields(row: Row, told: Dialect, *, limit: int, encoding: str) -> list[str] | Fault:
    part = f":{row.line}"
    if row.body.digest:
        return make_too_large(part, row.body, limit)
    raw = joined(row.body).removesuffix(b"\r")
    if not row.closed:
        return make_fault(part, raw, "malformed", "a quote is opened and never closed")
    try:
        return values(raw.decode(), told)
    except UnicodeDecodeError as error:
        text = (
            decode(raw) if encoding == "ascii" else Undecodable(f"the row is not valid {encoding}: {error}")
        )
    return (
        make_fault(part, raw, "undecodable", text.detail)
        if isinstance(text, Undecodable)
        else values(text, told)
    )


def _record(row: Row, header: Sequence[str], values: Sequence[str]) -> Raw | Fault:
    part, raw = f":{row.line}", joined(row.body)
    if len(values) != len(header):
        detail = f"the row has {len(values)} fields, the header {len(header)}"
        return make_fault(part, raw, "malformed", detail)
    fields = {name: value for name, value in zip(header, values, strict=True) if value}
    return make_raw(part, encoded(fields), fields)._replace(sample=raw[:SAMPLE_BYTES])
