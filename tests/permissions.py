"""Commands that permission bits hold back, also where root runs the tests."""

from __future__ import annotations

import os
import shutil

import pytest


def bound_by_permissions() -> list[str]:
    """Return how to start a command that permission bits hold back."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root can write everywhere, and there is no setpriv to start a command that cannot")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
