"""The errors of this folder.

IngestError
├── SourceError   an input that was named cannot be used (missing, unreadable)
└── RuleError     a rule pack is wrong; the sentence names the file, the rule and the mend
"""

from __future__ import annotations


class IngestError(Exception):
    """Something a person has to mend before reading can go on; the message is one clear sentence."""


class SourceError(IngestError):
    """An input that was named does not exist or cannot be read."""


class RuleError(IngestError):
    """A rule pack cannot be used as it stands."""
