"""SIGTERM and Ctrl-C: real signals to real processes, at moments of the run and of the commit."""

from __future__ import annotations

import json
import logging
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from builders import ROOT, story
from running import run, write
from stopping_runs import Stopped, stop

from flows import stopping
from flows.checking import check_warehouse
from storage import read
from storage.manifest import manifests
from storage.warehouse import lock, open_warehouse

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are found in /proc")

SECONDS = stopping.GRACE_SECONDS  # beyond it the process is ended; alone a stop takes a tenth of it
GOES_ON = f"copydesk: {stopping.RESUMABLE}"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    records = [{"id": f"r{i}", "text": story(i % 500, 6)} for i in range(600)]
    return write(tmp_path / "in", records, 3)


def assert_clean(stopped: Stopped, code: int, said: str) -> None:
    assert (stopped.code, stopped.said, stopped.left) == (code, [said], [])
    assert stopped.seconds < SECONDS


def articles(warehouse: Path) -> int:
    with lock(open_warehouse(warehouse)):  # nobody holds it
        assert check_warehouse(warehouse) == []
        return read(warehouse, "articles").num_rows


def test_stopped_while_it_writes_and_commits(texts: Path, tmp_path: Path) -> None:
    command = ("run", "--direct", "--to", tmp_path / "w", texts)
    stopped = stop(*command, at="assemble: 1 of", number=signal.SIGTERM)
    assert_clean(stopped, 143, GOES_ON)
    assert articles(tmp_path / "w") == 0
    stopped = stop(*command, at="tables/batches/batch=", number=signal.SIGINT)
    [batch] = read(tmp_path / "w", "batches").to_pylist()
    sentence = f"copydesk: stopped; batch {batch['batch_id']} is published whole"
    assert_clean(stopped, 130, sentence)
    assert articles(tmp_path / "w") == 500
    assert list((tmp_path / "w" / "_copydesk" / "work").iterdir()) == []
    again = run(texts, tmp_path / "w")
    assert (again.batch_id, again.known) == (None, 600)


def rows(warehouse: Path) -> list[dict[str, Any]]:
    with lock(open_warehouse(warehouse)):  # nobody holds it
        assert check_warehouse(warehouse) == []
        return sorted(read(warehouse, "articles").to_pylist(), key=lambda row: str(row["source_id"]))


@pytest.mark.parametrize("command", ["rebuild", "forget"])
def test_other_commands_stop_as_cleanly(command: str, tmp_path: Path) -> None:
    warehouse = tmp_path / "w"
    run(
        write(tmp_path / "in", [{"id": f"r{i}", "text": story(i % 200, 3)} for i in range(400)], 2), warehouse
    )
    before = rows(warehouse)
    args = ("rebuild", warehouse) if command == "rebuild" else ("forget", warehouse, "--id", "r7")
    stopped = stop(*args, at="clean: 1 of", number=signal.SIGTERM)
    assert_clean(stopped, 143, GOES_ON if command == "rebuild" else f"copydesk: {stopping.MAINTAINING}")
    assert rows(warehouse) == before
    stopped = stop(*args, at="tables/batches/batch=", number=signal.SIGINT)
    last = manifests(open_warehouse(warehouse))[-1]
    assert_clean(stopped, 130, f"copydesk: stopped; batch {last.batch_id} is published whole")
    ids = [row["source_id"] for row in rows(warehouse)]
    assert last.kind == command
    assert ids == sorted(
        "r207" if each["source_id"] == "r7" and command == "forget" else each["source_id"] for each in before
    )
    superseded = list((warehouse / "_copydesk" / "superseded").glob("*/*"))
    assert bool(superseded) == (command == "rebuild")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_with_all_its_processes_while_pages_are_extracted(
    number: int, code: int, tmp_path: Path
) -> None:
    body = "".join(f"<p>{part}</p>" for part in story(1, 60).split("\n\n"))
    html = f"<html><body><article>{body}</article></body></html>"
    lines = [json.dumps({"id": page, "html": html}) for page in range(900)]
    (tmp_path / "all.jsonl").write_text("\n".join(lines))
    command = ("run", "--direct", "--to", tmp_path / "w", tmp_path / "all.jsonl", "--workers", 2)
    stopped = stop(*command, at="read 20 records", number=number, group=True)
    assert_clean(stopped, code, GOES_ON)
    assert articles(tmp_path / "w") == 0


