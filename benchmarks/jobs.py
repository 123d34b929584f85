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
from benchmarks.quality import Bools, Faults, Ints, judge, similar_pairs

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
        return start(one, [corpus.parquet, output], folder=plan.folder, limit=plan.limit)

    done = side_by_side(chosen(CONTENDERS, plan), once, plan)
    pairs = similar_pairs(corpus.records["text"], NEAR)
    ours = sum(
        median(run.cpu for run in runs) for one, runs in done.items() if is_ours(one) and not failed(runs)
    )
    results = {one: failed(runs) or _chosen(one, corpus, pairs, plan) for one, runs in done.items()}
    return [_row(one, runs, ours, results[one], corpus) for one, runs in done.items()]


def _output(one: Contender, plan: Plan) -> Path:
    return plan.folder / f"output-{one.name.replace(' ', '-').replace(',', '')}"


def _chosen(
    one: Contender, corpus: Corpus, pairs: tuple[Ints, Ints], plan: Plan
) -> tuple[int, Faults, str] | str:
    """Return how many articles the last run kept, what is wrong with them, and a note; or why not."""
    output = _output(one, plan)
    none = np.zeros(corpus.records.num_rows, np.bool_)
    try:
        if is_ours(one):
            return _ours(output, corpus, pairs)
        kept = _places(_read(_files(output), ["id"])["id"], corpus)
    except (OSError, pa.ArrowException) as failure:
        return f"no result to read: {str(failure).splitlines()[0]}"
    return int(kept.sum()), judge(kept, pairs, right=none, series=none), ""


def _ours(output: Path, corpus: Corpus, pairs: tuple[Ints, Ints]) -> tuple[int, Faults, str]:
    """Judge this project: on the texts as they came like all others, and on the clean ones it compares."""
    tables = {name: _files(output / "warehouse" / name) for name in ("articles", "duplicates", "relations")}
    articles = _read(tables["articles"], ["article_id", "source_id", "text"])
    copies = _read(tables["duplicates"], ["source_id", "text", "match"])
    related = _read(tables["relations"], ["article_id", "relation"])
    kept = _places(articles["source_id"], corpus)
    near = copies.filter(pc.is_in(copies["match"], value_set=pa.array(["exact", "near"])))
    # Contained and revised ones were verified by other figures, and a rejected record was no article.
    right = ~kept & ~_places(near["source_id"], corpus)
    told = related.filter(pc.equal(related["relation"], "series"))["article_id"].combine_chunks()
    apart = articles.filter(pc.is_in(articles["article_id"], value_set=told))
    series = _places(apart["source_id"], corpus)
    on_clean = judge(kept, similar_pairs(_clean(articles, copies, corpus), NEAR), right=right, series=series)
    note = f"on its clean texts {on_clean.lost:,} lost, {on_clean.left:,} left"
    return int(kept.sum()), judge(kept, pairs, right=right, series=series), note


def _clean(articles: pa.Table, copies: pa.Table, corpus: Corpus) -> pa.ChunkedArray:
    """Return the clean text of every record, empty where it has none."""
    both = pa.concat_tables([table.select(["source_id", "text"]) for table in (articles, copies)])
    place = pc.index_in(corpus.records["id"], value_set=both["source_id"].combine_chunks())
    return pc.fill_null(both["text"].take(place), "")


def _places(ids: pa.ChunkedArray, corpus: Corpus) -> Bools:
    """Return which records of the corpus have one of these ids."""
    found: Bools = pc.is_in(corpus.records["id"], value_set=ids.combine_chunks()).to_numpy()
    return found


def _files(output: Path) -> list[str]:
    found = [path for path in sorted(output.rglob("*.parquet")) if "work" not in path.parts]
    if not found:
        raise FileNotFoundError("no Parquet was written")
    return [str(path) for path in found]


def _read(files: list[str], columns: list[str]) -> pa.Table:
    return ds.dataset(files, format="parquet").to_table(columns=columns)


def _row(
    one: Contender, runs: Sequence[Ended], ours: float, result: tuple[int, Faults, str] | str, corpus: Corpus
) -> list[str]:
    who = [*cells_of(one, runs, corpus.name), f"{corpus.records.num_rows:,}"]
    if isinstance(result, str):
        return [*who, "", "", "", "", "", "", "", result]
    kept, faults, note = result
    cpu = median(run.cpu for run in runs)
    spent = [f"{cpu:.1f}", against(cpu, ours), f"{median(run.wall for run in runs):.1f}"]
    peak = f"{median(run.peak for run in runs) / 1e9:.2f}"
    return [*who, f"{kept:,}", *spent, peak, f"{faults.lost:,}", f"{faults.left:,}", note]
