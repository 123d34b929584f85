"""Marks: what a reader of an article should know of it. They remove nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest.beginnings import Beginning, begin
from ingest.guards import CORRECTION_LABELS, EMBARGO, UPDATE_LABELS
from ingest.survey import booleans, column

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# "Correction: ...", "Clarification, 3 May: ...", "Rectificatif du 3 mai : ...": such lines stay
# in the text. Other languages than English use the words for much else, so a sign or a date must follow.
_LABELS = "|".join(words for language, words in CORRECTION_LABELS.items() if language != "en")
CORRECTION = Beginning(
    "([*（【〈<",
    r"(?:corrections?|clarification|erratum|editor['’]s note)\b[^.!?]{0,40}[:–—-]"
    rf"|(?:errata|{_LABELS})(?:[^.!?:\p{{Nd}}]{{0,12}}\p{{Nd}}[^!?:]{{0,20}})?(?: ?[:：】]| ?[–—]| - )",
)
# "UPDATE 2-Ferry sails", "Update, 3 May: ...", "This story has been updated with ...".
UPDATE_SENTENCES = {
    "en": r"(?:this|the) (?:article|story|post|report|page) (?:was|has been) (?:\p{L}+ )?updated\b",
    "de": r"(?:dieser|der) (?:artikel|text|beitrag) (?:wurde|ist|wird) .{0,60}\baktualisiert\b",
    "fr": r"cet article a été (?:mis à jour|actualisé)",
    "es": r"est[ea] (?:artículo|noticia|nota) (?:ha sido|fue) actualizad",
    "it": r"questo articolo è stato aggiornato",
    "pt": r"est[ea] (?:artigo|notícia|reportagem) foi atualizad",
    "nl": r"dit (?:artikel|bericht) (?:is|werd) (?:bijgewerkt|geactualiseerd)",
}
UPDATE = Beginning(
    "([*",
    rf"(?:{UPDATE_LABELS}|aktualisierung|nachtrag)"
    r"(?: ?\p{Nd}{1,2}-|(?:[^.!?:\p{Nd}]{0,12}\p{Nd}[^!?:]{0,20})?(?: ?[:：]| ?[–—]| - ))"
    r".*\p{L}{3}.* .*\p{L}{3}"
    rf"|{'|'.join(UPDATE_SENTENCES.values())}",
)

# The time that heads an entry of a live blog: "10:42 a.m.", "02.02 Uhr: ...". A full stop needs a word behind
# it, since prices and percentages have one too.
_ZONE = r"(?:[ap]\.?m\.?|uhr|h|hrs|gmt|bst|utc|cest?|ist|[ecmp][sd]?t)"
_HOUR, _MINUTES = r"(?:[01]?[0-9]|2[0-4])", "[0-5][0-9]"
CLOCK = Beginning(
    "",
    rf"(?:{_HOUR}(?:[:h]{_MINUTES}(?: ?{_ZONE})*|\.{_MINUTES}(?: ?{_ZONE})+)|1?[0-9] ?[ap]\.?m\.?)"
    r"(?:$|[\s\p{Z}:–—|•·,-])",
)
LIVE_ENTRIES = 3  # one or two times that open a paragraph are a story's own


def corrections(paragraphs: pa.Table) -> Ints:
    """Find the articles that carry a correction.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.

    Returns:
        The rows of those articles (int64, each once).
    """
    return _rows(paragraphs, begin(column(paragraphs, "text"), CORRECTION))


def updates(paragraphs: pa.Table, edge: Bools) -> Ints:
    """Find the articles that say of themselves that they were updated, among their first or last lines.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.
        edge: which of them stand at the head or at the tail, from `ingest.survey.edges`.

    Returns:
        The rows of those articles (int64, each once).
    """
    return _rows(paragraphs, begin(column(paragraphs, "text"), UPDATE, edge))


def embargoes(paragraphs: pa.Table, head: Bools) -> Ints:
    """Find the lines that ask to hold an article back, among its first.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.
        head: which of them stand at the head, from `ingest.survey.edges`.

    Returns:
        Their positions (int64, sorted).
    """
    return np.flatnonzero(begin(column(paragraphs, "text"), EMBARGO, head))


def live_entries(paragraphs: pa.Table) -> Ints:
    """Find the lines that head the entries of live blogs: times that open prose, or stand above it.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.

    Returns:
        Their positions, of articles that have several of them (int64, sorted).
    """
    row = paragraphs["row"].to_numpy()
    prose = booleans(paragraphs["prose"])
    above = np.zeros(len(row), np.bool_)
    above[:-1] = prose[1:] & (row[1:] == row[:-1])
    entries = np.flatnonzero(begin(column(paragraphs, "text"), CLOCK, prose | above))
    counts = np.bincount(row[entries], minlength=1)
    several: Ints = entries[counts[row[entries]] >= LIVE_ENTRIES]
    return several


def _rows(paragraphs: pa.Table, which: Bools) -> Ints:
    """Return the rows of some paragraphs, each once."""
    return np.unique(paragraphs["row"].to_numpy()[which]).astype(np.int64)
