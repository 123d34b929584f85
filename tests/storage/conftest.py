"""Makes `builders_storage` importable for the tests of this folder and for the processes they start."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.warehouse import Warehouse

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of commits wait for the disk too long."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as made:
        yield Path(made)


@pytest.fixture
def empty(folder: Path, request: pytest.FixtureRequest) -> Warehouse:
    """A warehouse without a batch: in a folder, or in the store that `objects.everywhere` asks for."""
    from objects import make_warehouse  # noqa: PLC0415 - it can be found only from here on

    return make_warehouse(folder / "house", getattr(request, "param", "folder"))
