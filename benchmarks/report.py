"""Results as rows of the tables in results.md."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
ROOT = Path(__file__).parents[1]
LEAD = ("when (UTC)", "commit", "data", "cores", "load", "runs")


def lead(data: str, *, runs: int) -> list[str]:
    """Return the first cells of a row: when, commit, data, cores, load, runs.

    Args:
        data: name of what was measured on.
        runs: how many the medians are of.
    """
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    return [when, commit(), data, str(os.cpu_count()), f"{os.getloadavg()[0]:.1f}", str(runs)]


def add(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, file: Path = RESULTS) -> None:
    """Append rows to the table below a heading; make heading and table where they are missing.

    Args:
        heading: text of the heading, without its marks.
        columns: names of the columns, for a new table.
        rows: cells.
        file: a Markdown file.
    """
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    heads = [place for place, line in enumerate(lines) if line.startswith("#")]
    ours = [place for place in heads if lines[place].lstrip("# ") == heading]
    if not ours:
        lines += ["", f"## {heading}", "", *table(columns, rows)]
    else:
        end = next((place for place in heads if place > ours[0]), len(lines))
        last = max((place for place in range(ours[0], end) if lines[place].startswith("|")), default=None)
        new = [_row(row) for row in rows] if last is not None else ["", *table(columns, rows)]
        at = end if last is None else last + 1
        lines[at:at] = new
    file.write_text("\n".join(lines).lstrip("\n") + "\n", encoding="utf-8")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    return [_row(columns), f"|{'---|' * len(columns)}", *(_row(row) for row in rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def commit() -> str:
    """Return the short id of the commit, with a plus where the checkout has other changes."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "unknown"
