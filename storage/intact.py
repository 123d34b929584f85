"""Are files as they were committed? And a warehouse without those of a batch that are not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.contract import TABLES
from storage.store import checksum
from storage.warehouse import batch_folder

if TYPE_CHECKING:
    from storage.manifest import FileEntry, Snapshot
    from storage.store import Stored


def changed(file: Stored, entry: FileEntry) -> str | None:
    """Say how a file differs from what was committed.

    Args:
        file: Where it lies.
        entry: What its manifest says.

    Returns:
        What is wrong, in words; None where it is unchanged.
    """
    try:
        size = file.store.size(file.key)
        if size != entry.bytes:
            return f"has {size} bytes, its manifest says {entry.bytes}"
        if checksum(file) != entry.xxh3_128:
            return "its bytes are not those that were committed"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None


def intact(moment: Snapshot, batch_id: str) -> Snapshot:
    """Leave out the files of a batch that are damaged, so that it can be done again.

    Args:
        moment: The warehouse at one moment.
        batch_id: The batch; files that it shares with others are not left out.
    """
    own = {
        entry
        for table in TABLES
        for entry in moment.folders(table).get(batch_folder(table, batch_id), ())
        if not entry.batches
    }
    lost = {entry.path for entry in own if changed(moment.warehouse.locate(entry.path), entry)}
    return replace(moment, lost=frozenset(lost))
