"""Measure this project beside others, print the tables, and append them to results.md.

uv run python -m benchmarks [PATH.jsonl.gz ...]
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from benchmarks import corpora, jobs, matching, report, signatures
from benchmarks.corpora import Corpus
from benchmarks.plan import Plan

PARTS = ("signatures", "matching", "jobs")


def main() -> None:
    """Measure what the command line asks for, print it, record it."""
    asked = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for path in asked.paths:
        if not path.is_file():
            sys.exit(f"{path}: no such file; name a .jsonl or .jsonl.gz with one record a line")
    with tempfile.TemporaryDirectory(prefix="copydesk-benchmarks-") as folder:
        plan = Plan(Path(folder), asked.runs, asked.patience, asked.limit, tuple(asked.only))
        for module, rows in _measured(asked, plan):
            print("\n".join(["", module.HEADING, "", *report.table(module.COLUMNS, rows)]), flush=True)
            if not asked.no_record:
                report.add(module.HEADING, module.COLUMNS, rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure copydesk beside others."
    )
    parser.add_argument("paths", nargs="*", type=Path, help="records, .jsonl or .jsonl.gz, one a line")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure (all)")
    parser.add_argument("--only", nargs="+", default=(), help="contenders or packages to run (all)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (3)")
    parser.add_argument(
        "--sizes", nargs="*", type=int, default=[20_000, 100_000], help="made-up articles (20000 100000)"
    )
    parser.add_argument("--signatures", type=int, default=1_000_000, help="signatures to match (1000000)")
    parser.add_argument(
        "--patience", type=float, default=300.0, help="seconds: longer runs are not repeated (300)"
    )
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds: longer runs are stopped (3600)")
    parser.add_argument("--no-record", action="store_true", help="append nothing to results.md")
    return parser.parse_args()


def _measured(asked: argparse.Namespace, plan: Plan) -> Iterator[tuple[ModuleType, list[list[str]]]]:
    """Yield the module of each measurement and its rows."""
    if "matching" in asked.parts:
        yield matching, matching.measure(asked.signatures, plan)
    for number, corpus in enumerate(_corpora(asked, plan.folder)):
        # The time for a signature depends on the texts, not on how many there are.
        if "signatures" in asked.parts and number <= len(asked.paths):
            yield signatures, signatures.measure(corpus, plan)
        if "jobs" in asked.parts:
            yield jobs, jobs.measure(corpus, plan)


def _corpora(asked: argparse.Namespace, folder: Path) -> Iterator[Corpus]:
    for number, path in enumerate(asked.paths):
        yield corpora.of_file(path, folder=folder / f"file-{number}")
    for size in asked.sizes:
        yield corpora.of_made_up(size, folder=folder / f"made-up-{size}")


if __name__ == "__main__":
    main()
