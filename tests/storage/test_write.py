from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import builders_storage as build
import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.contract import SCHEMA_VERSION, TABLES
from storage.errors import SchemaMismatch, WarehouseUnwritable
from storage.write import GROUP_BYTES, GROUP_ROWS, TableWriter, conform, write_table

BATCH = "20261121T060000Z-00000000"


def originals(count: int, text: str) -> pa.Table:
    rows = {"article_id": [f"{number:032x}" for number in range(count)], "batch_id": [BATCH] * count}
    return pa.table(
        {**rows, "extracted": [text] * count, "content_hash": ["0" * 32] * count}, TABLES["originals"]
    )


@pytest.mark.parametrize("table", TABLES)
def test_what_is_written_is_read_by_two_engines(tmp_path: Path, table: str) -> None:
    rows = build.batch_tables(
        BATCH, [build.Piece("One two three."), build.Piece("One two three.", of="One two three.")], rejects=1
    )[table]
    [entry] = write_table(tmp_path, table, [rows], batch_id=BATCH)
    path = tmp_path / entry.path
    assert pq.read_table(path, partitioning=None).equals(rows)
    assert (
        duckdb.sql(f"select * from '{path}'").to_arrow_table().select(rows.schema.names).to_pylist()
        == rows.to_pylist()
    )
    assert (entry.rows, entry.bytes) == (rows.num_rows, path.stat().st_size)
    assert entry.xxh3_128 == xxhash.xxh3_128_hexdigest(path.read_bytes())


def test_a_table_without_rows_has_a_file_all_the_same(tmp_path: Path) -> None:
    for table, schema in TABLES.items():
        folder = tmp_path / table
        folder.mkdir()
        [entry] = write_table(folder, table, [], batch_id=BATCH)
        assert entry.rows == 0
        assert pq.read_table(folder / entry.path, partitioning=None).schema.equals(schema)
        assert duckdb.sql(f"select * from '{folder / entry.path}'").fetchall() == []


def test_the_file_describes_itself(tmp_path: Path) -> None:
    [entry] = write_table(tmp_path, "articles", [], batch_id=BATCH)
    metadata = pq.read_metadata(tmp_path / entry.path).metadata
    assert metadata[b"copydesk.schema_version"].decode() == SCHEMA_VERSION
    assert metadata[b"copydesk.batch_id"].decode() == BATCH
    described = {field.name: field.metadata[b"description"].decode() for field in TABLES["articles"]}
    assert json.loads(metadata[b"copydesk.columns"]) == described
    assert (
        pq.read_schema(tmp_path / entry.path).field("text").metadata
        == TABLES["articles"].field("text").metadata
    )


def test_text_is_neither_coded_by_dictionary_nor_spilled_into_the_footer(tmp_path: Path) -> None:
    rows = build.batch_tables(BATCH, [build.Piece("A secret sentence.")])["articles"]
    [entry] = write_table(tmp_path, "articles", [rows], batch_id=BATCH)
    group = pq.read_metadata(tmp_path / entry.path).row_group(0)
    columns = {
        group.column(number).path_in_schema: group.column(number) for number in range(group.num_columns)
    }
    assert not columns["text"].is_stats_set
    assert "RLE_DICTIONARY" not in columns["text"].encodings
    assert "RLE_DICTIONARY" in columns["outlet"].encodings
    assert columns["published_at"].statistics.has_min_max
    assert {column.compression for column in columns.values()} == {"ZSTD"}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 900), max_size=12), st.sampled_from([10, 4_000, 40_000]))
def test_row_groups_are_neither_small_nor_huge(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], length: int
) -> None:
    folder = tmp_path_factory.mktemp("groups")
    chunks = [originals(size, "x" * length) for size in sizes]
    [entry] = write_table(folder, "originals", chunks, batch_id=BATCH)
    stored = pq.read_metadata(folder / entry.path)
    groups = [stored.row_group(number).num_rows for number in range(stored.num_row_groups)]
    assert sum(groups) == sum(sizes)
    assert all(rows >= min(GROUP_ROWS, sum(sizes)) for rows in groups)
    assert all(rows * length <= 2 * GROUP_BYTES or rows < 2 * GROUP_ROWS for rows in groups)
    assert pq.read_table(folder / entry.path, partitioning=None).equals(
        pa.concat_tables([TABLES["originals"].empty_table(), *chunks])
    )


