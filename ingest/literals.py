"""Where texts hold literals: all of them looked for in one pass over the bytes of a chunk.

Each literal has four bytes that are rare in news; wherever a text has such four, the whole literal is
compared. Unlike a compiled pattern, the tables for this are made once a process and not once a chunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.words import utf8

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]

HIGH = 0x80
"""What white space and all bytes beyond ASCII are folded to; upper case becomes lower."""
GRAM = 4  # bytes
_WINDOW = 8  # bytes compared at once
_FOLDED = pa.array(
    [HIGH if byte >= HIGH or chr(byte).isspace() else ord(chr(byte).lower()) for byte in range(256)],
    pa.uint8(),
)
# White space, and the letters of English, the most frequent first; all else is rarer.
_FREQUENT = b"\x80etaoinshrdlucmfwypvbgkjqxz"
_TABLE_BITS = 17  # a table that stays in the processor's cache, in which few grams meet by chance
_SPREAD = np.uint32(0x9E3779B1)  # 2^32 divided by the golden ratio, as in Knuth's multiplicative hashing


@dataclass(frozen=True)
class _Grams:
    """What to look for.

    Attributes:
        keys: uint32, distinct grams in ascending order.
        table: uint8, 1 at the hash of each gram.
        literals: all of them, those of one gram side by side.
        bounds: int64, where the literals of each gram begin, and the end.
        places: int64, where the gram stands in each literal.
        pieces: uint64, a row for every eight bytes of the longest literal: the bytes of each literal there.
        masks: uint64, likewise: which bits of those are its own.
    """

    keys: Words
    table: pa.Array
    literals: tuple[bytes, ...]
    bounds: Ints
    places: Ints
    pieces: npt.NDArray[np.uint64]
    masks: npt.NDArray[np.uint64]


def search(texts: pa.Array, literals: Iterable[bytes]) -> Mapping[bytes, Ints]:
    """Find literals in texts, folded.

    Args:
        texts: string array without nulls.
        literals: folded, see `HIGH`, of `GRAM` bytes or more.

    Returns:
        For each literal the positions of texts that hold it (int64, may repeat). A text that only together
        with the next one holds it may be among them.
    """
    grams = _grams(frozenset(literals))
    if not grams.literals:
        return {}
    offsets, values = utf8(texts)
    room = _WINDOW * len(grams.pieces)  # behind the last text, so that windows need not look where it ends
    folded = np.zeros(len(values) + room, np.uint8)
    folded[: len(values)] = pc.take(_FOLDED, pa.array(values), boundscheck=False).to_numpy()
    starts, which = _compared(folded, *_proposed(folded[: len(values) + GRAM], grams), grams)
    rows = np.searchsorted(offsets, starts, "right") - 1
    order = np.argsort(which.astype(np.uint16), kind="stable")  # numpy sorts two bytes by radix
    ends = np.cumsum(np.bincount(which, minlength=len(grams.literals)))[:-1]
    return dict(zip(grams.literals, np.split(rows[order], ends), strict=True))


def _proposed(folded: Bytes, grams: _Grams) -> tuple[Ints, Ints]:
    """Return where literals may begin, as their gram stands there, and which they are."""
    windows = _windows(folded, np.uint32)
    seen = pc.take(grams.table, pa.array(_hashed(windows)), boundscheck=False).to_numpy()
    places = np.flatnonzero(seen.view(np.bool_))
    keys = windows[places]
    gram = np.minimum(np.searchsorted(grams.keys, keys), len(grams.keys) - 1)
    exact = grams.keys[gram] == keys
    places, gram = places[exact], gram[exact]
    counts = grams.bounds[gram + 1] - grams.bounds[gram]
    behind = np.cumsum(counts)
    which = np.arange(behind[-1] if len(behind) else 0) + np.repeat(
        grams.bounds[gram] - behind + counts, counts
    )
    return np.repeat(places, counts) - grams.places[which], which


def _compared(folded: Bytes, starts: Ints, which: Ints, grams: _Grams) -> tuple[Ints, Ints]:
    """Leave those that stand there as a whole."""
    windows = _windows(folded, np.uint64)
    stands = starts >= 0
    starts, which = starts[stands], which[stands]
    for at, (pieces, masks) in enumerate(zip(grams.pieces, grams.masks, strict=True)):
        stands = windows[starts + _WINDOW * at] & masks[which] == pieces[which]
        starts, which = starts[stands], which[stands]
    return starts, which


def _windows(folded: Bytes, kind: type[np.unsignedinteger]) -> npt.NDArray[np.unsignedinteger]:
    """Return the bytes from each place on as numbers, as many as there are."""
    dtype = np.dtype(kind).newbyteorder("<")
    return np.ndarray(len(folded) - dtype.itemsize + 1, dtype, folded, strides=(1,))


def _hashed(keys: Words) -> Words:
    hashes: Words = keys * _SPREAD >> np.uint32(32 - _TABLE_BITS)
    return hashes


@lru_cache(maxsize=64)  # a pure function, and the same rules come with every chunk
def _grams(literals: frozenset[bytes]) -> _Grams:
    places = {literal: _rarest(literal) for literal in literals}
    key = {word: int.from_bytes(word[at : at + GRAM], "little") for word, at in places.items()}
    ordered = sorted(literals, key=lambda literal: (key[literal], literal))
    keys, first = np.unique(np.array([key[literal] for literal in ordered], np.uint32), return_index=True)
    table = np.zeros(1 << _TABLE_BITS, np.uint8)
    table[_hashed(keys)] = 1
    rows = range(0, max(map(len, ordered), default=0), _WINDOW)
    pieces = [[literal[at : at + _WINDOW] for literal in ordered] for at in rows]
    return _Grams(
        keys,
        pa.array(table),
        tuple(ordered),
        np.append(first, len(ordered)),
        np.array([places[literal] for literal in ordered], np.int64),
        np.array([[int.from_bytes(piece, "little") for piece in row] for row in pieces], np.uint64),
        np.array([[(1 << 8 * len(piece)) - 1 for piece in row] for row in pieces], np.uint64),
    )


def _rarest(literal: bytes) -> int:
    """Return where the rarest gram of a literal stands, judged by its letters."""
    common = [len(_FREQUENT) - _FREQUENT.find(byte) if byte in _FREQUENT else 0 for byte in literal]
    return min(range(len(literal) - GRAM + 1), key=lambda at: sum(common[at : at + GRAM]))
