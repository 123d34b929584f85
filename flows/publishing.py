"""The steps that make the published tables of a batch and commit them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.signatures import rows_per_band
from dedup.tables import CLEANED, DECISIONS, FINGERPRINTS, LINES, REMOVED
from flows import provenance, taking
from flows import run as runs
from flows.gathering import finished_file, gathered
from flows.matching import cleaned_folders, decisions_of, extracted_groups
from flows.reused import kept_fingerprints
from flows.run import Run
from flows.settings import as_table
from flows.workfiles import read_json, read_table, write_json
from storage.commit import commit, staged
from storage.contract import (
    ARTICLES,
    BATCHES,
    DUPLICATES,
    ORDER,
    ORIGINALS,
    REJECTS,
    RELATIONS,
    REMOVALS,
    REUSE,
)
from storage.manifest import FileEntry
from storage.postings import RECIPE, ROWS, WITHOUT_LINES, keyed, write_postings
from storage.publish import Staging
from storage.runs import Facts
from storage.warehouse import open_warehouse
from storage.write import write_table

Rows = Iterator[pa.Table]

COUNTS = ("records", "kept", "duplicates", "rejected", "known", "taken_over")
"""What a batch counts when it is made."""

_REMOVAL_PLACES = pa.schema(
    [
        *(DECISIONS.field(name) for name in ("chunk", "row")),
        pa.field("bytes", pa.int64()),
        *(REMOVALS.field(name).remove_metadata() for name in ("article_id", "start")),
    ]
)
"""Where each removal lies, how long its text is, and what the table is sorted by."""


def assemble(run_file: str, table: str) -> str:
    """Write one published table of the batch, where nobody sees it yet.

    Args:
        run_file: the run.
        table: a name in `MAKERS`.

    Returns:
        Path of a JSON file that lists the table's files.
    """
    run = runs.read(run_file)
    entries = _write(run, table, MAKERS[table](run))
    return write_json(run.path(f"{table}.json"), [asdict(entry) for entry in entries])


def publish(run_file: str) -> str:
    """Commit the batch.

    Returns:
        Its id.
    """
    run = runs.read(run_file)
    now = datetime.now(UTC)
    outcome = read_json(run.path("outcome.json"))
    entries = {name: [FileEntry(**entry) for entry in read_json(run.path(f"{name}.json"))] for name in MAKERS}
    batches = _batch(run, outcome, now)
    entries["batches"] = _write(run, "batches", [batches])
    counts = {name: outcome[name] for name in COUNTS}
    commit(_staging(run), tables=entries, counts=counts, settings=run.settings_hash, now=now)
    return run.batch_id


def index(run_file: str) -> str:
    """Write what later batches look up of the articles that this one keeps.

    Returns:
        Path of the folder.
    """
    run = runs.read(run_file)
    staging = _staging(run)
    fingerprints, of_them = kept_fingerprints(run, decisions_of(run))
    left = _left(run)
    # Bands of the default serve every threshold from there on; a higher one alone would serve no lower one.
    rows = min([ROWS, rows_per_band(run.settings.match.near), *(each.rows for each in left)])
    recipe = left[0].recipe if left else RECIPE  # a run of a version before lines were looked up has none
    lines = of_them["lines"] if recipe != WITHOUT_LINES else LINES.empty_table()
    keys = keyed(of_them["paragraphs"], lines)
    write_postings(staging.index, fingerprints, keys, rows=rows, recipe=recipe)
    return str(staging.index)


def _articles(run: Run) -> Rows:
    for cleaned, decided in _decided(run, "articles", ["kept"]):
        published = _published(run, cleaned, decided, cluster=cleaned["article_id"])
        yield _marked(published, decided["series"]).select(ARTICLES.names)


def _duplicates(run: Run) -> Rows:
    for cleaned, decided in _decided(run, "duplicates", ["duplicate"]):
        table = _published(run, cleaned, decided, cluster=decided["of_article_id"])
        for name in DUPLICATES.names[len(ARTICLES.names) :]:
            table = table.append_column(name, decided[name])
        yield table.select(DUPLICATES.names)


def _originals(run: Run) -> Rows:
    for cleaned, _ in _decided(run, "originals", ["kept", "duplicate"]):
        yield _with_batch(run, cleaned).select(ORIGINALS.names)


def _removals(run: Run) -> Rows:
    decisions = decisions_of(run)
    found = [_removal_places(run, folder, decisions) for folder in cleaned_folders(run)]
    places = _in_order(pa.concat_tables([_REMOVAL_PLACES.empty_table(), *found]), "removals")
    columns = [name for name in REMOVALS.names if name in REMOVED.names]
    for removals, some in gathered(run, "removals.arrow", places, columns=columns):
        named = removals.append_column("article_id", some["article_id"])
        yield _with_batch(run, named).select(REMOVALS.names)


def _relations(run: Run) -> Rows:
    relations = _in_order(read_table(run.path("relations.arrow")), "relations")
    yield _with_batch(run, relations).select(RELATIONS.names)


def _reuse(run: Run) -> Rows:
    yield _with_batch(run, _in_order(read_table(run.path("reuse.arrow")), "reuse")).select(REUSE.names)


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
    return staged(open_warehouse(run.warehouse), run.batch_id, departure=runs.departure_of(run))


def _write(run: Run, table: str, rows: Iterable[pa.Table]) -> list[FileEntry]:
    staging = _staging(run)
    return write_table(staging.table(table), table, rows, batch_id=run.batch_id, name=staging.part)


def _left(run: Run) -> list[Facts]:
    """Return what the run says of itself that the batch's own will be merged with, if there is one."""
    leaves = runs.departure_of(run)
    if leaves is None or leaves.remaining.folder is None:
        return []
    left = runs.history_of(run).runs[-1]
    return [left.facts] if left.tables["kept"].num_rows else []


