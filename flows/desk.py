"""Being the writer of a warehouse: lock, recovery, tables of the present schema, a name for the commit."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from storage.manifest import Manifest, snapshot
from storage.names import next_batch_id
from storage.publish import writing
from storage.upgrade import upgrade
from storage.warehouse import Warehouse


@contextmanager
def desk(warehouse: Warehouse, *, now: datetime) -> Iterator[tuple[str, list[Manifest]]]:
    """Be the one writer of a warehouse for as long as the block lasts.

    What an interrupted writer left is finished or cleared up first; then tables of an earlier schema version
    are brought to the present one, so that all files of a table have the same columns.

    Args:
        warehouse: the warehouse.
        now: the time, with its zone.

    Yields:
        The id of the commit that is to come, and all commits so far, the oldest first.

    Raises:
        storage.errors.WarehouseLocked: somebody else writes.
        storage.errors.WarehouseFormat: a manifest is damaged, or another version of copydesk wrote it.
        storage.errors.WarehouseUnwritable: the disk refuses.
    """
    with writing(warehouse):
        moment = snapshot(warehouse)
        upgraded = upgrade(moment, commit_id=_commit_id(moment.manifests, now), now=now)
        committed = [*moment.manifests, *([upgraded] if upgraded else [])]
        yield _commit_id(committed, now), committed


def _commit_id(committed: Sequence[Manifest], now: datetime) -> str:
    taken = [manifest.batch_id for manifest in committed]
    return next_batch_id(taken, now=now, token=secrets.token_hex(4))
