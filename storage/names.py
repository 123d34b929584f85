"""Names of batches, manifests and history runs; those of batches sort by time, whatever the clock does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from storage.errors import StorageError

_BATCH_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")  # safe as the name of a folder on every system
_STAMP = "%Y%m%dT%H%M%SZ"


def next_batch_id(taken: list[str], *, now: datetime, token: str) -> str:
    """Name a new batch so that it sorts behind all committed ones, even where the clock went back.

    Args:
        taken: The ids of the committed batches.
        now: The time, with its zone.
        token: 8 hex digits that tell batches of the same second apart.

    Returns:
        An id such as `20261121T060000Z-0f3a9c21`.
    """
    stamps = [moment for batch_id in taken if (moment := _moment(batch_id)) is not None]
    present = now.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    earliest = max(stamps) + timedelta(seconds=1) if stamps else present
    return f"{max(present, earliest).strftime(_STAMP)}-{token}"


def _moment(batch_id: str) -> datetime | None:
    try:
        return datetime.strptime(batch_id.split("-", maxsplit=1)[0], _STAMP)  # noqa: DTZ007 - the Z is part of the form; compared among themselves
    except ValueError:
        return None


def check_batch_id(batch_id: str) -> None:
    """Refuse a batch id that cannot name a folder.

    Args:
        batch_id: The id.

    Raises:
        StorageError: It holds other characters than letters, digits, dot, dash and underscore, or is too
            long.
    """
    if not _BATCH_ID.fullmatch(batch_id):
        raise StorageError(
            f"batch id {batch_id!r} cannot be used; take up to 100 letters, digits, dots, dashes, underscores"
        )


def file_name(version: int) -> str:
    """Name the file of a manifest.

    Args:
        version: Its number, from 1 on.
    """
    return f"{version:08d}.json"


def run_name(version: int) -> str:
    """Name the history run that a commit publishes.

    Args:
        version: Its number, from 1 on.
    """
    return f"{version:08d}"
