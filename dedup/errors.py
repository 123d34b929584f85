"""The errors of this folder.

DedupError
└── SettingsError   settings of matching that contradict each other
"""

from __future__ import annotations


class DedupError(Exception):
    """Something a person has to mend before matching can go on; the message is one clear sentence."""


class SettingsError(DedupError):
    """Settings of matching that cannot hold together."""
