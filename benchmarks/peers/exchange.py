"""What the scripts of this folder share: arguments, clocks, plain shingles, and the form of an answer.

They run in environments of other projects: only the standard library, numpy and pyarrow are certain.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

WORD = re.compile(r"[^\W_]+")
WIDTH = 5  # words in a shingle

Result = TypeVar("Result")


def arguments(**more: int) -> argparse.Namespace:
    """Return `input`, `output` and the further whole-number options of a script, with these defaults."""
    parser = argparse.ArgumentParser()
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path, nargs="?")
    for name, default in more.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def stay_on_one_core() -> None:
    """Keep this process and its threads on one core, whatever number of threads a library starts."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def shingles(text: str) -> set[str]:
    """Return the word shingles of a text, by the quickest way in plain Python.

    For news in Latin script they are those of our comparison form.
    """
    words = WORD.findall(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))
    return {" ".join(words[i : i + WIDTH]) for i in range(max(1, len(words) - WIDTH + 1))}


def repeated(work: Callable[[], object], *, at_least: float = 0.5) -> dict[str, float]:
    """Do the work again and again for a while.

    Args:
        work: what is measured.
        at_least: seconds of processor time.

    Returns:
        `cpu` and `wall`, seconds of one pass, and `passes`.
    """
    passes, cpu, wall = 0, time.process_time(), time.perf_counter()
    while not passes or time.process_time() - cpu < at_least:
        work()
        passes += 1
    spent = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": spent[0] / passes, "wall": spent[1] / passes, "passes": passes}


@dataclass(frozen=True)
class Memory:
    """What a process needed from a moment on.

    Attributes:
        before: bytes resident at that moment.
    """

    before: int

    def peak(self) -> int:
        """Return the bytes above those before, at most, since `memory_now`."""
        return _status("VmHWM") - self.before


def memory_now() -> Memory:
    """Return the resident memory, and begin to watch for the highest."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return Memory(_status("VmRSS"))


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:"))


def once(work: Callable[[], Result]) -> tuple[Result, dict[str, float]]:
    """Do the work once; return its result and `cpu` and `wall`, seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def answer(**figures: Any) -> None:
    """Write the figures for the process that started this one."""
    print(json.dumps(figures))
