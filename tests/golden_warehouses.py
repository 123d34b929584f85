"""The warehouses that earlier versions wrote; `tests/golden/warehouses/make.py` tells how."""

from __future__ import annotations

import tarfile
from pathlib import Path

ARCHIVES = {
    path.name.removesuffix(".tar.xz").removeprefix("schema-"): path
    for path in sorted((Path(__file__).parent / "golden" / "warehouses").glob("schema-*.tar.xz"))
}
"""Schema version → its archive."""


def unpack(version: str, folder: Path) -> Path:
    """Lay inputs and warehouse of a version into a folder, and return the warehouse."""
    with tarfile.open(ARCHIVES[version]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "warehouse"
