"""Parquet files: a record a row, whatever the types, and damage costs no more than it has to."""

from __future__ import annotations

import io
import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import Fault, Raw, open_records
from ingest.formats.parquet_files import read_parquet
from ingest.formats.parquet_values import values
from ingest.metadata.fields import INFORMATION, asked, names
from tests.strategies import TEXT

ASKED = asked(names(())) - INFORMATION
LIMIT = 1 << 20


def written(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def read(content: bytes, *, columns: frozenset[str] = ASKED, limit: int = LIMIT) -> list[Raw | Fault]:
    return list(read_parquet(io.BytesIO(content), limit, columns))


def told(records: list[Raw | Fault]) -> list[tuple[str, Any]]:
    """Say of each record where it is, and its text or what is wrong."""
    return [
        (record.part, record.reason if isinstance(record, Fault) else record.fields.get("text"))
        for record in records
    ]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": TEXT | st.none(),
            "id": st.integers(-(1 << 63), (1 << 63) - 1) | st.none(),
            "authors": st.lists(TEXT | st.none(), max_size=3) | st.none(),
            "more": st.booleans(),
        }
    ),
    min_size=1,
    max_size=8,
)
SCHEMA = pa.schema(
    [("text", pa.string()), ("id", pa.int64()), ("authors", pa.list_(pa.string())), ("more", pa.bool_())]
)


@given(rows=ROWS, group=st.integers(1, 9), compression=st.sampled_from(["NONE", "snappy", "zstd", "gzip"]))
def test_rows_and_hashes_do_not_depend_on_how_the_file_is_laid_out(
    rows: list[dict[str, Any]], group: int, compression: str
) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    content = written(table, row_group_size=group, compression=compression, use_dictionary=group % 2 == 0)
    records = read(content)
    assert [record.part for record in records] == [f"#{number}" for number in range(1, len(rows) + 1)]
    for record, row in zip(records, rows, strict=True):
        assert isinstance(record, Raw)
        there = {name: value for name, value in row.items() if name != "more" and value is not None}
        assert {name: value for name, value in record.fields.items() if value is not None} == there
        assert list(record.fields) == SCHEMA.names  # names of all columns, also of those not decoded
        canonical = json.dumps(there, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert record.content_hash == xxhash.xxh3_128_hexdigest(canonical)
    turned = table.select(["more", "authors", "id", "text"])
    assert [one.content_hash for one in read(written(turned))] == [one.content_hash for one in records]


MOMENT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(["a", None], pa.large_string()), ["a", None]),
        (pa.array(["a", None], pa.string_view()), ["a", None]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
        (pa.array([b"caf\xc3\xa9", b"\xff", None]), ["café", b"\xff", None]),
        (pa.array([b"a", b"\xff"]).view(pa.string()), ["a", b"\xff"]),
        (pa.array([7, None], pa.uint8()), [7, None]),
        (pa.array([7.0, 7.5, float("nan"), None]), [7, 7.5, None, None]),
        (pa.array([Decimal("7.00"), Decimal("7.50")]), [7, "7.50"]),
        (pa.array([Decimal(10**30)]), [str(10**30)]),
        (pa.array([True, None]), [True, None]),
        (pa.array([date(2026, 11, 20), None]), ["2026-11-20", None]),
        (pa.array([MOMENT], pa.timestamp("s", "UTC")), ["2026-11-20T06:30:00Z"]),
        (pa.array([MOMENT], pa.timestamp("ms", "America/New_York")), ["2026-11-20T06:30:00.000Z"]),
        (pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("us")), ["2026-11-20T06:30:00.000000"]),
        (pa.array([1], pa.timestamp("ns")), ["1970-01-01T00:00:00.000000001"]),
        (pa.array([10**15], pa.timestamp("s")), [None]),
        (pa.array([["a", None], None, []]), [["a", None], None, []]),
        (pa.array([["a"]], pa.list_(pa.string(), 1)), [["a"]]),
        (pa.array([uuid.UUID(int=7).bytes], pa.uuid()), [str(uuid.UUID(int=7))]),
        (pa.array([None, None]), [None, None]),
        (
            pa.array([{"a": 1.0, "b": b"x"}, None, {"a": None}]),
            [{"a": 1, "b": "x"}, None, {"a": None, "b": None}],
        ),
        (pa.array([{}, None], pa.struct([])), [{}, None]),
        (pa.array([[{"a": "x"}], None, []]).slice(0, 2), [[{"a": "x"}], None]),
        (pa.array([["a"], ["b", "c"], None, ["d"]]).slice(1), [["b", "c"], None, ["d"]]),
        (pa.array([["a"], None], pa.list_view(pa.string())), [["a"], None]),
        (
            pa.array([["a", "b"], None, ["c", None]], pa.list_(pa.string(), 2)),
            [["a", "b"], None, ["c", None]],
        ),
        (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), [{"map<string, int64>": None}]),
        (pa.array([1], pa.time64("ns")), [{"time64[ns]": None}]),
        (pa.array([1], pa.duration("ns")), [{"duration[ns]": None}]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_values_are_those_that_json_would_have(column: pa.Array, expected: list[Any]) -> None:
    found = values(column)
    if expected == [None] and found != [None]:  # a date that no calendar of ours has
        with pytest.raises(ValueError, match="Invalid isoformat"):
            datetime.fromisoformat(found[0])
        return
    assert found == expected


def test_only_the_columns_that_are_asked_for_are_decoded() -> None:
    table = pa.table({"text": ["a" * 9, "b" * 9], "more": ["x" * 90, "y" * 90]})
    content = written(table, compression="NONE", use_dictionary=False)
    broken = content.replace(b"x" * 90, b"\xff" * 90)  # not even UTF-8
    assert told(read(broken)) == [("#1", "a" * 9), ("#2", "b" * 9)]
    assert told(read(content, columns=frozenset({"body"}))) == [("#1", None), ("#2", None)]


def test_a_row_beyond_the_limit_is_a_reject() -> None:
    content = written(pa.table({"text": ["a", "b" * 500, "c"]}))
    assert told(read(content, limit=100)) == [("#1", "a"), ("#2", "too_large"), ("#3", "c")]


def test_a_damaged_row_group_costs_itself_and_says_which_rows() -> None:
    texts = [f"{number:05d} " * 40 for number in range(4_000)]
    content = written(
        pa.table({"text": texts}), row_group_size=1_000, compression="NONE", use_dictionary=False,
        write_page_checksum=True, data_page_size=4_096,
    )  # fmt: skip
    place = content.index(texts[1_500].encode())
    records = read(content[:place] + b"#" + content[place + 1 :])
    (fault,) = [record for record in records if isinstance(record, Fault)]
    first = int(fault.part.removeprefix("#"))
    assert 1_001 <= first <= 1_501
    assert f"to {2_000:,}" in fault.detail
    kept = [(part, text) for part, text in told(records) if text != "malformed"]
    assert kept == [(f"#{n + 1}", texts[n]) for n in range(4_000) if n + 1 < first or n >= 2_000]


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"no Parquet", b"<html></html>" * 99, b"PAR1" + b"\0" * 99 + b"PAR1"]
)
def test_a_file_that_is_no_parquet_is_one_reject(content: bytes) -> None:
    assert told(read(content)) == [("", "malformed")]


