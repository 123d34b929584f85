"""What is made to exhaust memory, time or patience ends as a row with its place, and costs no neighbour."""

from __future__ import annotations

import gzip
import io
import random
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from ingest import streams
from ingest.formats import EXTENSIONS, Fault, open_records
from ingest.records import Reading, read
from ingest.sources import Source, find
from ingest.streams import BrokenStreamError, decompressed
from ingest.tables import REASONS
from tests.builders import ROOT, story

LIMIT = 16 << 20


def packed(content: bytes, compression: str) -> bytes:
    if compression == "gzip":
        return gzip.compress(content, 1)
    return pa.compress(content, codec=compression, asbytes=True) if compression else content


def outcome(folder: Path, reading: Reading | None = None) -> dict[str, str]:
    """Read a folder, and tell how each record ended: its text, or the reason why it is none."""
    ended: dict[str, str] = {}
    for chunk in read(find([Source("s", (str(folder),))]).files, reading=reading):
        told = [
            *zip(chunk.records["locator"].to_pylist(), chunk.records["text"].to_pylist(), strict=True),
            *zip(chunk.rejects["locator"].to_pylist(), chunk.rejects["reason"].to_pylist(), strict=True),
        ]
        for locator, end in told:
            name = locator.rpartition("/")[2]
            assert name not in ended
            ended[name] = end
    return ended


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_file_that_expands_like_no_text_is_stopped(
    compression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "ALWAYS_READ", 1 << 20)
    bomb = packed(b"\n" * (64 << 20), compression)
    sizes: list[int] = []
    with pytest.raises(BrokenStreamError) as caught:
        sizes.extend(map(len, decompressed(io.BytesIO(bomb), compression)))
    most = max(1 << 20, streams.EXPANSION * len(bomb))
    assert most - streams.BLOCK_BYTES <= sum(sizes) <= most < 64 << 20
    assert caught.value.reason == "too_large"
    text = b"".join(decompressed(io.BytesIO(packed(story(1).encode() * 9, compression)), compression))
    assert text == story(1).encode() * 9


def test_what_stands_before_a_bomb_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "ALWAYS_READ", 1 << 20)
    content = gzip.compress(b'{"text": "First."}\n' + b"\n" * (8 << 20))
    first, bomb = open_records(Path("a.jsonl.gz"), io.BytesIO(content), limit=LIMIT)
    assert not isinstance(first, Fault)
    assert isinstance(bomb, Fault)
    assert bomb.reason == "too_large"
    assert "Decompress it yourself" in bomb.detail


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.rss", "a.warc"])
def test_blank_lines_cost_next_to_nothing(name: str) -> None:
    begun = time.process_time()
    (fault,) = open_records(Path(name), io.BytesIO(b"\n" * 5_000_000), limit=LIMIT)
    assert isinstance(fault, Fault)
    assert fault.reason in ("empty", "malformed")
    assert time.process_time() - begun < 4  # 0.5 s here; line by line it were 5


@pytest.mark.parametrize("end", ["", ".gz"])
def test_a_line_of_200_mb_is_passed_in_bounded_memory(tmp_path: Path, end: str) -> None:
    with gzip.open(tmp_path / "a.jsonl.gz", "wb", 1) if end else (tmp_path / "a.jsonl").open("wb") as file:
        file.write(b'{"text": "First."}\n{"text": "')
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"text": "Last."}\n')
    script = (
        "import resource, sys\n"
        "from ingest.records import read\n"
        "from ingest.sources import Source, find\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "chunks = list(read(find([Source('s', (sys.argv[1],))]).files))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
        "print([row['locator'][-2:] for c in chunks for row in c.rejects.to_pylist()])\n"
        "print([text for c in chunks for text in c.records['text'].to_pylist()])\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / f"a.jsonl{end}")]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    kilobytes, rejects, texts = run.stdout.splitlines()
    assert (rejects, texts) == ("[':2']", "['First.', 'Last.']")
    assert int(kilobytes) < 48_000


def test_10_000_levels_of_nesting(tmp_path: Path) -> None:
    depth = 10_000
    page = "<html><body>" + "<div>" * depth + f"<p>{story(1)}</p>" + "</div>" * depth
    for name, content in {
        "a.jsonl": '{"a":' * depth + "1" + "}" * depth + '\n{"text": "Fine."}\n' + "[" * depth + "]" * depth,
        "a.json": '[{"text": "Fine."}, ' + '{"a":' * depth + "1" + "}" * depth + ', {"text": "Fine."}]',
        "b.html": page,
        "c.rss": "<rss><item>" + "<a>" * depth + "</a>" * depth + "</item>"
        "<item><description>Fine.</description></item></rss>",
        "d.txt": "(" * depth,
    }.items():
        (tmp_path / name).write_text(content)
    ended = outcome(tmp_path)
    deep = ended.pop("b.html")
    assert deep in ("no_text", "extraction_failed") or deep.split() == story(1).split()
    assert ended == {
        "a.json#1": "Fine.",
        "a.json#2": "malformed",
        "a.json#3": "Fine.",
        "a.jsonl:1": "malformed",
        "a.jsonl:2": "Fine.",
        "a.jsonl:3": "malformed",
        "c.rss#1": "malformed",
        "c.rss#2": "Fine.",
        "d.txt": "(" * depth,
    }


def test_a_page_that_takes_too_long_costs_no_neighbour(tmp_path: Path) -> None:
    paragraphs = "".join(f"<p>{part}</p>" for part in story(1).split("\n\n"))
    good = f"<html><body><article>{paragraphs}</article></body></html>"
    many = " ".join(f"a{number}=1" for number in range(50_000))  # the parser is quadratic in attributes
    for name, html in {"a": good, "b": good.replace("<p>", f"<p {many}>", 1), "c": good}.items():
        (tmp_path / f"{name}.html").write_text(html)
    ended = outcome(tmp_path, Reading(page_seconds=1, workers=1))
    assert ended["b.html"] == "extraction_failed"
    assert ended["a.html"] == ended["c.html"] != ended["b.html"]


JUNK = {
    "random": random.Random(7).randbytes(20_000),
    "picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 40,
    "archive": b"PK\x03\x04" + random.Random(8).randbytes(5_000),
    "zeros": bytes(10_000),
    "one byte": b"\xff",
    "quotes": b'"' * 999 + b"\n" * 99,
    "gzip of gzip": gzip.compress(gzip.compress(b"x" * 9_999)),
}


@pytest.mark.parametrize("junk", list(JUNK))
def test_junk_under_every_extension_costs_no_neighbour(tmp_path: Path, junk: str) -> None:
    for extension in EXTENSIONS:
        (tmp_path / f"junk{extension}").write_bytes(JUNK[junk])
        inner = "." + extension.split(".")[1]
        compression = {".gz": "gzip", ".zst": "zstd"}.get(extension.removeprefix(inner), "")
        (tmp_path / f"packed{inner}{extension.removeprefix(inner)}").write_bytes(
            packed(JUNK[junk], compression)
        )
    (tmp_path / "good.txt").write_text("A good neighbour.")
    ended = outcome(tmp_path, Reading(workers=1))
    assert ended.pop("good.txt") == "A good neighbour."
    named = {name.partition(":")[0].partition("#")[0] for name in ended}
    assert named == {f"{kind}{extension}" for kind in ("junk", "packed") for extension in EXTENSIONS}
    texts = {name: end for name, end in ended.items() if end not in REASONS}
    assert (
        all(name.startswith(("junk.txt", "packed.txt")) for name in texts) or junk == "a directory of quotes"
    )
