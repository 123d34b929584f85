"""Rows are cut and parted as Python's csv module does it, wherever blocks end."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.body import joined
from ingest.formats.csv_rows import Row, dialect, rows, values

LIMIT = 1 << 20
FIELDS = st.text(st.sampled_from('a é"“,;\t\r\n\0|'), max_size=8)
DELIMITERS = st.sampled_from(",;\t|")


def cut(text: str, delimiter: str, size: int) -> list[Row]:
    content = text.encode()
    blocks: Iterator[bytes] = iter([content[at : at + size] for at in range(0, len(content), size)])
    return list(rows(blocks, dialect(delimiter, returns=True), LIMIT))


def parted(found: list[Row], delimiter: str) -> list[list[str]]:
    return [values(joined(row.body).decode(), dialect(delimiter, returns=True)) for row in found]


def is_blank(row: list[str]) -> bool:
    return len(row) < 2 and not "".join(row).strip(" ")


@given(
    table=st.lists(st.lists(FIELDS, min_size=1, max_size=5), max_size=8),
    delimiter=DELIMITERS,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    size=st.integers(1, 30),
)
def test_what_was_written_is_read(
    table: list[list[str]], delimiter: str, quoting: int, line_end: str, size: int
) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=line_end).writerows(table)  # type: ignore[arg-type]
    found = parted(cut(buffer.getvalue(), delimiter, size), delimiter)
    read = csv.reader(io.StringIO(buffer.getvalue(), newline=""), delimiter=delimiter)
    assert [row for row in found if not is_blank(row)] == [row for row in read if not is_blank(row)]


@given(text=st.text(st.sampled_from('ab",\r\n '), max_size=60), size=st.integers(1, 30))
def test_whatever_stands_there_is_parted_as_python_does_it(text: str, size: int) -> None:
    reader = csv.reader(io.StringIO(text, newline=""))
    expected, begins, before = [], [], 0
    for row in reader:
        expected.append(row)
        begins.append(before + 1)
        before = reader.line_num
    found = cut(text, ",", size)
    if found and not found[-1].closed:  # Python takes what is there for the field
        *found, torn = found
        assert begins.pop() == torn.line
        expected.pop()
    told = [(row, line) for row, line in zip(expected, begins, strict=False) if not is_blank(row)]
    mine = zip(parted(found, ","), [row.line for row in found], strict=True)
    assert [(row, line) for row, line in mine if not is_blank(row)] == told


@given(
    text=st.text(st.sampled_from('ab",\r\n '), max_size=60), size=st.integers(1, 30), limit=st.integers(1, 20)
)
def test_a_large_row_ends_where_it_would_otherwise(text: str, size: int, limit: int) -> None:
    content = text.encode()
    blocks = iter([content[at : at + size] for at in range(0, len(content), size)])
    limited = list(rows(blocks, dialect(",", returns=True), limit))
    free = {row.line: joined(row.body) for row in cut(text, ",", size)}
    large = {row.line for row in limited if row.body.digest}
    assert {line for line, raw in free.items() if len(raw) > limit} <= large
    assert all(row.body.size > limit for row in limited if row.body.digest)
    assert {row.line: joined(row.body) for row in limited if not row.body.digest} == {
        line: raw for line, raw in free.items() if line not in large
    }
