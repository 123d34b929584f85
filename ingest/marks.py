"""Marks: what a reader of an article should know of it. They remove nothing."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# "Correction: ...", "Clarification, 3 May: ...", "Editor's note - ...": such lines stay in the text.
CORRECTION = r"(?i)^[(\[*]*(?:corrections?|clarification|erratum|editor[’']s note)\b[^.!?]{0,40}[:–—-]"


def corrections(paragraphs: pa.Table) -> pa.Array:
    """Find the articles that carry a correction.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.

    Returns:
        int32 array, the rows of those articles, each once.
    """
    hits = pc.match_substring_regex(paragraphs["text"], pattern=CORRECTION)
    return pc.unique(paragraphs["row"].filter(hits))
