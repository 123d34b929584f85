"""Settings of matching, in a module of their own that imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 5  # tokens in a shingle of an article
MIN_TOKENS = 20  # below this an article of 5-word shingles has too few to tell a copy from a template

MIN_CONTAINED = 50  # tokens: what is shorter lies inside many a text without being a copy of it
MIN_REVISED = 0.5  # Jaccard index or containment of two versions of one article
MIN_PARAGRAPH = 20  # tokens: shorter paragraphs recur in articles that have nothing else in common


@dataclass(frozen=True)
class MatchSettings:
    """What makes an article a copy.

    Attributes:
        near: least Jaccard index of the word shingles of two texts.
        contained: least share of the shorter text's shingles that the longer one has.
        days: most days between the dates of publication of two articles that are compared; 0: any.
    """

    near: float = 0.8
    contained: float = 0.9
    days: int = 0
