"""From a list of files to chunks of records: what the rest of the pipeline reads.

Files become records (formats), records that are known are counted and left (before anything dear is done
to them), pages go through the extractor, and what remains is a table of records and a table of rejects.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import NamedTuple

import pyarrow as pa
import xxhash

from ingest.formats import Fault, Passed, open_records
from ingest.metadata import fields
from ingest.pages.extract import ENGINES, PAGE_SECONDS, Extract, GoOn, always, extractor
from ingest.rows import Item, Rows, begin
from ingest.sources import InputFile, Source

LOGGER = logging.getLogger(__name__)

Known = Callable[[pa.Array, pa.Array], pa.Array]
"""From sources and content hashes (strings, one a record) to whether each record is known (booleans)."""

_UNREADABLE = "copydesk-unreadable-1:"  # there are no bytes to hash, so the locator is


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Reading:
    """Settings of reading; none of them changes which rows come out but the first three."""

    record_bytes: int = 16 << 20  # a larger record is rejected
    page_seconds: float = PAGE_SECONDS  # of CPU; the extractor is stopped on a page that takes longer
    engine: str = ENGINES[0]  # one of ingest.pages.extract.ENGINES, for pages
    chunk_records: int = 4_000
    chunk_bytes: int = 16 << 20  # of raw text; one record may be larger
    workers: int = field(default_factory=_cores)  # processes for extraction


@dataclass(frozen=True, slots=True)
class FileEnd:
    """A file that was read to its end."""

    file: InputFile
    records: int  # kept, rejected and known together
    passed: int = 0  # parts of it that were never meant to be articles, such as requests in a crawl


@dataclass(frozen=True, slots=True)
class Chunk:
    """What some records became; each record is in one of the tables, or counted as known."""

    records: pa.Table  # RECORDS
    rejects: pa.Table  # REJECTS
    known: int
    unknown_fields: int  # values in fields that nobody asked for
    ended: tuple[FileEnd, ...]  # files whose last record is in this chunk or an earlier one
    at: int  # bytes that were read of the file behind those, as it lies on the disk


def nothing_known(sources: pa.Array, content_hashes: pa.Array) -> pa.Array:
    """Know no record: what a first run does.

    Args:
        sources: names of sources, one a record.
        content_hashes: hashes of the raw records.

    Returns:
        False for each record, as booleans.
    """
    del content_hashes
    return pa.repeat(pa.scalar(False), len(sources))


def read(
    files: Iterable[InputFile],
    *,
    known: Known = nothing_known,
    limit: int | None = None,
    reading: Reading | None = None,
    go_on: GoOn = always,
) -> Iterator[Chunk]:
    """Read files into chunks of bounded size.

    Every record of every file ends in exactly one row of records or rejects, or is counted as known.
    A file that cannot be read is one reject, and not among the files that ended.

    Args:
        files: what to read, in this order.
        known: asked once for many records, before their pages are extracted.
        limit: stop after as many records that are not known, kept and rejected together; None for no end.
        reading: bounds and workers; the defaults where None.
        go_on: called before each window of records, and before each page that is waited for; what it raises
            ends the reading.

    Yields:
        Chunks in the order of the files.
    """
    settings = reading or Reading()
    with extractor(
        settings.workers, engine=settings.engine, seconds=settings.page_seconds, go_on=go_on
    ) as extract:
        windows = _windows(_events(files, settings.record_bytes), settings)
        chunks = _settled(_sifted(windows, known, limit, go_on), extract)
        ended = before = 0  # bytes
        for chunk in _gathered(chunks, settings):
            ended += sum(end.file.size for end in chunk.ended)
            done = {"bytes": ended + chunk.at - before, "files": len(chunk.ended)}
            before = ended + chunk.at
            LOGGER.info(
                "read %d records, %d rejects, %d known, %d files to their end",
                chunk.records.num_rows,
                chunk.rejects.num_rows,
                chunk.known,
                len(chunk.ended),
                extra={"step": "extract", "add": {**done, "articles": chunk.records.num_rows}},
            )
            yield chunk


def _events(files: Iterable[InputFile], limit: int) -> Iterator[Item | FileEnd]:
    """Run through all records, with a mark behind each file that was read to its end."""
    for file in files:
        count = passed = 0
        try:
            if file.error:
                yield Item(file, _unreadable(file, file.error))
                continue
            with file.path.open("rb") as stream:
                for record in open_records(file.path, stream, limit=limit, asked=_asked(file.source)):
                    if isinstance(record, Passed):
                        passed += 1
                        continue
                    count += 1
                    yield Item(file, record, file.size if stream.closed else stream.tell())
        except OSError as error:
            yield Item(file, _unreadable(file, f"the file cannot be read: {error.strerror or error}"))
            continue
        yield FileEnd(file, count, passed)


@functools.cache
def _asked(source: Source) -> frozenset[str]:
    return fields.asked(fields.names(source.fields)) - fields.INFORMATION


def _unreadable(file: InputFile, detail: str) -> Fault:
    digest = xxhash.xxh3_128_hexdigest((_UNREADABLE + file.locator).encode())
    return Fault("", digest, 0, b"", "unreadable", detail)


def _windows(events: Iterable[Item | FileEnd], settings: Reading) -> Iterator[list[Item | FileEnd]]:
    """Cut into windows of bounded size; the end of a file stays with its last record."""
    window: list[Item | FileEnd] = []
    records = size = 0
    for event in events:
        if isinstance(event, Item):
            if records >= settings.chunk_records or (
                records and size + event.record.size > settings.chunk_bytes
            ):
                yield window
                window, records, size = [], 0, 0
            records += 1
            size += event.record.size
        window.append(event)
    if window:
        yield window


class _Sifted(NamedTuple):
    fresh: list[Item]
    known: int
    ended: list[FileEnd]
    at: int


def _sifted(
    windows: Iterable[list[Item | FileEnd]], known: Known, limit: int | None, go_on: GoOn
) -> Iterator[_Sifted]:
    """Leave out what is known, and stop behind as many fresh records as were asked for."""
    left = inf if limit is None else limit
    for window in windows:
        go_on()
        sifted = _sift(window, _flags(window, known), left)
        left -= len(sifted.fresh)
        yield sifted
        if not left:
            return


def _flags(window: Sequence[Item | FileEnd], known: Known) -> list[bool]:
    items = [event for event in window if isinstance(event, Item)]
    sources = pa.array([item.file.source.name for item in items], pa.string())
    return list(
        known(sources, pa.array([item.record.content_hash for item in items], pa.string())).to_pylist()
    )


def _sift(window: Sequence[Item | FileEnd], flags: Iterable[bool], left: float) -> _Sifted:
    fresh: list[Item] = []
    ended: list[FileEnd] = []
    known = 0
    flag = iter(flags)
    for event in window:
        if isinstance(event, FileEnd):
            ended.append(event)
        elif len(fresh) >= left:
            break
        elif next(flag):
            known += 1
        else:
            fresh.append(event)
    last = window[-1]
    return _Sifted(fresh, known, ended, last.at if isinstance(last, Item) else 0)


def _settled(windows: Iterable[_Sifted], extract: Extract) -> Iterator[Chunk]:
    """Settle each window when the next one is with the workers: these never wait for reading."""
    waiting: Callable[[], Chunk] | None = None
    for window in windows:
        begun = partial(_chunk, window, begin(window.fresh, extract))
        if waiting:
            yield waiting()
        waiting = begun
    if waiting:
        yield waiting()


def _chunk(sifted: _Sifted, settle: Callable[[], Rows]) -> Chunk:
    records, rejects, unknown_fields = settle()
    return Chunk(records, rejects, sifted.known, unknown_fields, tuple(sifted.ended), sifted.at)


def _gathered(chunks: Iterable[Chunk], settings: Reading) -> Iterator[Chunk]:
    """Join small chunks, as pages and known records make them, up to the bounds on one."""
    waiting: list[Chunk] = []
    for chunk in chunks:
        both = [*waiting, chunk]
        rows = sum(part.records.num_rows + part.rejects.num_rows for part in both)
        if waiting and (
            rows > settings.chunk_records or sum(part.records.nbytes for part in both) > settings.chunk_bytes
        ):
            yield _joined(waiting)
            both = [chunk]
        waiting = both
    if waiting:
        yield _joined(waiting)


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    return Chunk(
        records=pa.concat_tables([chunk.records for chunk in chunks]).combine_chunks(),
        rejects=pa.concat_tables([chunk.rejects for chunk in chunks]).combine_chunks(),
        known=sum(chunk.known for chunk in chunks),
        unknown_fields=sum(chunk.unknown_fields for chunk in chunks),
        ended=tuple(end for chunk in chunks for end in chunk.ended),
        at=chunks[-1].at,
    )
