"""Law 1 of reading: every record of every file ends exactly once, and none costs its neighbours."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from ingest.paragraphs import split
from ingest.records import Chunk, Known, Reading, read
from ingest.sources import Source, find
from ingest.tables import REASONS, RECORDS, REJECTS
from tests.builders import ROOT, SEEDS, story

GOOD = b'{"text": "The council voted to close the road.", "id": 1}'

broken_lines = st.sampled_from(
    [
        b"{",
        b"[1]",
        b'{"text": 1}',
        b'{"body": "x"}',
        b'{"text": " "}',
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b"x",
    ]
)
good_lines = st.integers(0, 20).map(lambda n: b'{"text": "Story %d.", "id": "%d"}' % (n, n))
lines = st.lists(good_lines | broken_lines | st.just(b"") | st.just(b" \t"), max_size=30)


def chunks_of(*paths: Path, source: Source | None = None, **options: Any) -> list[Chunk]:
    origin = source or Source("s", tuple(str(path) for path in paths))
    return list(read(find([origin]).files, **options))


def rows(chunks: list[Chunk]) -> list[dict[str, Any]]:
    return pa.concat_tables([RECORDS.empty_table(), *(chunk.records for chunk in chunks)]).to_pylist()  # type: ignore[no-any-return]


def rejects(chunks: list[Chunk]) -> list[tuple[str, str]]:
    found = pa.concat_tables([REJECTS.empty_table(), *(chunk.rejects for chunk in chunks)]).to_pylist()
    return [(row["locator"].rpartition("/")[2], row["reason"]) for row in found]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def counted(chunks: list[Chunk]) -> int:
    return sum(chunk.records.num_rows + chunk.rejects.num_rows + chunk.known for chunk in chunks)


def knows(hashes: set[str]) -> Known:
    return lambda sources, content_hashes: pc.is_in(content_hashes, pa.array(sorted(hashes), pa.string()))


def test_the_seeds_are_read_as_they_stand() -> None:
    chunks = chunks_of(ROOT / "seeds")
    assert [row["text"] for row in rows(chunks)] == [path.read_text("utf-8") for path in SEEDS]
    assert [row["locator"] for row in rows(chunks)] == [path.as_posix() for path in SEEDS]
    assert [row["content_hash"] for row in rows(chunks)] == [
        xxhash.xxh3_128_hexdigest(path.read_bytes()) for path in SEEDS
    ]
    assert [end.records for chunk in chunks for end in chunk.ended] == [1] * 5


def test_the_tables_have_their_schemas_even_where_they_are_empty(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", b"x")
    write(tmp_path / "b.txt", b"")
    for chunk in [*chunks_of(tmp_path / "a.txt"), *chunks_of(tmp_path / "b.txt")]:
        assert chunk.records.schema.equals(RECORDS)
        assert chunk.rejects.schema.equals(REJECTS)


@given(
    lines=lines, crlf_end_mark=st.tuples(st.booleans(), st.booleans(), st.booleans()), size=st.integers(1, 7)
)
def test_every_line_ends_once_and_chunks_are_bounded(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[bytes],
    crlf_end_mark: tuple[bool, bool, bool],
    size: int,
) -> None:
    crlf, end, mark = crlf_end_mark
    newline = b"\r\n" if crlf else b"\n"
    content = b"\xef\xbb\xbf" * mark + newline.join(lines) + newline * end
    path = write(tmp_path_factory.mktemp("r") / "a.jsonl", content)
    chunks = chunks_of(path, reading=Reading(chunk_records=size))
    wanted = {number: line for number, line in enumerate(lines, 1) if line.strip()}
    kept = {row["locator"]: row for row in rows(chunks)}
    refused = {row["locator"]: row for chunk in chunks for row in chunk.rejects.to_pylist()}
    whole = refused.pop(str(path), None)
    assert (whole is not None and whole["reason"] == "empty") == (not wanted)
    assert sorted([*kept, *refused]) == sorted(f"{path}:{number}" for number in wanted)
    for number, line in wanted.items():
        assert (f"{path}:{number}" in kept) == line.startswith(b'{"text": "Story')
        assert (kept | refused)[f"{path}:{number}"]["content_hash"] == xxhash.xxh3_128_hexdigest(line)
    assert [stop.records for chunk in chunks for stop in chunk.ended] == [max(1, len(wanted))]
    assert all(chunk.records.num_rows + chunk.rejects.num_rows <= size for chunk in chunks)
    assert {row["reason"] for row in refused.values()} <= set(REASONS)
    assert all(row["sample"].isascii() and row["sample"].isprintable() for row in refused.values())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "malformed"),
        (b'"text"', "malformed"),
        (b'{"text": ["a"]}', "malformed"),
        (b'{"text": "a", "title": 7}', "malformed"),
        (b'{"text": "\\ud800"}', "malformed"),
        (b'{"text": "caf\xe9"}', "undecodable"),
        (b'{"body": "a"}', "no_text"),
        (b'{"text": null}', "no_text"),
        (b'{"text": "\\u0000 \\n"}', "empty"),
        (b'{"html": " "}', "empty"),
        (b'{"text": "' + b"x" * 2000 + b'"}', "too_large"),
        (b"[" * 900, "malformed"),
    ],
)
def test_a_broken_line_is_a_reject_with_its_number_and_a_reason(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    path = write(tmp_path / "a.jsonl", b"\n".join([GOOD, b"", line, GOOD]))
    chunks = chunks_of(path, reading=Reading(record_bytes=1000))
    assert rejects(chunks) == [("a.jsonl:3", reason)]
    assert [row["locator"].rpartition(":")[2] for row in rows(chunks)] == ["1", "4"]


def test_a_reject_shows_where_a_setting_of_fields_is_wrong(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"body": "x", "guid": 1}')
    (chunk,) = chunks_of(path)
    assert chunk.rejects["detail"][0].as_py().endswith("the record's fields: body, guid")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b"\xef\xbb\xbf \r\n", "empty"),
        ("a.txt", b"\0\0\0", "empty"),
        ("a.txt", bytes(range(256)) * 3, "undecodable"),
        ("a.txt", b"x" * 1001, "too_large"),
        ("a.html", b"", "empty"),
        ("a.html", b"<p>" + b"x" * 1001, "too_large"),
        ("a.html", b"<html></html>", "no_text"),
        ("a.jsonl", b"", "empty"),
        ("a.jsonl", b"\n \n", "empty"),
        ("a.txt.gz", b"no gzip", "malformed"),
        ("a.txt.zst", b"no zstd", "malformed"),
    ],
)
def test_a_bad_file_is_one_reject(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    chunks = chunks_of(write(tmp_path / name, content), reading=Reading(record_bytes=1000))
    assert rejects(chunks) == [(name, reason)]
    assert [end.records for chunk in chunks for end in chunk.ended] == [1]


def test_fields_find_their_columns(tmp_path: Path) -> None:
    record = {
        "guid": 7, "body": "A\0 b.", "url": "https://www.Example.com/a?utm_source=x", "title": "T",
        "source": "theirs", "author": "By Ann Lee", "date": "2026-11-20", "language": "EN",
        "more": 1, "and": 2,
    }  # fmt: skip
    path = write(tmp_path / "a.jsonl", json.dumps(record).encode())
    source = Source("ours", (str(path),), fields=(("text", "body"), ("source_id", "guid")))
    (chunk,) = chunks_of(source=source)
    (row,) = chunk.records.to_pylist()
    expected = {
        "source": "ours", "source_id": "7", "locator": f"{path}:1", "outlet": "example.com",
        "url": record["url"], "canonical_url": "https://example.com/a", "title": "T",
        "authors": ["Ann Lee"], "language": "en",
        "text": "A b.",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["published_at"].isoformat() == "2026-11-20T00:00:00+00:00"
    assert chunk.unknown_fields == 2


def test_the_outlet_of_the_source_stands_in(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", b'{"text": "a", "url": "https://x.com/"}\n{"text": "b", "outlet": "B"}'
    )
    chunks = chunks_of(source=Source("s", (str(path),), outlet="D"))
    assert [row["outlet"] for row in rows(chunks)] == ["D", "B"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_lines_in_other_encodings_with_their_mark(tmp_path: Path, encoding: str) -> None:
    text = "\n".join(json.dumps({"text": f"Café {n} 日本"}, ensure_ascii=False) for n in range(20_000))
    chunks = chunks_of(write(tmp_path / "a.jsonl", text.encode(encoding)))  # several blocks of reading
    assert [row["text"] for row in rows(chunks)] == [f"Café {n} 日本" for n in range(20_000)]
    assert rejects(chunks) == []


def test_half_a_character_at_the_end_of_utf16_costs_the_last_line_alone(tmp_path: Path) -> None:
    content = '{"text": "a"}\n{"text": "b"}'.encode("utf-16")
    chunks = chunks_of(write(tmp_path / "a.jsonl", content[:-1]))
    assert [row["text"] for row in rows(chunks)] == ["a"]
    assert len(rejects(chunks)) == 1


@pytest.mark.parametrize(
    ("end", "pack"),
    [(".gz", gzip.compress), (".zst", lambda plain: pa.compress(plain, codec="zstd", asbytes=True))],
)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_stream_cut_off_gives_what_came_before_and_one_reject(
    tmp_path: Path, end: str, pack: Callable[[bytes], bytes], share: float
) -> None:
    digest = (xxhash.xxh3_128_hexdigest(b"%d" % number) for number in range(40_000))  # hard to compress
    plain = b"".join(b'{"text": "%s"}\n' % text.encode() for text in digest)
    packed = pack(plain)
    cut = packed[: max(1, int(share * len(packed)))]
    chunks = chunks_of(write(tmp_path / f"a.jsonl{end}", cut))
    texts = [row["text"] for row in rows(chunks)]
    assert texts == [json.loads(line)["text"] for line in plain.splitlines()[: len(texts)]]
    assert rejects(chunks) == ([("a.jsonl" + end, "malformed")] if share < 1 else [])
    slack = 6_000 if end == ".zst" else 200  # zstd decodes whole blocks of 128 kB, deflate any byte
    assert abs(len(texts) - share * 40_000) <= slack
    assert [stop.records for chunk in chunks for stop in chunk.ended] == [len(texts) + (share < 1)]


def test_a_cut_record_does_not_share_the_hash_of_the_whole_one(tmp_path: Path) -> None:
    whole = gzip.compress(GOOD)
    (cut,) = chunks_of(write(tmp_path / "a.jsonl.gz", whole[:-4]))  # all bytes but for the check sum
    (complete,) = chunks_of(write(tmp_path / "b.jsonl.gz", whole))
    assert set(cut.rejects["content_hash"].to_pylist()).isdisjoint(
        complete.records["content_hash"].to_pylist()
    )


def test_several_gzip_members_are_one_stream(tmp_path: Path) -> None:
    chunks = chunks_of(write(tmp_path / "a.jsonl.gz", gzip.compress(GOOD + b"\n") + gzip.compress(GOOD)))
    assert len(rows(chunks)) == 2


def test_what_cannot_be_opened_is_a_reject_and_not_at_its_end(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", b"a")
    (tmp_path / "b.txt").symlink_to(tmp_path / "gone")
    gone = write(tmp_path / "c.txt", b"c")
    write(tmp_path / "d.txt", b"d")
    files = find([Source("s", (str(tmp_path),))]).files
    gone.unlink()  # between finding and reading
    chunks = list(read(files))
    assert [row["text"] for row in rows(chunks)] == ["a", "d"]
    assert rejects(chunks) == [("b.txt", "unreadable"), ("c.txt", "unreadable")]
    assert [end.file.path.name for chunk in chunks for end in chunk.ended] == ["a.txt", "d.txt"]


def test_pages_are_extracted_and_what_the_record_says_comes_first(tmp_path: Path) -> None:
    paragraphs = "".join(f"<p>{part}</p>" for part in story(1).split("\n\n"))
    html = (
        '<html lang="de"><head><title>Theirs</title><link rel="canonical" href="https://example.com/page">'
        '<meta name="author" content="Ann Lee; Bo Ray"></head>'
        f"<body><article>{paragraphs}</article></body></html>"
    )
    write(tmp_path / "a.html", html.encode())
    write(
        tmp_path / "b.jsonl", json.dumps({"html": html, "title": "Ours", "id": "7"}).encode() + b"\n" + GOOD
    )
    chunks = chunks_of(tmp_path)
    page, line, plain = rows(chunks)
    assert page["text"].split() == line["text"].split() == story(1).split()
    assert (page["title"], line["title"], plain["title"]) == ("Theirs", "Ours", None)
    assert (page["url"], page["outlet"], page["language"]) == (
        "https://example.com/page",
        "example.com",
        "de",
    )
    assert page["authors"] == ["Ann Lee", "Bo Ray"]


@given(count=st.integers(1, 40), known=st.sets(st.integers(0, 39)), limit=st.none() | st.integers(1, 45))
def test_known_records_are_counted_and_a_limit_stops_behind_fresh_ones(
    tmp_path_factory: pytest.TempPathFactory, count: int, known: set[int], limit: int | None
) -> None:
    texts = [f"Story {number}." for number in range(count)]
    content = [json.dumps({"text": text}).encode() for text in texts]
    path = write(tmp_path_factory.mktemp("k") / "a.jsonl", b"\n".join(content))
    hashes = {xxhash.xxh3_128_hexdigest(content[number]) for number in known if number < count}
    chunks = chunks_of(path, known=knows(hashes), limit=limit, reading=Reading(chunk_records=7))
    fresh = [number for number in range(count) if number not in known]
    taken = fresh[:limit]
    assert [row["text"] for row in rows(chunks)] == [texts[number] for number in taken]
    stopped = limit is not None and len(fresh) >= limit and taken[-1] != count - 1
    assert sum(chunk.known for chunk in chunks) == (
        taken[-1] + 1 - len(taken) if stopped else count - len(taken)
    )
    assert [end.records for chunk in chunks for end in chunk.ended] == ([] if stopped else [count])


def test_a_known_page_is_not_extracted_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.html", b"<html><body>no article, so extraction would reject it</body></html>")
    chunks = chunks_of(path, known=knows({xxhash.xxh3_128_hexdigest(path.read_bytes())}))
    assert [(counted(chunks), chunk.known, chunk.rejects.num_rows) for chunk in chunks] == [(1, 1, 0)]


def test_rows_do_not_depend_on_chunks_workers_or_order(tmp_path: Path) -> None:
    for number in range(4):
        paragraphs = "".join(f"<p>{part}</p>" for part in story(number).split("\n\n"))
        write(
            tmp_path / f"{number}.html", f"<html><body><article>{paragraphs}</article></body></html>".encode()
        )
        write(tmp_path / f"{number}.jsonl", b"\n".join([GOOD, b"{", b'{"text": "More %d."}' % number]))
    files = find([Source("s", (str(tmp_path),))]).files
    plain = list(read(files))
    other = list(read(files[::-1], reading=Reading(chunk_records=1, workers=1)))
    assert sorted(rows(plain), key=str) == sorted(rows(other), key=str)
    assert sorted(rejects(plain)) == sorted(rejects(other))
    assert counted(plain) == counted(other) == 16


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.jsonl", "a.json", "a.csv"])
def test_a_huge_record_is_never_held_in_memory(tmp_path: Path, name: str) -> None:
    large = b"x" * 50_000_000
    around = {  # what stands before and behind it
        "a.jsonl": (b'{"text": "', b'"}\n' + GOOD),
        "a.json": (b'[{"text": "', b'"},' + GOOD + b"]"),
        "a.csv": (b'id,text\n1,"', b'"\n2,The council voted.\n'),
    }
    before, behind = around.get(name, (b"", b""))
    write(tmp_path / name, before + large + behind)
    script = (
        "import resource, sys\n"
        "from ingest.records import read\n"
        "from ingest.sources import Source, find\n"
        "files = find([Source('s', (sys.argv[1],))]).files\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "chunks = list(read(files))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
        "print([c.rejects['reason'].to_pylist() for c in chunks], sum(c.records.num_rows for c in chunks))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / name)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    kilobytes, outcome = run.stdout.splitlines()
    assert outcome == f"[['too_large']] {int(name in around)}"
    assert int(kilobytes) < 32_000  # the limit on one record is 16 MiB


def test_a_long_stream_is_read_in_bounded_memory(tmp_path: Path) -> None:
    line = json.dumps({"text": story(1)}).encode() + b"\n"
    path = write(tmp_path / "a.jsonl", line * (64_000_000 // len(line)))
    sizes = [chunk.records.nbytes for chunk in chunks_of(path)]
    assert len(sizes) >= 7
    assert max(sizes) <= (8 << 20) + len(line) + 2_000 * 200  # text, and the other columns of 2,000 rows


def test_the_source_stands_in_for_language_and_time_zone(tmp_path: Path) -> None:
    lines = (
        b'{"text": "a", "date": "2026-11-20 08", "language": "fr"}\n{"text": "b", "date": "2026-11-20 08Z"}'
    )
    path = write(tmp_path / "a.jsonl", lines)
    chunks = chunks_of(source=Source("s", (str(path),), language="de", timezone="Europe/Berlin"))
    told = [(row["language"], row["published_at"].isoformat()) for row in rows(chunks)]
    assert told == [("fr", "2026-11-20T07:00:00+00:00"), ("de", "2026-11-20T08:00:00+00:00")]


def test_fields_inside_objects_are_found_and_not_counted_as_unknown(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"content": {"body": "a", "x": 1}, "meta": {"lang": "en"}, "y": 1}')
    fields = (("text", "content.body"), ("language", "meta.lang"))
    (chunk,) = chunks_of(source=Source("s", (str(path),), fields=fields))
    assert [(row["text"], row["language"]) for row in rows([chunk])] == [("a", "en")]
    assert chunk.unknown_fields == 1


def test_line_breaks_of_every_kind_stay_in_the_text_and_part_paragraphs(tmp_path: Path) -> None:
    breaks = ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]
    text = "".join(f"Sentence {number} of the story.{end}" for number, end in enumerate(breaks))
    for number, encoding in enumerate(["utf-8", "utf-8-sig", "utf-16"]):
        write(tmp_path / f"{number}.txt", text.encode(encoding))
    chunks = chunks_of(tmp_path)
    assert [row["text"] for row in rows(chunks)] == [text] * 3
    paragraphs = split(pa.array([text])).to_pylist()
    assert [text[one["start"] : one["end"]] for one in paragraphs] == text.splitlines()
