"""Taking up what a run left that was stopped: groups that were read and chunks that were cleaned, whole.

A run's folder says under which conditions its work was done (`RESUMABLE`). A piece of work is a folder that
counts from the moment its closing file is there, with the checksums of all that belongs to it; so nothing is
trusted that a machine without power did not bring to its disk. The inputs are compared group by group.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xxhash

from flows import provenance
from flows.run import Run
from flows.workfiles import read_json, write_json, write_text
from storage.durable import checksum
from storage.manifest import Manifest
from storage.publish import RESUMABLE

logger = logging.getLogger(__name__)

CHUNKS_PER_GROUP = 1_000_000  # numbers for the chunks of one group: 4,000 records or 16 MB of text each
ENDED = "ended.json"

_CODE = Path(__file__).resolve().parent.parent
_ASKED = {"settings_hash", "sources", "limit", "warehouse", "kind", "forget"}
_PACKAGES = ("flows", "ingest", "dedup", "storage")


def work_folder(work: Path, run: Run, committed: Sequence[Manifest]) -> Path:
    """Return the folder of a run that was stopped under the same conditions, or a new one.

    Folders of other conditions are deleted.

    Args:
        work: where such folders lie; nobody else writes there.
        run: what is to be done.
        committed: all commits so far.

    Raises:
        storage.errors.WarehouseUnwritable: the disk refuses.
    """
    now = json.dumps(_conditions(run, committed), sort_keys=True)
    same = None
    for folder in sorted(work.iterdir()):
        if same is None and (folder / RESUMABLE).read_text(encoding="utf-8", errors="replace") == now:
            same = folder
        else:
            logger.info("%s: work of a stopped run under other conditions is dropped", folder.name)
            shutil.rmtree(folder)
    if same is None:
        same = work / run.batch_id
        same.mkdir()
        write_text(same / RESUMABLE, now)
    return same


def keep_finished(run: Run, groups: Sequence[Sequence[Mapping[str, Any]]]) -> None:
    """Delete of the work in the run's folder what is not whole, or not of the same inputs.

    Args:
        run: the run; the descriptions of the groups in its folder are still those of the stopped run.
        groups: descriptions of the files of each group, as they are now.
    """
    kept = set()
    for folder in _folders(run, "extracted"):
        number = int(folder.name)
        described = run.path("groups", f"{folder.name}.json")
        if number < len(groups) and _is_told(described, groups[number]) and _is_whole(folder):
            kept.add(number)
        else:
            shutil.rmtree(folder)
    for folder in _folders(run, "cleaned"):
        if int(folder.name) // CHUNKS_PER_GROUP not in kept or not _is_whole(folder):
            shutil.rmtree(folder)
    cleaned = len(_folders(run, "cleaned"))
    if kept or cleaned:
        progress = {"step": "taken up from a stopped run", "done": len(kept), "total": len(groups)}
        logger.info(
            "a stopped run goes on: %d of %d groups are read, %d chunks are cleaned",
            *(len(kept), len(groups), cleaned),
            extra=progress,
        )


def begin(folder: Path) -> Path | None:
    """Make an empty folder for a piece of work, unless the work is done.

    Returns:
        The closing file of work that is done, else None.
    """
    if (folder / ENDED).is_file():
        return folder / ENDED
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return None


def end(folder: Path, told: Mapping[str, Any]) -> str:
    """Close a piece of work, and return the path of its closing file.

    Args:
        folder: all that belongs to it.
        told: what later steps want to know of it.

    Raises:
        storage.errors.WarehouseUnwritable: the disk refuses.
    """
    files = {path.name: checksum(path) for path in sorted(folder.iterdir())}
    return write_json(folder / ENDED, {**told, "files": files})


def _conditions(run: Run, committed: Sequence[Manifest]) -> dict[str, Any]:
    """Return all that decides what reading and cleaning leave, but for the inputs themselves."""
    return {
        "run": run.model_dump(mode="json", include=_ASKED),
        "readings": [provenance.reading(source, run.settings) for source in run.sources],
        "versions": provenance.versions(),
        "code": _code(),
        "again": run.batch_id if run.kind == "replace" else None,
        "after": [len(committed), committed[-1].batch_id if committed else None],
    }


def _code() -> str:
    """Return a hash of the size and time of our modules: in a checkout they change without the version."""
    found = [path for name in _PACKAGES for path in sorted((_CODE / name).rglob("*.py"))]
    states = [[str(path), path.stat().st_size, path.stat().st_mtime_ns] for path in found]
    return xxhash.xxh3_64_hexdigest(json.dumps(states).encode())


def _folders(run: Run, kind: str) -> list[Path]:
    return sorted(run.path(kind).glob("*"))


def _is_told(described: Path, group: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a group is still the same; what could not be hashed may be anything."""
    hashed = all(file["content_hash"] for file in group)
    return hashed and described.is_file() and described.read_bytes() == json.dumps(group).encode()


def _is_whole(folder: Path) -> bool:
    try:
        files = read_json(folder / ENDED)["files"]
        return all(checksum(folder / name) == told for name, told in files.items())
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False