def test_a_file_without_a_row_is_one_reject() -> None:
    assert told(read(written(pa.table({"text": pa.array([], pa.string())})))) == [("", "empty")]


def test_a_file_that_is_cut_off_is_one_reject_since_its_end_says_where_things_are() -> None:
    content = written(pa.table({"text": ["a", "b"]}))
    assert all(told(read(content[:cut])) == [("", "malformed")] for cut in range(0, len(content), 7))


@given(data=st.data())
def test_damage_anywhere_raises_nothing(data: st.DataObject) -> None:
    table = pa.table(
        {"text": [f"Story {n}." for n in range(50)], "authors": [[f"a{n % 3}"] for n in range(50)]}
    )
    content = bytearray(written(table, row_group_size=20, write_page_checksum=True))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    assert all(isinstance(record, Raw | Fault) for record in read(bytes(content)))


@pytest.mark.parametrize("end", ["", ".gz", ".zst"])
@pytest.mark.parametrize("cut", [False, True])
def test_compressed_as_a_whole(end: str, cut: bool) -> None:
    content = written(pa.table({"text": [f"Story {number}." for number in range(2_000)]}))
    codec = {".gz": "gzip", ".zst": "zstd"}.get(end)
    packed = pa.compress(content, codec=codec, asbytes=True) if codec else content
    packed = packed[: len(packed) // 2] if cut else packed
    records = list(open_records(Path(f"a.parquet{end}"), io.BytesIO(packed), limit=LIMIT, asked=ASKED))
    expected = [("", "malformed")] if cut else [(f"#{n + 1}", f"Story {n}.") for n in range(2_000)]
    assert told([record for record in records if isinstance(record, Raw | Fault)]) == expected
