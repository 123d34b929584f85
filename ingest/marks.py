"""Marks: what a reader of an article should know of it. They remove nothing."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ingest.guards import CORRECTION_LABELS

# "Correction: ...", "Clarification, 3 May: ...", "Rectificatif du 3 mai : ...": such lines stay
# in the text. Other languages than English use the words for much else, so a sign or a date must follow.
_LABELS = "|".join(words for language, words in CORRECTION_LABELS.items() if language != "en")
CORRECTION = (
    r"(?i)^[(\[*（【〈<]*(?:(?:corrections?|clarification|erratum|editor['’]s note)\b[^.!?]{0,40}[:–—-]"
    rf"|(?:errata|{_LABELS})(?:[^.!?:\p{{Nd}}]{{0,12}}\p{{Nd}}[^!?:]{{0,20}})?(?: ?[:：】]| ?[–—]| - ))"
)


def corrections(paragraphs: pa.Table) -> pa.Array:
    """Find the articles that carry a correction.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.

    Returns:
        int32 array, the rows of those articles, each once.
    """
    hits = pc.match_substring_regex(paragraphs["text"], pattern=CORRECTION)
    return pc.unique(paragraphs["row"].filter(hits))
