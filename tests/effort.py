"""How much is tried: a sample each time, all of it by `uv run --locked poe thorough`."""

from __future__ import annotations

import os

THOROUGH = bool(os.environ.get("COPYDESK_THOROUGH"))


def examples(usual: int) -> int:
    """Say how many examples Hypothesis is to try."""
    return 20 * usual if THOROUGH else usual


def every(usual: int) -> int:
    """Say that each step is tried, or only one of so many."""
    return 1 if THOROUGH else usual
