"""Are duplicates and relations what they say, by the settings of their batch and by the texts themselves?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import tokenise
from dedup.settings import MIN_REVISED, WIDTH, MatchSettings
from dedup.shingles import as_sets, shingle, text_keys
from storage.findings import Batch, Finding, Published, wrong_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

Similarity = Callable[[pa.Array, pa.Array], tuple[pa.Array, pa.Array]]
"""Takes two arrays of texts, gives Jaccard index and containment of each pair."""

_TOLERANCE = 1e-9  # both sides divide the same whole numbers, so only rounding may differ
_PAIRS = 2_000  # pairs of texts compared together
_KIND = {"duplicates": "match", "relations": "relation"}
_NAMED = ["canonical_url", "outlet", "title"]


def check_bounds(batch: Batch, table: str, published: Published) -> list[Finding]:
    """Check that duplicates and relations are as similar as the settings of their batch ask for.

    Args:
        batch: The batch.
        table: `duplicates` or `relations`.
        published: All articles.
    """
    kind = _KIND[table]
    rows = batch.read(table, ["article_id", "of_article_id", kind, "jaccard", "containment"])
    settings = _settings(batch)
    greater = pc.max_element_wise(rows.column("jaccard"), rows.column("containment"))
    bounds = {
        "near": (rows.column("jaccard"), settings.near),
        "contained": (rows.column("containment"), settings.contained),
        "revision": (greater, MIN_REVISED),
    }
    found: list[Finding] = []
    for name, (value, bound) in bounds.items():
        problem = f"{kind} is {name}, but the two are not as similar as the settings ask for ({bound:g})"
        wrong = pc.and_(pc.equal(rows.column(kind), name), pc.less(value, bound - _TOLERANCE))
        found += _wrong(batch, table, problem, wrong=wrong, rows=rows)
    revisions = rows.filter(pc.equal(rows.column(kind), "revision"))
    one, other = (published.rows(revisions.column(name), _NAMED) for name in ("article_id", "of_article_id"))
    problem = f"{kind} is revision, but the two share neither URL nor outlet and title"
    return [*found, *_wrong(batch, table, problem, wrong=pc.invert(_versions(one, other)), rows=revisions)]


def check_similarity(
    batch: Batch, table: str, *, published: Published, similarity: Similarity
) -> list[Finding]:
    """Compare the texts of duplicates, or of related articles, once more.

    Args:
        batch: The batch, without findings in `storage.check_rows` and `storage.check_matches`.
        table: `duplicates` or `relations`.
        published: All articles.
        similarity: Compares texts pairwise.

    Returns:
        One finding where stored and computed values differ, or where it is not the shorter text that is
        contained.
    """
    kind = _KIND[table]
    found: list[Finding] = []
    rows = batch.read(table, ["article_id", "of_article_id", kind, "jaccard", "containment"])
    for first in range(0, rows.num_rows, _PAIRS):
        some = rows.slice(first, _PAIRS)
        one, other = (
            published.rows(some.column(name), ["text", "paragraph_spans"]).column("text").combine_chunks()
            for name in ("article_id", "of_article_id")
        )
        for name, computed in zip(("jaccard", "containment"), similarity(one, other), strict=True):
            apart = pc.abs(pc.subtract(some.column(name), computed))
            problem = f"{name} is not that of the two texts"
            found += _wrong(batch, table, problem, wrong=pc.greater(apart, _TOLERANCE), rows=some)
        inside = pc.equal(some.column(kind), "contained").combine_chunks()
        longer = _shingles(one.filter(inside)) > _shingles(other.filter(inside))
        problem = f"{kind} is contained, but the other text is the shorter one"
        found += _wrong(batch, table, problem, wrong=pa.array(longer), rows=some.filter(inside))
    return found


def _settings(batch: Batch) -> MatchSettings:
    """Read the thresholds that the batch was made with; those it does not tell are the defaults."""
    told = json.loads(batch.read("batches", ["settings"]).column("settings")[0].as_py()).get("match", {})
    ours = MatchSettings()
    return replace(ours, near=told.get("near", ours.near), contained=told.get("contained", ours.contained))


def _versions(one: pa.Table, other: pa.Table) -> pa.Array:
    """Tell which pairs have one canonical URL, or one outlet and the same words in the title."""
    same = {name: pc.fill_null(pc.equal(one.column(name), other.column(name)), False) for name in _NAMED[:2]}
    titles = [
        text_keys(tokenise(pc.fill_null(rows.column("title"), "").combine_chunks())) for rows in (one, other)
    ]
    titled = pa.array((titles[0] == titles[1]) & (titles[0] != 0))
    return pc.or_(same["canonical_url"], pc.and_(same["outlet"], titled))


def _shingles(texts: pa.Array) -> NDArray[np.int64]:
    """Count the different shingles of each text."""
    sizes: NDArray[np.int64] = np.diff(as_sets(shingle(tokenise(texts), width=WIDTH)).offsets)
    return sizes


def _wrong(batch: Batch, table: str, problem: str, *, wrong: pa.Array, rows: pa.Table) -> list[Finding]:
    return wrong_rows("matches", batch.place(table), problem, wrong=wrong, ids=rows.column("article_id"))
