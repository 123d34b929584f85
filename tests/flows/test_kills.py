"""A run that is killed at any moment publishes nothing or all of it, and a re-run finishes the work."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from builders import COMMAND, story
from effort import every

from flows.checking import check_warehouse
from storage import read

RECORDS = 400


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("in") / "a.jsonl"
    path.write_text(
        "\n".join(json.dumps({"id": f"r{i}", "text": story(i % 300, 12)}) for i in range(RECORDS))
    )
    return path


def glob_rows(warehouse: Path) -> int:
    """Count the articles that a reader by glob sees."""
    return sum(pq.read_metadata(path).num_rows for path in warehouse.glob("articles/*/*.parquet"))


def start(warehouse: Path, inputs: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [COMMAND, "run", "--direct", "--to", warehouse, inputs],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def whole(inputs: Path) -> float:
    """Seconds that a run takes which nobody kills."""
    began = time.monotonic()
    assert start(inputs.parent / "whole", inputs).wait() == 0
    return time.monotonic() - began


@pytest.mark.parametrize("share", [0.5, 0.35, 0.65, 0.85, 0.75, 0.95][:: every(3)])
def test_killed_at_a_moment_of_the_run(
    share: float, whole: float, inputs: Path, tmp_path: Path, copydesk: Any
) -> None:
    victim = start(tmp_path / "w", inputs)
    time.sleep(share * whole)
    os.killpg(victim.pid, 9)
    victim.wait()
    assert glob_rows(tmp_path / "w") in (0, 300)
    summary = copydesk("run", "--direct", "--json", "--to", tmp_path / "w", inputs).json
    assert summary["inputs"] == RECORDS
    assert glob_rows(tmp_path / "w") == read(tmp_path / "w", "articles").num_rows == 300
    assert read(tmp_path / "w", "duplicates").num_rows == RECORDS - 300
    assert check_warehouse(str(tmp_path / "w")) == []
    assert list((tmp_path / "w" / "_copydesk" / "work").iterdir()) == []
    assert list((tmp_path / "w" / "_copydesk" / "staging").iterdir()) == []


def test_two_runs_at_once_do_not_mix(inputs: Path, tmp_path: Path) -> None:
    runs = [
        subprocess.Popen(
            [COMMAND, "run", "--direct", "--to", tmp_path / "w", inputs], stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [run.communicate()[1] for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 0], [0, 1])  # the later one waits for nobody: it is told, or finds nothing new
    assert codes == [0, 0] or any("is writing into it" in one for one in said)
    assert read(tmp_path / "w", "articles").num_rows == 300
    assert check_warehouse(str(tmp_path / "w")) == []
