"""The manifests: what is published, one numbered file a commit, never changed.

A reader that takes the list of manifests once sees all tables at one moment.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from storage.errors import StorageError, WarehouseFormat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from storage.warehouse import Warehouse

FORMAT = 2
_NAME = re.compile(r"\d{8}\.json")
_BATCH_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")  # safe as the name of a folder on every system
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class FileEntry:
    """One immutable file: where it lies below the warehouse, and what proves it unchanged."""

    path: str
    rows: int
    bytes: int
    xxh3_128: str


@dataclass(frozen=True)
class Manifest:
    """What one commit published.

    Attributes:
        version: Its number, from 1 on.
        batch_id: The batch.
        committed_at: When, in ISO form.
        tables: Table → its files.
        index: Files of the history run that it published: the batch's own, or one that several were merged
            into. Once another has taken its place they are deleted.
        tier: How often the rows of that run were merged (`storage.tiers`).
        runs: Batches whose runs are the history from this commit on, the oldest first; each holds the batches
            behind the run before it, up to its own.
        counts: The counts of the batch's row in `batches`.
        settings: Fingerprint of the settings.
        schema_version: Version of the published schemas.
    """

    version: int
    batch_id: str
    committed_at: str
    tables: Mapping[str, tuple[FileEntry, ...]]
    index: tuple[FileEntry, ...]
    tier: int
    runs: tuple[str, ...]
    counts: Mapping[str, int]
    settings: str
    schema_version: str


@dataclass(frozen=True)
class Snapshot:
    """A warehouse at one moment: every commit up to then."""

    warehouse: Warehouse
    manifests: tuple[Manifest, ...]

    @property
    def runs(self) -> tuple[str, ...]:
        """The live runs of the history, the oldest first."""
        return self.manifests[-1].runs if self.manifests else ()


def encode(manifest: Manifest) -> bytes:
    """Give the bytes of a manifest's file.

    Args:
        manifest: The manifest.
    """
    return json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1, sort_keys=True).encode() + b"\n"


def load(path: Path) -> Manifest:
    """Read one manifest.

    Args:
        path: Its file.

    Raises:
        WarehouseFormat: It is damaged, or another version of copydesk wrote it.
    """
    try:
        raw = json.loads(path.read_bytes())
        found = raw.pop("format")
        if found == FORMAT:
            return _from_json(raw)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WarehouseFormat(f"{path}: the manifest is damaged; restore it from a backup") from None
    except OSError as error:
        raise StorageError(
            f"{path}: the manifest cannot be read ({error.strerror}); mend the rights on it"
        ) from error
    raise WarehouseFormat(
        f"{path}: has format {found}, this copydesk knows {FORMAT}; use the version that wrote it"
    )


def _from_json(raw: dict[str, Any]) -> Manifest:
    tables = {
        name: tuple(FileEntry(**entry) for entry in entries) for name, entries in raw.pop("tables").items()
    }
    index = tuple(FileEntry(**entry) for entry in raw.pop("index"))
    return Manifest(tables=tables, index=index, runs=tuple(raw.pop("runs")), **raw)


def manifests(warehouse: Warehouse) -> list[Manifest]:
    """List what has been committed, the oldest first.

    Args:
        warehouse: The warehouse.

    Returns:
        One manifest a commit.

    Raises:
        WarehouseFormat: A manifest is damaged, or one is missing between others.
    """
    try:
        names = sorted(path.name for path in warehouse.manifests.iterdir() if _NAME.fullmatch(path.name))
    except OSError as error:
        raise WarehouseFormat(
            f"{warehouse.manifests}: cannot be listed ({error.strerror}); restore it from a backup"
        ) from error
    expected = [file_name(version) for version in range(1, len(names) + 1)]
    for name, wanted in zip(names, expected, strict=True):
        if name != wanted:
            raise WarehouseFormat(f"{warehouse.manifests / wanted}: is missing; restore it from a backup")
    return [load(warehouse.manifests / name) for name in names]


def snapshot(warehouse: Warehouse) -> Snapshot:
    """Fix the present moment, so that several reads see the same commits.

    Args:
        warehouse: The warehouse.
    """
    return Snapshot(warehouse, tuple(manifests(warehouse)))


def file_name(version: int) -> str:
    """Name the file of a manifest.

    Args:
        version: Its number, from 1 on.
    """
    return f"{version:08d}.json"


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
