"""Progress and logs on stderr: steps log how far they are, here a terminal shows it as bars."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LOGGERS = ("flows", "ingest", "dedup", "storage")


@contextmanager
def reporting(log_level: str) -> Iterator[None]:
    """Show progress on a terminal, and log lines of a level and above, on stderr.

    Args:
        log_level: debug, info, warning or error.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    handlers[0].setLevel(log_level.upper())
    handlers[0].setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    with _bars(handlers):
        loggers = [logging.getLogger(name) for name in LOGGERS]
        for logger in loggers:
            logger.setLevel("DEBUG" if log_level == "debug" else "INFO")
            for handler in handlers:
                logger.addHandler(handler)
        try:
            yield
        finally:
            for logger in loggers:
                for handler in handlers:
                    logger.removeHandler(handler)


@contextmanager
def _bars(handlers: list[logging.Handler]) -> Iterator[None]:
    """Add a handler that draws bars, where somebody can see them."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        handlers.append(_Bars(progress))
        yield


class _Bars(logging.Handler):
    """Turns log records that carry a step into a bar a step.

    A step tells `done` and `total`, as often as it likes; or once what there is, `of`, and then what came to
    it, `add`: files, articles, and the bytes by which the time left is reckoned.
    """

    def __init__(self, progress: Progress) -> None:
        super().__init__(logging.INFO)
        self._progress = progress
        self._bars: dict[str, TaskID] = {}
        self._of: dict[str, Mapping[str, int]] = {}
        self._sums: dict[str, Counter[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        said = record.__dict__
        step = said.get("step")
        if step is None:
            return
        if "of" in said and said["of"]["bytes"]:
            self._of[step] = said["of"]
        if "add" in said and step in self._of:
            self._add(step, said["add"])
        elif "done" in said and step not in self._of:
            self._show(step, f"{said['done']} of {said['total']}", done=said["done"], total=said["total"])

    def _add(self, step: str, more: Mapping[str, int]) -> None:
        found = self._sums.setdefault(step, Counter())
        found.update(more)
        of = self._of[step]
        told = f"{found['files']:,} of {of['files']:,} files, {found['articles']:,} articles"
        bar = self._show(step, told, done=found["bytes"], total=of["bytes"])
        elapsed = self._progress.tasks[self._progress.task_ids.index(bar)].elapsed
        if elapsed:
            self._progress.update(bar, told=f"{told}, {found['articles'] / elapsed:,.0f} a second")

    def _show(self, step: str, told: str, *, done: int, total: int) -> TaskID:
        if step not in self._bars:
            self._bars[step] = self._progress.add_task(step, total=total, told=told)
        self._progress.update(self._bars[step], completed=done, total=total, told=told)
        return self._bars[step]
