"""Runs in processes of their own that are stopped or killed at a moment that their log tells."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from builders import ROOT

SMALL_STEPS = ROOT / "tests" / "flows" / "small_steps.py"


@dataclass(frozen=True)
class Stopped:
    """What a run left behind: exit code (negative for a signal that killed it), log lines, the rest of
    stderr, how long it took to end, and processes of its session or with its environment that live on."""

    code: int
    log: list[str]
    said: list[str]
    seconds: float
    left: list[str]

    def count(self, words: str) -> int:
        """Count the log lines with some words."""
        return sum(words in line for line in self.log)


def stop(
    *args: object, at: str | None, number: int = signal.SIGKILL, group: bool = False, delay: float = 0.0
) -> Stopped:
    """Run the command in small steps, and send it a signal.

    Args:
        args: of the command.
        at: words of the log line behind which the signal is sent; None for no signal.
        number: the signal.
        group: send it to all processes of its group, as a terminal does.
        delay: seconds between the line and the signal.
    """
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    process = subprocess.Popen(
        [sys.executable, SMALL_STEPS, *map(str, args), "--log-level", "info"],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "COPYDESK_TEST": mark},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    lines: list[str] = []
    while at is not None and not (lines and at in lines[-1]):
        line = process.stderr.readline()
        assert line, "".join(lines)
        lines.append(line)
    began = time.monotonic()
    if at is not None:
        time.sleep(delay)
        (os.killpg if group else os.kill)(process.pid, number)
    lines += process.stderr.readlines()
    process.stderr.close()
    code = process.wait()
    seconds = time.monotonic() - began - delay
    log = [line for line in lines if line[:2] == "20"]
    said = [line.rstrip("\n") for line in lines if line[:2] != "20"]
    return Stopped(code, log, said, seconds, _marked(mark, patience=2 if number != signal.SIGKILL else 20))


def _marked(mark: str, *, patience: float) -> list[str]:
    """Return the processes with a mark in their environment that do not end within a time."""
    end = time.monotonic() + patience
    while left := [path.parent.name for path in Path("/proc").glob("[0-9]*/environ") if _has(path, mark)]:
        if time.monotonic() > end:
            return [Path(f"/proc/{pid}/cmdline").read_text() for pid in left]
        time.sleep(0.05)
    return []


def _has(path: Path, mark: str) -> bool:
    try:
        return mark.encode() in path.read_bytes()  # that of a zombie is empty
    except OSError:
        return False
