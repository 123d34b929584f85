"""Text to 128-permutation signatures: CPU time an article, start-up left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow.parquet as pq

from benchmarks.contenders import Contender, said, start
from benchmarks.corpora import Corpus, sample
from benchmarks.plan import WHO, Plan, against, cells_of, chosen, failed, median, side_by_side
from benchmarks.processes import Ended

HEADING = "Text to signature"
COLUMNS = (*WHO, "articles", "CPU µs an article", "times ours", "wall µs an article", "note")
ARTICLES = 4_000  # a second of the slow ones, and chunks enough for two threads to have the same to do
OURS = "copydesk, 1 thread"
CONTENDERS = (
    Contender(OURS, "copydesk_signatures.py"),
    Contender("copydesk, 2 threads", "copydesk_signatures.py", arguments=("--threads", "2")),
    Contender("datasketch MinHash.bulk", "datasketch_signatures.py", "datasketch"),
    Contender("datasketch by our recipe", "datasketch_signatures.py", "datasketch", ("--recipe", "1")),
    Contender("rensa R-MinHash", "rensa_signatures.py", "rensa"),
    Contender("Daft minhash", "daft_signatures.py", "daft"),
    Contender("Daft normalize, minhash", "daft_signatures.py", "daft", ("--normalised", "1")),
)


def measure(corpus: Corpus, plan: Plan) -> list[list[str]]:
    """Measure all contenders on the same texts.

    Args:
        corpus: where the texts are from.
        plan: how to measure.

    Returns:
        Rows for the table with COLUMNS.
    """
    texts = plan.folder / "texts.parquet"
    pq.write_table(sample(corpus, ARTICLES), texts)

    def once(one: Contender) -> Ended:
        return start(one, [texts], folder=plan.folder, limit=plan.limit)

    done = side_by_side(chosen(CONTENDERS, plan), once, plan)
    figures = {one.name: _figures(runs) for one, runs in done.items() if not failed(runs)}
    return [_row(one, runs, figures, corpus.name) for one, runs in done.items()]


def _figures(runs: Sequence[Ended]) -> dict[str, float]:
    """Return the medians, of times in microseconds an article."""
    answers = [said(run) for run in runs]
    items = answers[0]["items"]
    found: dict[str, float] = {
        name: 1e6 * median(answer[name] for answer in answers) / items
        for name in ("cpu", "wall", "shingling")
        if name in answers[0]
    }
    return {**found, "items": items}


def _row(
    one: Contender, runs: Sequence[Ended], figures: Mapping[str, Mapping[str, float]], data: str
) -> list[str]:
    who = cells_of(one, runs, data)
    if one.name not in figures:
        return [*who, "", "", "", "", failed(runs)]
    mine, ours = figures[one.name], figures.get(OURS, {})
    note = f"{mine['shingling']:.0f} µs of it for the shingles" if "shingling" in mine else ""
    if "--threads" in one.arguments and ours:
        note = f"{ours['wall'] / mine['wall']:.2f} times as fast as one thread"
    cells = [f"{mine['items']:,.0f}", f"{mine['cpu']:.1f}", against(mine["cpu"], ours.get("cpu", 0.0))]
    return [*who, *cells, f"{mine['wall']:.1f}", note]
