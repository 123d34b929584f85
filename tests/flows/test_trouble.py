"""A disk that is full, a disk that takes nothing, a clock that goes back: real mounts, real commits."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import story
from running import run, write

from flows import matching, pipeline, publishing, resuming, tasks
from flows.checking import check_warehouse
from storage import commit, compact, read


def mounted(*options: str) -> bool:
    done = subprocess.run(["mount", "-t", "tmpfs", *options], capture_output=True, check=False)
    return done.returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        if not mounted("-o", "size=4m", "tmpfs", str(place)):
            pytest.skip("no right to mount a file system here")
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def house(disk: Path, tmp_path: Path) -> Path:
    """A warehouse on that disk, with a batch in it."""
    run(write(tmp_path / "old", [{"id": "old", "text": story(1000)}], 1), disk / "w")
    return disk / "w"


def fill(disk: Path) -> None:
    with (disk / "ballast").open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with suppress(OSError):
                while file.write(b"x" * size):
                    pass


MOMENTS: dict[str, tuple[object, str]] = {
    "before the work": (resuming, "work_folder"),
    "while reading": (tasks, "read"),
    "while cleaning": (tasks, "clean_records"),
    "after matching": (matching, "decide"),
    "before the tables": (publishing, "write_table"),
    "before the commit": (publishing, "commit"),
    "after the tables are on the disk": (commit, "sync_tree"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_disk_that_fills(
    moment: str, house: Path, tmp_path: Path, copydesk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "in", [{"id": f"r{i}", "text": story(i)} for i in range(50)], 1)
    where, name = MOMENTS[moment]
    really: Callable[..., Any] = getattr(where, name)

    def full(*args: Any, **options: Any) -> Any:
        fill(house.parent)
        return really(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(where, name, full)
        outcome = copydesk("run", "--direct", "--to", house, folder)
    assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (1, "", 1)
    assert "No space left on device" in outcome.err
    assert str(house) in outcome.err
    assert read(house, "articles").column("source_id").to_pylist() == ["old"]
    assert len(list(house.glob("articles/*"))) == 1
    (house.parent / "ballast").unlink()
    assert check_warehouse(house) == []
    assert run(folder, house).kept == 50
    assert read(house, "articles").num_rows == 51
    assert check_warehouse(house) == []
    assert [list((house / "_copydesk" / kind).iterdir()) for kind in ("work", "staging")] == [[], []]


OTHERS = {"rebuild": [], "forget": ["--id", "old"], "compact": []}


@pytest.mark.parametrize("command", OTHERS)
def test_other_commands_on_a_disk_that_fills_or_takes_nothing(
    command: str, house: Path, tmp_path: Path, copydesk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(write(tmp_path / "in", [{"id": "new", "text": story(1)}], 1), house)
    before = read(house, "articles").sort_by("article_id")

    def refused(sentence: str) -> None:
        outcome = copydesk(command, house, *OTHERS[command])
        assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (1, "", 1)
        assert sentence in outcome.err
        assert str(house) in outcome.err
        assert read(house, "articles").sort_by("article_id") == before
        assert check_warehouse(house) == []

    with monkeypatch.context() as patch:
        for module in (commit, compact):
            patch.setattr(module, "seal_staged", _filling(commit.seal_staged, house.parent))
        refused("No space left on device")
    (house.parent / "ballast").unlink()
    assert mounted("-o", "remount,ro", "tmpfs", str(house.parent))
    refused(os.strerror(errno.EROFS))
    assert mounted("-o", "remount,rw", "tmpfs", str(house.parent))
    assert copydesk(command, house, *OTHERS[command]).code == 0
    left = 1 if command == "forget" else 2
    assert read(house, "articles").num_rows == left
    assert check_warehouse(house) == []
    assert [list((house / "_copydesk" / kind).iterdir()) for kind in ("work", "staging")] == [[], []]


def _filling(really: Callable[..., Any], disk: Path) -> Callable[..., Any]:
    def full(*args: Any) -> Any:
        fill(disk)
        return really(*args)

    return full


def test_a_disk_that_takes_nothing(house: Path, tmp_path: Path, copydesk: Any) -> None:
    folder = write(tmp_path / "in", [{"id": "new", "text": story(1)}], 1)
    assert mounted("-o", "remount,ro", "tmpfs", str(house.parent))
    outcome = copydesk("run", "--direct", "--to", house, folder)
    assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (1, "", 1)
    assert os.strerror(errno.EROFS) in outcome.err
    assert copydesk("check", house).out == f"{house}: everything fits\n"
    assert copydesk("run", "--direct", "--json", "--dry-run", "--to", house, folder).json["kept"] == 1
    assert mounted("-o", "remount,rw", "tmpfs", str(house.parent))
    assert run(folder, house).kept == 1


def test_a_clock_that_goes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second batch runs two years before the first, the third one day before it."""
    texts = {"first": story(1), "second": story(1), "third": story(2)}
    for (name, text), days in zip(texts.items(), (0, -730, -1), strict=True):

        class Clock:
            @staticmethod
            def now(zone: Any, days: int = days) -> datetime:
                return datetime.now(UTC) + timedelta(days=days)

        monkeypatch.setattr(pipeline, "datetime", Clock)
        monkeypatch.setattr(publishing, "datetime", Clock)
        run(write(tmp_path / name, [{"id": name, "text": text}], 1), tmp_path / "w")
    batches = read(tmp_path / "w", "batches")
    ids = batches.column("batch_id").to_pylist()
    assert ids == sorted(set(ids))
    times = batches.column("started_at").to_pylist()
    assert times[1] < times[2] < times[0]
    [copy] = read(tmp_path / "w", "duplicates").to_pylist()
    assert (copy["source_id"], copy["in_history"], copy["batch_id"]) == ("second", True, ids[1])
    assert read(tmp_path / "w", "articles").column("batch_id").to_pylist() == [ids[0], ids[2]]
    assert check_warehouse(tmp_path / "w") == []
