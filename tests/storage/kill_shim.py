"""Commits again and again, killed some changes of the disk later each time: started by `kills.killed_at`.

Arguments: a folder with a warehouse `house` in it, the commit's id, `commit`, `recover`, `compact` or
`upgrade`, how many history runs are merged into one, and the stride: for n = 1, 1 + stride, ... the warehouse
is copied to `n`, and a process is forked that works there until it would make its n-th change. Ends after the
first process that survives; prints its number.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import builders_storage as build

from storage import tiers
from storage.compact import compact
from storage.manifest import snapshot
from storage.postings import fingerprint_stored
from storage.publish import recover
from storage.upgrade import upgrade
from storage.warehouse import lock, open_warehouse

STEPS = ("rename", "replace", "link", "fsync", "mkdir", "unlink", "rmdir")


def arm(limit: int) -> None:
    """Let the process be killed instead of the n-th call of any of the steps."""
    seen = [0]

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            seen[0] += 1
            if seen[0] == limit:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return call

    for name in STEPS:
        setattr(os, name, deadly(getattr(os, name)))


def work(folder: Path, batch_id: str, what: str, limit: int) -> None:
    """Commit the batch of the tests, or recover, as a process that has not long to live."""
    warehouse = open_warehouse(folder)
    pieces = [build.Piece("One."), build.Piece("One.", of="One.")]
    with lock(warehouse):
        arm(limit)
        if what == "recover":
            recover(warehouse)
        elif what == "compact":
            compact(warehouse, commit_id=batch_id, now=build.NOW, grace=timedelta(0))
        elif what == "upgrade":
            upgrade(snapshot(warehouse), commit_id=batch_id, now=build.NOW)
        else:
            build.commit_tables(warehouse, build.batch_tables(batch_id, pieces, rejects=1), locked=True)
        os._exit(0)  # the lock's release is no part of the question


def killed(folder: Path, batch_id: str, what: str, limit: int) -> bool:
    """Tell whether a forked process was killed before its work was done."""
    process = os.fork()
    if process == 0:
        try:
            work(folder, batch_id, what, limit)
        finally:
            os._exit(1)
    status = os.waitpid(process, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status != 0:
        raise SystemExit(f"step {limit} ended with {status}")
    return False


def main() -> None:
    folder, batch_id, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    tiers.FAN = int(sys.argv[4])
    fingerprint_stored([build.batch_tables(batch_id, [build.Piece("Warm.")])["articles"]])  # once for all
    for limit in count(1, int(sys.argv[5])):
        shutil.copytree(folder / "house", folder / str(limit))
        if not killed(folder / str(limit), batch_id, what, limit):
            print(limit)
            return


if __name__ == "__main__":
    main()
