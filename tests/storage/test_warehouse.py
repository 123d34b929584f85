from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.errors import NotFound, WarehouseFormat, WarehouseLocked, WarehouseUnwritable
from storage.warehouse import Warehouse, create_warehouse, lock, open_warehouse

HOLD = """
import os, sys, time
from storage.warehouse import create_warehouse, lock
with lock(create_warehouse(sys.argv[1])):
    if sys.argv[2] == "with-children":
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "30")
    print("held", flush=True)
    time.sleep(30)
"""


def hold(folder: Path, children: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), children],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def taken_within(house: Warehouse, *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with lock(house):
                return True
        except WarehouseLocked:
            time.sleep(0.1)
    return False


def test_a_warehouse_is_made_once_and_opened_ever_after(tmp_path: Path) -> None:
    made = create_warehouse(tmp_path / "deep" / "house")
    assert create_warehouse(made.root) == open_warehouse(made.root) == made
    assert json.loads(made.format_file.read_bytes()) == {"format": 1}
    assert [path.name for path in made.root.iterdir()] == ["_copydesk"]


def test_an_interrupted_making_is_finished(tmp_path: Path) -> None:
    made = create_warehouse(tmp_path / "house")
    made.format_file.unlink()
    assert open_warehouse(create_warehouse(made.root).root) == made


def test_what_is_no_warehouse_is_said_to_be_none(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    for path, words in (
        (tmp_path / "nowhere", "no such"),
        (tmp_path, "is no warehouse"),
        (file, "is no warehouse"),
    ):
        with pytest.raises(NotFound, match=words):
            open_warehouse(path)


@pytest.mark.parametrize("content", ['{"format": 99}', "{", "[]", ""])
def test_an_unknown_format_is_refused(tmp_path: Path, content: str) -> None:
    made = create_warehouse(tmp_path / "house")
    made.format_file.write_text(content)
    for use in (open_warehouse, create_warehouse):
        with pytest.raises(WarehouseFormat, match=r"warehouse\.json"):
            use(made.root)


def test_an_unwritable_place_is_one_clear_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    for place in (file, file / "below", Path("/proc/copydesk/house")):
        with pytest.raises(WarehouseUnwritable, match="cannot be written"):
            create_warehouse(place)


def test_the_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    house = create_warehouse(tmp_path / "house")
    process = hold(house.root, "alone")
    try:
        began = time.monotonic()
        with pytest.raises(WarehouseLocked, match=f"process {process.pid} on "), lock(house):
            pass
        assert time.monotonic() - began < 1  # said at once
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_within_one_process_too_there_is_one_writer(tmp_path: Path) -> None:
    house = create_warehouse(tmp_path / "house")
    with lock(house), pytest.raises(WarehouseLocked), lock(house):
        pass
    with lock(house):
        pass


@pytest.mark.parametrize("children", ["alone", "with-children"])
def test_the_lock_dies_with_its_holder_but_not_with_its_file(tmp_path: Path, children: str) -> None:
    house = create_warehouse(tmp_path / "house")
    process = hold(house.root, children)
    os.kill(process.pid, signal.SIGKILL)  # the children live on
    process.wait()
    try:
        assert taken_within(house, seconds=10)  # a child lets go of it as soon as it gets to run
        assert house.lock_file.is_file()
    finally:
        if children == "with-children":
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_the_lock_is_given_back_after_a_failure(tmp_path: Path) -> None:
    house = create_warehouse(tmp_path / "house")
    with pytest.raises(ZeroDivisionError), lock(house):
        1 / 0  # noqa: B018 - any failure will do
    with lock(house):
        pass
