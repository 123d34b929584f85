"""Where the rows of a CSV file end, and what their fields are: as Python's csv module reads them.

A quote means something at the beginning of a field alone; inside of quotes two stand for one, and line breaks
are text. Rows that lie in one block are matched whole; the last of a block is followed field by field, so
memory holds a block and one row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.formats.body import NOTHING, Body, extended

_QUOTE = 0x22
_LINE_END = re.compile(rb"\r\n|\n|\r")
_NEWLINES = re.compile(rb"\n++")
_ENDED_BY_RETURN = re.compile(rb"\r(?!\n)")

_BEGINS, _PLAIN, _QUOTED, _CLOSED = range(
    4
)  # of a field: before its first byte, without quotes, in them, behind them


class Row(NamedTuple):
    """A row as it stands in its file."""

    line: int  # where it begins, the first being 1
    body: Body
    closed: bool  # False where the file ends inside of quotes


class Dialect(NamedTuple):
    """How fields are parted."""

    delimiter: str
    returns: bool  # a `\r` alone ends a row, as on old Macs; otherwise it is text
    row: re.Pattern[bytes]  # a whole row, up to its line end
    field_end: re.Pattern[bytes]  # of a field without quotes
    field: re.Pattern[str]  # a field with the delimiter behind it


def dialect(delimiter: str, *, returns: bool = False) -> Dialect:
    r"""Return the dialect of a delimiter.

    Args:
        delimiter: one ASCII character.
        returns: whether a `\r` alone ends a row. Where rows end otherwise, programs write it as text, without
            quotes.
    """
    mark, ends = re.escape(delimiter), r"\r\n" if returns else r"\n"
    quoted, rest = r'"[^"]*+(?:""[^"]*+)*+"', rf"[^{mark}{ends}]*+"
    one = rf'(?:{quoted}{rest}|[^"{mark}{ends}]{rest}|)'
    return Dialect(
        delimiter,
        returns,
        re.compile(rf"(?:{one}{mark})*+{one}(?=[{ends}])".encode()),
        re.compile(rf"[{mark}{ends}]".encode()),
        re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)"({rest})|({rest})){mark}'),
    )


def ends_with_return(first: bytes, delimiter: str) -> bool:
    r"""Tell whether the rows of a file end with `\r` alone.

    Args:
        first: the beginning of the file, with its first row and what ends that.
        delimiter: what parts its fields.
    """
    row = dialect(delimiter, returns=True).row.match(first)
    return bool(row and _ENDED_BY_RETURN.match(first, row.end()))


def values(text: str, told: Dialect) -> list[str]:
    """Part a row into its fields.

    Args:
        text: the row without its line end.
        told: its dialect.
    """
    found = told.field.findall(text + told.delimiter)
    return [
        plain or (quoted.replace('""', '"') if '"' in quoted else quoted) + rest
        for quoted, rest, plain in found
    ]


def rows(blocks: Iterator[bytes], told: Dialect, limit: int) -> Iterator[Row]:
    """Cut a file into rows.

    Args:
        blocks: the file's bytes, in an encoding in which ASCII bytes stand for themselves.
        told: the dialect.
        limit: bytes a row may have.

    Yields:
        Each row that is not blank.
    """
    body, state, line, begun = NOTHING, _BEGINS, 1, 1
    for block in _whole_line_ends(blocks):
        at = 0
        while at < len(block):
            blank = _NEWLINES.match(block, at) if body is NOTHING and state == _BEGINS else None
            if blank:  # a small compressed file may hold thousands of millions
                at, line = blank.end(), line + blank.end() - at
                begun = line
                continue
            end, state = _row_end(block, at, state, told)
            body = extended(body, block[at:end], limit)
            line += _lines(block, at, end) if told.returns else block.count(b"\n", at, end)
            at = end
            if at < len(block):
                if not _is_blank(body):
                    yield Row(begun, body, closed=True)
                found = _LINE_END.match(block, at)
                at, line = found.end() if found else at, line + 1
                body, state, begun = NOTHING, _BEGINS, line
    if not _is_blank(body):
        yield Row(begun, body, closed=state != _QUOTED)


def _whole_line_ends(blocks: Iterator[bytes]) -> Iterator[bytes]:
    r"""Hold back a `\r`, so that no line end is torn apart."""
    held = b""
    for block in blocks:
        both = held + block
        held = b"\r" if both.endswith(b"\r") else b""
        yield both.removesuffix(b"\r")
    yield held


def _row_end(block: bytes, at: int, state: int, told: Dialect) -> tuple[int, int]:
    """Return the line end of a row, or the end of the block, and the state there."""
    if state == _BEGINS:
        whole = told.row.match(block, at)
        if whole:
            return whole.end(), state
    while at < len(block):
        if state == _QUOTED:
            quote = block.find(b'"', at)
            at, state = (quote + 1, _CLOSED) if quote >= 0 else (len(block), state)
        elif state != _PLAIN and block[at] == _QUOTE:
            at, state = at + 1, _QUOTED
        else:
            found = told.field_end.search(block, at)
            if not found:
                return len(block), _PLAIN
            if block[found.start()] in b"\r\n":
                return found.start(), _PLAIN
            at, state = found.end(), _BEGINS
    return at, state


def _lines(block: bytes, start: int, end: int) -> int:
    ends = block.count(b"\n", start, end) + block.count(b"\r", start, end)
    return ends - block.count(b"\r\n", start, end)


def _is_blank(body: Body) -> bool:
    return not body.digest and all(not piece.strip(b" \r") for piece in body.pieces)
