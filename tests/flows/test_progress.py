"""Whoever looks on sees how far a long work is; whoever reads a log is left in peace."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from builders import story
from builders_maintenance import article, put

pty = pytest.importorskip("pty", reason="terminals of this kind are POSIX's")

COMMAND = Path(sys.executable).with_name("copydesk")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """Return a folder with three files of four records, one of them a reject."""
    for number in range(3):
        some = [article(f"{number}-{place}", story(3 * number + place), 1) for place in range(3)]
        put(tmp_path / "in" / f"{number}.jsonl", *some, {"id": f"empty-{number}", "text": ""})
    return tmp_path / "in"


def seen_on_a_terminal(*command: object) -> tuple[str, str]:
    """Run a command whose stderr is a terminal; return its stdout, and what the terminal showed."""
    terminal, its_end = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "150", "LINES": "40"}
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=its_end, env=env) as process:
        os.close(its_end)
        shown = b""
        while True:
            try:
                some = os.read(terminal, 4096)
            except OSError:  # how Linux says that nobody writes any more
                break
            shown += some
            if not some:
                break
        os.close(terminal)
        assert process.stdout
        out = process.stdout.read().decode()
    assert process.returncode == 0
    return out, CONTROL.sub("", shown.decode())


def test_a_terminal_shows_files_articles_and_rate(inputs: Path, tmp_path: Path) -> None:
    out, shown = seen_on_a_terminal(
        *(COMMAND, "run", "--direct", "--json", "--workers", 2, "--to", tmp_path / "w", inputs)
    )
    assert json.loads(out)["kept"] == 9
    assert re.search(r"extract .* 3 of 3 files, 9 articles, [\d,]+ a second +\d+:\d\d", shown)
    assert re.search(r"clean .* (\d+) of \1 ", shown)


def test_without_a_terminal_all_is_quiet(inputs: Path, tmp_path: Path) -> None:
    command = [COMMAND, "run", "--direct", "--json", "--to", tmp_path / "w", inputs]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert json.loads(done.stdout)["kept"] == 9
