"""Articles to measure on: a file of records, or made-up ones, laid out for every contender alike."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import made_up
from benchmarks.made_up import RECORDS

PARTS = 2  # files of Parquet: datatrove gives a task a file


@dataclass(frozen=True)
class Corpus:
    """Articles, in memory and on disk.

    Attributes:
        name: what the tables call it.
        records: table of schema `made_up.RECORDS`.
        parquet: folder with the records as Parquet.
    """

    name: str
    records: pa.Table
    parquet: Path


def of_file(path: Path, *, folder: Path) -> Corpus:
    """Read a file of records.

    Args:
        path: .jsonl or .jsonl.gz, one record a line, with at least `text`.
        folder: where to lay it out.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        records = [orjson.loads(line) for line in file if not line.isspace()]
    given = [{"id": str(number), **record} for number, record in enumerate(records)]
    columns = [[record.get(name) for record in given] for name in RECORDS.names]
    table = pa.table([pa.array(column, pa.string()) for column in columns], schema=RECORDS)
    return _laid_out(path.name, table.filter(table["text"].is_valid()), folder)


def of_made_up(count: int, *, folder: Path) -> Corpus:
    """Make up articles.

    Args:
        count: how many.
        folder: where to lay them out.
    """
    return _laid_out(f"{count:,} made up", made_up.make(count), folder)


def sample(corpus: Corpus, count: int) -> pa.Table:
    """Return articles from all over a corpus, in order.

    Args:
        corpus: where from.
        count: how many at most.
    """
    step = max(1, corpus.records.num_rows // count)
    return corpus.records.take(pa.array(range(0, corpus.records.num_rows, step)[:count]))


def _laid_out(name: str, records: pa.Table, folder: Path) -> Corpus:
    parquet = folder / "parquet"
    parquet.mkdir(parents=True)
    size = -(-records.num_rows // PARTS)
    for part in range(PARTS):
        pq.write_table(records.slice(part * size, size), parquet / f"part-{part}.parquet")
    return Corpus(name, records, parquet)
