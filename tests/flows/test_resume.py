"""A batch that was interrupted goes on from its finished pieces, and comes out as if nothing had happened."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import sentence, story
from running import run, write
from stopping_runs import stop

from flows import matching, pipeline, resuming, tasks
from flows.checking import check_warehouse
from flows.run import Run
from flows.settings import Settings
from ingest.records import Reading
from ingest.sources import Source
from storage import read
from storage.warehouse import create_warehouse

Rows = dict[str, list[str]]
UNTOLD = ("batch_id", "ingested_at", "locator")
TABLES = ("articles", "duplicates", "originals", "removals", "relations", "reuse", "rejects")
COUNTS = ("records", "kept", "duplicates", "rejected", "known", "ignored", "words_removed")


def corpus() -> list[dict[str, Any]]:
    """Return 160 records with copies, near copies, repeats and rejects."""
    made: list[dict[str, Any]] = []
    for i in range(160):
        text = story(i % 100, 6)
        text = text.replace("w", "v", 1) if i % 3 == 1 else text
        text = f"{text}\n\n{sentence(i, 20)}\n\n{sentence(i, 20)}" if i % 7 == 2 else text
        made.append({"id": f"r{i}", "text": text if i % 40 else " ", "date": f"2026-01-{1 + i % 9:02d}"})
    return made


def rows(warehouse: Path) -> Rows:
    """Return all rows but for what may differ, and what is counted of the last batch."""
    told = {
        table: sorted(
            json.dumps({key: value for key, value in row.items() if key not in UNTOLD}, default=str)
            for row in read(warehouse, table).to_pylist()
        )
        for table in TABLES
    }
    last = read(warehouse, "batches").to_pylist()[-1]
    return {**told, "batches": [json.dumps({key: last[key] for key in COUNTS})]}


def finished(warehouse: Path, kind: str) -> list[Path]:
    """Return the pieces of work of a kind that are closed."""
    return sorted(warehouse.glob(f"_copydesk/work/*/{kind}/*/{resuming.ENDED}"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("in") / "in", corpus(), 4)


@pytest.fixture(scope="module")
def reference(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    warehouse = tmp_path_factory.mktemp("reference") / "w"
    assert run(folder, warehouse).rejected == 4
    return rows(warehouse)


def test_killed_again_and_again_it_goes_on_each_time(folder: Path, reference: Rows, tmp_path: Path) -> None:
    command = ("run", "--direct", "--workers", 2, "--to", tmp_path / "w", folder)
    groups = chunks = 0
    for at in ("read 20 records", "clean: 3 of", "assemble: 2 of", None):
        killed = stop(*command, at=at)
        # The lock of a dead process holds up nobody.
        assert (killed.code, killed.left) == (-9 if at else 0, [])
        if at is not None:
            assert list((tmp_path / "w").glob("articles/*")) == []
        # What was finished is not done again, and says so.
        assert killed.count("a stopped run goes on") == bool(groups or chunks)
        assert not groups or killed.count(f"{groups} of 4 groups are read, {chunks} chunks are cleaned") == 1
        before, groups = groups, len(finished(tmp_path / "w", "extracted")) if at else 4
        assert killed.count("files to their end") <= 4 * (4 - before)
        before, chunks = chunks, len(finished(tmp_path / "w", "cleaned")) if at else 8
        assert chunks - before - 2 <= killed.count("flows.tasks: cleaned") <= 8 - before
    assert rows(tmp_path / "w") == reference
    assert check_warehouse(tmp_path / "w") == []
    assert list((tmp_path / "w" / "_copydesk" / "work").iterdir()) == []


class Counted:
    """Counts what runs in this process do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read = self.cleaned = 0
        monkeypatch.setattr(tasks, "GROUP_FILES", 1)
        monkeypatch.setattr(tasks, "Reading", partial(Reading, chunk_records=20))
        really_read, really_clean = tasks.read, tasks.clean_records

        def reads(*args: Any, **options: Any) -> Any:
            self.read += 1
            return really_read(*args, **options)

        def cleans(*args: Any) -> Any:
            self.cleaned += 1
            return really_clean(*args)

        monkeypatch.setattr(tasks, "read", reads)
        monkeypatch.setattr(tasks, "clean_records", cleans)

    def of(self, work: Callable[[], object]) -> tuple[int, int]:
        """Return how many groups were read and chunks cleaned by some work."""
        self.read = self.cleaned = 0
        work()
        return self.read, self.cleaned


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


def break_off(folder: Path, warehouse: Path, **options: Any) -> None:
    """Run until everything is read and cleaned, and no further."""

    def fail(run_file: str) -> str:
        raise MemoryError(run_file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "match", fail)
        with pytest.raises(MemoryError):
            run(folder, warehouse, **options)


ALL, NOTHING = (4, 8), (0, 0)


