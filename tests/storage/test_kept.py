from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import builders_storage as build
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from objects import everywhere

from storage.errors import WarehouseFormat
from storage.history import History, load_history
from storage.kept import KEPT, PUBLISHED, kept_articles, kept_texts
from storage.matched import SPANS
from storage.reading import files, read
from storage.warehouse import Warehouse

BATCHES = ("20261121T060000Z-00000001", "20261121T060001Z-00000002")
EACH = 40


@pytest.fixture
def house(empty: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """Two batches in several files of several row groups, stored in another order than published."""
    monkeypatch.setattr("storage.write.GROUP_ROWS", 3)
    monkeypatch.setattr("storage.write.GROUP_BYTES", 1)
    monkeypatch.setattr("storage.write.PART_BYTES", 15_000)
    warehouse = empty
    for batch_id in BATCHES:
        pieces = [build.Piece(f"Report {number} of {batch_id}.") for number in range(EACH)]
        tables = build.batch_tables(batch_id, pieces)
        days = [None if day % 10 == 0 else build.NOW - timedelta(days=day * 7 % 11) for day in range(EACH)]
        articles = build.changed(tables["articles"], "published_at", days)
        build.commit_tables(warehouse, {**tables, "articles": articles})
    assert len(files(warehouse, "articles")) >= 4
    return warehouse


@everywhere
def test_members_are_numbered_by_batch_and_publication(house: Warehouse) -> None:
    stored = read(house, "articles")
    expected = stored.sort_by(
        [("batch_id", "ascending"), ("published_at", "ascending"), ("article_id", "ascending")]
    )
    found = kept_articles(load_history(house), np.arange(2 * EACH))
    assert found.schema.equals(KEPT)
    for name in PUBLISHED:
        assert found[name].to_pylist() == expected[name].to_pylist()


@everywhere
def test_articles_and_texts_come_in_the_order_asked_for(house: Warehouse) -> None:
    history = load_history(house)
    asked = np.random.default_rng(1).integers(0, history.kept, 200)
    everything = kept_articles(history, np.arange(history.kept))
    found = kept_articles(history, asked)
    assert found.equals(everything.take(pa.array(asked)).combine_chunks())
    stored = read(house, "articles", columns=["article_id", "text"])
    texts = dict(zip(stored["article_id"].to_pylist(), stored["text"].to_pylist(), strict=True))
    assert kept_texts(history, asked).to_pylist() == [texts[each] for each in found["article_id"].to_pylist()]


def test_every_row_group_is_read_once(house: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[tuple[object, int]] = Counter()
    real = pq.ParquetFile.read_row_group

    def counted(file: pq.ParquetFile, group: int, columns: list[str]) -> pa.Table:
        seen[file.metadata.serialized_size, file.metadata.num_rows, group, id(file)] += 1
        assert columns == [*SPANS]
        return real(file, group, columns=columns)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", counted)
    history = load_history(house)
    groups = sum(pq.ParquetFile(path).num_row_groups for path in files(house, "articles"))
    assert len(kept_texts(history, np.arange(history.kept)[::-1])) == history.kept
    assert sum(seen.values()) == groups
    seen.clear()
    kept_texts(history, np.array([5, 5, 5]))
    assert sum(seen.values()) == 1


def test_a_lost_file_is_a_clear_error(house: Warehouse) -> None:
    history = load_history(house)
    path = Path(files(house, "articles")[0])
    path.unlink()
    with pytest.raises(WarehouseFormat, match=str(path)):
        kept_texts(history, np.arange(history.kept))


def test_nothing_is_asked_of_an_empty_history() -> None:
    nothing = np.empty(0, np.int64)
    assert kept_texts(History(()), nothing).to_pylist() == []
    assert kept_articles(History(()), nothing).num_rows == 0
