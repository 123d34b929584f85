"""The errors of this folder.

IngestError
├── SourceError   an input that was named cannot be used (missing, unreadable)
└── RuleError     a rule pack is wrong; the sentence names the file, the rule and the mend
    └── FormError     it cannot be read as a pack, for one or several faults
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class IngestError(Exception):
    """Something a person has to mend before reading can go on; the message is one clear sentence."""


class SourceError(IngestError):
    """An input that was named does not exist or cannot be read."""


class RuleError(IngestError):
    """A rule pack cannot be used as it stands."""


class FormError(RuleError):
    """A file is no rule pack: no TOML, or with keys or values that mean nothing.

    Attributes:
        faults: all that is wrong, a sentence each without the file; the error itself says the first.
    """

    def __init__(self, path: Path, faults: Sequence[str]) -> None:
        """Make an error of the faults of a file, one at least."""
        super().__init__(f"{path}: {faults[0]}")
        self.faults = tuple(faults)
