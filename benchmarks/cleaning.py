"""What cleaning an article costs, with fewer and with more rules, beside the line rules of another project.

uv run python -m benchmarks.cleaning [PATH.jsonl.gz]
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import corpora, report
from benchmarks.contenders import Contender, said, start, version_of
from dedup import cleaning, cleantext, repeats
from ingest import inline, title
from ingest.packs import bundled, load
from ingest.patterns import Rules
from ingest.tables import RECORDS

HEADING = "Cleaning"
COLUMNS = (*report.LEAD, "who", "version", "rules", "articles", "us for 4 kB", "times ours", "steps")
ARTICLES = 4_000  # as many as a chunk of a run has
SHORTEST, LONGEST = 3_000, 5_000  # bytes of an article
PEER = Contender("datatrove, C4's line rules", "datatrove_lines.py", "datatrove")
STEPS = {
    "split": (cleaning, "split"),
    "look": (cleaning, "look"),
    "rules": (cleaning, "propose_among"),
    "inline": (inline, "propose_among"),
    "title": (title, "find"),
    "repeats": (repeats, "find"),
    "cleantext": (cleantext, "apply"),
}
_WORD = re.compile(r"(?<![\\{<a-z])[a-z]{4,}")
_TURNED = str.maketrans("aeiou", "eioua")


def main() -> None:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cleaning", description="Measure cleaning.")
    parser.add_argument("path", nargs="?", type=Path, help="records, .jsonl.gz (made-up articles)")
    parser.add_argument("--rules", type=int, nargs="+", default=[100, 500, 1000], help="(100 500 1000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (3)")
    parser.add_argument("--no-record", action="store_true", help="append nothing to results.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="copydesk-benchmarks-") as folder:
        corpus = (
            corpora.of_file(asked.path, folder=Path(folder) / "corpus")
            if asked.path
            else corpora.of_made_up(4 * ARTICLES, folder=Path(folder) / "corpus")
        )
        rows = measure(corpus.name, _articles(corpus.records), asked.rules, asked.runs)
    print("\n".join(report.table(COLUMNS, rows)))
    if not asked.no_record:
        report.add(HEADING, COLUMNS, rows)


def measure(name: str, texts: pa.Array, counts: list[int], runs: int) -> list[list[str]]:
    """Clean the articles with so many rules each, in turns, and with the peer.

    Args:
        name: of the articles.
        texts: string array.
        counts: numbers of rules.
        runs: of each; medians are told.

    Returns:
        Rows of `COLUMNS`.
    """
    records, kilobytes = _records(texts), pc.sum(pc.binary_length(texts)).as_py() / 4_000
    all_rules = {count: _rules(count) for count in counts}
    took: dict[int, list[dict[str, float]]] = {count: [] for count in counts}
    theirs = []
    for count in counts:
        cleaning.clean(records, all_rules[count])  # tables are made once a process
    for _ in range(runs):
        for count in counts:
            took[count].append(_clocked(partial(cleaning.clean, records, all_rules[count])))
        theirs.append(_peer(texts))
    lead, rows = report.lead(name, runs=runs), []
    ours = statistics.median(run["all"] for run in took[counts[0]])
    for count in counts:
        cost = {step: statistics.median(run[step] for run in took[count]) for step in took[count][0]}
        steps = ", ".join(f"{step} {1e6 * cost[step] / kilobytes:.0f}" for step in cost if step != "all")
        figures = [
            str(count),
            str(len(texts)),
            f"{1e6 * cost['all'] / kilobytes:.0f}",
            f"{cost['all'] / ours:.2f}",
        ]
        rows.append([*lead, "copydesk", "", *figures, steps])
    cost = statistics.median(theirs)
    figures = ["", str(len(texts)), f"{1e6 * cost / kilobytes:.0f}", f"{cost / ours:.2f}", ""]
    return [*rows, [*lead, PEER.name, version_of(PEER), *figures]]


def _articles(records: pa.Table) -> pa.Array:
    texts = records["text"].combine_chunks()
    length = pc.binary_length(texts)
    right = pc.and_(pc.greater_equal(length, SHORTEST), pc.less(length, LONGEST))
    return texts.filter(right)[:ARTICLES]


def _records(texts: pa.Array) -> pa.Table:
    """Return the articles as records of one source, in English."""
    number = pc.utf8_lpad(pc.cast(pa.array(range(len(texts))), pa.string()), 32, "0")
    known = {"article_id": number, "locator": number, "content_hash": number, "text": texts}
    same = {"source": "made", "outlet": "example.com", "language": "en"}
    columns = [
        known.get(field.name, pa.array([same.get(field.name)] * len(texts), field.type)) for field in RECORDS
    ]
    return pa.table(columns, schema=RECORDS)


def _rules(count: int) -> Rules:
    """Return so many rules: those of all packs, and again under other ids with other words."""
    rules = load(bundled())
    lines = list(_repeated(rules, count - len(rules.cuts)))
    return replace(rules, lines=tuple(lines))


def _repeated(rules: Rules, count: int) -> Iterator[Any]:
    ordered = sorted(rules.lines, key=lambda rule: (rule.language not in ("en", "any"), rule.language))
    for number in range(count):
        time_, place = divmod(number, len(ordered))
        rule = ordered[place]
        pattern = rule.pattern
        for _ in range(time_):
            pattern = _WORD.sub(lambda word: word[0].translate(_TURNED), pattern)
        yield replace(rule, id=f"{rule.id}.{time_}" if time_ else rule.id, pattern=pattern)


def _clocked(once: Callable[[], object]) -> dict[str, float]:
    """Return the CPU seconds of all, and of some steps."""
    spent: dict[str, float] = {}

    def timed(function: Callable[..., object], name: str, *given: Any, **named: Any) -> object:
        began = time.process_time()
        try:
            return function(*given, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.process_time() - began

    kept = [(step, module, name, getattr(module, name)) for step, (module, name) in STEPS.items()]
    for step, module, name, function in kept:
        setattr(module, name, partial(timed, function, step))
    try:
        timed(once, "all")
    finally:
        for _, module, name, function in kept:
            setattr(module, name, function)
    return spent


def _peer(texts: pa.Array) -> float:
    with tempfile.TemporaryDirectory(prefix="copydesk-benchmarks-") as folder:
        path = Path(folder) / "articles.parquet"
        pq.write_table(pa.table({"text": texts}), path)
        ended = start(PEER, [path], folder=Path(folder), limit=600.0)
    if ended.error:
        return float("nan")
    return float(said(ended)["seconds"])


if __name__ == "__main__":
    main()
