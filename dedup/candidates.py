"""Candidate pairs: articles likely enough to be alike to be worth an exact comparison.

Two articles are candidates if they share a band of their sketches, passages, all words, the address, or
outlet and title. An article is paired with kept ones only, since only these can make it a copy: so a thousand
copies of one text cost a thousand comparisons, not half a million.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.kernels import bands, groups
from dedup.kernels.groups import BAND, PASSAGE, TITLE, UNKNOWN, URL, WORDS
from dedup.passages import WINDOW
from dedup.settings import MIN_TOKENS, WIDTH, MatchSettings
from dedup.signatures import PERMUTATIONS, RECALL, Signatures, band_keys, rows_per_band
from dedup.tables import PAIRS

Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Small = npt.NDArray[np.int32]

MOST = 64  # candidates of an article; only floods of one template have more, whose likest come first
LONGEST = 256  # kept articles with one band that are looked at, the last ones: a flood again
RARE = 32  # kept articles with one passage; what more of them have is a phrase of the trade
SHARED_PASSAGES = 30  # percent; all pairs of containment .9 have more: docs/decisions/0006-passages.md
BANDS_AT_ONCE = 25  # a signature is read once for so many; their keys take two fifths of its memory
DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Field:
    """All articles that are compared: kept ones of earlier batches first, then the batch in order.

    Attributes:
        rows: table of schema `dedup.tables.FIELD`.
        past: how many of them are of earlier batches.
        signatures: uint32 of shape (articles of the batch, 128).
        passages: list<uint64> array, one an article of the batch.
        hits: table of schema `dedup.tables.HITS`.
    """

    rows: pa.Table
    past: int
    signatures: Signatures
    passages: pa.ListArray
    hits: pa.Table


@dataclass(frozen=True)
class Shared:
    """Which articles share what, as flat arrays that the kernels of `dedup.kernels.groups` read and fill."""

    hits: tuple[Ints, Ints, npt.NDArray[np.uint8]]
    entries: tuple[Ints, Small]
    kind_ends: Ints
    groups: Small
    facts: tuple[Ints, Ints, Ints, Ints]
    signatures: Signatures
    limits: Ints
    scratch: tuple[Ints, Small]


def share(field: Field, *, apart: Bools, settings: MatchSettings, far: int) -> Shared:
    """Group the articles of a batch by what they share.

    Args:
        field: the articles.
        apart: bool, one an article of the batch: those that take no part.
        settings: the thresholds.
        far: days from which two texts of one outlet are never copies.
    """
    count = field.rows.num_rows
    rows = np.flatnonzero(~apart) + field.past
    members, sizes, kind_ends = _grouped(field, rows, rows_per_band(settings.near))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(members, minlength=count))]).astype(np.int64)
    entries = np.empty(len(members), np.int32)
    groups.fill(members, sizes, offsets[:-1].astype(np.int32), entries)
    hits = field.hits.sort_by([("later", "ascending"), ("earlier", "ascending")])
    hit_offsets = np.searchsorted(hits["later"].to_numpy(), np.arange(count + 1))
    return Shared(
        hits=(hit_offsets, hits["earlier"].to_numpy(), hits["kind"].to_numpy()),
        entries=(offsets, entries),
        kind_ends=kind_ends,
        groups=np.zeros(len(members) + groups.HEAD * len(sizes), np.int32),
        facts=_facts(field),
        signatures=field.signatures,
        limits=_limits(settings, far),
        scratch=(np.zeros(count, np.int64), np.empty(count, np.int32)),
    )


def pair_up(shared: Shared, rows: Ints) -> tuple[pa.Table, Bools]:
    """Pair articles with kept ones before them, and with one another.

    Args:
        shared: what they share; they stand in it as if they were kept, until `settle`.
        rows: int64, ascending rows of the field.

    Returns:
        Table of schema `dedup.tables.PAIRS`, sorted, and for each of the rows whether a pair with another of
        them was left out (bool).
    """
    room = len(rows) * (MOST + groups.MOST_APART)
    later, earlier = np.empty(room, np.int64), np.empty(room, np.int64)
    left_out = np.zeros(len(rows), np.uint8)
    found = groups.pair_up(
        *(rows, *shared.hits, *shared.entries, shared.kind_ends, shared.groups),
        *(*shared.facts, shared.signatures, shared.limits, *shared.scratch),
        *(later, earlier, left_out),
    )
    pairs = pa.table({"later": later[:found], "earlier": earlier[:found]}, schema=PAIRS)
    return pairs.sort_by([("later", "ascending"), ("earlier", "ascending")]), left_out.astype(np.bool_)


def settle(shared: Shared, rows: Ints, kept: Bools) -> None:
    """Leave of the rows of the last `pair_up` only those that are kept, for those behind them to meet."""
    groups.settle(rows, kept.astype(np.uint8), *shared.entries, shared.groups)


def take_out(shared: Shared, rows: Ints) -> None:
    """Let nobody meet these rows any more, which were kept so far."""
    groups.take_out(rows, *shared.entries, shared.groups)


def distinct(values: Ints) -> Ints:
    """Return the distinct values, ascending.

    `numpy.unique` hashes integers, and took 80 s for the pairs of 3,000 texts of one template, this 1 s.
    """
    ordered = np.sort(values)
    new = np.ones(len(ordered), np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


def within(pairs: pa.Table, rows: pa.Table, *, days: int) -> pa.Table:
    """Leave the pairs whose dates of publication lie in the window, or are not both known.

    Args:
        pairs: table of schema `dedup.tables.PAIRS`.
        rows: table of schema `dedup.tables.FIELD`.
        days: width of the window; 0: no limit.
    """
    if not days:
        return pairs
    dates = rows["published_at"].cast(pa.int64())
    apart = pc.abs(pc.subtract(dates.take(pairs["later"]), dates.take(pairs["earlier"])))
    return pairs.filter(pc.fill_null(pc.less_equal(apart, days * DAY), True))


def _grouped(field: Field, rows: Ints, width: int) -> tuple[Small, Small, Ints]:
    """Return the members of all groups, the size of each, and where the groups of each kind end."""
    members, sizes, ends = [], [], np.zeros(TITLE + 1, np.int64)
    for kind, keys, some in _keyed(field, rows, width):
        member, size = together(keys, some)
        members.append(member)
        sizes.append(size)
        ends[kind:] += len(member) + groups.HEAD * len(size)
    return np.concatenate(members), np.concatenate(sizes), ends


def _keyed(field: Field, rows: Ints, width: int) -> Iterator[tuple[int, Keys, Ints]]:
    """Yield one kind of keys, or one band, after the other, so that never all are in memory: key and row."""
    tokens = field.rows["tokens"].to_numpy()
    sketched = rows[tokens[rows] >= MIN_TOKENS]
    for first in range(0, PERMUTATIONS // width, BANDS_AT_ONCE):
        some = band_keys(field.signatures, rows=width, first=first, last=first + BANDS_AT_ONCE)
        for keys in some.T:
            yield BAND, keys if len(sketched) == len(keys) else keys[sketched - field.past], sketched
    chosen = field.passages.take(pa.array(sketched - field.past))
    passages = np.diff(chosen.offsets.to_numpy())
    yield PASSAGE, chosen.flatten().to_numpy(), np.repeat(sketched, passages)
    for kind, name in ((WORDS, "text_key"), (URL, "url_key"), (TITLE, "title_key")):
        keys = field.rows[name].to_numpy()[rows]
        yield kind, keys[keys != 0], rows[keys != 0]


def together(keys: Keys, rows: Ints) -> tuple[Small, Small]:
    """Group rows by their keys; rows without company are left out.

    A row's number takes the place of the low bits of its key, so that one sort of plain numbers does it all;
    now and then that brings rows together whose keys differ, which a comparison would show.

    Args:
        keys: uint64, well mixed.
        rows: int64, one a key; a row may have several keys.

    Returns:
        The rows of all groups, ascending in each, and the number of rows of each group, int32.
    """
    bits = int(rows.max(initial=1)).bit_length()
    packed = np.empty(len(keys), np.uint64)
    # Some eight places a key leave one in nine that stands alone; more than 2 MB would lie far from the core.
    seen = np.zeros(1 << min(max(len(keys).bit_length(), 4) + 1, 21), np.uint8)
    packed = packed[: bands.pack(keys, rows, bits, seen, packed)]
    packed.sort()
    members, sizes = np.empty(len(packed), np.int32), np.empty(len(packed), np.int32)
    count, runs = bands.gather(packed, bits, members, sizes)
    return members[:count].copy(), sizes[:runs].copy()


def _facts(field: Field) -> tuple[Ints, Ints, Ints, Ints]:
    """Return number of passages, outlet, date and sketch of every article, as `pair_up` takes them."""
    passages = passage_counts(field.rows)
    outlets = pc.dictionary_encode(field.rows["outlet"].combine_chunks()).indices
    dates = field.rows["published_at"].combine_chunks().cast(pa.int64())
    number = np.arange(field.rows.num_rows) - field.past
    sketched = field.rows["tokens"].to_numpy() >= MIN_TOKENS
    return (
        passages,
        *(pc.fill_null(column.cast(pa.int64()), UNKNOWN).to_numpy() for column in (outlets, dates)),
        np.where((number >= 0) & sketched, number, -1),
    )


def passage_counts(articles: pa.Table) -> Ints:
    """Return about how many passages articles have, by their length; int64, 0 without a shingle."""
    shingles = np.maximum(articles["tokens"].to_numpy().astype(np.int64) - WIDTH + 1, 0)
    return np.where(shingles > 0, 1 + np.maximum(shingles - WINDOW, 0) * 2 // (WINDOW + 1), 0)


def _limits(settings: MatchSettings, far: int) -> Ints:
    near = settings.near
    # Four standard deviations below what sketches of texts at the threshold have in common.
    least = near - 4 * math.sqrt(near * (1 - near) / PERMUTATIONS)
    limits = np.zeros(groups.ROWS + 1, np.int64)
    limits[groups.MOST], limits[groups.LONGEST], limits[groups.RARE] = MOST, LONGEST, RARE
    limits[groups.LEAST_ALIKE] = math.floor(PERMUTATIONS * least)
    limits[groups.LEAST_BANDS] = least_bands(near)
    limits[groups.PASSAGES_OF_100] = SHARED_PASSAGES
    limits[groups.WINDOW] = settings.days * DAY
    limits[groups.FAR] = far * DAY
    limits[groups.ROWS] = rows_per_band(near)
    return limits


def least_bands(near: float) -> int:
    """Return how many bands a pair at the threshold may be asked to share for the recall to hold."""
    rows = rows_per_band(near)
    bands, chance = PERMUTATIONS // rows, near**rows
    missed = 0.0
    for least in range(bands + 1):
        missed += math.comb(bands, least) * chance**least * (1 - chance) ** (bands - least)
        if 1 - missed < RECALL:
            return least
    return bands
