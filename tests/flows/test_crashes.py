"""The crash matrix: every command that changes a warehouse, killed in the midst of any change of the disk.

On the dead warehouse readers by manifest see what was before or what is after, readers by glob no row twice,
and `check` finds nothing. The same command given again ends as if nothing had happened, and a compaction then
leaves nothing but what manifests name.
"""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from builders import ROOT
from crash_jobs import JOBS, SECRET, Job, clock
from crash_matrix import Matrix, by_glob, content, stored, twice
from disk_steps import KINDS, Lens, Picture, lay, pictures, stepping
from effort import THOROUGH, every
from stopping_runs import stop

from flows.checking import check_warehouse
from storage.durable import write_file
from storage.errors import StorageError
from storage.manifest import manifests
from storage.warehouse import open_warehouse

STRIDE = {"write": every(40), "write on": 8 * every(150)}
"""Of how many changes of a kind one is tried; in thorough tests all but of later writes into a file that is
not there whole yet, of which there are hundreds in a second."""

KILLS = 25 if THOROUGH else 500
SHIM = Path(__file__).with_name("crash_shim.py")


def test_the_pictures_show_what_a_careful_write_leaves(tmp_path: Path) -> None:
    seen, kinds = pictures(
        tmp_path, lambda: write_file(tmp_path / "a", b"whole"), wanted=lambda number, kind: True
    )
    assert kinds == ["open", "write", "fsync", "rename", "fsync"]
    drafts = [{}, {"a.part": b"wh"}, {"a.part": b"whole"}, {"a.part": b"whole"}, {"a": b"whole"}]
    assert [picture.tree for picture in seen.values()] == drafts
    lost = [{}, {"a.part": b""}, {"a.part": b""}, {"a.part": b"whole"}, {"a": b"whole"}]
    assert [picture.after_power_loss for picture in seen.values()] == lost


def of_jobs(*usually: str, among: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    """Do a test with some commands usually, and with all of them, or some more, in thorough tests."""
    names = (among or [job.name for job in JOBS]) if THOROUGH else usually
    chosen = [job for job in JOBS if job.name in names]
    return pytest.mark.parametrize("job", chosen, ids=lambda job: job.name)


def wanted(usual: int) -> Callable[[int, str], bool]:
    """Choose of each kind of changes one of so many; more once the commit has its number, by a link."""
    seen: Counter[str] = Counter()

    def one(number: int, kind: str) -> bool:
        family = kind if kind in STRIDE else ""
        seen[family] += 1
        seen[kind] += kind == "link"
        stride = max(1, usual // 3) if seen["link"] else usual
        return seen[family] % STRIDE.get(kind, stride) == 0

    return one


def usual(job: Job) -> int:
    return every(40 if job.name == "upgrade" else 150)


@of_jobs("run", "run --replace", "rebuild", "forget", "compact", "upgrade")
def test_killed_in_the_midst_of_any_change(
    job: Job, folder: Path, record_property: Callable[[str, object], None]
) -> None:
    """Process by process, and with the power of the machine: then bytes that nobody waited for are lost."""
    job.prepare(folder)
    matrix, seen, kinds = watched(job, folder, wanted(usual(job)))
    outcomes = [matrix.judge(picture.tree) for picture in seen.values()]
    assert outcomes == sorted(outcomes, reverse=True)  # before, then after
    assert {*outcomes} == {"before", "after"} or not THOROUGH
    for picture, outcome in list(zip(seen.values(), outcomes, strict=True))[:: every(4)]:
        assert matrix.judge(picture.after_power_loss) == outcome
    told = {kind: kinds.count(kind) for kind in KINDS if kind in kinds}
    states = {what: matrix.count(what) for what in ("dead", "finished")}
    record_property("crashes", {"command": job.name, **told, **Counter(outcomes), **states})


def watched(
    job: Job, folder: Path, choice: Callable[[int, str], bool]
) -> tuple[Matrix, dict[int, Picture], list[str]]:
    """Do a command that nobody disturbs in a prepared folder, and picture changes of the disk."""
    warehouse = folder / "w"
    was, glob = stored(warehouse), by_glob(warehouse)
    with clock(20):
        seen, kinds = pictures(warehouse, lambda: job.work(folder), wanted=choice)
    becomes = stored(warehouse)
    assert content(becomes) != content(was) or job.name in {"compact", "upgrade"}
    commits = len(manifests(open_warehouse(warehouse)))
    return Matrix(job, folder, was, becomes, (glob, by_glob(warehouse)), commits), seen, kinds


NEEDS_SPACE = {"open", "write", "write on", "mkdir", "link", "fsync"}


@of_jobs("run --replace")
def test_a_disk_that_is_full_from_any_change_on(job: Job, folder: Path) -> None:
    """All that is claimed of a dead process is claimed here too; `Matrix.judge` asserts it."""
    lens = Lens(folder / "w")
    job.prepare(folder)
    start = lens.take()
    matrix, _, kinds = watched(job, folder, lambda number, kind: False)
    tried = range(1, len(kinds), 20 if THOROUGH else 700)
    for first in tried:
        lay(start, folder / "w")
        with clock(20), stepping(full(first)), suppress(OSError, StorageError):
            job.work(folder)
        matrix.judge(lens.take())


def full(first: int) -> Callable[[str], None]:
    """Let everything that needs space fail from a change on."""
    number = count(1)

    def step(kind: str) -> None:
        if next(number) >= first and kind in NEEDS_SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return step


@of_jobs("forget")
def test_a_killed_process_leaves_what_the_pictures_show(job: Job, folder: Path) -> None:
    command = [sys.executable, SHIM, job.name, folder, KILLS]
    done = subprocess.run(
        [str(each) for each in command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    killed, changes = map(int, done.stdout.split())
    assert killed == changes // KILLS > 4


ARGUMENTS: dict[str, list[str]] = {
    "run": ["run", "--direct", "{}/new", "--to", "{}/w"],
    "run --replace": ["run", "--direct", "--to", "{}/w", "--batch", "b0", "--replace"],
    "rebuild": ["rebuild", "{}/w", "--config", "{}/rebuild.toml"],
    "forget": ["forget", "{}/w", "--url", f"https://a.com/{SECRET}"],
    "compact": ["compact", "{}/w", "--grace", "0"],
}


@of_jobs("rebuild", among=tuple(ARGUMENTS))
def test_killed_at_random(job: Job, folder: Path) -> None:
    """Real processes, threads and all, by the clock and not at a change of the disk."""
    job.prepare(folder)
    warehouse, lens, dice = folder / "w", Lens(folder / "w"), random.Random(job.name)
    before, was = lens.take(), content(stored(warehouse))
    with clock(20):
        job.work(folder)
    becomes = content(stored(warehouse))
    for _ in range(30 if THOROUGH else 1):
        lay(before, warehouse)
        killed = stop(
            *(word.format(folder) for word in ARGUMENTS[job.name]), at="", delay=dice.uniform(0, 1.5)
        )
        assert (killed.code in {0, -signal.SIGKILL}, killed.left) == (True, [])
        found = content(stored(warehouse))
        assert found in (was, becomes)
        assert check_warehouse(warehouse) == []
        assert twice(by_glob(warehouse)) == []
        with clock(50):
            job.work(folder)
        again = content(stored(warehouse))
        if job.repeats and found == becomes:
            again["batches"] = becomes["batches"]
        assert again == becomes
        assert check_warehouse(warehouse) == []
        assert [list((warehouse / "_copydesk" / kind).iterdir()) for kind in ("work", "staging")] == [[], []]
