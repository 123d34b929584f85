"""What a measurement needs to know, and runs of contenders side by side."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import report
from benchmarks.contenders import OURS, Contender, version_of
from benchmarks.processes import Ended

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """How to measure.

    Attributes:
        folder: for corpora and all that is written.
        runs: runs of each contender.
        patience: seconds; a contender whose run takes longer is not run again.
        limit: seconds after which a run is stopped.
        only: names of contenders to run; empty for all.
    """

    folder: Path
    runs: int = 3
    patience: float = 300.0
    limit: float = 3600.0
    only: tuple[str, ...] = ()


def chosen(contenders: Sequence[Contender], plan: Plan) -> list[Contender]:
    """Return the contenders that the plan names, by their name or that of their package."""
    return [one for one in contenders if not plan.only or {one.name, one.package} & set(plan.only)]


def side_by_side(
    contenders: Iterable[Contender], once: Callable[[Contender], Ended], plan: Plan
) -> dict[Contender, list[Ended]]:
    """Run contenders in turns, so that what else the machine does meets all of them.

    Args:
        contenders: who.
        once: runs one of them.
        plan: how often.

    Returns:
        The runs of each. One that failed or took longer than the patience was not run again.
    """
    done: dict[Contender, list[Ended]] = {one: [] for one in contenders}
    for _ in range(plan.runs):
        for one, runs in done.items():
            if any(run.error or run.wall > plan.patience for run in runs):
                continue
            runs.append(once(one))
            logger.info("%s: %s", one.name, runs[-1].error or f"{runs[-1].cpu:.1f} CPU-s")
    return done


def median(values: Iterable[float]) -> float:
    """Return the median, NaN of nothing."""
    found = list(values)
    return statistics.median(found) if found else float("nan")


def failed(runs: Sequence[Ended]) -> str:
    """Return why the runs are no measurement, in one line; empty where they are one."""
    return next((run.error for run in runs if run.error), "")


def cells_of(contender: Contender, runs: Sequence[Ended], data: str) -> list[str]:
    """Return the first cells of a contender's row: those of `report.LEAD`, its name and version."""
    return [*report.lead(data, runs=len(runs)), contender.name, version_of(contender)]


def against(figure: float, ours: float) -> str:
    """Return how many times ours a figure is."""
    return f"{figure / ours:.2f}" if ours > 0 else ""  # NaN too: ours was not measured


def is_ours(contender: Contender) -> bool:
    """Tell whether a contender is this project."""
    return contender.package == OURS


WHO = (*report.LEAD, "who", "version")
