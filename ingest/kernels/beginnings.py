"""How texts begin, looked up byte for byte."""

from __future__ import annotations

import numpy as np
from numba import void

from ingest.kernels.compiling import I64, TO_U8, U8, U64, compiled

REACH = 6  # bytes that are looked at
HIGH = 0x80  # bytes from there on are beyond ASCII


@compiled(void(U8, I64, U64, U8, TO_U8))
def begin(
    data: np.ndarray, offsets: np.ndarray, tables: np.ndarray, signs: np.ndarray, out: np.ndarray
) -> None:
    """Tell which texts may begin with one of some openings, which are letters or figures.

    Args:
        data: uint8, UTF-8.
        offsets: int64, text t is `data[offsets[t]:offsets[t + 1]]`.
        tables: uint64, `tables[256 * place + byte]` has a bit for each opening that may have a byte there.
        signs: uint8, 1 for signs of ASCII that may stand in front of an opening.
        out: uint8, becomes 1 for texts that begin so, as far as it can be told: up to the first letter
            beyond ASCII, of which upper and lower case may differ in their bytes.
    """
    for text in range(len(out)):
        at, end = offsets[text], offsets[text + 1]
        while at < end and signs[data[at]]:
            at += 1
        left, place = np.uint64(at < end) * ~np.uint64(0), 0
        if left and data[at] == 0xE2 and data[at + 1] == 0x80:  # U+2000 to U+203F: no letters, many bullets
            left = np.uint64(0)
        while left and place < REACH and at < end:
            byte = np.int64(data[at])
            left &= tables[256 * place + byte]
            place = REACH if byte >= HIGH else place + 1
            at += 1
        out[text] = left > 0
