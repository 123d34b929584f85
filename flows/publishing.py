"""The steps that make the published tables of a batch and commit them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.signatures import rows_per_band
from flows import provenance
from flows import run as runs
from flows.matching import cleaned_folders, decisions_of, extracted_groups
from flows.reused import kept_fingerprints
from flows.run import Run
from flows.workfiles import read_json, read_table, write_json
from storage.commit import Staging, commit
from storage.contract import ARTICLES, BATCHES, DUPLICATES, ORIGINALS, REJECTS, RELATIONS, REMOVALS, REUSE
from storage.manifest import FileEntry
from storage.postings import ROWS, write_postings
from storage.warehouse import open_warehouse
from storage.write import write_table

Rows = Iterator[pa.Table]


def assemble(run_file: str, table: str) -> str:
    """Write one published table of the batch, where nobody sees it yet.

    Args:
        run_file: the run.
        table: a name in `MAKERS`.

    Returns:
        Path of a JSON file that lists the table's files.
    """
    run = runs.read(run_file)
    entries = write_table(_staging(run).table(table), table, MAKERS[table](run), batch_id=run.batch_id)
    return write_json(run.path(f"{table}.json"), [asdict(entry) for entry in entries])


def publish(run_file: str) -> str:
    """Commit the batch.

    Returns:
        Its id.
    """
    run = runs.read(run_file)
    now = datetime.now(UTC)
    outcome = read_json(run.path("outcome.json"))
    staging = _staging(run)
    entries = {name: [FileEntry(**entry) for entry in read_json(run.path(f"{name}.json"))] for name in MAKERS}
    batches = _batch(run, outcome, now)
    entries["batches"] = write_table(staging.table("batches"), "batches", [batches], batch_id=run.batch_id)
    counts = {name: outcome[name] for name in ("records", "kept", "duplicates", "rejected", "known")}
    commit(staging, tables=entries, counts=counts, settings=run.settings_hash, now=now)
    return run.batch_id


def index(run_file: str) -> str:
    """Write what later batches look up of the articles that this one keeps.

    Returns:
        Path of the folder.
    """
    run = runs.read(run_file)
    staging = _staging(run)
    fingerprints, paragraphs = kept_fingerprints(run, decisions_of(run))
    # Bands of the default serve every threshold from there on; a higher one alone would serve no lower one.
    rows = min(ROWS, rows_per_band(run.settings.match.near))
    write_postings(staging.index, fingerprints, paragraphs, rows=rows)
    return str(staging.index)


def _articles(run: Run) -> Rows:
    for cleaned, decided in _decided(run, "kept"):
        published = _published(run, cleaned, decided, cluster=cleaned["article_id"])
        yield _marked(published, decided["series"]).select(ARTICLES.names)


def _duplicates(run: Run) -> Rows:
    for cleaned, decided in _decided(run, "duplicate"):
        table = _published(run, cleaned, decided, cluster=decided["of_article_id"])
        for name in DUPLICATES.names[len(ARTICLES.names) :]:
            table = table.append_column(name, decided[name])
        yield table.select(DUPLICATES.names)


def _originals(run: Run) -> Rows:
    for outcome in ("kept", "duplicate"):
        for cleaned, _ in _decided(run, outcome):
            yield _with_batch(run, cleaned).select(ORIGINALS.names)


def _removals(run: Run) -> Rows:
    decisions = decisions_of(run)
    for folder in cleaned_folders(run):
        decided = _of_chunk(decisions, int(folder.name))
        removals = read_table(folder / "removals.arrow")
        known = decided.filter(pc.equal(decided["outcome"], "known"))["row"].combine_chunks()
        removals = removals.filter(pc.invert(pc.is_in(removals["row"], value_set=known)))
        ids = decided["article_id"].take(removals["row"])
        yield _with_batch(run, removals.append_column("article_id", ids)).select(REMOVALS.names)


def _relations(run: Run) -> Rows:
    yield _with_batch(run, read_table(run.path("relations.arrow"))).select(RELATIONS.names)


def _reuse(run: Run) -> Rows:
    yield _with_batch(run, read_table(run.path("reuse.arrow"))).select(REUSE.names)


def _rejects(run: Run) -> Rows:
    for group in extracted_groups(run):
        yield _with_batch(run, read_table(group / "rejects.arrow")).select(REJECTS.names)


MAKERS: dict[str, Callable[[Run], Rows]] = {
    "articles": _articles,
    "duplicates": _duplicates,
    "originals": _originals,
    "removals": _removals,
    "reuse": _reuse,
    "relations": _relations,
    "rejects": _rejects,
}
"""The published tables that a run fills, and how."""


def _staging(run: Run) -> Staging:
    return Staging(open_warehouse(run.warehouse), run.batch_id)


def _decided(run: Run, outcome: str) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield, chunk by chunk, the cleaned articles with one outcome, and their decisions."""
    decisions = decisions_of(run)
    for folder in cleaned_folders(run):
        decided = _of_chunk(decisions, int(folder.name))
        decided = decided.filter(pc.equal(decided["outcome"], outcome))
        if decided.num_rows:
            yield read_table(folder / "articles.arrow").take(decided["row"]), decided


