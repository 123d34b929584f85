"""The whole job: records in, deduplicated Parquet out, from the start of the process to its end."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from benchmarks.contenders import Contender, start
from benchmarks.corpora import Corpus
from benchmarks.plan import WHO, Plan, against, cells_of, chosen, failed, is_ours, median, side_by_side
from benchmarks.processes import Ended
from benchmarks.quality import Faults, Ints, judge, similar_pairs

HEADING = "The whole job, side by side"
COLUMNS = (
    *WHO,
    "articles",
    "kept",
    "CPU-s",
    "times ours",
    "wall s",
    "peak GB",
    "lost",
    "left",
    "note",
)
NEAR = 0.8
CONTENDERS = (
    Contender("copydesk", "copydesk_job.py"),
    Contender("rensa", "rensa_job.py", "rensa"),
    Contender("text-dedup", "text_dedup_job.py", "text-dedup"),
    Contender("datatrove, 1 task", "datatrove_job.py", "datatrove"),
    Contender("datatrove, 2 tasks", "datatrove_job.py", "datatrove", ("--tasks", "2")),
)


def measure(corpus: Corpus, plan: Plan) -> list[list[str]]:
    """Measure all contenders on the same articles.

    Args:
        corpus: the articles.
        plan: how to measure.

    Returns:
        Rows for the table with COLUMNS.
    """

    def once(one: Contender) -> Ended:
        output = _output(one, plan)
        shutil.rmtree(output, ignore_errors=True)
        given = corpus.ours if is_ours(one) else corpus.parquet
        return start(one, [given, output], folder=plan.folder, limit=plan.limit)

    done = side_by_side(chosen(CONTENDERS, plan), once, plan)
    pairs = similar_pairs(corpus.records["text"], NEAR)
    ours = sum(
        median(run.cpu for run in runs) for one, runs in done.items() if is_ours(one) and not failed(runs)
    )
    results = {one: failed(runs) or _chosen(one, corpus, pairs, plan) for one, runs in done.items()}
    return [_row(one, runs, ours, results[one], corpus) for one, runs in done.items()]


def _output(one: Contender, plan: Plan) -> Path:
    return plan.folder / f"output-{one.name.replace(' ', '-').replace(',', '')}"


def _chosen(one: Contender, corpus: Corpus, pairs: tuple[Ints, Ints], plan: Plan) -> tuple[int, Faults] | str:
    """Return how many articles the last run kept and what is wrong with them, or why that cannot be told."""
    output = _output(one, plan)
    try:
        kept = _our_kept(output) if is_ours(one) else _column(_files(output), "id")
    except (OSError, pa.ArrowException) as failure:
        return f"no result to read: {str(failure).splitlines()[0]}"
    ids = corpus.records["id"]
    mask = pc.is_in(ids, value_set=kept).to_numpy(zero_copy_only=False)
    right, apart = np.zeros(len(mask), np.bool_), frozenset[tuple[int, int]]()
    if is_ours(one):
        right, apart = _our_reasons(output, ids)
    return int(mask.sum()), judge(mask, pairs, right=right, apart=apart)


def _files(output: Path) -> list[str]:
    found = [path for path in sorted(output.rglob("*.parquet")) if "work" not in path.parts]
    if not found:
        raise FileNotFoundError("no Parquet was written")
    return [str(path) for path in found]


def _column(files: list[str], name: str) -> pa.Array:
    return ds.dataset(files, format="parquet").to_table(columns=[name])[name].combine_chunks()


def _our_files(output: Path, table: str) -> list[str]:
    return _files(output / "warehouse" / table)


def _our_kept(output: Path) -> pa.Array:
    return _column(_our_files(output, "articles"), "source_id")


def _our_reasons(output: Path, ids: pa.ChunkedArray) -> tuple[np.ndarray, frozenset[tuple[int, int]]]:
    """Return which articles are copies for another reason than Jaccard, and which pairs we keep apart.

    The first are verified by containment or as a revision; the second are series, and stand in relations.
    """
    columns = ["article_id", "source_id"]
    duplicates = ds.dataset(_our_files(output, "duplicates"), format="parquet").to_table(
        columns=[*columns, "match"]
    )
    articles = ds.dataset(_our_files(output, "articles"), format="parquet").to_table(columns=columns)
    relations = ds.dataset(_our_files(output, "relations"), format="parquet").to_table(
        columns=["article_id", "of_article_id"]
    )
    other = duplicates.filter(pc.is_in(duplicates["match"], value_set=pa.array(["contained", "revision"])))
    right = pc.is_in(ids, value_set=other["source_id"].combine_chunks()).to_numpy(zero_copy_only=False)
    place = {identity: number for number, identity in enumerate(ids.to_pylist())}
    row = {one["article_id"]: place[one["source_id"]] for one in articles.to_pylist()}
    linked = [(row.get(one["article_id"]), row.get(one["of_article_id"])) for one in relations.to_pylist()]
    apart = {(max(a, b), min(a, b)) for a, b in linked if a is not None and b is not None}
    return right, frozenset(apart)


def _row(
    one: Contender, runs: Sequence[Ended], ours: float, result: tuple[int, Faults] | str, corpus: Corpus
) -> list[str]:
    who = [*cells_of(one, runs, corpus.name), f"{corpus.records.num_rows:,}"]
    if isinstance(result, str):
        return [*who, "", "", "", "", "", "", "", result]
    kept, faults = result
    cpu = median(run.cpu for run in runs)
    spent = [f"{cpu:.1f}", against(cpu, ours), f"{median(run.wall for run in runs):.1f}"]
    peak = f"{median(run.peak for run in runs) / 1e9:.2f}"
    note = "from JSON lines" if is_ours(one) and corpus.ours != corpus.parquet else ""
    return [*who, f"{kept:,}", *spent, peak, f"{faults.lost:,}", f"{faults.left:,}", note]
