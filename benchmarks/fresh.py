"""Call a function in a process of its own, and say what pieces of its work cost."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost:
    """What a piece of work cost.

    Attributes:
        cpu: seconds of processor time of the process, user and system, all its threads.
        wall: seconds.
    """

    cpu: float = 0.0
    wall: float = 0.0

    def __add__(self, other: Self) -> Cost:
        """Add two costs."""
        return Cost(self.cpu + other.cpu, self.wall + other.wall)

    def __sub__(self, other: Self) -> Cost:
        """Leave a part out."""
        return Cost(self.cpu - other.cpu, self.wall - other.wall)


def alone(work: Callable[..., Result], *arguments: object) -> Result:
    """Call a function in a fresh process, in which nothing but its module was imported.

    Args:
        work: a function of a module.
        arguments: what it takes; they and the result can be pickled.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


@contextmanager
def clocked(spent: dict[str, Cost], name: str) -> Iterator[None]:
    """Add the cost of a block to what was spent under a name.

    Args:
        spent: name → cost; changed.
        name: the name.
    """
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        yield
    finally:
        cost = Cost(time.process_time() - cpu, time.perf_counter() - wall)
        spent[name] = spent.get(name, Cost()) + cost


def watch(spent: dict[str, Cost], module: object, name: str) -> None:
    """Let a function of a module tell what it costs, from now on, in this process.

    Args:
        spent: name → cost; changed whenever the function ends.
        module: where others look the function up.
        name: its name.
    """
    real = getattr(module, name)

    def told(*args: object, **kwargs: object) -> object:
        with clocked(spent, name):
            return real(*args, **kwargs)

    setattr(module, name, told)


def middle(costs: Iterable[Cost]) -> Cost:
    """Return the medians."""
    found = list(costs)
    return Cost(*(statistics.median(getattr(cost, name) for cost in found) for name in ("cpu", "wall")))


def drop_pages(folder: Path) -> None:
    """Ask the system to forget what it holds of files in memory; names and sizes it may still know."""
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)
