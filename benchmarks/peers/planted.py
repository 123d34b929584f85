"""The sets that the benchmark of matching plants, and how many of the copies among them were found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def load(folder: Path, name: str, *, most: int = 0) -> npt.NDArray[Any]:
    """Read one of `hashes` (uint64, flat), `offsets` (uint64), `signatures` (uint32, one row a set)."""
    # Mapped pages would count as memory beside the copy of them.
    array = np.load(folder / f"{name}.npy", mmap_mode="r" if most else None)
    return np.array(array[:most]) if most else np.asarray(array)


def copies(folder: Path, *, most: int) -> Ints:
    """Return the pairs of sets at the threshold that were planted, of the first sets alone."""
    pairs = np.load(folder / "copies.npy")
    inside: Ints = pairs[pairs.max(axis=1) < most]
    return inside


def found_among(pairs: Ints, later: Ints, earlier: Ints) -> float:
    """Return the share of planted pairs that are among the candidates.

    Args:
        pairs: int64, two columns.
        later: int64, the greater number of each candidate pair.
        earlier: int64, the lesser one.
    """
    size = int(pairs.max()) + 1
    inside = later < size
    codes = np.sort(later[inside] * size + earlier[inside])
    wanted = pairs.max(axis=1) * size + pairs.min(axis=1)
    place = np.minimum(np.searchsorted(codes, wanted), max(len(codes) - 1, 0))
    return float(np.mean(codes[place] == wanted)) if len(codes) else 0.0
