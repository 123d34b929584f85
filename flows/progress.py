"""Progress and logs on stderr: steps log how far they are, here a terminal shows it as bars."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
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
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        handlers.append(_Bars(progress))
        yield


class _Bars(logging.Handler):
    """Turns log records that carry step, done and total into a bar a step."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(logging.INFO)
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def emit(self, record: logging.LogRecord) -> None:
        step = record.__dict__.get("step")
        if step is None:
            return
        if step not in self._bars:
            self._bars[step] = self._progress.add_task(step, total=record.__dict__["total"])
        self._progress.update(self._bars[step], completed=record.__dict__["done"])
