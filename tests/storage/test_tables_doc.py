"""Holds docs/tables.md against the schemas; run as a script it writes the generated part anew."""

from __future__ import annotations

import re
from pathlib import Path

import builders_storage as build
import pyarrow as pa
import pytest

from ingest.tables import KINDS, REASONS
from storage.check_rows import CLOSED
from storage.contract import MARKS, MATCH_KINDS, RELATION_KINDS, SCHEMA_VERSION, TABLES
from storage.warehouse import create_warehouse

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"
BEGIN, END = "<!-- generated: begin -->\n", "<!-- generated: end -->\n"


def type_name(kind: pa.DataType) -> str:
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name}: {type_name(field.type)}' for field in kind)}>"
    if pa.types.is_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    if pa.types.is_map(kind):
        return f"map<{type_name(kind.key_type)}, {type_name(kind.item_type)}>"
    return str(kind)


def table_section(name: str, schema: pa.Schema) -> str:
    rows = [
        f"| `{field.name}` | {type_name(field.type)} | {'yes' if field.nullable else ''} | "
        f"{field.metadata[b'description'].decode()} |"
        for field in schema
    ]
    head = ["| column | type | may be null | what it is |", "|---|---|---|---|"]
    return "\n".join([f"### {name}", f"{schema.metadata[b'description'].decode()}.", "", *head, *rows, ""])


def list_section(title: str, words: dict[str, str]) -> str:
    return "\n".join([f"### {title}", "", *(f"- `{word}`: {meaning}" for word, meaning in words.items()), ""])


def generated() -> str:
    sections = [
        f"Schema version {SCHEMA_VERSION}.\n",
        *(table_section(name, schema) for name, schema in TABLES.items()),
        list_section("Matches (`duplicates.match`)", MATCH_KINDS),
        list_section("Relations (`relations.relation`)", RELATION_KINDS),
        list_section("Marks (`articles.marks`)", MARKS),
        list_section("Kinds of removals (`removals.kind`)", KINDS),
        list_section("Reasons of rejects (`rejects.reason`)", REASONS),
    ]
    return "\n".join(sections)


def test_the_page_says_what_the_schemas_say() -> None:
    page = PAGE.read_text(encoding="utf-8")
    written = page.partition(BEGIN)[2].partition(END)[0]
    assert written == generated(), f"run: python {Path(__file__).relative_to(PAGE.parents[1])}"


def test_every_column_is_described() -> None:
    for schema in TABLES.values():
        assert all(len(field.metadata[b"description"]) > 5 for field in schema)


@pytest.mark.parametrize(
    "column", [("removals", "layer"), ("duplicates", "match"), ("relations", "relation")]
)
def test_the_short_lists_that_are_checked_are_the_published_ones(column: tuple[str, str]) -> None:
    table, name = column
    described = TABLES[table].field(name).metadata[b"description"].decode()
    assert set(re.findall(r"\w+", described.split(";")[0])) - {"or"} == set(CLOSED[column])


def test_the_page_shows_our_own_reader_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = create_warehouse(tmp_path / "warehouse")
    build.commit_tables(house, build.batch_tables("20261121T060000Z-00000001", [build.Piece("One two.")]))
    monkeypatch.chdir(tmp_path)
    ours = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    seen: dict[str, pa.Table] = {}
    exec(ours, seen)
    assert (seen["articles"].num_rows, seen["removals"].num_rows) == (1, 1)


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(before + BEGIN + generated() + END + after, encoding="utf-8")
