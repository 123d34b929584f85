"""Settings of matching, in a module of their own that imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 5  # tokens in a shingle of an article
MIN_TOKENS = 20  # below this an article of 5-word shingles has too few to tell a copy from a template

MIN_PARAGRAPH = 20  # tokens: shorter paragraphs recur in articles that have nothing else in common


@dataclass(frozen=True)
class MatchSettings:
    """What makes an article a copy.

    Attributes:
        near: least Jaccard index of the word shingles of two texts.
    """

    near: float = 0.8
