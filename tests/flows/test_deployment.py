"""The deployment of prefect.yaml, for real: a server, a work pool, a worker, a run, then the warehouse."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

ROOT = Path(__file__).parents[2]
PREFECT = str(Path(sys.executable).with_name("prefect"))
DOCS = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")
Prefect = Callable[..., str]


@contextmanager
def started(command: list[str], environment: dict[str, str], log: Path, cwd: Path = ROOT) -> Iterator[None]:
    """Run a command in the background, and end it with all it started."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def until(condition: Callable[[], bool], *, seconds: float, log: Path) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, log.read_text(encoding="utf-8", errors="replace")
        time.sleep(0.3)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of somebody with a Prefect server of their own: `prefect server start`."""
    place = tmp_path_factory.mktemp("prefect")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")} | {
        "PREFECT_HOME": str(place),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    command = [PREFECT, "server", "start", "--port", str(port), "--no-ui"]
    url = f"http://127.0.0.1:{port}/api"
    with started(command, environment, place / "server.log"):
        until(lambda: answers(url), seconds=120, log=place / "server.log")
        yield environment | {
            "PREFECT_API_URL": url,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        }


@pytest.fixture
def prefect(environment: dict[str, str]) -> Prefect:
    def run(*arguments: str) -> str:
        done = subprocess.run(
            [PREFECT, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    text = "The council met on Monday.\n\nIt voted to dredge the northern channel before the winter storms."
    (folder / "harbour.txt").write_text(text, encoding="utf-8")
    return folder


def texts(warehouse: Path) -> list[str]:
    files = sorted(warehouse.glob("articles/batch=*/*.parquet"))
    return [
        text for file in files for text in pq.ParquetFile(file).read(columns=["text"])["text"].to_pylist()
    ]


def test_the_daily_deployment_runs_on_a_worker(
    prefect: Prefect, environment: dict[str, str], incoming: Path, tmp_path: Path
) -> None:
    prefect("work-pool", "create", "copydesk", "--type", "process")
    prefect("--no-prompt", "deploy", "-n", "daily")
    log = tmp_path / "worker.log"
    with started([PREFECT, "worker", "start", "--pool", "copydesk"], environment, log):
        asked = {"inputs": [str(incoming)], "to": str(tmp_path / "warehouse")}
        said = prefect("deployment", "run", "copydesk/daily", "--params", json.dumps(asked), "--watch")
    assert "Completed" in said, said + log.read_text(encoding="utf-8", errors="replace")
    assert any("dredge the northern channel" in text for text in texts(tmp_path / "warehouse"))
    with urllib.request.urlopen(
        f"{environment['PREFECT_API_URL']}/deployments/name/copydesk/daily"
    ) as response:
        (schedule,) = json.load(response)["schedules"]
    assert schedule["schedule"]["cron"] == "0 6 * * *"
    assert schedule["schedule"]["timezone"] == "UTC"


def test_the_flow_is_served(
    prefect: Prefect, environment: dict[str, str], incoming: Path, tmp_path: Path
) -> None:
    """The file that docs/scheduling.md gives, run as it stands in a folder outside the checkout."""
    (script,) = re.findall(r"```python\n(.*?)```", DOCS, flags=re.DOTALL)
    (tmp_path / "serve.py").write_text(script, encoding="utf-8")
    log = tmp_path / "serve.log"
    with started([sys.executable, "serve.py"], environment, log, cwd=tmp_path):
        until(lambda: "copydesk/served" in prefect("deployment", "ls"), seconds=60, log=log)
        said = prefect(
            "deployment", "run", "copydesk/served", "--params", '{"inputs": ["incoming"]}', "--watch"
        )
    assert "Completed" in said, said + log.read_text(encoding="utf-8", errors="replace")
    assert any("dredge the northern channel" in text for text in texts(tmp_path / "warehouse"))


def test_the_docs_give_the_commands_that_were_tried() -> None:
    for command in (
        "prefect server start",
        "prefect work-pool create copydesk --type process",
        "prefect --no-prompt deploy -n daily",
        "prefect worker start --pool copydesk",
        "prefect deployment run copydesk/daily --params",
        "prefect deployment run copydesk/served --watch",
    ):
        assert f"\n{command}" in DOCS


def test_prefect_finds_the_flow_by_path_and_by_module() -> None:
    """Its loader puts the flow's folder first on sys.path: no file there may stand before another module."""
    code = (
        "import sys; from prefect.flows import load_flow_from_entrypoint as load;"
        "assert load(sys.argv[1]).name == 'copydesk';"
        "import flows, ingest, dedup, storage;"
        "assert all(folder.__path__ for folder in (flows, ingest, dedup, storage))"
    )
    # A process each: what one has loaded, the other would find.
    for entrypoint in ("flows/batch.py:batch", "flows.batch:batch"):
        found = subprocess.run([sys.executable, "-c", code, entrypoint], cwd=ROOT, check=False, timeout=120)
        assert found.returncode == 0


def test_prefect_yaml_names_no_path_of_a_machine() -> None:
    text = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert str(Path.home()) not in text
    (deployment,) = yaml.safe_load(text)["deployments"]
    file, _, name = deployment["entrypoint"].partition(":")
    assert (ROOT / file).is_file()
    assert name == "batch"
