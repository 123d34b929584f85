"""CSV files: a record a row, in any encoding and with any delimiter, and a bad row costs itself alone."""

from __future__ import annotations

import codecs
import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import Fault, Raw
from ingest.formats.csv_files import read_csv, read_tsv

LIMIT = 1 << 20
CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('",;\n'), max_size=12)


def read(content: bytes, *, size: int = 1 << 18, limit: int = LIMIT) -> list[Raw | Fault]:
    return list(read_csv(iter([content[at : at + size] for at in range(0, len(content), size)]), limit))


def told(records: list[Raw | Fault]) -> list[tuple[str, str]]:
    """Say of each record where it is, and its text or what is wrong."""
    return [
        (record.part, record.reason if isinstance(record, Fault) else record.fields.get("text", ""))
        for record in records
    ]


@given(
    table=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6), size=st.integers(1, 40)
)
def test_values_are_those_that_pandas_reads(table: list[list[str]], size: int) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([["id", "title", "text"], *table])
    frame = pd.read_csv(io.StringIO(buffer.getvalue(), newline=""), dtype=str, keep_default_na=False)
    expected = [{name: value for name, value in row.items() if value} for row in frame.to_dict("records")]
    records = read(buffer.getvalue().encode(), size=size)
    assert [dict(record.fields) for record in records if isinstance(record, Raw)] == expected
    assert len(records) == len(table)


def test_values_stay_strings_and_empty_ones_are_none() -> None:
    (record,) = read(b"id,title,text\n007,,1e3\n")
    assert isinstance(record, Raw)
    assert record.fields == {"id": "007", "text": "1e3"}


def test_of_columns_of_one_name_none_takes_the_place_of_another() -> None:
    (record,) = read(b"id,text,text,id,text\n1,first,second,2,third\n")
    assert isinstance(record, Raw)
    assert record.fields == {"id": "1", "text": "first", "text#2": "second", "id#2": "2", "text#3": "third"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_the_header_tells_the_delimiter(delimiter: str, quoting: int) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([["id", "title; or , so", "text"], ["1", "a;b;c;d", "x,y\n\t|z"]])
    (record,) = read(buffer.getvalue().encode())
    assert isinstance(record, Raw)
    assert record.fields == {"id": "1", "title; or , so": "a;b;c;d", "text": "x,y\n\t|z"}


RETURNS = st.text(st.sampled_from('a",;\r\n'), max_size=6)


@given(
    table=st.lists(st.tuples(RETURNS, RETURNS, st.just(".")), min_size=1, max_size=6),
    line_end=st.sampled_from(["\n", "\r\n"]),
    size=st.integers(1, 40),
)
def test_a_return_alone_is_text_where_rows_end_otherwise(
    table: list[tuple[str, str, str]], line_end: str, size: int
) -> None:
    """Python's own writer leaves it without quotes, and its reader then ends the row there."""
    names = ("id", "text", "end")
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=line_end).writerows([names, *table])
    records = read(buffer.getvalue().encode(), size=size)
    assert [
        [record.fields.get(name, "") for name in names] for record in records if isinstance(record, Raw)
    ] == [list(row) for row in table]


def test_rows_may_end_with_returns_alone() -> None:
    assert told(read(b'id,text\r1,a\r\r2,"b\rc"\r')) == [(":2", "a"), (":4", "b\rc")]


def test_tsv_is_parted_by_tabs_whatever_the_header_looks_like() -> None:
    (record,) = read_tsv(iter([b"a,b,c\ttext\n1,2\tx\n"]), LIMIT)
    assert isinstance(record, Raw)
    assert record.fields == {"a,b,c": "1,2", "text": "x"}


def test_one_column_needs_no_delimiter() -> None:
    assert told(read(b"text\n\none\r\n  \ntwo")) == [(":3", "one"), (":5", "two")]


def test_rows_of_other_lengths_are_rejects_with_their_lines() -> None:
    content = b'id,text\n1,"a\nb"\n2\n3,c,d\n\n4,e\n'
    assert told(read(content)) == [(":2", "a\nb"), (":4", "malformed"), (":5", "malformed"), (":7", "e")]


