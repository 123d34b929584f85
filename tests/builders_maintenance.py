"""Warehouses of a few batches of made-up articles, what is in them, and what is to be said of all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from flows.checking import check_warehouse
from flows.pipeline import direct, process
from flows.run import Options
from flows.summary import Summary
from storage import read

UNTOLD = ("batch_id", "ingested_at", "locator")
OF_ARTICLES = ("articles", "duplicates", "originals", "removals", "reuse", "relations")

Row = dict[str, Any]


def changed(text: str, *places: int) -> str:
    """Return a text with some words replaced: lower-case ones, which are neither names nor numbers."""
    words = text.split(" ")
    for place in places:
        words[place % len(words)] = f"otherwise{'abcdefghij'[place % 10]}"
    return " ".join(words)


def article(name: str, text: str, day: int, **fields: Any) -> Row:
    """Return a record with an id, a text and a date in January; its outlet is its own."""
    return {"id": name, "text": text, "date": f"2026-01-{day:02d}", "outlet": f"{name}.com", **fields}


def put(path: Path, *records: Row) -> Path:
    """Write a file of records, in the place of what it held."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def ingest(warehouse: Path, *inputs: Path, **options: Any) -> Summary:
    """Run the main job in this process, the source being called `wire`."""
    asked = Options(inputs=tuple(map(str, inputs)), to=str(warehouse), **{"source": "wire", **options})
    return process(asked, direct())


def ingest_all(folder: Path, batches: Mapping[str, Sequence[Row]]) -> Path:
    """Run the main job on one file of records after the other, into a warehouse beside them."""
    for name, records in batches.items():
        ingest(folder / "w", put(folder / f"{name}.jsonl", *records))
    return folder


def batch_ids(warehouse: Path) -> list[str]:
    """Return the ids of all batches in order of time."""
    return sorted(read(warehouse, "batches", columns=["batch_id"])["batch_id"].to_pylist())


def fits(warehouse: Path) -> bool:
    """Tell whether all laws hold, and a glob finds what the manifests say."""
    assert check_warehouse(str(warehouse)) == []
    for table in (*OF_ARTICLES, "rejects", "batches"):
        files = sorted(warehouse.glob(f"{table}/*/*.parquet"))
        globbed = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
        assert _sorted(globbed) == _sorted(read(warehouse, table).to_pylist()), table
    return True


def stored(warehouse: Path, table: str, *, batch: str | None = None, but: tuple[str, ...] = ()) -> list[str]:
    """Return the rows of a table, or of one batch of it, without some columns: sorted, as JSON."""
    rows = [row for row in read(warehouse, table).to_pylist() if batch in {None, row["batch_id"]}]
    return _sorted([{name: row[name] for name in row if name not in but} for row in rows])


def told(warehouse: Path) -> dict[str, list[str]]:
    """Return all rows about articles but for what may differ from run to run."""
    return {table: stored(warehouse, table, but=UNTOLD) for table in OF_ARTICLES}


def named(warehouse: Path, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Return some columns of a table, articles by the id that their source gave."""
    ids = {row["article_id"]: row["source_id"] for row in published(warehouse)}
    rows = read(warehouse, table).to_pylist()
    return sorted((tuple(ids.get(row[name], row[name]) for name in names) for row in rows), key=str)


def published(warehouse: Path) -> list[Row]:
    """Return the rows of articles and duplicates."""
    return [row for table in ("articles", "duplicates") for row in read(warehouse, table).to_pylist()]


def copies(warehouse: Path) -> dict[str, str]:
    """Return of whom every duplicate is a copy, by the ids that their source gave."""
    return dict(named(warehouse, "duplicates", "article_id", "of_article_id"))


def kept(warehouse: Path) -> set[str]:
    """Return the kept articles, by the ids that their source gave."""
    return set(read(warehouse, "articles")["source_id"].to_pylist())


def homes(warehouse: Path) -> dict[str, str]:
    """Return the batch of every article and duplicate, by the id that its source gave."""
    return {row["source_id"]: row["batch_id"] for row in published(warehouse)}


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _sorted(rows: list[Row]) -> list[str]:
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)
