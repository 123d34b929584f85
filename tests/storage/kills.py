"""Kills a process that changes a warehouse at one step after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from effort import every

from storage import tiers

STRIDE = every(10)
HERE = Path(__file__).parent


def killed_at(
    folder: Path, commit_id: str, what: str, *, fan: int = tiers.FAN, stride: int = STRIDE
) -> list[int]:
    """Kill at changes of the disk, each time in a copy of `folder / "house"`, which bears the step's number.

    Returns:
        The steps at which the process was killed; in `folder / str(last + stride)` it came to its end.
    """
    command = [sys.executable, HERE / "kill_shim.py", folder, commit_id, what, fan, stride]
    done = subprocess.run(
        [str(each) for each in command],
        capture_output=True,
        text=True,
        cwd=HERE.parents[1],
        env={"PYTHONPATH": f"{HERE}:{HERE.parent}:{HERE.parents[1]}"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(range(1, int(done.stdout), stride))
