"""Articles out of HTML pages: time a page beside trafilatura's defaults, and what a second process brings.

    uv run python benchmarks/extraction.py PAGES.warc.gz [--runs 5] [--passes 6] [--no-record]

The pages are those of any file that `copydesk run` reads. Results go to the console and to results.md.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.contenders import Contender, said, start
from benchmarks.plan import WHO, Plan, against, cells_of, failed, median, side_by_side
from benchmarks.processes import Ended

HEADING = "Pages to articles"
COLUMNS = (*WHO, "pages", "CPU ms a page", "pages/s", "times ours", "note")
SCRIPT = "page_extraction.py"
OURS = "copydesk, trafilatura"
SELDOM = 2.0  # seconds: no memory is told, and to look at that of workers often took a tenth of their time
CONTENDERS = (
    Contender("trafilatura, extract", SCRIPT, arguments=("--who", "defaults")),
    Contender("trafilatura, with metadata", SCRIPT, arguments=("--who", "metadata")),
    *(
        Contender(f"copydesk, {engine}{of}", SCRIPT, arguments=("--who", engine, "--workers", str(workers)))
        for engine in ("trafilatura", "resiliparse")
        for of, workers in (("", 0), (", 1 process", 1), (", 2 processes", 2))
    ),
)


def main() -> None:
    """Measure, print, record."""
    parser = argparse.ArgumentParser(
        description="Measure extraction from pages beside trafilatura's defaults."
    )
    parser.add_argument("path", type=Path, help="a file with pages: .warc, .jsonl with a field html, ...")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (3)")
    parser.add_argument("--passes", type=int, default=6, help="times all pages are extracted in a run (6)")
    parser.add_argument("--no-record", action="store_true", help="append nothing to results.md")
    asked = parser.parse_args()
    if not asked.path.is_file():
        sys.exit(
            f"{asked.path}: no such file; name one with pages that copydesk reads, such as crawl.warc.gz"
        )
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="copydesk-benchmarks-") as folder:
        rows = measure(asked.path.resolve(), Plan(Path(folder), asked.runs), passes=asked.passes)
    print("\n".join(["", HEADING, "", *report.table(COLUMNS, rows)]))
    if not asked.no_record:
        report.add(HEADING, COLUMNS, rows)


def measure(path: Path, plan: Plan, *, passes: int) -> list[list[str]]:
    """Measure all contenders on the same pages.

    Args:
        path: a file with pages.
        plan: how to measure.
        passes: how many times a run extracts all of them.

    Returns:
        Rows for the table with COLUMNS.
    """

    def once(one: Contender) -> Ended:
        arguments = [path, "--passes", str(passes)]
        return start(one, arguments, folder=plan.folder, limit=plan.limit, every=SELDOM)

    done = side_by_side(CONTENDERS, once, plan)
    figures = {one.name: _figures(runs) for one, runs in done.items() if not failed(runs)}
    return [_row(one, runs, figures, path.name) for one, runs in done.items()]


def _figures(runs: Sequence[Ended]) -> dict[str, float]:
    """Return the medians: seconds a page, and pages."""
    answers = [said(run) for run in runs]
    pages = answers[0]["items"]
    return {
        "pages": pages,
        **{name: median(one[name] for one in answers) / max(1, pages) for name in ("cpu", "wall")},
    }


def _row(
    one: Contender, runs: Sequence[Ended], figures: Mapping[str, Mapping[str, float]], data: str
) -> list[str]:
    who = cells_of(one, runs, data)
    if one.name not in figures:
        return [*who, "", "", "", "", failed(runs)]
    mine, ours = figures[one.name], figures.get(OURS, {})
    alone = figures.get(one.name.replace("2 processes", "1 process"), {})
    note = (
        f"{alone['wall'] / mine['wall']:.2f} times one process" if "2 processes" in one.name and alone else ""
    )
    # The time of workers that are still there when the clock stops is not known.
    inside = "process" not in one.name
    cpu = [f"{1e3 * mine['cpu']:.1f}"] if inside else [""]
    times = against(mine["cpu"], ours.get("cpu", 0.0)) if inside else ""
    return [*who, f"{mine['pages']:,.0f}", *cpu, f"{1 / mine['wall']:.0f}", times, note]


if __name__ == "__main__":
    main()
