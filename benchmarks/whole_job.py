"""Run the main job on a file of records, as a process of its own, and say what it cost.

    uv run python benchmarks/whole_job.py PATH.jsonl.gz [--runs 3] [--no-record]

Every run fills a fresh warehouse. The figures go to the console and, as one line, to results.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results.md")
COMMAND = Path(sys.executable).with_name("copydesk")
SAMPLE_EVERY = 0.05  # seconds: a peak of memory rarely passes faster, and reading /proc costs little


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
        _record(middle, runs=len(runs), name=arguments.path.name)


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
        before, started = _cpu_of_children(), time.perf_counter()
        process = subprocess.Popen(
            [COMMAND, "run", "--direct", "--json", "--to", Path(folder) / "warehouse", path.resolve()],
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        peaks = [0]
        watch = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
        watch.start()
        out, _ = process.communicate()
        wall, cpu = time.perf_counter() - started, _cpu_of_children() - before
        watch.join()
    if process.returncode:
        sys.exit(f"copydesk ended with exit code {process.returncode}; its message stands above")
    summary = json.loads(out)
    return Run(summary["inputs"], summary["kept"], wall, cpu, max(peaks))


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _watch(process: subprocess.Popen[str], peaks: list[int]) -> None:
    """Append the memory of the process tree, until the process ends."""
    while process.poll() is None:
        peaks.append(_memory_of_tree(process.pid))
        time.sleep(SAMPLE_EVERY)


def _memory_of_tree(pid: int) -> int:
    """Return the resident bytes of a process and all it started (pages they share count for each)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [child for task in tasks for child in (task / "children").read_text("ascii").split()]
    except (OSError, IndexError):  # it ended between two looks
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_memory_of_tree(int(child)) for child in children)


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


def _record(run: Run, *, runs: int, name: str) -> None:
    """Append the medians to results.md."""
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    load = os.getloadavg()[0]
    cells = [when, _commit(), name, str(os.cpu_count()), f"{load:.1f}", str(runs)]
    cells += [f"{run.articles:,}", f"{run.kept:,}", f"{run.wall:.1f}", f"{run.cpu:.1f}"]
    cells += [f"{run.articles / run.wall:,.0f}", f"{run.peak / 1e9:.2f}"]
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(f"| {' | '.join(cells)} |\n")


def _commit() -> str:
    """Return the short id of the commit, with a plus where the checkout has other changes."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
