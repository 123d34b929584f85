"""Who is measured: a script each, in an environment of its own with the packages it pins."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.processes import Ended

SCRIPTS = Path(__file__).with_name("peers")
# Peers must neither look for a hub on the network nor tell anybody that they ran.
QUIET = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "DAFT_ANALYTICS_ENABLED": "0", "DAFT_PROGRESS_BAR": "0"}
OURS = "copydesk"


class Unavailable(Exception):
    """A contender whose environment could not be made: one line that says why."""


@dataclass(frozen=True)
class Contender:
    """One of those measured.

    Attributes:
        name: what the tables call it.
        script: file in `peers/`.
        package: the distribution measured; its pins stand in `peers/<package>.txt`. Ours needs none.
        arguments: further arguments of the script.
        most: inputs it gets at most, because more would take hours; 0 for all.
    """

    name: str
    script: str
    package: str = OURS
    arguments: tuple[str, ...] = ()
    most: int = 0


def python_of(contender: Contender) -> Path:
    """Return the Python that runs a contender's script; make its environment, the first time.

    Raises:
        Unavailable: it could not be made.
    """
    if contender.package == OURS:
        return Path(sys.executable)
    pins = SCRIPTS / f"{contender.package}.txt"
    folder = _cache() / f"{contender.package}-{_digest(pins)}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _uv("venv", "--python", sys.executable, folder)
        _uv("pip", "install", "--compile-bytecode", "--python", python, "--requirement", pins)
        (folder / "ready").touch()
    return python


def version_of(contender: Contender) -> str:
    """Return the version that is pinned; ours is the commit's, which stands beside it."""
    if contender.package == OURS:
        return ""
    pins = (SCRIPTS / f"{contender.package}.txt").read_text(encoding="utf-8")
    [version] = re.findall(rf"^{re.escape(contender.package)}==([^\s;]+)", pins, re.MULTILINE)
    return str(version)


def start(
    contender: Contender,
    arguments: Sequence[str | Path],
    *,
    folder: Path,
    limit: float,
    every: float = processes.SAMPLE_EVERY,
) -> Ended:
    """Run a contender's script to its end.

    Args:
        contender: who.
        arguments: of the script, before its own.
        folder: working folder; what the script writes elsewhere is lost.
        limit: seconds after which it is stopped.
        every: seconds between two looks at its memory.

    Returns:
        Its cost; a failure, of making its environment too, stands in `error`.
    """
    try:
        python = python_of(contender)
    except Unavailable as failure:
        return Ended(0.0, 0.0, 0, "", str(failure))
    command = [python, SCRIPTS / contender.script, *arguments, *contender.arguments]
    return processes.run(command, folder=folder, limit=limit, extra=QUIET, every=every)


def said(ended: Ended) -> dict[str, Any]:
    """Return the JSON object on the last line that a script wrote."""
    found: dict[str, Any] = json.loads(ended.out.splitlines()[-1])
    return found


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "copydesk-benchmarks"


def _digest(pins: Path) -> str:
    return hashlib.sha256(sys.version.encode() + pins.read_bytes()).hexdigest()[:12]


def _uv(*arguments: str | Path) -> None:
    program = shutil.which("uv")
    command = [program] if program else [sys.executable, "-m", "uv"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        # uv says first what went wrong, and below it why.
        wrong = next((line for line in lines if line.startswith(("error", "×", "x "))), "".join(lines[-1:]))
        raise Unavailable(f"not installed: {wrong.removeprefix('×').strip()}")
