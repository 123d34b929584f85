"""128-bit keys in sorted columns: how a history run is searched for many keys at once.

A key is two unsigned 64-bit numbers, `high` and `low`, the big-endian halves of its 16 bytes. A keyed table
holds them in its first two columns, sorted and without repeats, with whatever belongs to a key in the columns
behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import xxhash

if TYPE_CHECKING:
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
    order = np.lexsort((keys[:, 1], keys[:, 0]))  # stable: the first of equals comes first
    ordered = keys[order]
    first = np.ones(len(order), bool)
    first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    columns = {"high": pa.array(ordered[first, 0]), "low": pa.array(ordered[first, 1])}
    if payload is not None:
        taken = payload.take(pa.array(order[first])).combine_chunks()
        columns |= {name: taken.column(name) for name in taken.column_names}
    return pa.table(columns)


def find(table: pa.Table, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Look up many keys in a keyed table.

    Args:
        table: What `keyed_table` made.
        keys: An array of shape (n, 2).

    Returns:
        For each key its row in the table, or -1.
    """
    high, low = (table.column(name).to_numpy() for name in ("high", "low"))
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
