"""Measure the history: how fast a later batch finds paragraphs, similar articles and texts of earlier ones.

    uv run python benchmarks/history.py [--articles N] [--batches N] [--no-record]

Makes a warehouse of made-up articles, 1,000 a batch, through real commits; looks things up in it; then makes
one of many batches of one article each, and opens it. The figures go to the console and to results.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import xxhash

from benchmarks import report
from benchmarks.fresh import drop_pages
from dedup.identity import content_ids
from dedup.settings import WIDTH
from dedup.tables import PAIRS
from dedup.verify import verify
from storage import commit as committing
from storage.commit import commit, stage, writer
from storage.contract import TABLES
from storage.history import History, load_history
from storage.kept import kept_texts
from storage.lookups import find_postings, find_similar, first_places
from storage.postings import STORED, fingerprint_stored, signatures_of, write_postings
from storage.publish import writing
from storage.warehouse import INDEX, Warehouse, create_warehouse, open_warehouse

HEADING = "The history"
COLUMNS = (
    *report.LEAD,
    *("articles", "runs of it", "paragraphs", "paragraph µs", "cold µs", "first place µs", "similar µs"),
    *("1,000 texts s", "commits s", "of it the run s", "batches", "runs of them", "opened s"),
)
QUERIES = 50_000  # paragraphs looked up
CANDIDATES = 1_000  # articles fetched and verified
PER_BATCH = 1_000
PARAGRAPHS, WORDS = 10, 45  # of an article, and of a paragraph
DAY = datetime(2026, 1, 1, tzinfo=UTC)
VOCABULARY = np.array([f"w{number:x}" for number in range(20_000)])


def main() -> None:
    """Measure, print, record."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="copydesk-benchmark-") as folder:
        house = create_warehouse(Path(folder) / "large")
        spent = {"all": 0.0, "run": 0.0}
        _time_runs(spent)
        for number in range(arguments.articles // PER_BATCH):
            spent["all"] += _clock(lambda number=number: commit_batch(house, number, PER_BATCH))
        told = [f"{arguments.articles:,}", *look_up(house), f"{spent['all']:.1f}", f"{spent['run']:.1f}"]
        told += open_many(Path(folder) / "many", arguments.batches)
    for name, value in zip(COLUMNS[len(report.LEAD) :], told, strict=True):
        print(f"{name}: {value}")
    if not arguments.no_record:
        report.add(HEADING, COLUMNS, [[*report.lead("made up", runs=1), *told]])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure looking up in the history of a warehouse.")
    parser.add_argument("--articles", type=int, default=100_000, help="in the history (default: 100,000)")
    parser.add_argument("--batches", type=int, default=1_000, help="of one article each (default: 1,000)")
    parser.add_argument("--no-record", action="store_true", help="append no line to results.md")
    return parser.parse_args()


def _time_runs(spent: dict[str, float]) -> None:
    """Let the commit tell how long it takes over the run of the history."""
    for name in ("index_batch", "settle"):
        real = getattr(committing, name)

        def timed(*args: object, real: Callable[..., object] = real, **kwargs: object) -> object:
            began = time.perf_counter()
            try:
                return real(*args, **kwargs)
            finally:
                spent["run"] += time.perf_counter() - began

        setattr(committing, name, timed)


def _clock(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def texts(seed: int, count: int) -> list[str]:
    """Make texts: paragraphs of random words, one in ten of them from a hundred that recur."""
    draw = np.random.default_rng(seed)
    words = draw.integers(0, len(VOCABULARY), (count, PARAGRAPHS, WORDS))
    again = draw.random((count, PARAGRAPHS)) < 0.1
    recurring = np.random.default_rng(0).integers(0, len(VOCABULARY), (100, WORDS))
    words[again] = recurring[draw.integers(0, 100, again.sum())]
    return ["\n\n".join(" ".join(line) for line in VOCABULARY[article]) for article in words]


def commit_batch(house: Warehouse, number: int, count: int) -> None:
    """Commit a batch of made-up articles, with their fingerprints, as a run does."""
    batch_id = f"20260101T000000Z-{number:08x}"
    tables = _tables(batch_id, number, count)
    with writing(house):
        staging = stage(house, batch_id)
        entries = {}
        for name, table in tables.items():
            with writer(staging, name) as out:
                out.write(table)
                entries[name] = out.close()
        write_postings(staging.index, *fingerprint_stored([tables["articles"].select(STORED)]))
        commit(staging, tables=entries, counts={}, settings="0f", now=DAY)


def _tables(batch_id: str, number: int, count: int) -> dict[str, pa.Table]:
    made = texts(number + 1, count)
    ids = [xxhash.xxh3_128_hexdigest(f"{number} {place}".encode()) for place in range(count)]
    spans = []
    for text in made:
        ends = np.cumsum([len(line) + 2 for line in text.split("\n\n")]) - 2
        starts = [0, *(ends[:-1] + 2).tolist()]
        spans.append([{"start": start, "end": end} for start, end in zip(starts, ends.tolist(), strict=True)])
    same = {
        "batch_id": batch_id,
        "source": "made",
        "outlet": "example.com",
        "pipeline": "-",
        "ingested_at": DAY,
    }
    same |= {"published_at": DAY + timedelta(days=number), "marks": [], "metadata": [], "copies": 0}
    columns = {
        **{name: [value] * count for name, value in same.items()},
        "article_id": ids,
        "cluster_id": ids,
        "locator": ids,
        "canonical_url": [f"https://example.com/{each}" for each in ids],
        "title": [f"Number {place} of {number}" for place in range(count)],
        "text": made,
        "word_count": [PARAGRAPHS * WORDS] * count,
        "paragraph_spans": spans,
        "content_id": content_ids(pa.array(made)).to_pylist(),
    }
    schema = TABLES["articles"]
    articles = pa.table(
        [pa.array(columns.get(name, [None] * count), schema.field(name).type) for name in schema.names],
        schema=schema,
    )
    originals = pa.table([ids, [batch_id] * count, made, ids], schema=TABLES["originals"])
    row = {"batch_id": batch_id, "started_at": DAY, "committed_at": DAY, "inputs": [], "records": count}
    row |= {"kept": count, "duplicates": 0, "rejected": 0, "known": 0, "ignored": 0, "words_removed": []}
    batches = pa.Table.from_pylist([{**row, "settings": "{}", "versions": []}], TABLES["batches"])
    return {"articles": articles, "originals": originals, "batches": batches}


def look_up(house: Warehouse) -> list[str]:
    """Look up paragraphs, similar articles and texts; return the figures."""
    history = load_history(house)
    draw = np.random.default_rng(7)
    stored = [run.tables["paragraphs"].column("key").to_numpy() for run in history.runs]
    known = draw.choice(np.concatenate(stored), QUERIES // 2)
    keys = draw.permutation(np.concatenate([known, draw.integers(0, 2**63, QUERIES // 2).astype(np.uint64)]))
    total = sum(len(each) for each in stored)
    find = lambda past: find_postings(past, "paragraphs", keys, at_most=20)  # noqa: E731 - timed thrice
    drop_pages(house.root / INDEX)
    cold = _clock(lambda: find(load_history(house)))
    warm = min(_clock(lambda: find(history)) for _ in range(3))
    first = min(_clock(lambda: first_places(history, keys)) for _ in range(3))
    new, _ = fingerprint_stored([_tables("x", 10**6, PER_BATCH)["articles"].select(STORED)])
    similar = min(_clock(lambda: find_similar(history, signatures_of(new))) for _ in range(3))
    drop_pages(house.root / "articles")
    fetched = _clock(lambda: _fetch_and_verify(history, draw))
    micro = [f"{seconds / QUERIES * 1e6:.1f}" for seconds in (warm, cold, first)]
    return [
        str(len(history.runs)),
        f"{total:,}",
        *micro,
        f"{similar / PER_BATCH * 1e6:.1f}",
        f"{fetched:.2f}",
    ]


def _fetch_and_verify(history: History, draw: np.random.Generator) -> None:
    """Fetch articles from all over the history, and compare each with another text."""
    members = draw.choice(history.kept, min(CANDIDATES, history.kept), replace=False)
    earlier = kept_texts(history, members)
    count = len(earlier)
    both = pa.concat_arrays([pa.array(texts(10**7, count)), earlier])
    pairs = pa.table([np.arange(count, 2 * count), np.arange(count)], schema=PAIRS)
    assert verify(pairs, both, np.arange(2 * count), width=WIDTH).num_rows == count


def open_many(folder: Path, batches: int) -> list[str]:
    """Make a warehouse of small batches and open it; return the figures."""
    house = create_warehouse(folder)
    for number in range(batches):
        commit_batch(house, number, 1)
    drop_pages(house.root)
    runs: list[History] = []
    seconds = _clock(lambda: runs.append(load_history(open_warehouse(house.root))))
    return [f"{batches:,}", str(len(runs[0].runs)), f"{seconds:.2f}"]


if __name__ == "__main__":
    main()
