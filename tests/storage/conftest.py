"""Makes `builders_storage` importable for the tests of this folder and for the processes they start."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from storage.warehouse import Warehouse

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def empty(folder: Path, request: pytest.FixtureRequest) -> Warehouse:
    """A warehouse without a batch: in a folder, or in the store that `objects.everywhere` asks for."""
    from objects import make_warehouse  # noqa: PLC0415 - it can be found only from here on

    return make_warehouse(folder / "house", getattr(request, "param", "folder"))
