"""File formats: what one record is in each, and its fields."""

from __future__ import annotations

from ingest.formats.record import Fault, Passed, Raw, Reader
from ingest.formats.registry import EXTENSIONS, FILE_FORMATS, FORMATS, is_known, open_records

__all__ = [
    "EXTENSIONS",
    "FILE_FORMATS",
    "FORMATS",
    "Fault",
    "Passed",
    "Raw",
    "Reader",
    "is_known",
    "open_records",
]
