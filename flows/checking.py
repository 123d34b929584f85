"""Checking a warehouse: the laws that storage can prove, and matches computed again on the text."""

from __future__ import annotations

from functools import partial

from dedup.settings import WIDTH
from dedup.verify import similarity
from storage.check import check
from storage.warehouse import open_warehouse


def check_warehouse(path: str) -> list[str]:
    """Prove the laws on what is stored.

    Args:
        path: folder of the warehouse.

    Returns:
        One sentence for every law that is broken somewhere; none where everything fits.

    Raises:
        storage.errors.StorageError: there is no warehouse.
    """
    return [
        str(finding) for finding in check(open_warehouse(path), similarity=partial(similarity, width=WIDTH))
    ]
