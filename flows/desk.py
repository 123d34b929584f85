"""Being the writer of a warehouse: the lock, what an interrupted writer left, and a name for the commit."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from storage.manifest import Manifest, manifests, next_batch_id
from storage.publish import writing
from storage.warehouse import Warehouse


@contextmanager
def desk(warehouse: Warehouse, *, now: datetime) -> Iterator[tuple[str, list[Manifest]]]:
    """Be the one writer of a warehouse for as long as the block lasts.

    What an interrupted writer left is finished or cleared up first.

    Args:
        warehouse: the warehouse.
        now: the time, with its zone.

    Yields:
        The id of the commit that is to come, and all commits so far, the oldest first.

    Raises:
        storage.errors.WarehouseLocked: somebody else writes.
        storage.errors.WarehouseFormat: a manifest is damaged.
        storage.errors.WarehouseUnwritable: the disk refuses.
    """
    with writing(warehouse):
        committed = manifests(warehouse)
        yield _commit_id(committed, now), committed


def _commit_id(committed: Sequence[Manifest], now: datetime) -> str:
    taken = [manifest.batch_id for manifest in committed]
    return next_batch_id(taken, now=now, token=secrets.token_hex(4))
