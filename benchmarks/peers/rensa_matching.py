"""Signatures to flags of copies with rensa's LSH, whole matrix at once. It names no pairs.

Rensa takes no signatures of others, so it sketches the same sets first, outside the clock.
"""

from pathlib import Path

import numpy as np
import planted
from exchange import answer, arguments, memory_now, once, stay_on_one_core
from rensa import RMinHash, RMinHashDigestMatrix, RMinHashLSH

SIGNATURE = 512  # bytes
BANDS = 32  # must divide 128; with 16 it would find 0.95 of the pairs at 0.8


def main() -> None:
    """Match the planted sets, and answer with time, memory and recall."""
    asked = arguments(most=0)
    stay_on_one_core()
    digests = sketched(asked.input, asked.most)
    memory = memory_now()
    index = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=BANDS)
    flags, spent = once(lambda: index.insert_matrix_and_query_duplicate_flags(digests))
    peak = 1 + memory.peak() / (SIGNATURE * len(flags))  # and what was there before: the signatures
    pairs = planted.copies(asked.input, most=len(flags))
    recall = float(np.mean(np.array(flags)[pairs.max(axis=1)]))
    answer(**spent, items=len(flags), memory=peak, recall=recall, pairs=None)


def sketched(folder: Path, most: int) -> RMinHashDigestMatrix:
    """Return the sketches of the planted sets."""
    offsets = planted.load(folder, "offsets", most=most + 1 if most else 0)
    hashes = planted.load(folder, "hashes", most=int(offsets[-1]))
    return RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, 128, 1)


if __name__ == "__main__":
    main()
