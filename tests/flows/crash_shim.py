"""Kills processes that do a command, and compares what they leave with pictures: `test_crashes.py` starts it.

Arguments: the name of a job, an empty folder, and the stride: one of so many changes of the disk is tried.
Prints how many processes were killed, and how many changes there are.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from crash_jobs import JOBS, Job, clock
from disk_steps import Lens, Tree, digest, lay, pictures, stepping


def killed(job: Job, folder: Path, number: int) -> None:
    """Do a job in a forked process that is killed in the midst of its n-th change of the disk."""
    process = os.fork()
    if process == 0:
        try:
            die_at(job, folder, number)
        finally:
            os._exit(1)
    status = os.waitpid(process, 0)[1]
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        raise SystemExit(f"change {number}: the process ended with {status}")


def die_at(job: Job, folder: Path, number: int) -> None:
    left = [number]

    def step(kind: str) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    with clock(20), stepping(step):
        job.work(folder)


def lay_anew(tree: Tree, root: Path) -> None:
    """Lay a tree into a new folder: in what order files are deleted depends on how they came."""
    shutil.rmtree(root, ignore_errors=True)
    if tree:
        lay(tree, root)


def main() -> None:
    [job] = [each for each in JOBS if each.name == sys.argv[1]]
    folder, stride = Path(sys.argv[2]), int(sys.argv[3])
    job.prepare(folder)
    lens = Lens(folder / "w")
    before = lens.take()
    lay_anew(before, folder / "w")
    with clock(20):
        work = lambda: job.work(folder)  # noqa: E731
        seen, kinds = pictures(folder / "w", work, wanted=lambda number, kind: number % stride == 0)
    for number, picture in seen.items():
        lay_anew(before, folder / "w")
        killed(job, folder, number)
        if digest(lens.take()) != digest(picture.tree):
            raise SystemExit(f"change {number}: a killed process leaves something else")
    print(len(seen), len(kinds))


if __name__ == "__main__":
    main()
