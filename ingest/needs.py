"""What patterns need of a text: tables for one pass over all texts, made once a process.

A pattern that needs literals matches only texts that hold them (`ingest.demands`), one that is bound to the
beginning of a line only texts that open so (`ingest.openings`). Each literal has four bytes that are rare in
news; wherever a text has such four, the whole literal is compared. However many rules there are, only those
cost anything of which a text holds something.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest.demands import best_demands, demands
from ingest.kernels import needs as kernels
from ingest.kernels.needs import BUCKET_BITS, HASH_BITS, SMALL, SPREAD, Needs
from ingest.literals import GRAM, HIGH, SIGNS, Fold, rarest
from ingest.openings import OPENING, before_openings, openings
from ingest.words import utf8

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

SIGNED = bytes(sorted(set(SIGNS.table) - {0, HIGH}))
_UNSIGNED = bytes(set(range(256)) - set(SIGNED))


@dataclass(frozen=True)
class Wanted:
    """A pattern, and the texts in which it is looked for.

    Attributes:
        pattern: plain RE2, from `ingest.patterns.translate`.
        edge: only in texts at the edge.
        longest: words of the longest text, infinite where there is no limit.
    """

    pattern: str
    edge: bool
    longest: float


@dataclass(frozen=True)
class Place:
    """Texts in which something is looked for: some of a chunk, which are not copied for that.

    Attributes:
        texts: string array without nulls, all of the chunk.
        at: positions of those that are meant.
        words: of each of these.
        edge: which of these stand at the edge.
    """

    texts: pa.Array
    at: Ints
    words: Ints
    edge: Bools


def needing(place: Place, wanted: tuple[Wanted, ...], fold: Fold) -> tuple[Ints, Ints]:
    """Find the texts that have all that patterns need.

    Args:
        place: the texts.
        wanted: patterns that need something, folded so.
        fold: how literals and texts are folded.

    Returns:
        Pairs of pattern (position in `wanted`) and text (in `place.at`), in no order: all that the patterns
        match where they are looked for, and some more.
    """
    tables = _tables(wanted, fold)
    offsets, values = utf8(place.texts)
    begins, ends = offsets[place.at], offsets[place.at + 1]
    room = len(wanted) + 1 + 4 * len(begins)
    found: list[tuple[Ints, Ints]] = []
    first = 0
    while first < len(begins):
        rules, texts = np.empty(room, np.int64), np.empty(room, np.int64)
        first, count = kernels.find(values, begins, ends, tables, first, rules, texts)
        found.append((rules[:count], texts[:count]))
    both = zip(*found, strict=True) if found else ((np.zeros(0, np.int64),),) * 2
    rules, texts = map(np.concatenate, both)
    longest = np.array([one.longest for one in wanted], np.float64)
    at_edge = np.array([one.edge for one in wanted], np.bool_)
    right = (place.words[texts] <= longest[rules]) & (place.edge[texts] | ~at_edge[rules])
    return rules[right], texts[right]


@lru_cache(maxsize=8192)  # likewise
def signs_needed(pattern: str) -> tuple[bytes, ...]:
    """Tell which signs a text must hold for a pattern to match it.

    Args:
        pattern: plain RE2, from `ingest.patterns.translate`.

    Returns:
        Sets of signs of ASCII; a match holds at least one of every set.
    """
    clauses = [{word.translate(None, _UNSIGNED) for word in clause} for clause in demands(pattern, SIGNS)]
    return tuple(bytes(sorted(set(b"".join(words)))) for words in clauses if b"" not in words)


@lru_cache(maxsize=256)  # a pure function, and the same rules come with every chunk
def _tables(wanted: tuple[Wanted, ...], fold: Fold) -> Needs:
    clauses = [
        (number, clause) for number, one in enumerate(wanted) for clause in best_demands(one.pattern, fold)
    ]
    opened = [(number, words) for number, one in enumerate(wanted) if (words := openings(one.pattern))]
    literal = {number for number, _ in clauses}  # beside literals signs say little
    signed = [
        (number, signs)
        for number, one in enumerate(wanted)
        if number not in literal
        for signs in signs_needed(one.pattern)
    ]
    asking: dict[bytes, list[int]] = {}
    for number, (_, clause) in enumerate(clauses):
        for word in clause:
            asking.setdefault(word, []).append(number)
    grams = _grams(list(asking), fold)
    letters, of_literal = _joined(grams.literals)
    of_clause, behind = _listed([asking[word] for word in grams.literals])
    beginnings = sorted(
        (kernels.start_of(*word[:3].ljust(3, b"\0")), word, len(clauses) + at)
        for at, (_, words) in enumerate(opened)
        for word in words
    )
    starts = np.array([start for start, *_ in beginnings], np.int64)
    opening, of_opening = _joined([word for _, word, _ in beginnings])
    rules = np.array([number for number, _ in (*clauses, *opened, *signed)], np.int64)
    bits = np.array([1 << SIGNED.find(byte) + 1 >> 1 for byte in range(256)], np.uint64)
    bits[list({letter.encode()[0] for letter in fold.strange})] = kernels.STRANGE
    tables = Needs(
        plain=np.frombuffer(_plain(fold), np.uint8),
        rough=np.frombuffer(OPENING, np.uint8),
        before=np.frombuffer(before_openings(), np.uint8),
        seen=grams.seen,
        buckets=grams.buckets,
        keys=grams.keys,
        of_gram=grams.bounds,
        places=grams.places,
        letters=letters,
        of_literal=of_literal,
        asking=behind,
        clauses=of_clause,
        initial=np.searchsorted(starts, np.arange(kernels.STARTS + 1)),
        opening=opening,
        of_opening=of_opening,
        opened=np.array([clause for *_, clause in beginnings], np.int64),
        rules=rules,
        needs=np.bincount(rules, minlength=len(wanted)),
        signs=bits,
        signed=np.array([sum(int(bits[byte]) for byte in signs) for _, signs in signed], np.uint64),
        of_signed=np.arange(len(signed)) + len(clauses) + len(opened),
    )
    for table in tables:
        table.setflags(write=False)
    return tables


@dataclass(frozen=True)
class _Grams:
    """Literals by a gram of theirs, one of three bytes by many; see `ingest.kernels.needs.Needs`."""

    literals: list[bytes]
    keys: npt.NDArray[np.uint32]
    bounds: Ints
    places: Ints
    buckets: Ints
    seen: Bytes


def _grams(literals: list[bytes], fold: Fold) -> _Grams:
    rows = sorted(
        ((_hash(key), key, word, at) for word in literals for key, at in _keys(word, fold)),
        key=lambda row: row[:3],
    )
    keys = np.array([row[1] for row in rows], np.uint32)
    hashes = np.array([row[0] for row in rows], np.int64)
    first = np.flatnonzero(np.diff(keys.astype(np.int64), prepend=-1))
    bits = np.zeros(1 << HASH_BITS, np.bool_)
    bits[hashes] = True
    return _Grams(
        literals=[row[2] for row in rows],
        keys=keys[first],
        bounds=np.append(first, len(keys)),
        places=np.array([row[3] for row in rows], np.int64),
        buckets=np.searchsorted(hashes[first] >> HASH_BITS - BUCKET_BITS, np.arange((1 << BUCKET_BITS) + 1)),
        seen=np.packbits(bits, bitorder="little"),
    )


def _hash(key: int) -> int:
    return (key * int(SPREAD) & 0xFFFFFFFF) >> 32 - HASH_BITS


def _plain(fold: Fold) -> bytes:
    """Return what each of the 256 bytes is taken for, upper and lower case apart."""
    return bytes(byte if byte < HIGH != fold.table[byte] else fold.table[byte] for byte in range(256))


def _keys(literal: bytes, fold: Fold) -> Iterator[tuple[int, int]]:
    """Yield the grams by which a literal is found, and where in it they begin."""
    small = bytes(byte | SMALL for byte in literal)
    if len(literal) < GRAM:  # with any byte in front; at the beginning of a text there is a zero
        in_front = {0, *(byte | SMALL for byte in _plain(fold))}
        yield from ((int.from_bytes(bytes([byte]) + small, "little"), -1) for byte in in_front)
        return
    at = rarest(literal.lower(), fold)
    yield int.from_bytes(small[at : at + GRAM], "little"), at


def _joined(words: Sequence[bytes]) -> tuple[Bytes, Ints]:
    return np.frombuffer(b"".join(words), np.uint8), np.cumsum([0, *map(len, words)]).astype(np.int64)


def _listed(lists: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    flat = [value for values in lists for value in values]
    return np.array(flat, np.int64), np.cumsum([0, *map(len, lists)]).astype(np.int64)
