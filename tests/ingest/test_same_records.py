"""The same records give the same articles, whatever the format of their file."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.records import read
from ingest.sources import Source, find
from tests.builders import story

Record = dict[str, str]

VALUE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1, max_size=30)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"text": VALUE},
        optional={
            "id": VALUE,
            "title": VALUE,
            "url": st.sampled_from(
                ["https://example.com/a?utm_source=x", "no address", "https://Example.com/B#c"]
            ),
            "authors": st.sampled_from(["Ann Lee and Bo Ray", "By Ann Lee", ";"]),
            "date": st.sampled_from(["2026-11-20", "Fri, 20 Nov 2026 06:00:00 +0100", "soon"]),
            "language": st.sampled_from(["en", "en-GB", "?"]),
            "section": VALUE,
        },
    ),
    min_size=1,
    max_size=6,
)


def as_jsonl(records: list[Record]) -> bytes:
    return b"\n".join(json.dumps(record).encode() for record in records)


def as_json(records: list[Record]) -> bytes:
    return json.dumps(records, indent=1, ensure_ascii=False).encode()


def as_csv(records: list[Record], delimiter: str = ",") -> bytes:
    buffer = io.StringIO(newline="")
    names = sorted({name for record in records for name in record} | {"id"})  # one column has no delimiter
    writer = csv.DictWriter(buffer, names, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(records)
    return buffer.getvalue().encode()


def as_parquet(records: list[Record]) -> bytes:
    names = {name for record in records for name in record}
    columns = {name: pa.array([record.get(name) for record in records], pa.string()) for name in names}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, row_group_size=2)
    return sink.getvalue()


FORMATS: dict[str, Callable[[list[Record]], bytes]] = {
    "a.jsonl": as_jsonl,
    "a.json": as_json,
    "a.csv": as_csv,
    "a.tsv": lambda records: as_csv(records, "\t"),
    "a.parquet": as_parquet,
}


def outcome(path: Path) -> tuple[list[Any], list[Any]]:
    """Return the articles and rejects in a file, but for where they stand and what their bytes are."""
    chunks = list(read(find([Source("s", (str(path),))]).files))
    articles = pa.concat_tables([chunk.records for chunk in chunks]).drop_columns(["locator", "content_hash"])
    rejects = pa.concat_tables([chunk.rejects for chunk in chunks])
    return articles.to_pylist(), rejects["reason"].to_pylist()


@given(records=RECORDS)
def test_every_format_gives_the_same_articles(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record]
) -> None:
    folder = tmp_path_factory.mktemp("same")
    found = {}
    for name, written in FORMATS.items():
        (folder / name).write_bytes(written(records))
        found[name] = outcome(folder / name)
        assert len(found[name][0]) + len(found[name][1]) == len(records)
    assert all(one == found["a.jsonl"] for one in found.values())


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "a.jsonl"])
def test_packed_under_a_plain_name_is_read_for_what_it_is(tmp_path: Path, name: str) -> None:
    records = [{"id": str(number), "text": story(number)} for number in range(3)]
    content = FORMATS[name](records)
    (tmp_path / name).write_bytes(content)
    plain = outcome(tmp_path / name)
    for packed in (gzip.compress(content), pa.compress(content, codec="zstd", asbytes=True)):
        (tmp_path / name).write_bytes(packed)
        assert outcome(tmp_path / name) == plain
    assert len(plain[0]) == 3