def test_a_quote_that_is_never_closed_costs_what_follows() -> None:
    assert told(read(b'id,text\n1,a\n2,"b\n3,c\n')) == [(":2", "a"), (":3", "malformed")]


def test_a_row_beyond_the_limit_is_a_reject() -> None:
    content = b'id,text\n1,a\n2,"' + b"x\n" * 500 + b'"\n3,c\n'
    assert told(read(content, size=64, limit=100)) == [(":2", "a"), (":3", "too_large"), (":504", "c")]


ACCENTS = (
    "Der Gemeinderat hat am Montag beschlossen, die Straße für Autos zu sperren – „es wird höchste Zeit“, "
    "sagte die Bürgermeisterin; der Umbau kostet 3 Mio. € und dauert bis März.\n"
)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", ACCENTS),
        ("utf-8-sig", ACCENTS),
        ("utf-16", ACCENTS),
        ("utf-16-le", ACCENTS),
        ("utf-32", ACCENTS),
        ("cp1252", ACCENTS),
        ("shift_jis", "本日の会議で、市長は新しい道路の計画を発表した。\n"),
        ("gb18030", "市长在今天的会议上宣布了新的道路计划，居民表示欢迎。\n"),
        ("koi8-r", "Сегодня на заседании мэр объявил о новом плане дорог.\n"),
    ],
)
@pytest.mark.parametrize("size", [7, 1 << 18])
def test_encodings(encoding: str, text: str, size: int) -> None:
    content = "id,text\r\n" + "".join(f'{number},"{text * 3}"\r\n' for number in range(40))
    records = read(content.encode(encoding), size=size)
    assert {value for _, value in told(records)} == {text * 3}
    assert [part for part, _ in told(records)] == [f":{2 + 4 * number}" for number in range(40)]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "schöner Café-Besuch für dich"),
        ("shift_jis", "本日の会議で市長は新しい道路の計画を発表した"),
    ],
)
def test_a_bad_byte_costs_its_row(encoding: str, text: str) -> None:
    rows = [f"{number},{text}".encode(encoding) for number in range(9_000)]
    rows[8_000] += b"\x82"
    records = read(b"id,text\n" + b"\n".join(rows))
    assert told(records)[8_000] == (":8002", "undecodable")
    assert {value for _, value in told(records)} == {text, "undecodable"}


def test_a_late_row_of_another_encoding_is_read_by_itself_where_all_before_was_ascii() -> None:
    late = "1,Ein schöner Besuch im Café an der Straße, so hieß es gestern für alle".replace(", so", " so")
    content = b"id,text\n" + b"0,plain words\n" * 30_000 + late.encode("cp1252") + b"\n"
    assert told(read(content))[-1] == (":30002", late[2:])


def test_the_hash_is_of_the_values() -> None:
    (plain,) = read(b"id,text\n1,a b\n")
    same = [
        b"id;text\n1;a b",
        b'text,id,more\r\n"a b","1",\r\n',
        codecs.BOM_UTF16_LE + 'id,text\n"1",a b'.encode("utf-16-le"),
    ]
    assert {read(content)[0].content_hash for content in same} == {plain.content_hash}
    (other,) = read(b"text,id\n1,a b\n")
    assert other.content_hash != plain.content_hash


@pytest.mark.parametrize("content", [b"", b"\n\r\n", b"\xef\xbb\xbf", b"id,text\n", b"id,text"])
def test_a_file_without_a_record_is_one_reject(content: bytes) -> None:
    assert told(read(content)) == [("", "empty")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html>\n<html><p>a,b</p>\n" * 99, "malformed"),
        (b'[\n {"id": 1}, {"id": 2}]\n', "malformed"),
        (b'{"id": 1}\n{"id": 2}\n', "malformed"),
        (bytes(range(256)) * 20, "undecodable"),
        (b"PK\x03\x04" + bytes(range(256)) * 20, "malformed"),
        (b'"id,text\n1,a\n', "malformed"),
        (b"id,caf\xff\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\n1,a\n", "undecodable"),
    ],
)
def test_a_file_that_is_no_csv_is_one_reject(content: bytes, reason: str) -> None:
    assert told(read(content)) == [("", reason)]
