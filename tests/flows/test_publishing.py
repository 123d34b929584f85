"""Which rows lie together in the files of a batch, and what readers skip because of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pyarrow.parquet as pq
import pytest
from builders import sentence, story
from pyarrow.dataset import field
from running import run, write

from flows import gathering, tasks
from ingest.records import Reading
from storage import read
from storage.contract import ORDER
from storage.reading import files

ARTICLES, OUTLETS, DAYS, GROUP = 20_000, 50, 40, 1_000
START = datetime(2026, 10, 1, tzinfo=UTC)
UNTOLD = ("batch_id", "ingested_at", "locator")


def record(number: int, rng: random.Random) -> dict[str, Any]:
    """Return a small article of its own words, of any outlet and day; some end in an appeal."""
    words = " ".join(f"w{number}x{i}" for i in range(12))
    appeal = "\n\nREAD Also\u00a0 Another Headline Here" if number % 4 == 0 else ""
    when = START + timedelta(seconds=rng.randrange(DAYS * 24 * 3600))
    made = {"id": f"r{number}", "text": f"The {words}.{appeal}", "outlet": f"o{rng.randrange(OUTLETS)}.com"}
    return {**made, "date": when.isoformat(), "url": f"https://x.com/{number}"} if number % 100 else made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse with one batch, in groups of as many rows as articles of usual length fill."""
    folder = tmp_path_factory.mktemp("groups")
    rng = random.Random(1)
    inputs = write(folder / "in", [record(number, rng) for number in range(ARTICLES)], 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.write.GROUP_BYTES", 1)
        patch.setattr(gathering, "PORTION_BYTES", 100_000)  # a dozen portions
        assert run(inputs, folder / "w").kept == ARTICLES
    return folder / "w"


def last(values: list[Any]) -> tuple[Any, ...]:
    """Return what sorts None behind everything."""
    return tuple((value is None, value) for value in values)


@pytest.mark.parametrize("table", ORDER)
def test_the_rows_of_a_batch_are_in_their_order(table: str, house: Path, tmp_path: Path) -> None:
    copies = run(write(tmp_path / "in", corpus(), 2), tmp_path / "w").duplicates
    assert copies > 10
    for place in (house, tmp_path / "w"):
        rows = read(place, table, columns=ORDER[table]).to_pylist()
        keys = [last(list(row.values())) for row in rows]
        assert keys == sorted(keys)
        assert rows or place == house


def corpus() -> list[dict[str, Any]]:
    """Return records with copies, repeats, passages of others, relations, and dates that are missing."""
    made = []
    for i in range(50):
        text = story(i % 30, 6)
        if i % 3 == 1:
            text = text.replace("w", "v", 1)
        if i % 7 == 2:
            text = (
                f"{story(i + 500, 6)}\n\n{sentence(i * 7, 25)}\n\n{sentence(i * 7, 25)}\n\n{sentence(1, 25)}"
            )
        made.append({"id": f"r{i}", "text": text, "outlet": f"o{i % 3}.com" if i % 5 else None})
        made[-1]["date"] = f"2026-01-{1 + i % 9:02d}" if i % 4 else None
    for i in range(6):  # one text of one outlet on many days: a series
        text = story(900, 8).replace("x5 ", f"x5s{i} ", 3)
        made.append({"id": f"s{i}", "text": text, "outlet": "s.com", "date": f"2026-03-{1 + 4 * i:02d}"})
    return made


@pytest.mark.parametrize("way", ["small chunks", "many files", "one worker", "small portions"])
def test_the_order_is_the_same_however_it_was_run(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(write(tmp_path / "one", corpus(), 1), tmp_path / "w1")
    if way == "small chunks":
        monkeypatch.setattr(tasks, "Reading", partial(Reading, chunk_records=7))
    if way == "small portions":
        monkeypatch.setattr(gathering, "PORTION_BYTES", 1)
    other = write(tmp_path / "other", corpus(), 7 if way == "many files" else 1)
    run(other, tmp_path / "w2", workers=1 if way == "one worker" else 2)
    for table in ORDER:
        one, two = (read(tmp_path / name, table) for name in ("w1", "w2"))
        told = [name for name in one.column_names if name not in UNTOLD]
        assert one.select(told).equals(two.select(told)), table


Bounds = list[tuple[Any, Any]]


def bounds(path: Path, column: str) -> Bounds:
    """Return least and greatest value of each row group, as the file's footer tells them."""
    footer = pq.read_metadata(path)
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    found = [
        next(group.column(k) for k in range(group.num_columns) if group.column(k).path_in_schema == column)
        for group in groups
    ]
    return [(each.statistics.min, each.statistics.max) for each in found]


def possible(bounds: Bounds, least: Any, greatest: Any) -> set[int]:
    return {number for number, (low, high) in enumerate(bounds) if low <= greatest and high >= least}


def test_an_outlet_and_a_day_lie_in_one_or_two_groups_of_twenty(house: Path) -> None:
    [path] = map(Path, files(house, "articles"))
    outlets, dates = bounds(path, "outlet"), bounds(path, "published_at")
    assert len(outlets) == ARTICLES // GROUP
    touched = []
    for outlet in (f"o{number}.com" for number in range(OUTLETS)):
        mine = possible(outlets, outlet, outlet)
        assert 1 <= len(mine) <= 2  # 400 rows in a row
        for day in range(DAYS):
            first = START + timedelta(days=day)
            touched.append(len(mine & possible(dates, first, first + timedelta(days=1))))
    assert max(touched) <= 2
    assert sum(touched) / len(touched) < 1.5


def test_an_article_id_lies_in_one_group(house: Path) -> None:
    ids = read(house, "originals", columns=["article_id"])["article_id"].to_pylist()
    for table in ("originals", "removals"):
        [path] = map(Path, files(house, table))
        limits = bounds(path, "article_id")
        assert len(limits) >= 5
        touched = [len(possible(limits, each, each)) for each in ids[::37]]
        assert max(touched) <= (1 if table == "originals" else 2)


Reader = Callable[[Path, dict[str, Any]], int]


def duckdb_rows(path: Path, wanted: dict[str, Any]) -> int:
    said = " and ".join(f"{name} = '{value}'" for name, value in wanted.items())
    return len(duckdb.sql(f"select * from '{path}' where {said}").fetchall())


def polars_rows(path: Path, wanted: dict[str, Any]) -> int:
    said = [polars.col(name) == value for name, value in wanted.items()]
    return polars.scan_parquet(path).filter(said).collect().height


def pandas_rows(path: Path, wanted: dict[str, Any]) -> int:
    return len(pandas.read_parquet(path, filters=[(name, "==", value) for name, value in wanted.items()]))


def pyarrow_rows(path: Path, wanted: dict[str, Any]) -> int:
    said = [field(name) == value for name, value in wanted.items()]
    expression = said[0]
    for each in said[1:]:
        expression &= each
    return pq.read_table(path, filters=expression, partitioning=None).num_rows


def ruined(path: Path, into: Path, spare: set[int]) -> Path:
    """Copy a file without the data of any row group but some: whoever looks into them fails."""
    footer, data = pq.read_metadata(path), bytearray(path.read_bytes())
    for number in set(range(footer.num_row_groups)) - spare:
        for k in range(footer.row_group(number).num_columns):
            column = footer.row_group(number).column(k)
            starts = [column.data_page_offset, column.dictionary_page_offset or column.data_page_offset]
            data[min(starts) : min(starts) + column.total_compressed_size] = bytes(
                [255] * column.total_compressed_size
            )
    into.write_bytes(data)
    return into


def group_of(path: Path, column: str, value: object) -> set[int]:
    file = pq.ParquetFile(path)
    groups = range(file.metadata.num_row_groups)
    return {each for each in groups if value in file.read_row_group(each, [column])[column].to_pylist()}


@pytest.mark.parametrize("reader", [pandas_rows, polars_rows, duckdb_rows, pyarrow_rows])
def test_every_reader_skips_by_statistics(reader: Reader, house: Path, tmp_path: Path) -> None:
    row = read(house, "articles", columns=["article_id", "outlet", "published_at"]).to_pylist()[7_777]
    for table, wanted in (
        ("articles", {"outlet": row["outlet"], "published_at": row["published_at"]}),
        ("originals", {"article_id": row["article_id"]}),
    ):
        [path] = map(Path, files(house, table))
        column, value = next(iter(wanted.items()))
        spare = group_of(path, column, value)
        assert len(spare) <= 2
        assert reader(path, wanted) == reader(ruined(path, tmp_path / "ruined.parquet", spare), wanted) == 1
        with pytest.raises(Exception, match=r"(?i)thrift|don't know what type"):
            reader(ruined(path, tmp_path / "ruined.parquet", set()), wanted)


@pytest.mark.parametrize("column", ["article_id", "canonical_url"])
def test_duckdb_finds_one_article_by_the_bloom_filters(column: str, house: Path, tmp_path: Path) -> None:
    [path] = map(Path, files(house, "articles"))
    for row in read(house, "articles", columns=[column]).to_pylist()[500::4_000]:
        assert len(possible(bounds(path, column), row[column], row[column])) > 10  # statistics do not tell
        spare = group_of(path, column, row[column])
        found = duckdb_rows(ruined(path, tmp_path / "ruined.parquet", spare), {column: row[column]})
        assert (len(spare), found) == (1, 1)
