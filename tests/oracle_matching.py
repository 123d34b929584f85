"""The rules of matching in sets and loops: who is kept, who is a copy of whom, and what else is alike.

Written from the rules, for tens of articles. It looks at every pair; so it expects what the sketches find
with certainty alone, and tests draw from texts of which that is known.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from builders_matching import Article

from dedup import series
from dedup.settings import MatchSettings
from dedup.tables import MATCHES

Copy = tuple[str, str, float, float]  # of whom, match, Jaccard index, containment


@functools.cache
def words(text: str) -> tuple[str, ...]:
    """Return the comparison form of a text of Latin letters and digits."""
    return tuple(re.findall(r"[a-z0-9]+", text.lower()))


@functools.cache
def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the runs of five words, or all words where there are fewer."""
    tokens = words(text)
    return frozenset(tokens[i : i + 5] for i in range(max(1, len(tokens) - 4))) if tokens else frozenset()


@functools.cache
def scores(left: str, right: str) -> tuple[float, float]:
    """Return Jaccard index and containment."""
    if left == right:
        return 1.0, 1.0
    one, other = shingles(left), shingles(right)
    if not one or not other:
        return 0.0, 0.0
    return len(one & other) / len(one | other), len(one & other) / min(len(one), len(other))


@dataclass(frozen=True)
class Verdict:
    """What one article is to another one."""

    jaccard: float
    containment: float
    match: str | None = None
    swallows: bool = False  # the other lies inside it
    series: str | None = None


def same_url(left: Article, right: Article) -> bool:
    """Tell whether both are of one address."""
    return left.url is not None and left.url == right.url


def same_title(left: Article, right: Article) -> bool:
    """Tell whether both have one outlet and one title."""
    known = left.outlet is not None and left.title is not None and bool(words(left.title))
    return known and left.outlet == right.outlet and words(left.title) == words(right.title or "")


def in_window(left: Article, right: Article, settings: MatchSettings) -> bool:
    """Tell whether two articles are compared at all."""
    dated = left.day is not None and right.day is not None
    return not settings.days or not dated or abs(left.day - right.day) <= settings.days


@functools.cache
def told(left: str, right: str, dates: tuple[object, object]) -> str | None:
    """Ask the judge of series, for two texts of one outlet."""
    articles = pa.table({"outlet": ["o", "o"], "published_at": pa.array(dates, pa.timestamp("us", tz="UTC"))})
    columns = [[1], [0], *([score] for score in scores(left, right))]
    pair = pa.table([pa.array(c, f.type) for c, f in zip(columns, MATCHES, strict=True)], schema=MATCHES)
    return series.judge(pair, articles, pa.array([right, left]), np.array([0, 1]))[0].as_py()


def verdict(x: Article, k: Article, settings: MatchSettings, *, short: bool = False) -> Verdict:
    """Say what `x` is to `k`, which comes before it; `short`: as if short texts were found, too."""
    jaccard, containment = scores(x.text, k.text)
    size, other_size = len(shingles(x.text)), len(shingles(k.text))
    fewer = min(len(words(x.text)), len(words(k.text)))
    same_words = words(x.text) == words(k.text)
    # Short texts have too few shingles for a sketch: they are found by their words or title alone.
    found = short or fewer >= 20 or same_words or same_title(x, k)
    near = found and jaccard >= settings.near
    part = found and containment >= settings.contained and fewer >= 50
    version = max(jaccard, containment) >= 0.5
    titled = version and same_title(x, k)
    match, swallows, evidence = None, False, None
    if x.text == k.text:
        match = "exact"
    elif version and same_url(x, k):
        match = "revision"
    elif (near or part or titled) and not (evidence := why_series(x, k)):
        cases = {"near": near, "contained": part and size < other_size, "revision": titled}
        match = next((name for name, holds in cases.items() if holds), None)
        swallows = part and size > other_size and match is None
    return Verdict(jaccard, containment, match, swallows, evidence)


def why_series(x: Article, k: Article) -> str | None:
    """Return why two articles are a series; texts of the same words and of two outlets are none."""
    if words(x.text) == words(k.text) or x.outlet is None or x.outlet != k.outlet:
        return None
    return told(x.text, k.text, (k.date, x.date))


def is_superseded(x: Article, articles: Sequence[Article], settings: MatchSettings) -> bool:
    """Tell whether the next or the last version at its address, or of its title, is verified as one."""

    def order(one: Article) -> tuple[bool, int, str]:
        return one.day is not None, one.day or 0, one.name

    for alike in (same_url, same_title):
        later = sorted((one for one in articles if alike(x, one) and order(one) > order(x)), key=order)
        for other in {*later[:1], *later[-1:]}:
            found = verdict(x, other, settings).match
            if in_window(x, other, settings) and found in ("revision", "contained"):
                return True
    return False


@dataclass
class Expected:
    """What is to become of a batch."""

    order: list[Article]
    kept: list[Article]
    copies: dict[str, Copy]


def decide(articles: Sequence[Article], settings: MatchSettings) -> Expected:
    """Decide on the articles of a batch."""
    old = {x.name: is_superseded(x, articles, settings) for x in articles}
    order = sorted(articles, key=lambda x: (old[x.name], x.day is None, x.day or 0, x.name))
    expected = Expected(order, [], {})
    for x in order:
        _decide_one(x, expected, settings)
    while _swallow(expected, settings):
        pass
    return expected


def _decide_one(x: Article, expected: Expected, settings: MatchSettings) -> None:
    best: Copy | None = None
    for k in sorted(expected.kept, key=expected.order.index):
        found = verdict(x, k, settings)
        score = (found.jaccard, found.containment)
        if found.match and in_window(x, k, settings) and (best is None or score > best[2:]):
            best = (k.name, found.match, *score)
    if best:
        expected.copies[x.name] = best
    else:
        expected.kept.append(x)


def _swallow(expected: Expected, settings: MatchSettings) -> bool:
    """Take out, longest first, what lies in a longer one; decide on its copies again. Was there any?"""
    before = len(expected.kept)
    orphans: list[str] = []
    place = {x.name: i for i, x in enumerate(expected.order)}
    for part in sorted(expected.kept, key=lambda x: -len(shingles(x.text))):
        wholes = [
            (found.jaccard, found.containment, -place[x.name], x.name)
            for x in expected.kept
            if x is not part and in_window(x, part, settings)
            if (found := verdict(x, part, settings)).swallows
        ]
        if wholes:
            jaccard, containment, _, whole = max(wholes)
            expected.kept.remove(part)
            orphans += [name for name, copy in expected.copies.items() if copy[0] == part.name]
            expected.copies[part.name] = (whole, "contained", jaccard, containment)
    dropped = len(expected.kept) < before
    for x in [x for x in expected.order if x.name in orphans]:
        del expected.copies[x.name]
    for x in [x for x in expected.order if x.name in orphans]:
        _decide_one(x, expected, settings)
    return dropped