def test_a_dry_run_that_is_stopped_leaves_nothing(
    texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    command = ("run", "--direct", "--dry-run", "--to", tmp_path / "w", texts)
    stopped = stop(*command, at="clean: 3 of", number=signal.SIGTERM)
    assert_clean(stopped, 143, f"copydesk: {stopping.NOTHING_WRITTEN}")
    assert not (tmp_path / "w").exists()
    assert [path for path in (tmp_path / "tmp").iterdir() if path.name.startswith("copydesk-")] == []


def test_stopped_under_prefect(texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    command = ("run", "--to", tmp_path / "w", texts)
    stopped = stop(*command, at="starting Prefect", number=signal.SIGINT)
    assert_clean(stopped, 130, GOES_ON)
    assert not (tmp_path / "w").exists()
    stopped = stop(*command, at="clean: 1 of", number=signal.SIGTERM, group=True)
    assert_clean(stopped, 143, GOES_ON)
    assert articles(tmp_path / "w") == 0
    with sqlite3.connect(tmp_path / "home" / "prefect.db") as database:
        states = database.execute("select state_type from flow_run").fetchall()
    database.close()
    assert states == [("CRASHED",)]  # and not running for ever
    assert run(texts, tmp_path / "w").kept == 500


STUBBORN = """
import sys, time
from flows import stopping
stopping.GRACE_SECONDS = float(sys.argv[1])
with stopping.heeded(), stopping.deferred("stopped late"):
    print("up", flush=True)
    time.sleep(60)
"""


def test_what_does_not_end_in_time_or_is_asked_twice_is_ended() -> None:
    for grace, number in ((0.5, signal.SIGTERM), (60, signal.SIGINT)):
        command = [sys.executable, "-c", STUBBORN, str(grace)]
        with subprocess.Popen(command, cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(number)
            if grace == 60:  # at once it would be the same Ctrl-C, passed on by a parent
                process.send_signal(number)
                time.sleep(1.5 * stopping.PATIENCE_SECONDS)
                assert process.poll() is None
                process.send_signal(number)
            said = process.communicate(timeout=10)[1]
        assert (process.returncode, said) == (128 + number, f"copydesk: {stopping.COMMITTING}\n")


def send(number: int, *, then: type[Exception] | None = None) -> None:
    """Be the work of a run that is stopped, and that makes another error of it."""
    with stopping.heeded():
        stopping.say("stopped here")
        try:
            signal.raise_signal(number)
        except stopping.Stopped as error:
            raise (then or error) from error


def test_signals_are_as_before_when_the_work_is_done() -> None:
    before = [signal.getsignal(number) for number in stopping.SIGNALS]
    with pytest.raises(stopping.Stopped, match="stopped here") as stopped:
        send(signal.SIGTERM)
    assert stopped.value.code == 143
    with stopping.heeded():
        stopping.check()  # the stop of an earlier run is none of a later one
    assert [signal.getsignal(number) for number in stopping.SIGNALS] == before


class Signalled(logging.NullHandler):
    """A handler during whose taking and giving back of its lock a signal comes."""

    number = signal.SIGTERM

    def handle(self, record: logging.LogRecord) -> bool:
        return super(logging.NullHandler, self).handle(record)  # as other handlers: with the lock

    def emit(self, record: logging.LogRecord) -> None:
        pass

    def createLock(self) -> None:  # noqa: N802 - as logging calls it
        super(logging.NullHandler, self).createLock()

    def release(self) -> None:
        signal.raise_signal(self.number)
        super().release()


def log_until_stopped(logger: logging.Logger) -> None:
    with stopping.heeded():
        logger.info("on it")
        time.sleep(10)


def test_a_signal_leaves_no_lock_of_logging_taken() -> None:
    handler = Signalled()
    logger = logging.Logger("stops", logging.INFO)
    logger.addHandler(handler)
    with pytest.raises(stopping.Stopped):
        log_until_stopped(logger)
    taken = threading.Thread(target=lambda: handler.lock and handler.lock.acquire(), daemon=True)
    taken.start()
    taken.join(5)
    assert not taken.is_alive()


class Dying:
    """An object at whose end a signal comes: Python drops what is raised there."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def let_die_until_stopped() -> None:
    with stopping.heeded():
        Dying()
        time.sleep(10)


def test_a_signal_that_python_drops_is_raised_again() -> None:
    before = sys.unraisablehook
    began = time.monotonic()
    with pytest.raises(stopping.Stopped):
        let_die_until_stopped()
    assert time.monotonic() - began < 5
    assert sys.unraisablehook is before


def test_an_error_that_a_stop_has_caused_is_told_as_a_stop() -> None:
    with pytest.raises(stopping.Stopped, match="stopped here"):
        send(signal.SIGINT, then=RuntimeError)


class Other(BaseException):
    """What somebody else makes of a signal, as Prefect does."""


def raise_other(*_: object) -> None:
    with pytest.raises(stopping.Stopped):
        stopping.check()  # threads know it by now
    raise Other


def hear(*, deferred: bool) -> None:
    with stopping.heard():
        if deferred:
            with stopping.deferred("published"):
                signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)


def test_what_comes_to_others_is_heard_and_passed_on() -> None:
    before = signal.signal(signal.SIGTERM, raise_other)
    try:
        with pytest.raises(Other):
            hear(deferred=False)
        with pytest.raises(stopping.Stopped, match="published"):
            hear(deferred=True)
        stopping.check()  # a later run of the same process is not stopped
        assert signal.getsignal(signal.SIGTERM) is raise_other
    finally:
        signal.signal(signal.SIGTERM, before)
