"""Signatures to candidate pairs with `datasketch.MinHashLSH`: each queried, then inserted."""

import numpy as np
import planted
from datasketch import MinHash, MinHashLSH
from exchange import answer, arguments, memory_now, once

BANDS = (25, 5)  # as we take for a recall of 0.999 at 0.8; datasketch's own choice finds 40 %


def main() -> None:
    """Match the first planted sets, and answer with time, memory and recall."""
    asked = arguments(most=50_000)
    shared = MinHash(num_perm=128, seed=1).permutations
    memory = memory_now()
    signatures = planted.load(asked.input, "signatures", most=asked.most)
    sketches = [MinHash(seed=1, scheme="affine32", hashvalues=row, permutations=shared) for row in signatures]
    (found, index), spent = once(lambda: match(sketches))
    peak = memory.peak() / signatures.nbytes
    later = np.repeat(np.arange(len(found)), [len(one) for one in found])
    earlier = np.array([key for one in found for key in one], np.int64)
    pairs = planted.copies(asked.input, most=len(signatures))
    recall = planted.found_among(pairs, later, earlier)
    answer(**spent, items=len(index.keys), memory=peak, recall=recall, pairs=len(later))


def match(sketches: list[MinHash]) -> tuple[list[list[int]], MinHashLSH]:
    """Return what each sketch meets among those before it, and the index."""
    index = MinHashLSH(num_perm=128, params=BANDS)
    found = []
    for number, sketch in enumerate(sketches):
        found.append(index.query(sketch))
        index.insert(number, sketch, check_duplication=False)
    return found, index


if __name__ == "__main__":
    main()
