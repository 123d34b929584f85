"""Keys in sorted columns: how a history run is searched for many keys at once.

A key of 128 bits is two unsigned 64-bit numbers, `high` and `low`, the big-endian halves of its 16 bytes. A
keyed table holds them in its first two columns, sorted and without repeats, with whatever belongs to a key in
the columns behind. Postings have keys of 64 bits, sorted, each as often as it has members. Tables may come in
several record batches, as they were written; these are searched one by one and never joined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import xxhash

from dedup.kernels.pairs import sorted_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_DIGITS = 32
_BAD = 255
_NIBBLES = np.full(256, _BAD, np.uint8)
for _value, _digit in enumerate("0123456789abcdef"):
    _NIBBLES[ord(_digit)] = _value


def hex_keys(hashes: pa.Array) -> NDArray[np.uint64]:
    """Read hashes written in hex.

    Args:
        hashes: An array or chunked array of strings of 32 lower-case hex digits each.

    Returns:
        An array of shape (n, 2): high and low half of each.

    Raises:
        ValueError: A value is null or no such string.
    """
    column = hashes.combine_chunks() if isinstance(hashes, pa.ChunkedArray) else hashes
    if column.null_count:
        raise ValueError("a hash is null")
    if not len(column):
        return np.empty((0, 2), np.uint64)
    try:
        fixed = column.cast(pa.binary()).cast(pa.binary(_DIGITS))
    except pa.ArrowInvalid as error:
        raise ValueError(f"a hash does not have {_DIGITS} hex digits: {error}") from error
    digits = np.frombuffer(fixed.buffers()[1], np.uint8)[
        fixed.offset * _DIGITS : (fixed.offset + len(fixed)) * _DIGITS
    ]
    nibbles = _NIBBLES[digits].reshape(len(fixed), _DIGITS // 2, 2)
    if (nibbles == _BAD).any():
        raise ValueError("a hash holds other characters than lower-case hex digits")
    halves: NDArray[np.uint64] = (nibbles[:, :, 0] << 4 | nibbles[:, :, 1]).view(">u8").astype(np.uint64)
    return halves


def source_keys(sources: pa.Array, hashes: pa.Array) -> NDArray[np.uint64]:
    """Make one key of a source's name and a hash.

    The key is the exclusive or of the hash and the xxh3_128 of the name: hashes of different inputs stay
    apart, and the same input given by two sources does so too.

    Args:
        sources: Names, an array or chunked array of strings.
        hashes: As many hashes in hex.

    Returns:
        An array of shape (n, 2).

    Raises:
        ValueError: A name or a hash is null, or no such string.
    """
    column = sources.combine_chunks() if isinstance(sources, pa.ChunkedArray) else sources
    if column.null_count:
        raise ValueError("the name of a source is null")
    coded = column.dictionary_encode()
    names = pa.array(
        [xxhash.xxh3_128_hexdigest(name.encode()) for name in coded.dictionary.to_pylist()], pa.string()
    )
    keys: NDArray[np.uint64] = hex_keys(hashes) ^ hex_keys(names)[coded.indices.to_numpy()]
    return keys


def keyed_table(keys: NDArray[np.uint64], payload: pa.Table | None = None) -> pa.Table:
    """Sort keys, with what belongs to them, into a table that `find` can search.

    Args:
        keys: An array of shape (n, 2).
        payload: A table of n rows, or none.

    Returns:
        A table of the columns `high`, `low` and those of the payload; of rows with the same key the first one
        stays.
    """
    columns = {"high": pa.array(keys[:, 0]), "low": pa.array(keys[:, 1])}
    if payload is not None:
        columns |= {name: payload.column(name) for name in payload.column_names}
    return first_of_equals(pa.table(columns))


def first_of_equals(rows: pa.Table) -> pa.Table:
    """Sort rows by their key.

    Args:
        rows: A table whose first two columns are `high` and `low`.

    Returns:
        The rows of different keys, sorted, in one chunk; of rows with the same key the first one stays.
    """
    high, low = (rows.column(name).to_numpy() for name in ("high", "low"))
    order = _order(high, low)
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
    return rows.take(pa.array(order[first])).combine_chunks()


def _order(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Sort keys; the first of equals comes first."""
    ordered, rows = sorted_pairs(high, np.arange(len(high), dtype=np.uint64))
    order = rows.astype(np.int64)
    if len(order) < len(high) or (ordered[1:] == ordered[:-1]).any():
        return np.lexsort((low, high))  # rare, unless keys come twice
    return order


