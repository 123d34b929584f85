"""The registry of file formats: which reader a file gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from ingest.formats.csv_files import read_csv, read_tsv
from ingest.formats.feeds import read_feed
from ingest.formats.json_files import read_json, read_jsonl
from ingest.formats.parquet_files import read_parquet
from ingest.formats.record import Fault, FileReader, Passed, Raw, Reader, make_broken
from ingest.formats.warc import read_warc
from ingest.formats.whole_files import read_html, read_text
from ingest.streams import BLOCK_BYTES, COMPRESSIONS, MAGIC, BrokenStreamError, decompressed, unpacked

FORMATS: Mapping[str, Reader] = {
    ".txt": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".warc": read_warc,
    ".rss": read_feed,
    ".atom": read_feed,
    ".xml": read_feed,
}
"""The reader of each format, by extension."""

FILE_FORMATS: Mapping[str, FileReader] = {".parquet": read_parquet}
"""The reader of each format that is not read from the beginning to the end, by extension."""

EXTENSIONS = tuple(
    format_ + compression for format_ in (*FORMATS, *FILE_FORMATS) for compression in ("", *COMPRESSIONS)
)
"""All extensions that can be read."""


def is_known(path: Path) -> bool:
    """Tell whether a file's extension names a format that can be read.

    Args:
        path: the file.

    Returns:
        Whether it is one of EXTENSIONS, in upper or lower case.
    """
    return path.name.lower().endswith(EXTENSIONS)


def open_records(
    path: Path, stream: IO[bytes], *, limit: int, asked: frozenset[str] = frozenset()
) -> Iterator[Raw | Fault | Passed]:
    """Read the records of one file of any format.

    Args:
        path: the file, of a known extension.
        stream: its bytes, seekable; the caller closes it.
        limit: bytes a record may have, decompressed.
        asked: names of the fields that anybody asks for; a format may leave out the values of others.

    Yields:
        Each record once, in their order. A stream that is cut off or damaged gives the records before
        the break, then one Fault.
    """
    format_, compression = _told_by_name(path)
    compression = compression or _told_by_magic(stream)
    plain = iter(lambda: stream.read(BLOCK_BYTES), b"")
    blocks = decompressed(stream, compression) if compression else plain
    try:
        if format_ in FORMATS:
            yield from FORMATS[format_](blocks, limit)
        else:
            with unpacked(stream, blocks if compression else None) as file:
                yield from FILE_FORMATS[format_](file, limit, asked)
    except BrokenStreamError as error:
        yield make_broken("", error)


def _told_by_name(path: Path) -> tuple[str, str]:
    """Return the extension that names the format, and the compression."""
    name = path.name.lower()
    compressed = next((end for end in COMPRESSIONS if name.endswith(end)), "")
    inner = name.removesuffix(compressed)
    format_ = next(end for end in (*FORMATS, *FILE_FORMATS) if inner.endswith(end))
    return format_, COMPRESSIONS.get(compressed, "")


def _told_by_magic(stream: IO[bytes]) -> str:
    """Return the compression of a file that does not bear its name: no format begins with these bytes."""
    begin = stream.read(max(map(len, MAGIC)))
    stream.seek(0)
    return next((kind for magic, kind in MAGIC.items() if begin.startswith(magic)), "")
