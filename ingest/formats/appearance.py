"""What a file is by its first bytes, where no name tells."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

from ingest.formats.csv_files import DELIMITERS
from ingest.formats.csv_rows import dialect, values
from ingest.streams import MAGIC, BrokenStreamError, decompressed

_BLANK = rb"(?:\xef\xbb\xbf)?\s*"
_PROLOGUE = _BLANK + rb"(?:<\?xml[^>]*>\s*)?(?:(?><!--.*?-->)\s*+)*+"
_SIGNS = {
    ".parquet": rb"PAR1",
    ".warc": rb"WARC/",
    ".xml": _PROLOGUE + rb"<(?:rss|feed|rdf:RDF)\b",
    ".html": _PROLOGUE + rb"<(?i:!doctype html|html|head|body)\b",
    ".jsonl": _BLANK + rb"\{[^\n]*\}\s*\n",
    ".json": _BLANK + rb"(?:\[\s*[\]{]|\{\s*[\"}])",
}
_PATTERNS = {extension: re.compile(sign, re.DOTALL) for extension, sign in _SIGNS.items()}


def format_of(begin: bytes, names: Iterable[str]) -> str:
    """Tell the format of a file by its beginning.

    Args:
        begin: its first bytes, some thousand where there are as many; compressed or not.
        names: fields of which one must stand in the header, for a file to be CSV.

    Returns:
        One of the extensions in the registry; empty where the beginning leaves a doubt.
    """
    begin = _decompressed(begin)
    for extension, pattern in _PATTERNS.items():
        if pattern.match(begin):
            return extension
    header = begin.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0].decode("latin-1").strip("\r")
    for delimiter in DELIMITERS:
        columns = [name.strip() for name in values(header, dialect(delimiter))]
        if len(columns) > 1 and set(names).intersection(columns):
            return ".csv"
    return ""


def _decompressed(begin: bytes) -> bytes:
    compression = next((kind for magic, kind in MAGIC.items() if begin.startswith(magic)), "")
    plain = b""
    try:
        for block in decompressed(io.BytesIO(begin), compression) if compression else [begin]:
            plain += block
            if len(plain) > len(begin):
                break
    except BrokenStreamError:  # it is but the beginning
        pass
    return plain
