"""Makes the golden warehouse of the schema version in force: `uv run python tests/golden/warehouses/make.py`.

To be run on the last commit before `storage.contract.SCHEMA_VERSION` goes up; afterwards nobody can write
such a warehouse any more. `schema-<version>.tar.xz` holds the inputs (`in/`) and the warehouse: three
batches, a compaction between them, a row at least in every table, and copies in one batch and across batches.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tarfile
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from builders import story  # noqa: E402 - found by the line above
from running import run  # noqa: E402

from flows.compacting import compact_warehouse  # noqa: E402
from storage.contract import SCHEMA_VERSION  # noqa: E402

SOURCE = "golden"


def records() -> dict[str, list[dict[str, Any]]]:
    """Records of each input file: one a batch."""
    seeds = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "seeds").glob("*.txt"))]
    outlet = {"url": "https://example.com/b", "outlet": "example.com"}
    later = "A line was added to this article later on, and it is a whole sentence."
    first, second = story(1), story(2)
    quoting = "\n\n".join([*story(3).split("\n\n"), first.split("\n\n")[0]])
    return {
        "one": [
            {"id": "a", "url": "https://example.com/a", "text": seeds[0], "date": "2026-01-01"},
            {"id": "b", **outlet, "text": seeds[1], "date": "2026-01-02"},
            {"id": "i", "text": first, "date": "2026-01-02"},
            {"id": "j", "text": second, "date": "2026-01-02"},
        ],
        "two": [
            {"id": "c", "url": "https://example.org/c", "text": seeds[0], "date": "2026-01-03"},
            {"id": "d", "text": seeds[2], "date": "2026-01-04"},
            {"id": "e", "text": ""},
            {"id": "f", "text": seeds[2], "date": "2026-01-05"},
            {"id": "k", "text": quoting, "date": "2026-01-05"},
        ],
        "three": [
            {"id": "g", "text": seeds[3], "date": "2026-01-06"},
            {"id": "h", "text": seeds[4]},
            {"id": "b", **outlet, "text": f"{seeds[1]}\n\n{later}", "date": "2026-01-07"},
            {"id": "j", "text": second, "date": "2026-01-02"},
            {"id": "l", "text": f"{second}\n\n{story(4, 2)}", "date": "2026-01-08"},
        ],
    }


def make(folder: Path) -> None:
    """Write the inputs and the warehouse into a folder."""
    os.chdir(folder)  # the settings, which every batch keeps, then name no folder but this one
    inputs, warehouse = Path("in"), Path("warehouse")
    inputs.mkdir()
    for name, some in records().items():
        path = inputs / f"{name}.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in some), encoding="utf-8")
        run(path, warehouse, source=SOURCE)
        if name == "two":
            compact_warehouse(warehouse, grace=timedelta(hours=1))


def pack(folder: Path, target: Path) -> None:
    """Put a folder into an archive that says nothing of the machine."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        return member

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz", preset=9) as archive:
        for name in ("in", "warehouse"):
            archive.add(folder / name, name, filter=plain)
    target.write_bytes(packed.getvalue())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="copydesk-") as made:
        make(Path(made))
        pack(Path(made), HERE / f"schema-{SCHEMA_VERSION}.tar.xz")
        os.chdir(HERE)