@dataclass(frozen=True)
class SortedColumn:
    """An ascending column of 64-bit keys in several chunks, searched without joining them.

    Attributes:
        chunks: The chunks, none of them empty.
        first: Row of the first value of each, and the number of rows.
        last: Last value of each.
    """

    chunks: tuple[NDArray[np.uint64], ...]
    first: NDArray[np.int64]
    last: NDArray[np.uint64]

    @classmethod
    def of(cls, table: pa.Table, name: str) -> Self:
        """Look at a column of a table.

        Args:
            table: The table.
            name: The column's name.
        """
        chunks = tuple(chunk.to_numpy() for chunk in table.column(name).chunks if len(chunk))
        first = np.cumsum([0, *(len(chunk) for chunk in chunks)])
        return cls(chunks, first, np.array([chunk[-1] for chunk in chunks], np.uint64))

    @property
    def rows(self) -> int:
        """How many values there are."""
        return int(self.first[-1])

    def at(self, row: int) -> np.uint64:
        """Give one value.

        Args:
            row: Its row.
        """
        chunk = int(np.searchsorted(self.first, row, "right")) - 1
        return np.uint64(self.chunks[chunk][row - self.first[chunk]])

    def behind(self, bound: np.uint64) -> int:
        """Count the values up to a bound, the bound included.

        Args:
            bound: The bound.
        """
        chunk = int(np.searchsorted(self.last, bound, "right"))
        if chunk == len(self.chunks):
            return self.rows
        return int(self.first[chunk]) + int(np.searchsorted(self.chunks[chunk], bound, "right"))


def find(table: pa.Table, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Look up many keys in a keyed table.

    Args:
        table: What `keyed_table` made.
        keys: An array of shape (n, 2).

    Returns:
        For each key its row in the table, or -1.
    """
    order = np.argsort(keys[:, 0], kind="stable")  # searched in order, neighbours find what they need at hand
    asked = keys[order]
    found, before = np.full(len(keys), -1, np.int64), 0
    for batch in table.to_batches():
        if batch.num_rows:
            high, low = (batch.column(name).to_numpy() for name in ("high", "low"))
            first, behind = _within(high, asked[:, 0])
            rows = _find(high, low, asked[first:behind])
            hit = np.flatnonzero(rows >= 0)
            found[order[first + hit]] = rows[hit] + before
        before += batch.num_rows
    return found


@dataclass(frozen=True)
class Hits:
    """Which keys one record batch of postings has, and where.

    Attributes:
        batch: The record batch.
        queries: int64, ascending: places of the keys that it has, among those asked for.
        first: int64, for each of them its first row.
        counts: int64, and how many rows from there on have it.
    """

    batch: pa.RecordBatch
    queries: NDArray[np.int64]
    first: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def rows(self) -> NDArray[np.int64]:
        """All rows, key by key."""
        return spread(self.first, self.counts)


def hits(table: pa.Table, keys: NDArray[np.uint64]) -> Iterator[Hits]:
    """Look up many keys in postings.

    Args:
        table: A table sorted by its column `key`.
        keys: uint64, ascending; may have repeats.

    Yields:
        What each of the table's record batches has, in their order; nothing for those that have none.
    """
    for batch in table.to_batches():
        if not batch.num_rows:
            continue
        stored = batch.column("key").to_numpy()
        start, behind = _within(stored, keys)
        asked = keys[start:behind]
        first = np.searchsorted(stored, asked)
        found = np.flatnonzero(stored[first] == asked)
        if len(found):
            counts = np.searchsorted(stored, asked[found], "right") - first[found]
            yield Hits(batch, start + found, first[found], counts)


def spread(first: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count on from each of some numbers.

    Args:
        first: The numbers.
        counts: How many are wanted from each on.

    Returns:
        `first[i], first[i] + 1, ...`, `counts[i]` numbers for every i, one behind the other.
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    numbers: NDArray[np.int64] = np.arange(total) + np.repeat(first - (ends - counts), counts)
    return numbers


def _within(stored: NDArray[np.uint64], keys: NDArray[np.uint64]) -> tuple[int, int]:
    """Say which of the ascending keys lie between the first and the last of those stored."""
    return int(np.searchsorted(keys, stored[0])), int(np.searchsorted(keys, stored[-1], "right"))


def _find(high: NDArray[np.uint64], low: NDArray[np.uint64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    found = np.full(len(keys), -1, np.int64)
    rows = np.searchsorted(high, keys[:, 0])
    open_ = np.arange(len(keys))
    # Binary search on the high half alone; keys that share it lie side by side and are rare, so walking them
    # is cheap.
    while len(open_):
        open_ = open_[rows[open_] < len(high)]
        open_ = open_[high[rows[open_]] == keys[open_, 0]]
        hit = low[rows[open_]] == keys[open_, 1]
        found[open_[hit]] = rows[open_[hit]]
        open_ = open_[~hit]
        rows[open_] += 1
    return found
