"""The registry of file formats: which reader a file gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from ingest.formats.feeds import read_feed
from ingest.formats.csv_files import read_csv, read_tsv
from ingest.formats.json_files import read_json
from ingest.formats.json_lines import read_jsonl
from ingest.formats.record import Fault, Passed, Raw, Reader, make_broken
from ingest.formats.warc import read_warc
from ingest.formats.whole_files import read_html, read_text
from ingest.streams import BLOCK_BYTES, COMPRESSIONS, BrokenStreamError, decompressed

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

EXTENSIONS = tuple(format_ + compression for format_ in FORMATS for compression in ("", *COMPRESSIONS))
"""All extensions that can be read."""


def is_known(path: Path) -> bool:
    """Tell whether a file's extension names a format that can be read.

    Args:
        path: the file.

    Returns:
        Whether it is one of EXTENSIONS, in upper or lower case.
    """
    return path.name.lower().endswith(EXTENSIONS)


def open_records(path: Path, stream: IO[bytes], *, limit: int) -> Iterator[Raw | Fault | Passed]:
    """Read the records of one file of any format.

    Args:
        path: the file, of a known extension.
        stream: its bytes; the caller closes it.
        limit: bytes a record may have, decompressed.

    Yields:
        Each record once, in their order. A stream that is cut off or damaged gives the records before
        the break, then one Fault.
    """
    name = path.name.lower()
    compression = next((kind for end, kind in COMPRESSIONS.items() if name.endswith(end)), None)
    inner = name.rpartition(".")[0] if compression else name
    reader = next(reader for end, reader in FORMATS.items() if inner.endswith(end))
    plain = iter(lambda: stream.read(BLOCK_BYTES), b"")
    blocks = decompressed(stream, compression) if compression else plain
    try:
        yield from reader(blocks, limit)
    except BrokenStreamError as error:
        yield make_broken("", error)
