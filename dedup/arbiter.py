"""The arbiter: it alone decides which proposed removals are carried out.

Layers propose without regard to one another. Here the brake holds rules back where they would take too
much of an article, overlaps are settled, and no article is left without a text.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.repeats import paragraph_of
from ingest.tables import REMOVALS

Ints = npt.NDArray[np.int64]

BRAKE = (
    0.3  # share of an article's prose; beyond it a rule is more likely wrong than the article is boilerplate
)
PRIORITY = {
    "title": 0,
    "rule": 1,
    "judge": 2,
    "repeat": 3,
    "inline": 4,
}  # where two layers claim the same words


def brake(paragraphs: pa.Table, claims: pa.Table) -> tuple[pa.Table, Ints]:
    """Drop all claims of rules on articles of which they would take too much.

    Verified repeats and the title lose nothing, so they are not brought here.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.
        claims: proposed removals of the layers `rule`, `inline` and `judge`, schema `ingest.tables.REMOVALS`.

    Returns:
        The claims that stand, and the rows of the articles that a person should look at (int64, sorted).
    """
    row = paragraphs["row"].to_numpy()
    prose = paragraphs["prose"].to_numpy(zero_copy_only=False)
    articles = int(row.max(initial=-1)) + 1
    words = np.where(prose, paragraphs["words"].to_numpy(), 0)
    length = (paragraphs["end"].to_numpy() - paragraphs["start"].to_numpy()).astype(np.float64)
    place = paragraph_of(paragraphs, claims)
    # A cut inside a paragraph counts its share of the paragraph's characters.
    share = (claims["end"].to_numpy() - claims["start"].to_numpy()) / length[place]
    claimed = np.bincount(row[place], weights=words[place] * share, minlength=articles)
    stopped = np.flatnonzero(claimed > BRAKE * np.bincount(row, weights=words, minlength=articles))
    stands = ~np.isin(claims["row"].to_numpy(), stopped)
    return claims.filter(pa.array(stands)), stopped


def settle(paragraphs: pa.Table, claims: list[pa.Table]) -> tuple[pa.Table, Ints]:
    """Decide between all claims that are left.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.
        claims: proposed removals, schema `ingest.tables.REMOVALS`.

    Returns:
        The removals, disjoint and in order of row and start, and the rows of the articles that would have
        been left without a text and keep all of it (int64, sorted).
    """
    ordered = _ordered(pa.concat_tables(claims))
    disjoint = ordered.filter(pa.array(_first_come(ordered)))
    place = paragraph_of(paragraphs, disjoint)
    whole = disjoint["end"].to_numpy() == paragraphs["end"].to_numpy()[place]
    whole &= disjoint["start"].to_numpy() == paragraphs["start"].to_numpy()[place]
    row = paragraphs["row"].to_numpy()
    total = np.bincount(row)
    left = total - np.bincount(row[place[whole]], minlength=len(total))
    emptied = np.flatnonzero((total > 0) & (left == 0))
    stands = ~np.isin(disjoint["row"].to_numpy(), emptied)
    return disjoint.filter(pa.array(stands)), emptied


def _ordered(claims: pa.Table) -> pa.Table:
    """Sort by row and start, and where claims begin together by layer."""
    priority = pc.index_in(claims["layer"], value_set=pa.array(list(PRIORITY)))
    keys = [("row", "ascending"), ("start", "ascending"), ("priority", "ascending")]
    return claims.append_column("priority", priority).sort_by(keys).select(REMOVALS.names)


def _first_come(claims: pa.Table) -> npt.NDArray[np.bool_]:
    """Tell which of the sorted claims do not overlap an earlier one that stands."""
    row, start, end = (claims[name].to_numpy().astype(np.int64) for name in ("row", "start", "end"))
    begins, ends = row << 32 | start, row << 32 | end
    stands = np.ones(len(row), np.bool_)
    behind = np.maximum.accumulate(ends)
    # Few articles have claims that overlap; only there one after the other must be looked at.
    some = np.flatnonzero(np.isin(row, row[1:][begins[1:] < behind[:-1]]))
    reached = 0
    for i, begin, end_ in zip(some.tolist(), begins[some].tolist(), ends[some].tolist(), strict=True):
        stands[i] = begin >= reached
        reached = end_ if begin >= reached else reached
    return stands
