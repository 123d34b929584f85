"""Checking a warehouse: the laws that storage can prove, and matches computed again on the text."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

from dedup.settings import WIDTH
from dedup.verify import similarity
from storage.check import check
from storage.warehouse import open_warehouse


def check_warehouse(path: str | Path) -> list[dict[str, str]]:
    """Prove the laws on what is stored.

    Args:
        path: folder of the warehouse.

    Returns:
        For every law that is broken somewhere: `law`, `where`, `problem`, and all of it as a `sentence`;
        nothing where everything fits.

    Raises:
        storage.errors.StorageError: there is no warehouse.
    """
    findings = check(open_warehouse(path), similarity=partial(similarity, width=WIDTH))
    return [{**asdict(finding), "sentence": str(finding)} for finding in findings]
