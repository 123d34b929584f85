"""Run the main job on a file of records, as a process of its own, and say what it cost.

    uv run python benchmarks/whole_job.py PATH.jsonl.gz [--runs 3] [--no-record]

Every run fills a fresh warehouse. The figures go to the console and, as one line, to results.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes, report

HEADING = "The whole job: what it costs"
COLUMNS = ("when (UTC)", "commit", "records", "cores", "load", "runs")
FIGURES = ("articles", "kept", "wall s", "CPU s", "articles/s", "peak GB")
COMMAND = Path(sys.executable).with_name("copydesk")


@dataclass(frozen=True)
class Run:
    """What one run cost.

    Attributes:
        articles: input records.
        kept: articles kept.
        wall: seconds from start to end of the process.
        cpu: seconds of processor time, user and system, of the process and all it started.
        peak: bytes of memory, highest sum over the process and all it started.
    """

    articles: int
    kept: int
    wall: float
    cpu: float
    peak: int


def main() -> None:
    """Measure, print, record."""
    arguments = _arguments()
    if not arguments.path.is_file():
        sys.exit(f"{arguments.path}: no such file; name a .jsonl or .jsonl.gz with one record a line")
    runs: list[Run] = []
    for number in range(max(1, arguments.runs)):
        runs.append(run_once(arguments.path))
        print(f"run {number + 1}: {_figures(runs[-1])}")
    middle = _median(runs)
    print(f"median: {_figures(middle)}")
    if not arguments.no_record:
        row = [*report.lead(arguments.path.name, runs=len(runs)), *_cells(middle)]
        report.add(HEADING, [*COLUMNS, *FIGURES], [row])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure `copydesk run --direct` on a file of records.")
    parser.add_argument("path", type=Path, help="a .jsonl or .jsonl.gz, one record a line")
    parser.add_argument("--runs", type=int, default=3, help="how often, at least once (default: 3)")
    parser.add_argument("--no-record", action="store_true", help="append no line to results.md")
    return parser.parse_args()


def run_once(path: Path) -> Run:
    """Run the job once into a fresh warehouse.

    Args:
        path: the records.

    Raises:
        SystemExit: the command failed.
    """
    with tempfile.TemporaryDirectory(prefix="copydesk-benchmark-") as folder:
        where: list[str | Path] = ["--to", Path(folder) / "warehouse", path.resolve()]
        command = [COMMAND, "run", "--direct", "--json", *where]
        ended = processes.run(command, folder=Path(folder))
    if ended.error:
        sys.exit(f"copydesk: {ended.error}")
    summary = json.loads(ended.out)
    return Run(summary["inputs"], summary["kept"], ended.wall, ended.cpu, ended.peak)


def _median(runs: list[Run]) -> Run:
    first = runs[0]
    return Run(
        first.articles,
        first.kept,
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        int(statistics.median(run.peak for run in runs)),
    )


def _figures(run: Run) -> str:
    return (
        f"{run.articles:,} articles ({run.kept:,} kept), {run.wall:.1f} s, {run.cpu:.1f} CPU-s, "
        f"{run.articles / run.wall:,.0f} articles/s, {run.peak / 1e9:.2f} GB at most"
    )


def _cells(run: Run) -> list[str]:
    """Return the cells of FIGURES."""
    spent = [f"{run.wall:.1f}", f"{run.cpu:.1f}", f"{run.articles / run.wall:,.0f}", f"{run.peak / 1e9:.2f}"]
    return [f"{run.articles:,}", f"{run.kept:,}", *spent]


if __name__ == "__main__":
    main()
