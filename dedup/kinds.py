"""What two articles are to each other: copy, revision, part, or two of a series."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import series
from dedup.candidates import distinct
from dedup.settings import MIN_CONTAINED, MIN_REVISED, WIDTH, MatchSettings
from dedup.tables import COMPARED, JUDGED, MATCHES, PAIRS
from dedup.verify import verify

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = Callable[[Ints], pa.Array]
"""Gives the clean texts (string array) of rows of the field (int64, ascending)."""

# So much is in hand at a time: some tens of megabytes of text at most, or two articles.
PAIRS_AT_ONCE = 10_000
TOKENS_AT_ONCE = 8_000_000


def judge(pairs: pa.Table, rows: pa.Table, *, settings: MatchSettings, texts: Texts) -> pa.Table:
    """Compare pairs on their text, and say what they are.

    Args:
        pairs: table of schema `dedup.tables.PAIRS`.
        rows: table of schema `dedup.tables.FIELD`.
        settings: the thresholds.
        texts: gives the texts of rows.

    Returns:
        Table of schema `dedup.tables.JUDGED`, one row a pair, in the same order.
    """
    return pa.concat_tables([JUDGED.empty_table(), *_judged(pairs, rows, settings, texts)]).combine_chunks()


def _judged(pairs: pa.Table, rows: pa.Table, settings: MatchSettings, texts: Texts) -> Iterator[pa.Table]:
    for start, end in pairwise(_cuts(pairs, rows)):
        some = pairs.slice(start, end - start)
        later, earlier = (some[name].to_numpy() for name in PAIRS.names)
        identical = _equal(rows, "content_id", later, earlier)
        other = some.filter(pa.array(~identical))
        members = distinct(np.concatenate([other[name].to_numpy() for name in PAIRS.names]))
        found = texts(members) if len(members) else pa.array([], pa.string())
        compared = _with_identical(some, identical, verify(other, found, members, width=WIDTH))
        yield _named(compared, rows, identical, settings, (found, members))


def _cuts(pairs: pa.Table, rows: pa.Table) -> list[int]:
    """Cut pairs into slices whose texts fit into memory."""
    tokens = rows["tokens"].to_numpy().astype(np.int64)
    later, earlier = (pairs[name].to_numpy() for name in PAIRS.names)
    so_far = np.cumsum(tokens[later] + tokens[earlier])
    slices = np.arange(len(later)) // PAIRS_AT_ONCE + so_far // TOKENS_AT_ONCE
    return [0, *(np.flatnonzero(np.diff(slices)) + 1).tolist(), len(later)] if len(later) else [0]


def _with_identical(pairs: pa.Table, identical: Bools, other: pa.Table) -> pa.Table:
    """Return all pairs compared; identical texts have everything in common and need no comparison."""
    columns = list(pairs.columns)
    for name in COMPARED.names[len(PAIRS.names) :]:
        values = np.ones(pairs.num_rows, COMPARED.field(name).type.to_pandas_dtype())
        values[~identical] = other[name].to_numpy()
        columns.append(pa.array(values))
    return pa.Table.from_arrays(columns, schema=COMPARED)


def _named(
    compared: pa.Table,
    rows: pa.Table,
    identical: Bools,
    settings: MatchSettings,
    texts: tuple[pa.Array, Ints],
) -> pa.Table:
    later, earlier, jaccard, containment, size, other_size = (
        compared[name].to_numpy() for name in COMPARED.names
    )
    tokens = rows["tokens"].to_numpy()
    version = np.maximum(jaccard, containment) >= MIN_REVISED
    by_url = version & _shared(rows, "url_key", later, earlier)
    by_title = version & _shared(rows, "title_key", later, earlier)
    near = jaccard >= settings.near
    shorter = size < other_size
    fewer = np.minimum(tokens[later], tokens[earlier])
    part = (containment >= settings.contained) & (fewer >= MIN_CONTAINED)
    alike = ~identical & ~by_url & (near | part | by_title)
    evidence = _series(compared, rows, alike & ~_shared(rows, "text_key", later, earlier), texts)
    free = ~evidence.is_valid().to_numpy(zero_copy_only=False)
    # The first that holds gives the name.
    names = ("exact", "revision", "near", "contained", "revision")
    holds = [identical, by_url, near & free, part & shorter & free, by_title & free]
    match = np.select(holds, names, "")
    swallows = part & (size > other_size) & free & (match == "")
    return pa.Table.from_arrays(
        [
            *compared.columns,
            pc.if_else(pa.array(match != ""), pa.array(match), None),
            pa.array(swallows),
            evidence,
        ],
        schema=JUDGED,
    )


def _series(compared: pa.Table, rows: pa.Table, alike: Bools, texts: tuple[pa.Array, Ints]) -> pa.Array:
    """Return for each pair why it is a series, null where it is none or is not alike enough to matter."""
    asked = compared.filter(pa.array(alike)).select(MATCHES.names)
    told = series.judge(asked, rows, *texts)
    place = np.full(len(alike), -1, np.int64)
    place[alike] = np.arange(asked.num_rows)
    return told.take(pa.array(place, mask=place < 0))


def _equal(rows: pa.Table, name: str, left: Ints, right: Ints) -> Bools:
    column = rows[name].combine_chunks()
    same: Bools = pc.equal(column.take(pa.array(left)), column.take(pa.array(right))).to_numpy(
        zero_copy_only=False
    )
    return same


def _shared(rows: pa.Table, name: str, left: Ints, right: Ints) -> Bools:
    keys = rows[name].to_numpy()
    shared: Bools = (keys[left] == keys[right]) & (keys[left] != 0)
    return shared
