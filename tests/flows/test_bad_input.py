"""Bad input costs a row in rejects or a clear sentence, never a neighbour and never a traceback."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builders import COMMAND, Outcome, story

from storage import read

GOOD = story(1)


def run(copydesk: Any, tmp_path: Path, *inputs: object, code: int = 0) -> dict[str, Any]:
    """Run on inputs beside a good article, and return the summary."""
    good = tmp_path / "good.txt"
    good.write_text(GOOD)
    outcome = copydesk("run", "--direct", "--json", "--to", tmp_path / "w", good, *inputs)
    assert outcome.code == code, outcome.err
    assert outcome.err == ""
    return outcome.json


def rejects(tmp_path: Path) -> list[tuple[str, str]]:
    rows = read(tmp_path / "w", "rejects").to_pylist()
    assert all(row["detail"] and row["content_hash"] for row in rows)
    return sorted((Path(row["locator"]).name, row["reason"]) for row in rows)


def texts(tmp_path: Path) -> list[str]:
    return sorted(read(tmp_path / "w", "articles").column("text").to_pylist())


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t \xc2\xa0", "empty"),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "undecodable"),
        ("a.html", b"<html><body></body></html>", "no_text"),
        ("a.html", b"", "empty"),
        ("a.jsonl", b'{"text": 7}\n', "malformed"),
        ("a.jsonl", b'{"title": "no text"}\n', "no_text"),
        ("a.jsonl", b"[1, 2]\n", "malformed"),
        ("a.jsonl", b'{"text": "\xff\xfe broken"}\n', "undecodable"),
    ],
)
def test_a_bad_record_is_one_reject(
    copydesk: Any, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    summary = run(copydesk, tmp_path, tmp_path / name)
    assert (summary["inputs"], summary["kept"], summary["rejected"]) == (2, 1, 1)
    assert [found for _, found in rejects(tmp_path)] == [reason]
    assert summary["rejects"] == {reason: 1}
    assert texts(tmp_path) == [GOOD]


def test_a_broken_line_costs_itself_alone(copydesk: Any, tmp_path: Path) -> None:
    lines = [json.dumps({"text": story(2)}), '{"text": "broken', json.dumps({"text": story(3)})]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    summary = run(copydesk, tmp_path, tmp_path / "a.jsonl")
    assert (summary["kept"], summary["rejected"]) == (3, 1)
    assert rejects(tmp_path) == [("a.jsonl:2", "malformed")]


def test_a_torn_gzip_gives_what_it_holds(copydesk: Any, tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": story(i)}) + "\n" for i in range(2, 40))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode())[:-400])
    summary = run(copydesk, tmp_path, tmp_path / "a.jsonl.gz")
    assert summary["rejected"] == 1
    assert summary["kept"] > 2
    assert rejects(tmp_path)[0][1] == "malformed"


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.html"])
def test_one_line_of_50_megabytes(copydesk: Any, tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as file:
        for _ in range(50):
            file.write(b"word " * 200_000)
    summary = run(copydesk, tmp_path, tmp_path / name)
    assert (summary["kept"], summary["rejected"]) == (1, 1)
    assert rejects(tmp_path)[0][1] == "too_large"


@pytest.mark.parametrize(
    "encoded",
    [
        story(5).encode("utf-16"),
        story(5).encode("utf-16-le"),
        b"\xef\xbb\xbf" + story(5).encode(),
        story(5).replace("The", "The\0").encode(),
    ],
    ids=["utf-16", "utf-16-le without mark", "utf-8 with mark", "with NULs"],
)
def test_encodings_that_can_be_told_are_read(copydesk: Any, tmp_path: Path, encoded: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(encoded)
    assert run(copydesk, tmp_path, tmp_path / "a.txt")["kept"] == 2
    assert texts(tmp_path) == sorted([GOOD, story(5)])


def test_invalid_utf8_is_read_as_what_it_is_or_rejected(copydesk: Any, tmp_path: Path) -> None:
    french = "Le président s’est rendu à Orléans, où il a été reçu par le préfet de région. " * 5
    (tmp_path / "a.txt").write_bytes(french.encode("cp1252"))
    assert run(copydesk, tmp_path, tmp_path / "a.txt")["kept"] == 2
    assert french.strip() in texts(tmp_path)


def test_an_unreadable_file_in_a_folder_is_one_reject(copydesk: Any, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "b.txt").write_text(story(6))
    (folder / "a.txt").symlink_to(tmp_path / "gone.txt")
    summary = run(copydesk, tmp_path, folder)
    assert (summary["kept"], summary["rejected"]) == (2, 1)
    assert rejects(tmp_path) == [("a.txt", "unreadable")]


def test_a_bad_record_is_not_news_twice(copydesk: Any, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": ""}\nnot json\n')
    run(copydesk, tmp_path, tmp_path / "a.jsonl")
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write(json.dumps({"text": story(7)}) + "\n")
    again = run(copydesk, tmp_path, tmp_path / "a.jsonl")
    assert (again["kept"], again["rejected"], again["known"]) == (1, 0, 3)


def test_an_empty_folder_is_nothing_new(copydesk: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    outcome = copydesk("run", "--direct", "--json", "--to", tmp_path / "w", tmp_path / "in")
    assert outcome.code == 0
    assert (outcome.json["batch_id"], outcome.json["inputs"]) == (None, 0)


def assert_sentence(outcome: Any, code: int, *words: str) -> None:
    """Hold an error to one clear sentence."""
    assert outcome.code == code, outcome.err
    assert outcome.out == ""
    assert len(outcome.err.strip().splitlines()) == 1, outcome.err
    assert all(word in outcome.err for word in words), outcome.err


def test_a_missing_path(copydesk: Any, tmp_path: Path) -> None:
    outcome = copydesk("run", "--direct", "--to", tmp_path / "w", tmp_path / "nowhere")
    assert_sentence(outcome, 2, "nowhere", "no such file")
    assert not (tmp_path / "w").exists()


def test_a_named_file_of_unknown_kind(copydesk: Any, tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_text("x")
    outcome = copydesk("run", "--direct", "--to", tmp_path / "w", tmp_path / "a.docx")
    assert_sentence(outcome, 2, "a.docx", ".jsonl")


def test_an_unwritable_warehouse(copydesk: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    outcome = copydesk("run", "--direct", "--to", tmp_path / "file" / "w")
    assert_sentence(outcome, 1, str(tmp_path / "file"))


@pytest.mark.parametrize("blocks", [2, 8, 16, 30])
def test_a_disk_that_refuses_publishes_nothing(blocks: int, copydesk: Any, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": story(i, 40)}) for i in range(20)))
    command = f"ulimit -f {blocks}; exec {COMMAND} run --direct --to {tmp_path / 'w'} {tmp_path / 'a.jsonl'}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert_sentence(Outcome(done.returncode, done.stdout, done.stderr), 1, str(tmp_path / "w"))
    assert list((tmp_path / "w").glob("articles/*")) == []
    summary = copydesk("run", "--direct", "--json", "--to", tmp_path / "w", tmp_path / "a.jsonl").json
    assert summary["kept"] == 20


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[match]\nneer = 0.9", ["neer", "near"]),
        ("wherehouse = 'w'", ["wherehouse", "warehouse"]),
        ("[match]\nnear = 7", ["near", "7"][:1]),
        ("[[source]]\nname = 'a'\ninputs = ['x']\nfields = { txt = 'body' }", ["txt"]),
        ("[[source]]\nname = 'a'\n", ["inputs"]),
        ("[[source]]\nname = 'a'\ninputs = ['.']\n[[source]]\nname = 'a'\ninputs = ['.']", ["'a'"]),
        ("[rules]\ndisable = ['no.such.rule']", ["no.such.rule"]),
        ("[rules]\npacks = ['none.toml']", ["none.toml"]),
        ("this is no toml", ["TOML"]),
    ],
)
def test_a_wrong_configuration(copydesk: Any, tmp_path: Path, config: str, words: list[str]) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "copydesk.toml").write_text(config)
    outcome = copydesk("run", "--direct", "--to", tmp_path / "w", "--config", tmp_path / "copydesk.toml")
    assert_sentence(outcome, 2, *words)


def test_a_missing_configuration(copydesk: Any, tmp_path: Path) -> None:
    assert_sentence(copydesk("run", "--config", tmp_path / "none.toml"), 2, "none.toml")


def test_through_prefect_too_an_error_is_one_sentence(process: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    outcome = process("run", "--to", tmp_path / "file" / "w")
    assert_sentence(outcome, 1, str(tmp_path / "file"))


@pytest.mark.parametrize("command", [["check"], ["explain", "x", "--in"]])
def test_no_warehouse_to_look_at(copydesk: Any, tmp_path: Path, command: list[str]) -> None:
    assert_sentence(copydesk(*command, tmp_path / "none"), 1, "none")


def test_the_commonest_reason_is_told_where_most_is_rejected(copydesk: Any, tmp_path: Path) -> None:
    wrong = [*['{"titel": "x"}'] * 5, '{"text": ""}', '{"text": 7}', '{"text": 8}']
    (tmp_path / "a.jsonl").write_text("\n".join(f'{line[:-1]}, "n": {n}}}' for n, line in enumerate(wrong)))
    arguments = ("run", "--direct", "--to", tmp_path / "w", tmp_path / "a.jsonl")
    told = copydesk(*arguments, "--dry-run", "--json").json
    assert list(told["rejects"].items()) == [("no_text", 5), ("malformed", 2), ("empty", 1)]
    assert told["commonest_reject"].startswith("no_text: there is no ")
    said = copydesk(*arguments).out
    assert "All new records were rejected, most often as no_text: there is no " in said
    good = copydesk("run", "--direct", "--to", tmp_path / "v", "--json").json
    assert (good["rejects"], good["commonest_reject"]) == ({}, None)
