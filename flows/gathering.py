"""Rows of many cleaned chunks in the order of a published table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from flows.run import Run
from flows.workfiles import read_table

PORTION_BYTES = 64 << 20  # of text taken at once: a portion maps every chunk anew, docs/decisions/0009
PIECE_ROWS = 1_000  # of a portion handed on together; the writer gathers them into row groups
FINISHED = "finished"


def finished_file(run: Run, number: int, name: str) -> Path:
    """Return where a file of a chunk lies: as templates left it, or else as it was cleaned.

    Args:
        run: the run.
        number: of the chunk.
        name: `articles.arrow` or `removals.arrow`.
    """
    finished = run.path(FINISHED, f"{number:015d}", name)
    return finished if finished.exists() else run.path("cleaned", f"{number:015d}", name)


def gathered(
    run: Run, name: str, places: pa.Table, *, columns: list[str]
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield rows of a file that every cleaned chunk has, in the order of their places, and the places.

    Some 64 MB of text at a time are taken from all chunks, each read from front to back and let go of:
    neither memory nor mapped files grow with the batch.

    Args:
        run: the run.
        name: the file, in the folder of every cleaned chunk.
        places: `chunk`, `row` and `bytes` (size of the text) of the rows wanted, in order.
        columns: the columns wanted.
    """
    portion = np.cumsum(places["bytes"].to_numpy()) // PORTION_BYTES
    bounds = np.unique([0, *(np.flatnonzero(np.diff(portion)) + 1), places.num_rows])
    for start, behind in pairwise(bounds.tolist()):
        some = places.slice(start, behind - start)
        stored, rows = _stored(run, name, some, columns=columns)
        for first in range(0, some.num_rows, PIECE_ROWS):
            yield stored.take(rows[first : first + PIECE_ROWS]), some.slice(first, PIECE_ROWS)


def _stored(run: Run, name: str, places: pa.Table, *, columns: list[str]) -> tuple[pa.Table, pa.Array]:
    """Return rows as they are stored, chunk after chunk, and which of them stands at each place."""
    chunk, row = places["chunk"].to_numpy(), places["row"].to_numpy()
    order = np.lexsort((row, chunk))
    numbers, starts = np.unique(chunk[order], return_index=True)
    parts = [
        read_table(finished_file(run, number, name)).select(columns).take(pa.array(rows))
        for number, rows in zip(numbers.tolist(), np.split(row[order], starts[1:]), strict=True)
    ]
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_tables(parts).combine_chunks(), pa.array(back)
