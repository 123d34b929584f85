"""Signatures to candidates: CPU time and memory for a million, of sets with planted copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.contenders import Contender, said, start
from benchmarks.plan import WHO, Plan, against, cells_of, chosen, failed, is_ours, median, side_by_side
from benchmarks.processes import Ended
from dedup.shingles import Shingles
from dedup.signatures import sign

HEADING = "Signatures to candidates"
COLUMNS = (
    *WHO,
    "signatures",
    "CPU-s a million",
    "times ours",
    "peak memory / signatures",
    "planted copies found",
    "pairs",
    "note",
)
MEMBERS = 40  # of each set
# Share of the sets that have so many members of their own, the others from an original; k of 40 swapped
# leave a Jaccard index of (40 - k) / (40 + k).
SWAPPED = {0: 0.08, 1: 0.03, 2: 0.03, 4: 0.04, 8: 0.03, 13: 0.02}
COPIES = 4  # swapped at most, for the pair to count: Jaccard 0.82
TEMPLATES, SHARED = 0.03, 26  # sets from a template, and their members from it: Jaccard 0.48 among them
FAMILY = 300
CONTENDERS = (
    Contender("copydesk", "copydesk_matching.py"),
    Contender("datasketch MinHashLSH", "datasketch_matching.py", "datasketch", most=50_000),
    Contender("rensa RMinHashLSH", "rensa_matching.py", "rensa"),
)
SCALED, FLAGS = "scaled up from fewer", "flags copies, names no pairs"


def measure(count: int, plan: Plan) -> list[list[str]]:
    """Measure all contenders on the same sets.

    Args:
        count: number of signatures.
        plan: how to measure.

    Returns:
        Rows for the table with COLUMNS.
    """
    folder = plan.folder / "sets"
    folder.mkdir()
    write_sets(count, folder)

    def once(one: Contender) -> Ended:
        most = ["--most", str(min(one.most, count))] if one.most else []
        return start(one, [folder, *most], folder=plan.folder, limit=plan.limit)

    done = side_by_side(chosen(CONTENDERS, plan), once, plan)
    ours = [_per_million(runs) for one, runs in done.items() if is_ours(one) and not failed(runs)]
    return [_row(one, runs, sum(ours), count) for one, runs in done.items()]


def write_sets(count: int, folder: Path) -> None:
    """Write sets, their signatures, and which of them are copies.

    Args:
        count: how many.
        folder: gets `hashes.npy`, `offsets.npy`, `signatures.npy`, `copies.npy`.
    """
    draw = np.random.default_rng(1)
    hashes = draw.integers(0, 1 << 64, (count, MEMBERS), np.uint64)
    kinds = draw.choice([*SWAPPED, -1, -2], count, p=[*SWAPPED.values(), TEMPLATES, _alone()])
    alone = np.flatnonzero(kinds == -2)
    copies = [_plant(hashes, np.flatnonzero(kinds == own), alone, own=own, draw=draw) for own in SWAPPED]
    members = np.flatnonzero(kinds == -1)
    heads = members[(np.arange(len(members)) // FAMILY) * FAMILY]
    hashes[members, :SHARED] = hashes[heads, :SHARED]
    offsets = np.arange(count + 1) * MEMBERS
    np.save(folder / "hashes.npy", hashes.ravel())
    np.save(folder / "offsets.npy", offsets.astype(np.uint64))
    np.save(folder / "signatures.npy", sign(Shingles(hashes.ravel(), offsets)))
    near = [pairs for own, pairs in zip(SWAPPED, copies, strict=True) if own <= COPIES]
    np.save(folder / "copies.npy", np.concatenate(near))


def _alone() -> float:
    return 1 - TEMPLATES - sum(SWAPPED.values())


def _plant(
    hashes: npt.NDArray[np.uint64],
    rows: npt.NDArray[np.int64],
    alone: npt.NDArray[np.int64],
    *,
    own: int,
    draw: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Make copies of sets in these rows; return each with its original."""
    originals = draw.choice(alone, len(rows))
    hashes[rows, own:] = hashes[originals, own:]
    return np.column_stack([rows, originals])


def _per_million(runs: Sequence[Ended]) -> float:
    return median(1e6 * answer["cpu"] / answer["items"] for answer in map(said, runs))


def _row(one: Contender, runs: Sequence[Ended], ours: float, count: int) -> list[str]:
    who = cells_of(one, runs, f"{count:,} planted sets")
    if failed(runs):
        return [*who, "", "", "", "", "", "", failed(runs)]
    answer: Mapping[str, float | None] = said(runs[0])
    cpu, pairs, items = _per_million(runs), answer["pairs"], int(answer["items"] or 0)
    notes = [SCALED] * (items < count) + [FLAGS] * (pairs is None)
    memory = median(said(run)["memory"] for run in runs)
    found = [f"{memory:.2f}", f"{answer['recall']:.4f}", "" if pairs is None else f"{pairs:,}"]
    return [*who, f"{items:,}", f"{cpu:.2f}", against(cpu, ours), *found, "; ".join(notes)]
