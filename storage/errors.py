"""The errors of this folder.

StorageError
├── NotFound             no warehouse, table or batch where one was expected
├── WarehouseLocked      another process writes into the warehouse
├── WarehouseUnwritable  the disk, or the rights on it, do not let us write
├── WarehouseFormat      what is stored is damaged, or made by a version that this one does not know
├── IndexMismatch        the history was made with other settings of matching
├── SchemaMismatch       a table handed over for writing is not the published one
└── BatchExists          the batch is committed already
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class StorageError(Exception):
    """Something about our own files stops the work; the message is one clear sentence."""


class NotFound(StorageError):
    """There is no warehouse, table or batch where one was expected."""


class WarehouseLocked(StorageError):
    """Another process writes into the warehouse."""


class WarehouseUnwritable(StorageError):
    """The disk, or the rights on it, do not let us write."""


class WarehouseFormat(StorageError):
    """What is stored is damaged, or was made by a version that this one does not know."""


class IndexMismatch(StorageError):
    """The history was made with other settings of matching than those now in force."""


class SchemaMismatch(StorageError):
    """A table handed over for writing is not the published one."""


class BatchExists(StorageError):
    """The batch is committed already."""


def unwritable(path: Path, error: OSError) -> WarehouseUnwritable:
    """Turn the system's refusal to write into a sentence for people.

    Args:
        path: What could not be written.
        error: What the system said.
    """
    reason = (
        os.strerror(error.errno) if error.errno else str(error)
    )  # Arrow wraps the reason in words of its own
    return WarehouseUnwritable(
        f"{path}: cannot be written ({reason}); free some space, mend the rights, or name another warehouse"
    )