def test_one_huge_table_is_cut_into_row_groups(tmp_path: Path) -> None:
    rows = originals(10_000, "x" * 4_000)
    [entry] = write_table(tmp_path, "originals", [rows], batch_id=BATCH)
    assert pq.read_metadata(tmp_path / entry.path).num_row_groups >= 3
    assert pq.read_table(tmp_path / entry.path, partitioning=None).equals(rows)


def test_a_part_is_closed_when_it_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.write.PART_BYTES", 2_000)
    rows = originals(9_000, "x" * 4_000)
    entries = write_table(tmp_path, "originals", [rows], batch_id=BATCH)
    assert [entry.path for entry in entries] == [
        f"part-{number:05d}.parquet" for number in range(len(entries))
    ]
    assert len(entries) > 1
    assert pa.concat_tables(
        [pq.read_table(tmp_path / entry.path, partitioning=None) for entry in entries]
    ).equals(rows)


def test_columns_may_come_in_any_order_and_in_kindred_types(tmp_path: Path) -> None:
    rows = originals(3, "x")
    turned = rows.select(rows.column_names[::-1])
    turned = turned.set_column(0, "content_hash", pc.cast(turned.column(0), pa.large_string()))
    assert conform(turned, "originals", batch_id=BATCH).equals(rows)


def test_what_is_not_the_published_table_is_refused() -> None:
    rows = build.batch_tables(BATCH, [build.Piece("One two.")])["articles"]
    no_start = pa.array(
        [[{"start": None, "end": 3}]], pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32())]))
    )
    spans = rows.schema.get_field_index("paragraph_spans")
    wrong = {
        "missing columns": rows.drop_columns(["title"]),
        "surplus columns": rows.append_column("mood", pa.array(["glad"])),
        "are null": rows.set_column(0, "article_id", pa.array([None], pa.string())),
        "elements, start": rows.set_column(spans, "paragraph_spans", no_start),
        "does not belong": build.changed(rows, "batch_id", ["another"]),
        "word_count|int32|many": rows.set_column(
            rows.schema.get_field_index("word_count"), "word_count", pa.array(["many"])
        ),
    }
    for words, table in wrong.items():
        with pytest.raises(SchemaMismatch, match=words):
            conform(table, "articles", batch_id=BATCH)


def test_a_number_that_does_not_fit_is_refused_and_never_cut() -> None:
    rows = build.batch_tables(BATCH, [build.Piece("One two.")])["articles"]
    place = rows.schema.get_field_index("word_count")
    with pytest.raises(SchemaMismatch):
        conform(rows.set_column(place, "word_count", pa.array([2**40])), "articles")


def test_a_full_disk_is_one_clear_sentence(tmp_path: Path) -> None:
    # /dev/full takes an open and refuses every write, as a full disk does
    (tmp_path / "part-00000.parquet").symlink_to("/dev/full")
    with (
        pytest.raises(WarehouseUnwritable, match="No space left"),
        TableWriter(tmp_path, "originals", batch_id=BATCH) as out,
    ):
        out.write(originals(5_000, "x" * 5_000))


def test_a_writer_whose_work_broke_off_leaves_no_readable_file(tmp_path: Path) -> None:
    def half() -> Iterator[pa.Table]:
        yield originals(5_000, "x" * 9_000)
        raise RuntimeError("the source broke off")

    with pytest.raises(RuntimeError, match="broke off"):
        write_table(tmp_path, "originals", half(), batch_id=BATCH)
    [path] = tmp_path.iterdir()
    assert pq.read_metadata(path).num_rows < 5_000
