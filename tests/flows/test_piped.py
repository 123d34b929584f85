"""Every format by the whole command, from a file and from standard input, and what can go wrong there."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import COMMAND, story

from flows import piped
from flows.checking import check_warehouse
from ingest.sources import Source
from storage import read

RECORDS = [{"id": f"r{number}", "text": story(number % 4), "outlet": "o.example"} for number in range(6)]
LINES = "".join(json.dumps(record) + "\n" for record in RECORDS).encode()


def as_csv() -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, list(RECORDS[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(RECORDS)
    return buffer.getvalue().encode("utf-16")


def as_parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(RECORDS), sink)
    return sink.getvalue()


CONTENTS = {
    "jsonl": LINES,
    "json": json.dumps(RECORDS, indent=2).encode(),
    "csv": as_csv(),
    "parquet": as_parquet(),
}


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Put bytes into standard input."""
    return lambda content: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def outcome(warehouse: Path) -> list[dict[str, Any]]:
    columns = ["article_id", "source_id", "text", "outlet", "cluster_id"]
    assert check_warehouse(warehouse) == []
    both = [*read(warehouse, "articles").to_pylist(), *read(warehouse, "duplicates").to_pylist()]
    return sorted(({name: row[name] for name in columns} for row in both), key=lambda row: row["source_id"])


@pytest.mark.parametrize("name", CONTENTS)
def test_each_format_from_a_file_and_from_standard_input(
    tmp_path: Path, copydesk: Any, pipe: Callable[[bytes], None], name: str
) -> None:
    (tmp_path / f"a.{name}").write_bytes(CONTENTS[name])
    (tmp_path / "lines.jsonl").write_bytes(LINES)
    counts = {}
    for warehouse, given, content in (
        ("lines", tmp_path / "lines.jsonl", b""),
        ("file", tmp_path / f"a.{name}", b""),
        ("piped", "-", CONTENTS[name]),
        ("packed", "-", gzip.compress(CONTENTS[name])),
    ):
        pipe(content)
        told = ("--format", "csv") if name == "csv" and given == "-" else ()
        done = copydesk("run", given, "--to", tmp_path / warehouse, "--direct", "--json", *told)
        assert done.code == 0, done.err
        counts[warehouse] = {key: done.json[key] for key in ("inputs", "kept", "duplicates", "rejected")}
    assert set(map(str, counts.values())) == {str(counts["lines"])}
    found = [outcome(tmp_path / warehouse) for warehouse in counts]
    assert all(one == found[0] for one in found)
    assert len(found[0]) == len(RECORDS)


def test_standard_input_is_known_by_its_content_and_its_locators_say_stdin(
    tmp_path: Path, copydesk: Any, pipe: Callable[[bytes], None]
) -> None:
    (tmp_path / "lines.jsonl").write_bytes(LINES)
    news = []
    for given in ("-", "-", tmp_path / "lines.jsonl"):
        pipe(LINES)
        done = copydesk("run", given, "--to", tmp_path / "warehouse", "--direct", "--json")
        news.append((done.json["inputs"], done.json["known"]))
    assert news == [(6, 0), (6, 6), (6, 6)]
    warehouse = tmp_path / "warehouse"
    rows = [*read(warehouse, "articles").to_pylist(), *read(warehouse, "duplicates").to_pylist()]
    assert {row["locator"] for row in rows} == {f"stdin:{number}" for number in range(1, 7)}
    assert not (tmp_path / "warehouse/_copydesk/stdin").exists()


def test_a_batch_of_standard_input_is_done_again_when_it_is_piped_in_again(
    tmp_path: Path, copydesk: Any, pipe: Callable[[bytes], None]
) -> None:
    asked = ("--to", tmp_path / "warehouse", "--batch", "piped", "--direct", "--json")
    pipe(LINES)
    first = copydesk("run", "-", *asked).json
    refused = copydesk("run", "--replace", *asked)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "batch piped had read standard input" in refused.err
    pipe(LINES)
    again = copydesk("run", "-", "--replace", *asked).json
    assert (again["kind"], again["kept"], again["duplicates"]) == (
        "replace",
        first["kept"],
        first["duplicates"],
    )


def test_the_same_content_is_kept_as_the_same_file_so_that_a_stopped_run_is_taken_up(
    tmp_path: Path, pipe: Callable[[bytes], None]
) -> None:
    states = []
    for content in (LINES, b"[]", LINES):
        pipe(content)
        (source,) = piped.kept([Source("s", ("-",))], tmp_path / "stdin", piped.AUTO)
        assert source.stdin is not None
        path = Path(source.stdin)
        assert path.read_bytes() == content
        assert [*path.parent.iterdir()] == [path]
        states.append((path, path.stat().st_mtime_ns))
    assert states[0] == states[2] != states[1]


@pytest.mark.parametrize(
    "wrong",
    [
        (("-",), b"Neither one nor the other.\n", "leave a doubt"),
        (("-", "--format", "docx"), b"x", "no such format"),
        (("a.jsonl", "--format", "jsonl"), b"", "name it as INPUT"),
    ],
)
def test_what_a_person_has_to_mend_is_one_sentence(
    tmp_path: Path, copydesk: Any, pipe: Callable[[bytes], None], wrong: tuple[tuple[str, ...], bytes, str]
) -> None:
    asked, content, sentence = wrong
    pipe(content)
    done = copydesk("run", *asked, "--to", tmp_path / "warehouse", "--direct")
    assert done.code == 2
    assert sentence in done.err
    assert done.err.count("\n") == 1


def test_nothing_piped_is_one_reject_and_a_terminal_is_refused(tmp_path: Path) -> None:
    command = [COMMAND, "run", "-", "--to", tmp_path / "warehouse", "--direct", "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["rejected"] == 1
    _, terminal = os.openpty()
    refused = subprocess.run(command, stdin=terminal, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "is a terminal" in refused.stderr


def test_a_dry_run_leaves_nothing(tmp_path: Path, copydesk: Any, pipe: Callable[[bytes], None]) -> None:
    pipe(LINES)
    done = copydesk("run", "-", "--to", tmp_path / "warehouse", "--direct", "--json", "--dry-run")
    assert (done.json["inputs"], done.json["dry_run"]) == (6, True)
    assert not (tmp_path / "warehouse").exists()
