"""Which kept articles of earlier batches are worth fetching, to be compared on their text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import series
from dedup.candidates import DAY, MOST, SHARED_PASSAGES, least_bands, passage_counts
from dedup.kernels.groups import BAND, MOST_APART, PASSAGE, TITLE, URL, WORDS
from dedup.settings import MatchSettings

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SHARED = pa.schema(
    [
        pa.field("query", pa.int64(), nullable=False),  # article of the batch
        pa.field("member", pa.int64(), nullable=False),  # kept article of an earlier batch
        pa.field("kind", pa.uint8(), nullable=False),  # what they share, see dedup.kernels.groups
        pa.field("count", pa.int64(), nullable=False),  # how many of it
    ]
)
"""What articles of a batch share with kept ones of earlier batches."""


def likely(shared: pa.Table, queries: pa.Table, members: pa.Table, *, settings: MatchSettings) -> pa.Table:
    """Choose the pairs that are likely enough to be alike.

    Args:
        shared: table of schema `SHARED`; `query` and `member` are rows of the other two tables.
        queries: articles of the batch, columns of `dedup.tables.FIELD`.
        members: kept articles of earlier batches, columns of `dedup.tables.FIELD`.
        settings: the thresholds.

    Returns:
        The rows of `shared` about the chosen pairs.
    """
    pair = shared["query"].to_numpy() * max(members.num_rows, 1) + shared["member"].to_numpy()
    coded, place = np.unique(pair, return_inverse=True)
    query, member = coded // max(members.num_rows, 1), coded % max(members.num_rows, 1)
    kind, count = shared["kind"].to_numpy(), shared["count"].to_numpy()
    tallies = {
        each: np.bincount(place[kind == each], count[kind == each], len(coded)).astype(np.int64)
        for each in (BAND, PASSAGE, WORDS, URL, TITLE)
    }
    same = (tallies[WORDS] > 0) | (tallies[URL] > 0)
    expected = np.minimum(passage_counts(queries)[query], passage_counts(members)[member])
    alike = tallies[BAND] >= least_bands(settings.near)
    alike |= (tallies[PASSAGE] > 0) & (100 * tallies[PASSAGE] >= SHARED_PASSAGES * expected)
    apart, far = _apart(queries, members, query, member)
    chosen = same | (~far & (alike | (tallies[TITLE] > 0)))
    if settings.days:
        chosen &= apart <= settings.days * DAY
        alike &= apart <= settings.days * DAY
    score = (same.astype(np.int64) << 40) + (tallies[BAND] << 20) + tallies[PASSAGE]
    keep = _best(query, score, chosen, MOST) | _best(query, score, alike & far & ~same, MOST_APART)
    return shared.filter(pa.array(keep[place]))


def _apart(queries: pa.Table, members: pa.Table, query: Ints, member: Ints) -> tuple[Ints, Bools]:
    """Return the time between the dates of each pair (0: one is missing), and which can only be a series."""
    rows = [
        table.select(["published_at", "outlet"]).take(pa.array(places))
        for table, places in ((queries, query), (members, member))
    ]
    dates = [table["published_at"].cast(pa.int64()) for table in rows]
    apart = pc.fill_null(pc.abs(pc.subtract(*dates)), 0).to_numpy()
    outlet = pc.fill_null(pc.equal(rows[0]["outlet"], rows[1]["outlet"]), False).to_numpy()
    return apart, outlet & (apart >= series.DAYS * DAY)


def _best(query: Ints, score: Ints, some: Bools, most: int) -> Bools:
    """Tell which pairs are among the best of their article; the first of equals."""
    places = np.flatnonzero(some)
    order = places[np.lexsort((places, -score[places], query[places]))]
    ordered = query[order]
    first = np.searchsorted(ordered, ordered)
    best = np.zeros(len(query), np.bool_)
    best[order[np.arange(len(order)) - first < most]] = True
    return best
