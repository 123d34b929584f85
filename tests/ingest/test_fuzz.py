"""Whatever befalls a file, nothing crashes or hangs, each record ends exactly once, and no neighbour notices.

10,000 damaged files each time; 100,000 by `uv run --locked poe fuzz`.
"""

from __future__ import annotations

import io
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from effort import THOROUGH, examples
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.checking import check_warehouse
from ingest.formats import EXTENSIONS, Fault, Passed, open_records
from ingest.records import Chunk, Reading, read
from ingest.sources import InputFile, Source, find
from ingest.tables import REASONS, RECORDS, REJECTS
from tests.mutations import PIECES, SAMPLES, mutated, packed
from tests.running import run

FILES = 1_000  # read in one go
ROUNDS = 100 if THOROUGH else 10
SECONDS = 300  # for one round; it takes some seconds


class Outcome(NamedTuple):
    """How the records of some files ended."""

    articles: Mapping[str, list[dict[str, Any]]]  # by file
    rejects: Mapping[str, list[dict[str, Any]]]
    told: Mapping[str, int]  # records of each file that was read to its end
    known: int


@contextmanager
def patience(seconds: int) -> Iterator[None]:
    """Raise where something takes too long."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"it hangs: more than {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def write_damaged(folder: Path, random: Random, count: int) -> None:
    """Write damaged files: some damaged before they are compressed, some after, some under a wrong name."""
    for number in range(count):
        extension = random.choice(EXTENSIONS)
        content, other = (SAMPLES[end](random) for end in random.choices(list(SAMPLES), k=2))
        inner = "." + extension.split(".")[1]
        if random.random() < 0.85:
            content = SAMPLES[inner](random)
        if random.random() < 0.6:
            content = packed(mutated(content, other, random), extension)
        else:
            content = mutated(packed(content, extension), other, random)
        (folder / f"{number:06d}{extension}").write_bytes(content)


def write_good(folder: Path, random: Random, round_: int) -> list[Path]:
    """Write a sound file of each format among the damaged ones."""
    paths = []
    for number, extension in enumerate(EXTENSIONS):
        path = folder / f"{random.randrange(FILES):06d}-good-{round_}-{number}{extension}"
        path.write_bytes(packed(SAMPLES["." + extension.split(".")[1]](random), extension))
        paths.append(path)
    return paths


def checked(chunks: Iterable[Chunk], files: Iterable[InputFile]) -> Outcome:
    """Hold every chunk against the schemas, and sort its rows by file."""
    files = sorted(files, key=lambda file: file.locator)
    articles: dict[str, list[dict[str, Any]]] = {file.locator: [] for file in files}
    rejects: dict[str, list[dict[str, Any]]] = {file.locator: [] for file in files}
    told: dict[str, int] = {}
    known = 0
    for chunk in chunks:
        for table, schema, rows in ((chunk.records, RECORDS, articles), (chunk.rejects, REJECTS, rejects)):
            table.validate(full=True)
            assert table.schema.equals(schema)
            assert not any(
                column.null_count
                for column, field in zip(table.columns, schema, strict=True)
                if not field.nullable
            )
            for row in table.to_pylist():
                rows[file_of(row["locator"], rows)].append(row)
        told.update({end.file.locator: end.records for end in chunk.ended})
        known += chunk.known
    return Outcome(articles, rejects, told, known)


def file_of(locator: str, files: Mapping[str, object]) -> str:
    """Cut off what follows the path."""
    while locator not in files:
        locator = locator[: max(locator.rfind(":"), locator.rfind("#"))]
    return locator


def hold(outcome: Outcome) -> None:
    """Check law 1 and what a reject promises."""
    assert outcome.told.keys() == outcome.articles.keys()  # all can be opened, so all are read to their end
    for name, records in outcome.told.items():
        rows = [*outcome.articles[name], *outcome.rejects[name]]
        assert len(rows) == records, name
        twice = [locator for locator, count in Counter(row["locator"] for row in rows).items() if count > 1]
        assert not twice
        for row in rows:
            assert len(bytes.fromhex(row["content_hash"])) == 16
        for row in outcome.articles[name]:
            assert row["text"].strip(), row
            assert "\0" not in row["text"]
        for row in outcome.rejects[name]:
            assert row["reason"] in REASONS
            assert row["reason"] != "unreadable"
            assert row["detail"]
            assert row["sample"].isascii()
            assert row["sample"].isprintable()


def test_a_sample_of_each_format() -> None:
    assert {"." + extension.split(".")[1] for extension in EXTENSIONS} == SAMPLES.keys()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_damaged_files(tmp_path: Path, round_: int) -> None:
    random = Random(round_)
    write_damaged(tmp_path, random, FILES)
    good = {path.as_posix() for path in write_good(tmp_path, random, round_)}
    files = find([Source("s", (str(tmp_path),))]).files
    assert len(files) == FILES + len(good)
    with patience(SECONDS):
        once = checked(read(files, reading=Reading(page_seconds=20)), files)
        hold(once)
        assert min(sum(map(len, ended.values())) for ended in (once.articles, once.rejects)) > FILES // 3
        # In another order, in other chunks, by one process.
        other = Reading(page_seconds=20, workers=1, chunk_records=97)
        assert checked(read(files[::-1], reading=other), files) == once
        # Sound files alone give what they gave among the damaged ones.
        alone = [file for file in files if file.locator in good]
        apart = checked(read(alone), alone)
        assert all(apart.articles[name] == once.articles[name] for name in good)
        assert not any(once.rejects[name] for name in good)
        # What is known is known by its hash, articles and rejects alike.
        rows = (row for ended in (once.articles, once.rejects) for rows in ended.values() for row in rows)
        seen = pa.array({row["content_hash"] for row in rows}, pa.string())
        again = checked(read(files, known=lambda _, hashes: pc.is_in(hashes, seen)), files)
        assert again.known == sum(again.told.values()) == sum(once.told.values())


def test_a_run_on_damaged_files(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_damaged(tmp_path / "in", Random(ROUNDS), 300)
    with patience(SECONDS):
        summary = run(tmp_path / "in", tmp_path / "w")
        assert summary.inputs == summary.kept + summary.duplicates + summary.rejected + summary.known
        assert min(summary.kept, summary.duplicates, summary.rejected) > 0
        assert not check_warehouse(tmp_path / "w")
        assert run(tmp_path / "in", tmp_path / "w").batch_id is None


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a damaged file so that Hypothesis can make it smaller."""
    extension = draw(st.sampled_from(EXTENSIONS))
    random = Random(draw(st.integers(0, 99)))
    content = packed(SAMPLES["." + extension.split(".")[1]](random), extension)
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, len(content)))
        end = draw(st.integers(begin, min(len(content), begin + 300)))
        content = content[:begin] + draw(st.sampled_from(PIECES) | st.binary(max_size=9)) + content[end:]
    return extension, content


def size_of(value: object) -> int:
    return len(value) if isinstance(value, bytes) else len(str(value).encode("utf-8", "surrogatepass"))


@settings(max_examples=examples(500), deadline=None)
@given(file=damaged(), limit=st.sampled_from([1 << 20, 200]))
def test_readers_keep_the_rules_of_formats(file: tuple[str, bytes], limit: int) -> None:
    extension, content = file
    found = list(open_records(Path(f"a{extension}"), io.BytesIO(content), limit=limit))
    assert found
    assert list(open_records(Path(f"a{extension}"), io.BytesIO(content), limit=limit)) == found
    counted = [record for record in found if not isinstance(record, Passed)]
    assert len({record.part for record in counted}) == len(counted)
    for record in counted:
        assert len(bytes.fromhex(record.content_hash)) == 16
        if isinstance(record, Fault):
            assert record.reason in REASONS
            assert record.detail
        else:
            assert all(size_of(value) <= limit for value in record.fields.values())