def _in_order(rows: pa.Table, table: str) -> pa.Table:
    """Sort rows as a published table is sorted."""
    return rows.sort_by([(name, "ascending") for name in ORDER[table]])


def _decided(run: Run, table: str, outcomes: list[str]) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield, in the order of a published table, cleaned articles with these outcomes, and their decisions."""
    text = "extracted" if table == "originals" else "text"
    keys, sizes = [FINGERPRINTS.empty_table()], [pa.array([], pa.int32())]
    for folder in cleaned_folders(run):
        keys.append(read_table(folder / "fingerprints.arrow"))
        stored = read_table(finished_file(run, int(folder.name), "articles.arrow"))
        sizes += pc.binary_length(stored[text]).chunks
    fingerprints = pa.concat_tables(keys)
    places = decisions_of(run).append_column("bytes", pa.chunked_array(sizes).cast(pa.int64()))
    for name in ("outlet", "published_at"):
        places = places.append_column(name, fingerprints[name])
    places = places.filter(pc.is_in(places["outcome"], pa.array(outcomes)))
    columns = [name for name in CLEANED.names if name not in {"extracted", "text"} - {text}]
    return gathered(run, "articles.arrow", _in_order(places, table), columns=columns)


def _removal_places(run: Run, folder: Path, decisions: pa.Table) -> pa.Table:
    """Return where the removals of a chunk lie, but for those of known articles."""
    number = int(folder.name)
    removals = read_table(finished_file(run, int(folder.name), "removals.arrow"))
    removals = removals.select(["row", "start", "text"])
    decided = _of_chunk(decisions, number).take(removals["row"])
    columns = {
        "chunk": decided["chunk"],
        "row": np.arange(removals.num_rows, dtype=np.int32),
        "bytes": pc.binary_length(removals["text"]).cast(pa.int64()),
        "article_id": decided["article_id"],
        "start": removals["start"],
    }
    return pa.table(columns, _REMOVAL_PLACES).filter(pc.not_equal(decided["outcome"], "known"))


def _of_chunk(decisions: pa.Table, number: int) -> pa.Table:
    """Return the decisions on one chunk, row by row; `decisions` are in the order of the chunks."""
    first, behind = np.searchsorted(decisions["chunk"].to_numpy(), [number, number + 1])
    return decisions.slice(first, behind - first)


def _with_batch(run: Run, table: pa.Table) -> pa.Table:
    return table.append_column("batch_id", pa.repeat(run.batch_id, table.num_rows))


def _published(run: Run, cleaned: pa.Table, decided: pa.Table, *, cluster: pa.ChunkedArray) -> pa.Table:
    """Add to cleaned articles what only the batch knows."""
    count = cleaned.num_rows
    table = _with_batch(run, cleaned)
    table = table.append_column("cluster_id", cluster)
    table = table.append_column("copies", decided["copies"])
    table = table.append_column("ingested_at", taking.ingested_at(run, cleaned["article_id"]))
    return table.append_column("pipeline", pa.repeat(provenance.pipeline(run.settings_hash), count))


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
        "settings": run.settings.model_copy(
            update={"source": [as_table(source) for source in run.sources]}
        ).model_dump_json(),
        "versions": list(provenance.versions().items()),
        "gone": 0,
        "reread": False,
        "forgotten": list(run.forget),
        **{name: outcome[name] for name in (*COUNTS, "ignored")},
    }
    return pa.Table.from_pylist([row], schema=BATCHES)
