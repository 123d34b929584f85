"""Compacting a warehouse: the clock, the lock and a name for the commit, around `storage.compact`."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.desk import desk
from storage.compact import compact
from storage.warehouse import open_warehouse


def compact_warehouse(path: str | Path, *, grace: timedelta) -> dict[str, object]:
    """Put larger files in the place of small ones, and delete what was superseded long ago.

    Args:
        path: folder of the warehouse.
        grace: how long what is superseded stays, for readers who have begun with it.

    Returns:
        `warehouse`, the fields of `storage.compact.Compacted`, and `seconds`.

    Raises:
        storage.errors.StorageError: there is no warehouse, somebody else writes, or the disk refuses.
    """
    began = time.monotonic()
    warehouse = open_warehouse(path)
    now = datetime.now(UTC)
    with desk(warehouse, now=now) as (commit_id, _):
        done = compact(warehouse, commit_id=commit_id, now=now, grace=grace)
    return {"warehouse": str(warehouse.root), **asdict(done), "seconds": round(time.monotonic() - began, 3)}
