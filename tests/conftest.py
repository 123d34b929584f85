"""One profile for Hypothesis: no deadlines (machines are shared), the same examples in every run of CI.

At the end a table tells of the kill points that `tests/flows/test_crashes.py` tried.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell of each command that was killed how many points there are, and what was seen at them."""
    passed = terminalreporter.getreports("passed")
    told = [each for report in passed for name, each in report.user_properties if name == "crashes"]
    if told:
        terminalreporter.section("kill points")
    for one in told:
        command, before, after, dead, finished = (
            one.pop(name, 0) for name in ("command", "before", "after", "dead", "finished")
        )
        kinds = ", ".join(f"{count} {kind}" for kind, count in one.items())
        terminalreporter.write_line(
            f"{command}: {sum(one.values())} points ({kinds}); {before + after} tried: {before} before, "
            f"{after} after; {dead} different states for readers, {finished} for the next command"
        )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of commits wait for the disk too long."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as made:
        yield Path(made)
