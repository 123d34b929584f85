"""The temporary Prefect server: quiet, complete, and never left behind. Real processes throughout."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows import prefect_server

SCRIPT = """
import os, sys, time
from flows import prefect_server

prefect_server.quiet_environment()
server = prefect_server.start()
print(server and server.process.pid, flush=True)
if os.environ.get("THEN") == "be killed early":
    time.sleep(600)

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

@task
def double(number):
    return 2 * number

@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def toy(then):
    doubled = double.map(list(range(12))).result()
    if then == "fail":
        raise ValueError("the flow's own fault")
    if then == "be killed":
        print("working", flush=True)
        time.sleep(600)
    return doubled

try:
    with prefect_server.running(server) as url:
        print(url, flush=True)
        if url is not None:
            assert toy(os.environ.get("THEN")) == [2 * number for number in range(12)]
            toy("fail")
    # Prefect did not start one of its own on the side, nor import it.
    assert "prefect.server.api.server" not in sys.modules
except (prefect_server.ServerError, ValueError) as error:
    print(error)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the script in it, and an environment that knows nothing of Prefect."""
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def launch(place: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "script.py"],
        cwd=place,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines_of(place: Path, **environment: str) -> list[str]:
    """What the script prints; nothing may be on standard error."""
    with launch(place, **environment) as process:
        out, err = process.communicate(timeout=150)
    assert (process.returncode, err) == (0, "")
    assert gone(int(out.split()[0]), seconds=0)
    return out.splitlines()


def gone(pid: int, *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while Path(f"/proc/{pid}/exe").exists():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def states(place: Path, table: str) -> dict[str, int]:
    with sqlite3.connect(place / "home" / "prefect.db") as database:
        rows = database.execute(f"select state_type, count(*) from {table} group by 1").fetchall()
    database.close()
    return dict(rows)


def test_runs_print_nothing_and_their_record_is_whole(place: Path) -> None:
    """One run that works and one that fails, of which the record tells why."""
    # A proxy that refuses everything must not be asked for our own machine.
    _, url, fault = lines_of(place, HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9")
    assert url.startswith("http://127.0.0.1:")
    assert fault == "the flow's own fault"
    assert states(place, "flow_run") == {"COMPLETED": 1, "FAILED": 1}
    assert states(place, "task_run") == {"COMPLETED": 24}
    with sqlite3.connect(place / "home" / "prefect.db") as database:
        logged = [message for (message,) in database.execute("select message from log where level >= 40")]
    database.close()
    assert any("the flow's own fault" in message for message in logged)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked up in /proc")
@pytest.mark.parametrize("when", ["be killed early", "be killed"])
def test_the_server_goes_with_a_killed_parent(place: Path, when: str) -> None:
    with launch(place, THEN=when) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        if when == "be killed":
            assert [process.stdout.readline() for _ in range(2)][-1] == "working\n"
        assert not gone(pid, seconds=0)
        process.send_signal(signal.SIGKILL)
    assert gone(pid, seconds=20)
    if when == "be killed":
        # Nobody was left to say otherwise; what matters is that the database can still be read.
        assert states(place, "flow_run") == {"RUNNING": 1}


@pytest.mark.parametrize("where", ["profile", "prefect.toml", ".env"])
def test_a_server_of_the_users_own_is_respected(place: Path, where: str) -> None:
    url = "http://127.0.0.1:4299/api"
    if where == "profile":
        (place / "home").mkdir()
        profiles = f'active = "own"\n[profiles.own]\nPREFECT_API_URL = "{url}"\n'
        (place / "home" / "profiles.toml").write_text(profiles, encoding="utf-8")
    elif where == "prefect.toml":
        (place / where).write_text(f'[api]\nurl = "{url}"\n', encoding="utf-8")
    else:
        (place / where).write_text(f"PREFECT_API_URL={url}\n", encoding="utf-8")
    assert lines_of(place)[1:] == ["None"]
    assert not (place / "home" / "prefect.db").exists()  # ours began nothing


def test_a_server_in_the_environment_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4299/api")
    server = prefect_server.start()
    assert server is None
    with prefect_server.running(server) as url:
        assert url is None


def test_a_server_that_cannot_start_says_why_in_one_sentence(place: Path) -> None:
    (place / "home").mkdir()
    (place / "home" / "prefect.db").write_text("this is not a database " * 100, encoding="utf-8")
    (sentence,) = lines_of(place)[1:]
    assert "exit code 1" in sentence
    assert "file is not a database" in sentence
    assert "PREFECT_API_URL" in sentence


def test_ports_that_are_taken_are_left_alone(place: Path) -> None:
    """Two servers on a new database and somebody else's, at once: each has its port, and goes when told."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        first, second = prefect_server.start(), prefect_server.start()
        assert first is not None
        assert second is not None
        assert len({first.port, second.port, other.getsockname()[1]}) == 3
        for server in (first, second):
            prefect_server.wait(server)
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            connection.request("GET", "/api/version")
            assert connection.getresponse().status == 200
            connection.close()
            prefect_server.stop(server)
            prefect_server.stop(server)
            assert server.process.returncode == 0


def test_waiting_has_an_end(place: Path) -> None:
    server = prefect_server.start()
    assert server is not None
    with pytest.raises(prefect_server.ServerError, match="no answer within 0 s"):
        prefect_server.wait(server, seconds=0.1)
    prefect_server.stop(server)
    assert server.process.returncode == 0


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"PREFECT_LOGGING_LEVEL": "DEBUG", "DO_NOT_TRACK": "0"})
    prefect_server.quiet_environment()
    assert os.environ["DO_NOT_TRACK"] == "0"
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL" not in os.environ
