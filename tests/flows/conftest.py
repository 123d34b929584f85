"""The command, run for real: in this process for speed, in one of its own where that is the point."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import COMMAND, Outcome

from flows import cli

Runner = Callable[..., Outcome]


@pytest.fixture
def copydesk(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Run the command line in this process."""

    def run(*args: object) -> Outcome:
        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["copydesk", *map(str, args)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capfd.readouterr()
        return Outcome(int(stop.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home of Prefect's own, so that no run of the tests is seen by the user's."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture
def process(prefect_home: Path, tmp_path: Path) -> Runner:
    """Run the installed command as a process of its own, in an empty folder."""
    folder = tmp_path / "cwd"
    folder.mkdir()

    def run(*args: object, cwd: Path = folder, timeout: float = 300) -> Outcome:
        done = subprocess.run(
            [COMMAND, *map(str, args)],
            cwd=cwd,
            env={**os.environ, "PREFECT_HOME": str(prefect_home), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run
