"""Compressed files that are cut off: what is whole before the cut is read, in every format."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Sequence

import pytest

from ingest.formats import FORMATS, Raw
from ingest.streams import BrokenStreamError, decompressed

LIMIT = 1 << 20
TEXTS = [
    " ".join(f"word{number * 7919 % 9973}" for number in range(at, at + 60)) for at in range(0, 1200, 60)
]


def csv_of(texts: Sequence[str]) -> str:
    return "text\n" + "".join(f'"{text}"\n' for text in texts)


def feed_of(texts: Sequence[str]) -> str:
    items = "".join(f"<item><description>{text}</description></item>" for text in texts)
    return f"<rss><channel>{items}</channel></rss>"


FILES = {
    ".csv": csv_of(TEXTS),
    ".tsv": csv_of(TEXTS),
    ".json": json.dumps([{"text": text} for text in TEXTS]),  # all of it on one line
    ".jsonl": "".join(json.dumps({"text": text}) + "\n" for text in TEXTS),
    ".rss": feed_of(TEXTS),
}


def read(extension: str, packed: bytes) -> tuple[list[object], int]:
    """Return the texts of the records, and how often the file is said to break off."""
    found, complaints = [], 0
    try:
        for record in FORMATS[extension](decompressed(io.BytesIO(packed), "gzip"), LIMIT):
            if isinstance(record, Raw):
                found.append(record.fields["text"])
            else:
                complaints += "breaks off" in record.detail
    except BrokenStreamError:
        complaints += 1
    return found, complaints


@pytest.mark.parametrize("extension", FILES)
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_all_that_is_whole_before_the_cut_is_read(extension: str, share: float) -> None:
    plain = FILES[extension]
    packed = gzip.compress(plain.encode())
    cut = packed[: int(len(packed) * share)]
    # What gunzip itself gives shows how many articles are there whole, the one at the cut aside.
    rest = gzip.GzipFile(fileobj=io.BytesIO(cut)).read1(len(plain)).decode()
    there = [text for text in TEXTS if f"{text}<" in rest or f'{text}"' in rest]
    assert 5 < len(there) < len(TEXTS)
    found, complaints = read(extension, cut)
    assert found[: len(there) - 1] == there[:-1]
    assert len(found) <= len(there)
    assert complaints == 1
