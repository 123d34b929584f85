"""Measure the warehouse: what a commit costs, how fast many batches open, what compaction leaves of them.

    uv run python benchmarks/warehouse.py [--articles N] [--batches N] [--parts commit] [--no-record]

The main job runs on made-up articles first; what it published is then written and committed again, and cut
into small batches that are opened and compacted. The figures go to the console and to results.md.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import commits, openings, report

PARTS = ("commit", "opening")


def main() -> None:
    """Measure, print, record."""
    asked = _arguments()
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("benchmarks").setLevel(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="copydesk-benchmarks-") as folder:
        for heading, columns, rows in _measured(asked, Path(folder)):
            print("\n".join(["", heading, "", *report.table(columns, rows)]), flush=True)
            if not asked.no_record:
                report.add(heading, columns, rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure commits, opening and compaction of a warehouse.")
    parser.add_argument("--articles", type=int, default=100_000, help="made-up articles (100000)")
    parser.add_argument("--batches", type=int, default=1_000, help="that they are cut into (1000)")
    parser.add_argument("--runs", type=int, default=5, help="of each measurement (5)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure (all)")
    parser.add_argument("--no-record", action="store_true", help="append nothing to results.md")
    return parser.parse_args()


def _measured(
    asked: argparse.Namespace, folder: Path
) -> Iterator[tuple[str, Sequence[str], list[list[str]]]]:
    """Yield heading, columns and rows of each table."""
    records = commits.made_up_records(asked.articles, folder / "records.jsonl")
    prepared = commits.prepare(records, folder)
    if "commit" in asked.parts:
        yield commits.HEADING, commits.COLUMNS, commits.measure(prepared, folder, runs=asked.runs)
    if "opening" in asked.parts:
        yield from _opened(prepared, folder, asked)


def _opened(
    prepared: Path, folder: Path, asked: argparse.Namespace
) -> Iterator[tuple[str, Sequence[str], list[list[str]]]]:
    house = folder / "many"
    openings.make(prepared, house, asked.batches)
    small = openings.linked(house, folder / "in small parts")
    before = openings.measure_opening(prepared, house, runs=asked.runs)
    compacted = openings.measure_compacting(house)
    compacted += openings.measure_compacting(small, part_bytes=openings.SMALL_PART)
    after = openings.measure_opening(prepared, house, runs=asked.runs)
    yield openings.OPENING, openings.OPENING_COLUMNS, before + after
    yield openings.COMPACTING, openings.COMPACTING_COLUMNS, compacted


if __name__ == "__main__":
    main()
