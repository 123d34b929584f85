"""The steps of a run: each takes paths, does a coarse piece of work, and returns a path.

A step is a plain function; Prefect, threads or anything else may call it. What a step leaves in the run's
folder is all that the next one knows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dedup.cleaning import clean as clean_records
from dedup.fingerprints import fingerprint
from dedup.tables import REMOVED
from flows import provenance, resuming, stopping, taking
from flows import run as runs
from flows.resuming import CHUNKS_PER_GROUP
from flows.run import Run
from flows.workfiles import read_json, read_table, write_json, write_table
from ingest.records import Known, Reading, read
from ingest.sources import InputFile, find
from ingest.sources import fingerprint as fingerprint_file
from ingest.tables import REJECTS
from storage import known as dealt_with

logger = logging.getLogger(__name__)

GROUP_FILES = 2_000  # a task is worth its overhead from some seconds of work on
GROUP_BYTES = 64 << 20


def plan(run_file: str) -> str:
    """List the inputs, leave out the files that are known, and deal the rest into groups.

    Returns:
        Path of `plan.json`.
    """
    run = runs.read(run_file)
    taken = taking.plan(run)  # first: what leaves is not known any more
    listing = find(run.sources)
    for source in run.sources:
        if not any(file.source == source for file in listing.files):
            logger.warning("source %s: nothing to read in %s", source.name, ", ".join(source.inputs))
    # A file's size and time are taken before it is hashed: whatever is written later shows.
    states = [_state(file.path) for file in listing.files]
    hashes = [None if file.error else _fingerprint(file) for file in listing.files]
    counts = _known_counts(run, listing.files, hashes)
    fresh = [
        {**_described(run, file), "content_hash": hash_, "state": state}
        for file, hash_, state, records in zip(listing.files, hashes, states, counts, strict=True)
        if records is None
    ]
    # A limit counts records in the order of the files, which only one reader can do.
    groups = [*(_groups(fresh) if run.limit is None else [fresh] * bool(fresh)), *taken]
    resuming.keep_finished(run, groups)
    folder = run.path("groups")
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number:06d}.json" for number in range(len(groups))]
    for stale in {*folder.iterdir()} - {*paths}:
        stale.unlink()
    for path, group in zip(paths, groups, strict=True):
        write_json(path, group)
    known = sum(records for records in counts if records is not None)
    logger.info(
        "%d files, %d of them known, %d ignored",
        *(len(counts), len(counts) - len(fresh), listing.ignored),
        extra={"step": "extract", "of": _size(fresh)},
    )
    return write_json(
        run.path("plan.json"),
        {"groups": [str(path) for path in paths], "known": known, "ignored": listing.ignored},
    )


def extract(run_file: str, group_file: str) -> str:
    """Read the files of a group into chunks of records, unless a stopped run has done so.

    Returns:
        Path of `ended.json` in the group's folder, beside its chunks.
    """
    run = runs.read(run_file)
    folder = run.path("extracted", Path(group_file).stem)
    done = resuming.begin(folder)
    described = read_json(group_file)
    if done:
        logger.info("taken up: %s", folder.name, extra={"step": "extract", "add": _size(described)})
        return str(done)
    if "taken" in described[0]:
        return taking.extract(run, folder, described[0])
    readings = _readings(run)
    files = [
        InputFile(run.sources[one["source"]], Path(one["path"]), one["size"], one["error"])
        for one in described
    ]
    rejects, ended, chunks = [REJECTS.empty_table()], [], []
    known = unknown_fields = passed_over = 0
    known_records = _known_records(run, readings)
    found = read(files, known=known_records, limit=run.limit, reading=_reading(run), go_on=stopping.check)
    for number, chunk in enumerate(found):
        if chunk.records.num_rows:
            name = int(folder.name) * CHUNKS_PER_GROUP + number
            chunks.append(write_table(folder / f"{name:015d}.arrow", chunk.records))
        rejects.append(chunk.rejects)
        ended += [(end.file.source.name, str(end.file.path), end.records) for end in chunk.ended]
        known += chunk.known
        passed_over += sum(end.passed for end in chunk.ended)
        unknown_fields += chunk.unknown_fields
    rejected = pa.concat_tables(rejects)
    write_table(
        folder / "rejects.arrow", rejected.append_column("reading", _by_name(readings, rejected["source"]))
    )
    by_file = {(run.sources[one["source"]].name, one["path"]): one for one in described}
    return resuming.end(
        folder,
        {
            "inputs": [
                {**by_file[name, path], "source": name, "records": records, "reading": readings[name]}
                for name, path, records in ended
                if _unchanged(by_file[name, path])
            ],
            "known": known,
            "taken_over": 0,
            "unknown_fields": unknown_fields,
            "passed_over": passed_over,
            "chunks": chunks,
        },
    )


def clean(run_file: str, chunk_file: str) -> str:
    """Clean and fingerprint the articles of a chunk, unless a stopped run has done so.

    Returns:
        Path of the folder with `articles.arrow`, `removals.arrow`, `fingerprints.arrow`, `paragraphs.arrow`,
        `lines.arrow`.
    """
    run = runs.read(run_file)
    path = Path(chunk_file)
    number = int(path.stem)
    folder = run.path("cleaned", f"{number:015d}")
    if resuming.begin(folder):
        return str(folder)
    cleaned = clean_records(read_table(path).combine_chunks(), runs.rules_of(run.settings))
    write_table(folder / "articles.arrow", cleaned.articles)
    write_table(folder / "removals.arrow", cleaned.removals.cast(REMOVED))
    fingerprints = fingerprint(cleaned.articles, chunk=number)
    write_table(folder / "fingerprints.arrow", fingerprints.articles)
    write_table(folder / "paragraphs.arrow", fingerprints.paragraphs)
    write_table(folder / "lines.arrow", fingerprints.lines)
    resuming.end(folder, {})
    logger.info("cleaned %d articles, %d removals", cleaned.articles.num_rows, cleaned.removals.num_rows)
    return str(folder)


def _fingerprint(file: InputFile) -> str | None:
    try:
        return fingerprint_file(file.path)
    except OSError:
        return None  # reading it will say what is wrong


def _known_counts(run: Run, files: Iterable[InputFile], hashes: list[str | None]) -> list[int | None]:
    """Return for each file how many records an earlier batch read in it, None where it is to be read.

    A batch that is done again reads all of its files: what was known in one of them to a later batch may have
    been known through this one, whose articles leave.
    """
    if run.kind == "replace":
        return [None] * len(hashes)
    sources = pa.array([file.source.name for file in files], pa.string())
    told = pa.array([hash_ or "0" * 32 for hash_ in hashes], pa.string())
    found = dealt_with.known_files(runs.history_of(run), sources, _by_name(_readings(run), sources), told)
    return [records if hash_ else None for records, hash_ in zip(found.to_pylist(), hashes, strict=True)]


def _known_records(run: Run, readings: dict[str, str]) -> Known:
    past = runs.history_of(run)
    return lambda sources, hashes: dealt_with.known_records(
        past, sources, _by_name(readings, sources), hashes
    )


def _reading(run: Run) -> Reading:
    """Return how one of the extract tasks reads."""
    return Reading(
        record_bytes=run.settings.limits.record_mib << 20,
        page_seconds=run.settings.limits.page_seconds,
        engine=run.settings.extract.engine,
        workers=_processes(run),
    )


def _readings(run: Run) -> dict[str, str]:
    """Return for each source the fingerprint of how it is read."""
    return {source.name: provenance.reading(source, run.settings) for source in run.sources}


def _by_name(values: dict[str, str], names: pa.Array) -> pa.Array:
    """Return the value of each name, column for column."""
    keys = pa.array(list(values), pa.string())
    return pa.array(list(values.values()), pa.string()).take(pc.index_in(names, value_set=keys))


def _described(run: Run, file: InputFile) -> dict[str, object]:
    return {
        "source": run.sources.index(file.source),
        "path": str(file.path),
        "locator": file.locator,
        "size": file.size,
        "error": file.error,
    }


def _processes(run: Run) -> int:
    """Return how many processes one of the extract tasks may start, so that all together have `workers`."""
    side_by_side = min(run.workers, len(list(run.path("groups").iterdir())))
    return max(1, run.workers // max(1, side_by_side))


def _size(described: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Say how much of files there is to read, for those who show how far it is."""
    files = [file for file in described if "taken" not in file]
    return {"files": len(files), "bytes": sum(file["size"] for file in files)}


def _state(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def _unchanged(described: dict[str, object]) -> bool:
    """Tell whether a file is still what was fingerprinted: one that grew meanwhile is not read to its end."""
    return (
        described["content_hash"] is not None and _state(Path(str(described["path"]))) == described["state"]
    )


def _groups(files: list[dict[str, object]]) -> list[list[dict[str, object]]]:
    groups: list[list[dict[str, object]]] = []
    size = 0
    for file in files:
        if not groups or len(groups[-1]) >= GROUP_FILES or size >= GROUP_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(file)
        size += int(str(file["size"]))
    return groups