def _of_chunk(decisions: pa.Table, number: int) -> pa.Table:
    """Return the decisions on one chunk, row by row; `decisions` are in the order of the chunks."""
    first, behind = np.searchsorted(decisions["chunk"].to_numpy(), [number, number + 1])
    return decisions.slice(first, behind - first)


def _with_batch(run: Run, table: pa.Table) -> pa.Table:
    return table.append_column("batch_id", pa.repeat(run.batch_id, table.num_rows))


def _published(run: Run, cleaned: pa.Table, decided: pa.Table, *, cluster: pa.ChunkedArray) -> pa.Table:
    """Add to cleaned articles what only the batch knows."""
    count = cleaned.num_rows
    pipeline = f"copydesk {provenance.versions()['copydesk']} settings {run.settings_hash}"
    table = _with_batch(run, cleaned)
    table = table.append_column("cluster_id", cluster)
    table = table.append_column("copies", decided["copies"])
    table = table.append_column(
        "ingested_at", pa.repeat(pa.scalar(run.started_at, pa.timestamp("us", "UTC")), count)
    )
    return table.append_column("pipeline", pa.repeat(pipeline, count))


def _marked(articles: pa.Table, series: pa.ChunkedArray) -> pa.Table:
    """Add the mark of a series to the articles of one; marks stand in alphabetical order."""
    if not pc.any(series).as_py():
        return articles
    marks = [
        sorted([*each, "series"]) if one else each
        for each, one in zip(articles["marks"].to_pylist(), series.to_pylist(), strict=True)
    ]
    place = articles.column_names.index("marks")
    return articles.set_column(place, "marks", pa.array(marks, articles["marks"].type))


def _batch(run: Run, outcome: dict[str, object], now: datetime) -> pa.Table:
    inputs = [
        {
            "source": one["source"],
            "locator": one["locator"],
            "content_hash": one["content_hash"],
            "bytes": one["size"],
            "records": one["records"],
            "reading": one["reading"],
        }
        for group in extracted_groups(run)
        for one in read_json(group / "ended.json")["inputs"]
    ]
    row = {
        "batch_id": run.batch_id,
        "started_at": run.started_at,
        "committed_at": now,
        "inputs": inputs,
        "words_removed": list(dict(outcome["words_removed"]).items()),  # type: ignore[call-overload]
        "settings": run.settings.model_dump_json(),
        "versions": list(provenance.versions().items()),
        **{name: outcome[name] for name in ("records", "kept", "duplicates", "rejected", "known", "ignored")},
    }
    return pa.Table.from_pylist([row], schema=BATCHES)
