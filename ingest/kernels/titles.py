"""Which lines may say a title, by the letters that they begin with."""

from __future__ import annotations

import numpy as np
from numba import void

from ingest.kernels.compiling import I64, TO_U8, U8, compiled

SIGN, BEYOND = 0, 255  # of bytes: no letter or digit; no ASCII


@compiled(void(U8, I64, U8, I64, I64, U8, TO_U8))
def meet(
    data: np.ndarray,
    offsets: np.ndarray,
    title_data: np.ndarray,
    title_offsets: np.ndarray,
    title: np.ndarray,
    folded: np.ndarray,
    out: np.ndarray,
) -> None:
    """Tell which lines have the letters of a title, up to the end of either or to what is no ASCII.

    Args:
        data: uint8, the lines in UTF-8.
        offsets: int64, line i is `data[offsets[i]:offsets[i + 1]]`.
        title_data: uint8, the titles in UTF-8.
        title_offsets: int64, title t is `title_data[title_offsets[t]:title_offsets[t + 1]]`.
        title: int64, the title that each line is held against.
        folded: uint8, what each byte counts as: a letter or digit without case, `SIGN` or `BEYOND`.
        out: uint8, ones; becomes 0 where a letter differs.
    """
    for line in range(len(out)):
        here, end = offsets[line], offsets[line + 1]
        there, title_end = title_offsets[title[line]], title_offsets[title[line] + 1]
        while here < end and there < title_end:
            one, other = folded[data[here]], folded[title_data[there]]
            if one == other and one != BEYOND:
                here += 1
                there += 1
            elif SIGN in (one, other):
                here += one == SIGN
                there += other == SIGN
            else:
                out[line] = BEYOND in (one, other)
                break