def test_what_is_whole_is_not_done_again(
    folder: Path, reference: Rows, counted: Counted, tmp_path: Path
) -> None:
    assert counted.of(lambda: break_off(folder, tmp_path / "w")) == ALL
    assert counted.of(lambda: run(folder, tmp_path / "w", dry_run=True)) == ALL  # takes up nothing
    assert counted.of(lambda: break_off(folder, tmp_path / "w", workers=1)) == NOTHING
    (create_warehouse(tmp_path / "w").work / "debris").mkdir()
    assert counted.of(lambda: run(folder, tmp_path / "w")) == NOTHING
    assert rows(tmp_path / "w") == reference
    assert list((tmp_path / "w" / "_copydesk" / "work").iterdir()) == []


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["cleaned/*000000", "extracted/*", "groups/*"])
def test_what_is_not_whole_is_done_again(
    kind: str, folder: Path, reference: Rows, counted: Counted, tmp_path: Path
) -> None:
    """Of three groups something is damaged, the fourth is whole."""
    break_off(folder, tmp_path / "w")
    [work] = tmp_path.glob("w/_copydesk/work/*")
    one, other, third, _ = sorted(work.glob(kind))
    flip(one if one.is_file() else max(one.glob("*.arrow")))
    (other if other.is_file() else min(other.glob("*.arrow"))).unlink()
    os.truncate(third if third.is_file() else third / resuming.ENDED, 10)
    assert counted.of(lambda: run(folder, tmp_path / "w")) == ((0, 3) if "cleaned" in kind else (3, 6))
    assert rows(tmp_path / "w") == reference


def change_setting(run: Run) -> Run:
    return run.model_copy(update={"settings_hash": "0" * 16})


def change_outlet(run: Run) -> Run:
    return run.model_copy(update={"sources": tuple(replace(one, outlet="b.com") for one in run.sources)})


def change_fields(run: Run) -> Run:
    return run.model_copy(
        update={"sources": tuple(replace(one, fields=(("text", "body"),)) for one in run.sources)}
    )


def change_limit(run: Run) -> Run:
    return run.model_copy(update={"limit": 7})


@pytest.mark.parametrize("change", [change_setting, change_outlet, change_fields, change_limit])
def test_a_run_that_asks_for_something_else_takes_up_nothing(
    change: Callable[[Run], Run], tmp_path: Path
) -> None:
    asked = make_run(tmp_path)
    first = resuming.work_folder(tmp_path, asked, [])
    later = asked.model_copy(update={"batch_id": "later", "workers": 9, "started_at": datetime.now(UTC)})
    assert resuming.work_folder(tmp_path, later, []) == first
    other = resuming.work_folder(tmp_path, change(later), [])
    assert (other.name, list(tmp_path.iterdir())) == ("later", [other])


def test_other_versions_and_other_code_take_up_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = make_run(tmp_path)
    resuming.work_folder(tmp_path, asked, [])
    monkeypatch.setattr(resuming.provenance, "versions", lambda: {"copydesk": "9"})
    asked = asked.model_copy(update={"batch_id": "b"})
    assert resuming.work_folder(tmp_path, asked, []).name == "b"
    monkeypatch.setattr(resuming, "_code", lambda: "9")
    asked = asked.model_copy(update={"batch_id": "c"})
    assert resuming.work_folder(tmp_path, asked, []).name == "c"


def make_run(folder: Path) -> Run:
    return Run(
        settings=Settings(),
        sources=(Source("local", ("in",)),),
        warehouse=str(folder),
        folder="",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        limit=None,
        dry_run=False,
        workers=2,
        batch_id="a",
        settings_hash="f" * 16,
    )


def test_after_another_commit_everything_is_done_again(
    folder: Path, reference: Rows, counted: Counted, tmp_path: Path
) -> None:
    break_off(folder, tmp_path / "w")
    work = tmp_path / "w" / "_copydesk" / "work"
    shutil.copytree(work, tmp_path / "aside")
    run(folder, tmp_path / "w", limit=40)  # some of the records are known now
    shutil.copytree(tmp_path / "aside", work, dirs_exist_ok=True)
    assert counted.of(lambda: run(folder, tmp_path / "w")) == (3, 6)  # all of one file is known
    assert list(work.iterdir()) == []
    assert check_warehouse(tmp_path / "w") == []


def test_what_became_of_the_inputs_is_seen_group_by_group(
    folder: Path, counted: Counted, tmp_path: Path
) -> None:
    copied = Path(shutil.copytree(folder, tmp_path / "in"))
    break_off(copied, tmp_path / "w")
    lines = {number: (copied / f"{number}.jsonl").read_text() for number in (1, 2)}
    (copied / "1.jsonl").write_text(lines[1].replace("w", "u", 1))  # as many bytes as before
    (copied / "2.jsonl").write_text(lines[2] + json.dumps({"id": "new", "text": story(999)}) + "\n")
    (copied / "3.jsonl").rename(copied / "9.jsonl")
    assert counted.of(lambda: break_off(copied, tmp_path / "w")) == (3, 2 + 3 + 2)
    (copied / "9.jsonl").unlink()
    assert counted.of(lambda: run(copied, tmp_path / "w")) == NOTHING
    run(copied, tmp_path / "fresh")
    assert rows(tmp_path / "w") == rows(tmp_path / "fresh")
    assert check_warehouse(tmp_path / "w") == []


def test_a_full_disk_gets_its_space_back(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run_file: str) -> str:
        raise OSError(28, "No space left on device", run_file)

    monkeypatch.setattr(pipeline.matching, "match", fail)
    with pytest.raises(OSError, match="No space"):
        run(folder, tmp_path / "w")
    assert list((tmp_path / "w" / "_copydesk" / "work").iterdir()) == []
