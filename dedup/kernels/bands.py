"""Keys of the bands of signatures."""

from __future__ import annotations

import numpy as np
from numba import njit, types, uint64, void

from ingest.kernels.compiling import I64, TO_U8, TO_U64, U64, compiled

TO_I32 = types.Array(types.int32, 1, "C")

_U32_ROWS = types.Array(types.uint32, 2, "C", readonly=True)
_TO_U64_ROWS = types.Array(types.uint64, 2, "C")


@njit(inline="always")
def _mix(value: np.uint64) -> np.uint64:
    """Return the mixer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    value = (value ^ (value >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> uint64(27))) * uint64(0x94D049BB133111EB)
    return value ^ (value >> uint64(31))


@compiled(void(_U32_ROWS, types.int64, types.int64, _TO_U64_ROWS))
def hash_bands(signatures: np.ndarray, first: int, rows: int, out: np.ndarray) -> None:
    """Hash some bands of every signature.

    A band's number and slots are multiplied by random odd numbers and added up (multilinear hashing: Lemire
    and Kaser, Strongly universal string hashing is fast, 2014), and the sum is mixed.

    Args:
        signatures: uint32, one row a text.
        first: number of the first band; different bands have different keys.
        rows: slots of a band.
        out: uint64, one row a band, one column a text.
    """
    # Unsigned places need no look at whether they count from the end.
    width, count, start = uint64(rows), uint64(len(out)), uint64(first)
    multipliers = np.empty(rows + 1, np.uint64)
    for slot in range(len(multipliers)):
        multipliers[slot] = _mix(uint64(slot + 1) * uint64(0x9E3779B97F4A7C15)) | uint64(1)
    for text in range(uint64(len(signatures))):
        place = start * width
        for band in range(count):
            key = (start + band + uint64(1)) * multipliers[width]  # never 0, which stands for nothing
            for slot in range(width):
                key += uint64(signatures[text, place]) * multipliers[slot]
                place += uint64(1)
            out[band, text] = _mix(key)


@compiled(types.int64(U64, I64, types.int64, TO_U8, TO_U64))
def pack(keys: np.ndarray, numbers: np.ndarray, bits: int, seen: np.ndarray, packed: np.ndarray) -> int:
    """Put keys that may stand twice, and their numbers, into one number each.

    Most keys stand alone; they are left out here by a small filter, as sorting costs more.

    Args:
        keys: uint64, well mixed.
        numbers: int64, one a key.
        bits: how many bits a number has; it takes the place of as many low bits of the key.
        seen: uint8, zeros, as many as a power of two: four places of two bits each.
        packed: uint64, as long as `keys`.

    Returns:
        How many there are.
    """
    down = uint64(64)
    places = uint64(4 * len(seen))
    while places > uint64(1):
        places >>= uint64(1)
        down -= uint64(1)
    for i in range(len(keys)):
        place = keys[i] >> down
        shift = uint64(2) * (place & uint64(3))
        byte = uint64(seen[place >> uint64(2)])
        once = (byte >> shift) & uint64(1)
        seen[place >> uint64(2)] = byte | ((uint64(1) | (once << uint64(1))) << shift)
    high = ~((uint64(1) << uint64(bits)) - uint64(1))
    count = 0
    for i in range(len(keys)):
        place = keys[i] >> down
        twice = (seen[place >> uint64(2)] >> (uint64(2) * (place & uint64(3)))) & uint64(2)
        packed[count] = (keys[i] & high) | uint64(numbers[i])
        count += 1 if twice else 0
    return count


@compiled("UniTuple(int64, 2)(uint64[::1], int64, int32[::1], int32[::1])")
def gather(packed: np.ndarray, bits: int, members: np.ndarray, sizes: np.ndarray) -> tuple[int, int]:
    """Gather the runs of two or more equal keys.

    Args:
        packed: uint64, ascending: a key in the high bits, a number in the low ones.
        bits: how many bits the number has.
        members: int32, as long as `packed`; gets the numbers of all runs.
        sizes: int32, as long; gets the length of each run.

    Returns:
        How many members and runs there are.
    """
    low = (uint64(1) << uint64(bits)) - uint64(1)
    count = runs = begin = 0
    for i in range(1, len(packed) + 1):
        if i < len(packed) and packed[i] | low == packed[begin] | low:
            continue
        if i - begin > 1:
            for j in range(begin, i):
                members[count] = packed[j] & low
                count += 1
            sizes[runs] = i - begin
            runs += 1
        begin = i
    return count, runs
