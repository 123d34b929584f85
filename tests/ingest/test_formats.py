"""The registry of formats, what it promises, and the page that says how to add one."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import FILE_FORMATS, FORMATS, Fault, Raw, is_known, open_records
from ingest.formats.json_files import read_jsonl
from ingest.metadata.fields import FIELDS, names
from ingest.streams import COMPRESSIONS
from tests.builders import ROOT

DOC = (ROOT / "docs/add-a-source.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """Return the body of the first table behind a heading, as cells."""
    lines = DOC.split(f"### {heading}\n", 1)[1].splitlines()
    body = [line for line in lines[: lines.index("", 2)] if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body[2:]]


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def blocks_of(content: bytes, size: int) -> Iterator[bytes]:
    stream = io.BytesIO(content)
    return iter(lambda: stream.read(size), b"")


@given(
    pieces=st.lists(
        st.sampled_from([b'{"a": 1}', b"{", b"", b"\n", b"\r\n", b"x" * 50, b"caf\xe9"]), max_size=30
    ),
    size=st.integers(1, 40),
    limit=st.integers(1, 60),
)
def test_lines_do_not_depend_on_where_blocks_end(pieces: list[bytes], size: int, limit: int) -> None:
    content = b"".join(pieces)
    found = list(read_jsonl(blocks_of(content, size), limit))
    expected = [
        (n, line) for n, line in enumerate(content.split(b"\n"), 1) if line.strip() or len(line) > limit
    ]
    if not expected:
        assert [(record.part, isinstance(record, Fault) and record.reason) for record in found] == [
            ("", "empty")
        ]
        return
    assert [record.part for record in found] == [f":{number}" for number, _ in expected]
    for record, (_, line) in zip(found, expected, strict=True):
        large = len(line) > limit
        assert (isinstance(record, Fault) and record.reason == "too_large") == large
        whole = line if large else line.removesuffix(b"\r")
        assert record.content_hash == xxhash.xxh3_128_hexdigest(whole)
        assert record.sample == whole[:80]


@pytest.mark.parametrize("name", ["a.txt", "A.TXT", "a.b.jsonl", "a.html.gz", "a.NDJSON.ZST"])
def test_known_extensions_in_any_case(name: str) -> None:
    assert is_known(Path(name))
    assert len(list(open_records(Path(name), io.BytesIO(b""), limit=9))) == 1


@pytest.mark.parametrize("name", ["a", "a.gz", "a.txt.bz2", "a.pdf", "txt"])
def test_other_extensions(name: str) -> None:
    assert not is_known(Path(name))


def test_the_page_lists_every_format_and_compression() -> None:
    listed = [extension for row in table("Files that can be read") for extension in codes(row[0])]
    assert listed == [*FORMATS, *FILE_FORMATS]
    sentence = re.search(r"Each also with (.*) behind it", DOC)
    assert sentence
    assert codes(sentence[1]) == list(COMPRESSIONS)


def test_the_page_lists_every_field_and_alias() -> None:
    rows = table("Fields of a record")
    assert {codes(row[0])[0]: (codes(row[0])[0], *codes(row[1])) for row in rows} == names(())
    assert [codes(row[0])[0] for row in rows] == list(FIELDS)


def test_the_example_of_a_source_uses_fields_that_exist() -> None:
    block = re.search(r"```toml\n(.*?)```", DOC, re.DOTALL)
    assert block
    (source,) = tomllib.loads(block[1])["source"]
    assert set(source["fields"]) <= {*FIELDS, "source_id"}


def test_the_example_of_a_format_works_as_it_stands() -> None:
    function, entry = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(compile(function, "docs/add-a-source.md", "exec"), namespace)
    registry = eval(f"{{{entry}}}", namespace)
    (reader,) = registry.values()
    content = b"7\tRoad to close\tThe council voted.\nno columns\n8\tB\tcaf\xc3\xa9\n" + b"x" * 99
    records = list(reader(blocks_of(content, 10), 50))
    assert [record.part for record in records] == [":1", ":2", ":3", ":4"]
    assert [record.fields["text"] for record in records if isinstance(record, Raw)] == [
        "The council voted.",
        "café",
    ]
    assert [record.reason for record in records if isinstance(record, Fault)] == ["malformed", "too_large"]
