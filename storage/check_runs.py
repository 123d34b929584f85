"""Does the history say what the published tables say: every run, merged or not, and nothing else?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedup.withdrawal import put_back
from storage.errors import StorageError
from storage.findings import Batch, Finding, template_cuts
from storage.kept import PUBLISHED, kept_rows
from storage.keys import first_of_equals
from storage.known import known_rows
from storage.postings import STORED, fingerprint_stored, make_postings
from storage.runs import KNOWN_KINDS, POSTING_KINDS, Facts, read_facts, read_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from storage.manifest import Snapshot
    from storage.store import Stored

_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@dataclass(frozen=True)
class _Rows:
    """What rows of postings come to, in whatever order: their number, and the sum of their hashes."""

    count: int = 0
    total: int = 0

    def __add__(self, other: _Rows) -> _Rows:
        return _Rows(self.count + other.count, (self.total + other.total) % (1 << 64))


def check_runs(moment: Snapshot, batches: Sequence[Batch]) -> list[Finding]:
    """Check that the history says what the tables say, by making all its keys once more from the texts.

    Args:
        moment: The warehouse at one moment.
        batches: All batches of it, the oldest first.
    """
    found: list[Finding] = []
    by_id = {batch.batch_id: batch for batch in batches}
    for name, inside in moment.batches_in_runs.items():
        found += _check_run(moment.warehouse.index / name, [by_id.pop(batch_id) for batch_id in inside])
    if by_id:
        found.append(Finding("history", "index", "the newest batches are in no run; restore the manifests"))
    return found


def _check_run(folder: Stored, batches: Sequence[Batch]) -> list[Finding]:
    name = f"index/{folder.name}"
    try:
        stored = read_run(folder)
        facts = read_facts(stored["kept"], folder=folder)
        differing = [
            *_differing_known(stored, batches),
            *_differing_kept(stored, batches, facts),
        ]
    except StorageError as error:
        return [Finding("history", name, str(error))]
    return [
        Finding("history", f"{name}/{kind}", "is not what the batch's tables say")
        for kind in sorted(differing)
    ]


def _differing_known(stored: Mapping[str, pa.Table], batches: Sequence[Batch]) -> Iterator[str]:
    expected = [known_rows(batch.read) for batch in batches]
    for kind in KNOWN_KINDS:
        rows = first_of_equals(pa.concat_tables([each[kind] for each in expected]).combine_chunks())
        if not rows.equals(stored[kind]):
            yield kind


def _differing_kept(stored: Mapping[str, pa.Table], batches: Sequence[Batch], facts: Facts) -> set[str]:
    """Compare kept articles batch by batch, and postings by what they come to."""
    kept, first, differing = stored["kept"], 0, set()
    sums = dict.fromkeys(POSTING_KINDS, _Rows())
    for batch in batches:
        cuts = template_cuts(batch)
        stored_rows = (put_back(some, cuts) for some in batch.groups("articles", STORED))
        made = fingerprint_stored(stored_rows, recipe=facts.recipe)
        keys, postings = make_postings(*made, rows=facts.rows)
        file, row = _places(batch, facts.files)
        rows = kept_rows(batch.read("articles", PUBLISHED), keys, file=file, row=row)
        if not rows.equals(kept.slice(first, rows.num_rows)):
            differing.add("kept")
        for kind in POSTING_KINDS:
            sums[kind] += _come_to(postings[kind], first)
        first += rows.num_rows
    if (
        first != kept.num_rows
        or Facts.of(kept, recipe=facts.recipe, rows=facts.rows, files=facts.files) != facts
    ):
        differing.add("kept")
    wrong = {
        kind
        for kind in POSTING_KINDS
        if _come_to(stored[kind], 0) != sums[kind] or not _in_order(stored[kind])
    }
    return differing | wrong


def _places(batch: Batch, files: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the file (its number among `files`, -1 where it is none of them) and row of each article."""
    paths, rows = batch.places("articles")
    numbers = [files.index(path) if path in files else -1 for path in paths]
    file = np.repeat(np.array(numbers, np.int64), [len(each) for each in rows])
    return file, np.concatenate([np.empty(0, np.int64), *rows])


def _come_to(postings: pa.Table, first: int) -> _Rows:
    """Sum postings up; members are numbered on from `first`."""
    found = _Rows()
    for batch in postings.to_batches():
        columns = [column.to_numpy().astype(np.uint64) for column in batch.columns]
        columns[1] += np.uint64(first)
        hashed = np.zeros(batch.num_rows, np.uint64)
        for column in columns:
            hashed = (hashed ^ column) * _ODD
            hashed ^= hashed >> _HALF
        found += _Rows(batch.num_rows, int(hashed.sum(dtype=np.uint64)))
    return found


def _in_order(postings: pa.Table) -> bool:
    """Tell whether postings ascend by key, then member."""
    last: tuple[int, int] = (-1, -1)
    for batch in postings.to_batches():
        key, member = (batch.column(name).to_numpy() for name in ("key", "member"))
        if not batch.num_rows:
            continue
        if (int(key[0]), int(member[0])) <= last or not _ascending(key, member):
            return False
        last = int(key[-1]), int(member[-1])
    return True


def _ascending(key: NDArray[np.uint64], member: NDArray[np.int32]) -> bool:
    later = (key[1:] > key[:-1]) | ((key[1:] == key[:-1]) & (member[1:] > member[:-1]))
    return bool(later.all())
