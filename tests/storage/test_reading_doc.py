"""Runs the examples of docs/tables.md, as they stand there, against a small warehouse."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import builders_storage as build
import pandas
import polars
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import storage
from storage.compact import compact
from storage.publish import writing
from storage.warehouse import create_warehouse, open_warehouse

PAGE = (Path(__file__).parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")
BLOCKS = dict(
    re.findall(r"^### (pandas|Polars|DuckDB|pyarrow)\n```python\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)
)
READERS = ("pandas", "Polars", "DuckDB", "pyarrow")

MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
DATES = {
    "Before the week.": MONDAY - timedelta(microseconds=1),
    "Monday at midnight.": MONDAY,
    "The middle of it.": MONDAY + timedelta(days=3, hours=5),
    "The last moment.": MONDAY + timedelta(days=7) - timedelta(microseconds=1),
    "After the week.": MONDAY + timedelta(days=7),
    "No date at all.": None,
    "Of another outlet.": MONDAY + timedelta(days=1),
}


def dated(tables: dict[str, pa.Table], committed: datetime) -> dict[str, pa.Table]:
    """Give articles their dates, and titles, and the batch the time of its commit."""
    made = dict(tables)
    for name in ("articles", "duplicates"):
        texts = made[name]["text"].to_pylist()
        dates = [DATES.get(text, MONDAY) for text in texts]
        made[name] = build.changed(build.changed(made[name], "published_at", dates), "title", texts)
    made["batches"] = build.changed(made["batches"], "committed_at", [committed])
    return made


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a warehouse of three batches: two of some days ago, one of now."""
    folder = tmp_path_factory.mktemp("reading")
    warehouse = create_warehouse(folder / "warehouse")
    elsewhere = [build.Piece("Monday at midnight.", of="Monday at midnight.", outlet="copy.example")]
    first = [build.Piece(text) for text in DATES if text != "Of another outlet."]
    first += [build.Piece("Of another outlet.", outlet="other.example"), *elsewhere]
    later = [
        build.Piece(
            "The middle of it, more or less.", of="The middle of it.", of_history=True, source="late"
        ),
        build.Piece("Monday at midnight.", of="Monday at midnight.", of_history=True, outlet="late.example"),
    ]
    now = datetime.now(UTC)
    for age, pieces in ((3, first), (2, []), (0, [build.Piece("What is new."), *later])):
        when = now - timedelta(days=age)
        batch_id = f"{when:%Y%m%dT%H%M%SZ}-0000000{age}"
        build.commit_tables(warehouse, dated(build.batch_tables(batch_id, pieces, rejects=1), when))
    return folder


@pytest.fixture(scope="module", params=["as committed", "compacted"])
def house(request: pytest.FixtureRequest, committed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same warehouse, as it is and compacted."""
    if request.param == "as committed":
        return committed
    folder = tmp_path_factory.mktemp("compacted")
    shutil.copytree(committed / "warehouse", folder / "warehouse")
    warehouse = open_warehouse(folder / "warehouse")
    with writing(warehouse):
        compact(warehouse, commit_id="z", now=datetime.now(UTC))
    return folder


def rows(table: Any) -> list[tuple[object, ...]]:
    """Return the rows of a table of any of the four readers, sorted, with None for what is missing."""
    if isinstance(table, pandas.DataFrame):
        found = [tuple(None if pandas.isna(value) else value for value in row) for row in table.to_numpy()]
    elif isinstance(table, polars.DataFrame):
        found = table.rows()
    elif isinstance(table, pa.Table):
        found = [tuple(row.values()) for row in table.to_pylist()]
    else:
        found = table.fetchall()
    return sorted(found, key=repr)


def expected(folder: Path) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Answer both questions in plain Python, from all rows as `storage.read` gives them."""
    house = folder / "warehouse"
    yesterday = datetime.now(UTC) - timedelta(days=1)
    recent = {
        row["batch_id"]
        for row in storage.read(house, "batches").to_pylist()
        if row["committed_at"] >= yesterday
    }
    articles = storage.read(house, "articles").to_pylist()
    copies = storage.read(house, "duplicates").to_pylist()
    new = [(row["article_id"], row["outlet"], row["title"]) for row in articles if row["batch_id"] in recent]
    week = []
    for row in articles:
        date = row["published_at"]
        if row["outlet"] == "example.com" and date and MONDAY <= date < MONDAY + timedelta(days=7):
            mine = [each for each in copies if each["of_article_id"] == row["article_id"]]
            pairs = [(each["outlet"], each["match"]) for each in mine] or [(None, None)]
            week += [(row["article_id"], date, row["title"], *pair) for pair in pairs]
    return sorted(new, key=repr), sorted(week, key=repr)


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_answers_both_questions(
    reader: str, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house)
    names: dict[str, Any] = {}
    exec(BLOCKS[reader], names)
    new, week = expected(house)
    assert [row[2] for row in new] == ["What is new."]
    assert len(week) == 5  # four articles: one with two copies, one with one, two with none
    assert rows(names["new"]) == new
    assert [tuple(map(plain, row)) for row in rows(names["week"])] == [tuple(map(plain, row)) for row in week]


def plain(value: object) -> object:
    """Return a moment as its microseconds, whatever class a reader has for it."""
    return round(value.timestamp() * 1_000_000) if isinstance(value, datetime) else value


@pytest.mark.parametrize("reader", READERS)
def test_where_nothing_is_new_there_are_no_rows(
    reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = create_warehouse(tmp_path / "warehouse")
    tables = build.batch_tables("20261101T060000Z-00000001", [build.Piece("Old.")])
    build.commit_tables(warehouse, dated(tables, datetime(2000, 1, 1, tzinfo=UTC)))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(BLOCKS[reader], names)
    assert rows(names["new"]) == []


def test_the_filters_shown_serve_our_own_reader(house: Path) -> None:
    where = (ds.field("outlet") == "example.com") & (ds.field("published_at") >= MONDAY)
    titles = storage.read(house / "warehouse", "articles", columns=["title"], where=where)["title"]
    assert sorted(titles.to_pylist()) == [
        "After the week.",
        "Monday at midnight.",
        "The last moment.",
        "The middle of it.",
        "What is new.",
    ]


@pytest.mark.parametrize("reader", READERS)
def test_files_of_batches_that_are_not_asked_for_are_not_opened(
    reader: str, committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first file may be opened for its columns; the second may as well be no Parquet at all."""
    shutil.copytree(committed / "warehouse", tmp_path / "warehouse")
    _, second, _ = sorted((tmp_path / "warehouse" / "articles").glob("*/*.parquet"))
    second.write_bytes(b"nothing")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(re.split(r"\n(?=monday =|week =)", BLOCKS[reader])[0], names)
    assert [row[2] for row in rows(names["new"])] == ["What is new."]
