"""What a commit does to rows of earlier ones: where those of `articles` went, and what leaves the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from storage.manifest import FileEntry

_NONE = np.empty(0, np.int64)


@dataclass(frozen=True)
class Moved:
    """Where the rows of `articles` lie after files were put into others, in the same order.

    Attributes:
        first: File of before → number of its first row among all rows.
        files: The files from now on.
        starts: int64, the number of the first row of each of them.
        gone: int64, ascending: numbers of the rows of before that are nowhere any more.
    """

    first: Mapping[str, int]
    files: tuple[str, ...]
    starts: NDArray[np.int64]
    gone: NDArray[np.int64]

    @classmethod
    def between(
        cls, before: Sequence[FileEntry], after: Sequence[FileEntry], *, gone: NDArray[np.int64] | None = None
    ) -> Moved:
        """Say where rows went.

        Args:
            before: All files of the table before.
            after: All files that hold the same rows in the same order now.
            gone: int64, ascending: numbers of the rows of before that are left out.
        """
        starts = np.cumsum([0, *(entry.rows for entry in before)]).tolist()
        first = {entry.path: start for entry, start in zip(before, starts, strict=False)}
        now = np.cumsum([0, *(entry.rows for entry in after)])[:-1]
        # A row belongs to the last file that begins at or before it; files without a row begin there too.
        held = [number for number, entry in enumerate(after) if entry.rows]
        return cls(
            first, tuple(after[number].path for number in held), now[held], _NONE if gone is None else gone
        )

    @classmethod
    def nowhere(cls, files: Sequence[str]) -> Moved:
        """Say that rows stay in these files."""
        span = 1 << 31  # more rows than a file has
        starts = np.arange(len(files)) * span
        return cls(dict(zip(files, starts.tolist(), strict=True)), tuple(files), starts, _NONE)

    def place(self, kept: pa.Table, files: Sequence[str]) -> pa.Table:
        """Change the places of kept articles.

        Args:
            kept: A table of schema `storage.kept.KEPT`.
            files: The files that its places speak of.
        """
        first = np.array([self.first[name] for name in files], np.int64)
        file, row = (kept.column(name).to_numpy().astype(np.int64) for name in ("file", "row"))
        row += first[file]
        row -= np.searchsorted(self.gone, row)
        now = np.searchsorted(self.starts, row, "right") - 1
        for name, values in (("file", now), ("row", row - self.starts[now])):
            place = kept.schema.get_field_index(name)
            kept = kept.set_column(place, kept.schema.field(name), pa.array(values, pa.int32()))
        return kept


@dataclass(frozen=True)
class Gone:
    """What leaves the runs.

    Attributes:
        ids: string array, the articles.
        known: For each kind of `storage.runs.KNOWN_KINDS` the keyed rows that stay.
    """

    ids: pa.Array
    known: Mapping[str, pa.Table]

    def stays(self, kept: pa.Table) -> NDArray[np.bool_]:
        """Say which of some kept articles stay.

        Args:
            kept: A table of schema `storage.kept.KEPT`.
        """
        leaving = pc.is_in(kept.column("article_id"), value_set=self.ids)
        stays: NDArray[np.bool_] = ~leaving.to_numpy(zero_copy_only=False)
        return stays
