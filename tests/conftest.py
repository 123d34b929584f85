"""One profile for Hypothesis: no deadlines (machines are shared), the same examples in every run of CI.

At the end a table tells of the kill points that `tests/flows/test_crashes.py` tried.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from effort import examples
from hypothesis import settings

settings.register_profile("here", deadline=None, max_examples=examples(50))
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


MEMORY = Path("/dev/shm")
ROOM = 8 * 1024**3  # bytes; all temporary folders of three sessions take less


def pytest_configure() -> None:
    """Put temporary folders in memory where there is room: thousands of commits wait for a disk too long."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


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


@pytest.fixture(scope="session", autouse=True)
def without_pandas() -> Iterator[None]:
    """Start commands as users have them: only tests that read tables with pandas load it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).with_name("absent")))
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory even where there is little room for it: hundreds of commits are made there."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as made:
        yield Path(made)
