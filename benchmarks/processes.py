"""Run a command as a process of its own, and say what it cost with all that it started."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE_EVERY = 0.05  # seconds: a peak of memory rarely passes faster, and reading /proc costs little
_LAST_BREATH = 10.0  # seconds that processes left behind get to end by themselves
_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


@dataclass(frozen=True)
class Ended:
    """A process that ended, and its cost.

    Attributes:
        wall: seconds from start to end.
        cpu: seconds of processor time, user and system, of the process and all it started.
        peak: bytes of memory, highest sum over the process and all it started.
        out: what it wrote to standard output.
        error: empty where it went well, else one line that says why not.
    """

    wall: float
    cpu: float
    peak: int
    out: str
    error: str


def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    limit: float = 3600.0,
    extra: Mapping[str, str] | None = None,
    every: float = SAMPLE_EVERY,
) -> Ended:
    """Run a command to its end.

    Args:
        command: program and arguments.
        folder: working folder.
        limit: seconds after which it is stopped.
        extra: environment variables to set.
        every: seconds between two looks at the memory, which several processes on all cores feel.
    """
    _adopt_orphans()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        before, started = _cpu_of_children(), time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(extra or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        peaks = [0]
        watch = threading.Thread(target=_watch, args=(process, peaks, every), daemon=True)
        watch.start()
        out, late = _communicate(process, limit)
        wall = time.perf_counter() - started
        watch.join()
        _reap(process.pid)
        cpu = _cpu_of_children() - before
        errors.seek(0)
        error = f"stopped after {limit:.0f} s" if late else _why(process.returncode, errors.read())
    return Ended(wall, cpu, max(peaks), out, error)


def _communicate(process: subprocess.Popen[str], limit: float) -> tuple[str, bool]:
    """Return what the process wrote, and whether it had to be stopped."""
    try:
        return process.communicate(timeout=limit)[0], False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0], True


def _why(code: int, said: str) -> str:
    if not code:
        return ""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return f"exit code {code}: {lines[-1] if lines else 'no message'}"


def _adopt_orphans() -> None:
    """Become the parent of processes that outlive theirs, so that their time is counted too.

    A fork server, for one, is nobody's child once the program that started it has ended.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap(group: int) -> None:
    """Wait for the processes that were left behind; those that stay are killed."""
    until = time.monotonic() + _LAST_BREATH
    while _any_left():
        if time.monotonic() > until:
            _kill(group)
            return
        time.sleep(SAMPLE_EVERY)


def _any_left() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
    time.sleep(SAMPLE_EVERY)
    _any_left()


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _watch(process: subprocess.Popen[str], peaks: list[int], every: float) -> None:
    """Append the memory of the process tree, until the process ends."""
    while process.poll() is None:
        peaks.append(_memory_of(_tree(process.pid)))
        time.sleep(every)


def _tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text("ascii").split()]
    except OSError:  # it ended between two looks
        return []
    return [pid, *(below for child in children for below in _tree(int(child)))]


def _memory_of(pids: list[int]) -> int:
    """Return the resident bytes of processes; pages that several share count once."""
    sizes = [_resident(pids[0])] if len(pids) == 1 else [_proportional(pid) for pid in pids]
    return sum(sizes)


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
