"""MinHash signatures that are datasketch's own, and the bands that make candidates of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dedup.kernels import bands, sketch
from dedup.shingles import Shingles

if TYPE_CHECKING:
    from datasketch import MinHash

PERMUTATIONS = 128
SEED = 1
RECALL = 0.999  # of pairs at the threshold; every candidate is verified, so only misses cost anything

Signatures = npt.NDArray[np.uint32]
Keys = npt.NDArray[np.uint64]


def sign(shingles: Shingles) -> Signatures:
    """Sketch each text.

    Args:
        shingles: hashes of its shingles, of which the low 32 bits count.

    Returns:
        uint32 of shape (texts, 128), equal to `datasketch.MinHash(num_perm=128, seed=1)` (scheme
        affine32) updated with the same 32-bit hashes.
    """
    multipliers, increments = permutations()
    out = np.empty((len(shingles.offsets) - 1, PERMUTATIONS), np.uint32)
    sketch.min_hash(shingles.hashes, shingles.offsets, multipliers, increments, out)
    return out


def permutations() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return the permutations of datasketch's scheme affine32 for 128 permutations and seed 1.

    Drawn here as datasketch 2 draws them, because importing it takes 0.7 s (it brings scipy in);
    a test holds them against `datasketch.MinHash(128, 1).permutations`.
    """
    draw = np.random.RandomState(SEED)
    odd = draw.randint(0, 1 << 31, PERMUTATIONS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return odd, draw.randint(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)


def to_minhash(signature: npt.NDArray[np.uint32]) -> MinHash:
    """Hand one signature to datasketch, which can then compare, index and query it.

    Args:
        signature: uint32 of length 128, a row of `sign`.

    Returns:
        A `datasketch.MinHash` of scheme affine32.
    """
    from datasketch import MinHash  # noqa: PLC0415 - 0.7 s, which only its users should pay

    return MinHash(seed=SEED, scheme="affine32", hashvalues=signature)


def rows_per_band(threshold: float) -> int:
    """Return the largest number of rows a band may have for the recall to hold.

    A pair of Jaccard index s shares one of b bands of r rows with probability 1 - (1 - s^r)^b (Leskovec,
    Rajaraman, Ullman, Mining of Massive Datasets, 3.4.2), with b = 128 // r.

    Args:
        threshold: Jaccard index from which pairs must be found.
    """
    fitting = [rows for rows in range(1, 17) if 1 - (1 - threshold**rows) ** (PERMUTATIONS // rows) >= RECALL]
    return max(fitting, default=1)


def band_keys(signatures: Signatures, *, rows: int, first: int = 0, last: int | None = None) -> Keys:
    """Return 64-bit keys of bands.

    Args:
        signatures: uint32 of shape (texts, 128).
        rows: rows of a band.
        first: number of the first band that is asked for.
        last: number of the band behind the last one; default: all there are.

    Returns:
        uint64 of shape (texts, bands), column by column in memory; equal keys at equal bands, by a hash over
        the number of the band and its rows (`dedup.kernels.bands.hash_bands`).
    """
    most = PERMUTATIONS // rows
    keys = np.empty((min(most if last is None else last, most) - first, len(signatures)), np.uint64)
    bands.hash_bands(signatures, first, rows, keys)
    return keys.T
