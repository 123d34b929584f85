"""Sorting pairs of a well-mixed key and a value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import types, uint64

from ingest.kernels.compiling import TO_U64, U64, compiled, part

Keys = npt.NDArray[np.uint64]

_GAPS = (701, 301, 132, 57, 23, 10, 4, 1)  # Ciura, Best increments for the average case of shellsort, 2001


@part
def _sort(keys: np.ndarray, values: np.ndarray, start: int, end: int) -> None:
    """Sort a range of pairs by Shell's method: for a few it is insertion, for many far from its square."""
    for number in range(len(_GAPS) - 1 if end - start <= _GAPS[-2] else 0, len(_GAPS)):
        gap = _GAPS[number]
        for i in range(start + gap, end):
            key, value, place = keys[i], values[i], i
            while place - gap >= start and (
                keys[place - gap] > key or (keys[place - gap] == key and values[place - gap] > value)
            ):
                keys[place], values[place] = keys[place - gap], values[place - gap]
                place -= gap
            keys[place], values[place] = key, value


@compiled(types.int64(U64, U64, TO_U64, TO_U64))
def sort_pairs(keys: np.ndarray, values: np.ndarray, to_keys: np.ndarray, to_values: np.ndarray) -> int:
    """Sort pairs by key, then value, those of key 0 left out.

    They are dealt by the high bits of the key into about as many heaps as there are pairs, and each heap is
    sorted where it lies. Keys are hashes, so a heap has a few; many equal keys are no harm as long as their
    values ascend.

    Args:
        keys: uint64, well mixed.
        values: uint64, one a key.
        to_keys: uint64, as long as `keys`; gets the sorted keys.
        to_values: uint64, as long; gets their values.

    Returns:
        How many there are.
    """
    bits = uint64(1)
    while uint64(4) << bits < uint64(len(keys)):
        bits += uint64(1)
    down = uint64(64) - bits
    ends = np.zeros((1 << bits) + 1, np.int64)
    for i in range(len(keys)):
        if keys[i]:
            ends[(keys[i] >> down) + uint64(1)] += 1
    for heap in range(1, len(ends)):
        ends[heap] += ends[heap - 1]
    for i in range(len(keys)):  # afterwards `ends[heap]` is what it is called: it began as the heap's start
        if keys[i]:
            heap = keys[i] >> down
            to_keys[uint64(ends[heap])] = keys[i]
            to_values[uint64(ends[heap])] = values[i]
            ends[heap] += 1
    start = 0
    for heap in range(len(ends) - 1):
        if ends[heap] - start > 1:
            _sort(to_keys, to_values, start, ends[heap])
        start = ends[heap]
    return start


def sorted_pairs(keys: Keys, values: Keys) -> tuple[Keys, Keys]:
    """Sort pairs of a well-mixed key and a value by key, then value, those of key 0 left out.

    Args:
        keys: uint64.
        values: uint64, as many.

    Returns:
        Keys and values.
    """
    to_keys, to_values = np.empty(len(keys), np.uint64), np.empty(len(keys), np.uint64)
    count = sort_pairs(np.ascontiguousarray(keys), np.ascontiguousarray(values), to_keys, to_values)
    return to_keys[:count], to_values[:count]
