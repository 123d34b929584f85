"""The step that compares all articles of a batch with one another and with the history."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import matches
from dedup.candidates import Field
from dedup.decisions import decide, in_order, repeated_records
from dedup.tables import DECISIONS, FIELD, FINGERPRINTS
from dedup.versions import superseded
from flows import run as runs
from flows import taking
from flows.past import remember
from flows.run import Run
from flows.unchanged import as_before
from flows.workfiles import read_json, read_table, write_json, write_table
from storage.known import known_articles
from storage.postings import signatures_of

logger = logging.getLogger(__name__)

Ints = npt.NDArray[np.int64]
Texts = Callable[[pa.Table], pa.Array]
"""Gives the clean texts (string array) of articles of the batch, named by the columns chunk and row."""


def match(run_file: str) -> str:
    """Decide what becomes of every article: candidates, verified on the text, decided in order.

    Returns:
        Path of `outcome.json`, the counts of the batch; `decisions.arrow` and `relations.arrow` lie beside
        it.
    """
    run = runs.read(run_file)
    settings = runs.match_settings(run.settings)
    fingerprints = in_order(fingerprints_of(run))
    history = runs.history_of(run)
    known = repeated_records(fingerprints)
    known |= known_articles(history, fingerprints["article_id"]).to_numpy(zero_copy_only=False)
    settled = taking.settled(run, fingerprints) & ~known
    own = article_texts(run)
    # Earlier versions of an article come last, so that the latest is there before them.
    old = superseded(
        fingerprints.select(FIELD.names),
        apart=known | settled,
        settings=settings,
        texts=lambda rows: own(fingerprints.take(pa.array(rows))),
    )
    order = np.lexsort((old, ~settled))
    batch, known = fingerprints.take(pa.array(order)).combine_chunks(), known[order]
    past = remember(history, batch, known=known, settings=settings)
    before = past.keep_texts(run.path("past.arrow"))
    rows = pa.concat_tables([past.rows, batch.select(FIELD.names)]).combine_chunks()
    found = matches.find(
        Field(rows, past.count, signatures_of(batch), batch["passages"].combine_chunks(), past.hits),
        apart=known,
        settled=settled[order],
        settings=settings,
        texts=lambda some: _both(before, own, batch, some),
    )
    relations = _as_before(run, _relations(found.related, rows), batch)
    decisions = _marked(decide(batch, rows, found, known=known), relations)
    write_table(run.path("decisions.arrow"), decisions)
    write_table(run.path("relations.arrow"), relations)
    logger.info("%d articles, %d copies", batch.num_rows, found.copies.num_rows)
    return write_json(run.path("outcome.json"), _counts(run, decisions))


def decisions_of(run: Run) -> pa.Table:
    """Return the decisions in the order of the chunks and their rows."""
    return decisions_in_order(read_table(run.path("decisions.arrow")))


def decisions_in_order(decisions: pa.Table) -> pa.Table:
    """Sort decisions as the chunks and their rows are stored."""
    return decisions.sort_by([("chunk", "ascending"), ("row", "ascending")])


def cleaned_folders(run: Run) -> list[Path]:
    """Return the folders of the cleaned chunks, in order; a folder's name is the chunk's number."""
    return sorted(run.path("cleaned").glob("*"))


def extracted_groups(run: Run) -> list[Path]:
    """Return the folders of the groups of files that were read, in order."""
    return sorted(run.path("extracted").glob("*"))


def fingerprints_of(run: Run) -> pa.Table:
    """Return the fingerprints of all articles of the batch, in the order of the chunks and their rows."""
    tables = [read_table(folder / "fingerprints.arrow") for folder in cleaned_folders(run)]
    return pa.concat_tables([FINGERPRINTS.empty_table(), *tables])


def article_texts(run: Run) -> Texts:
    """Return what gives the clean texts of articles of the batch, named by chunk and row."""
    chunks = {
        int(folder.name): read_table(folder / "articles.arrow")["text"] for folder in cleaned_folders(run)
    }
    return lambda places: _texts(chunks, places)


def _both(before: pa.ChunkedArray, own: Texts, batch: pa.Table, rows: Ints) -> pa.Array:
    """Return the texts of rows of the field: articles of earlier batches, then those of this one."""
    old, new = rows[rows < len(before)], rows[rows >= len(before)] - len(before)
    texts = before.take(pa.array(old))
    return pa.concat_arrays([*texts.chunks, own(batch.take(pa.array(new)))])


def _texts(chunks: dict[int, pa.ChunkedArray], places: pa.Table) -> pa.Array:
    """Return clean texts by chunk and row, in the order asked for, read in the order they are stored."""
    chunk, row = places["chunk"].to_numpy(), places["row"].to_numpy()
    order = np.lexsort((row, chunk))
    stored = [
        chunks[number].take(pa.array(row[order][chunk[order] == number]))
        for number in np.unique(chunk).tolist()
    ]
    gathered = pa.chunked_array([part for column in stored for part in column.chunks], pa.string())
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return gathered.combine_chunks().take(pa.array(back))


def _relations(related: pa.Table, rows: pa.Table) -> pa.Table:
    """Name the articles that are related."""
    ids = rows["article_id"]
    columns = [ids.take(related["article"]), ids.take(related["of"]), *related.columns[2:]]
    return pa.table(columns, names=["article_id", "of_article_id", *related.column_names[2:]])


def _as_before(run: Run, relations: pa.Table, batch: pa.Table) -> pa.Table:
    """Let articles that stay as they were be of the series that they were of."""
    series = pc.equal(relations["relation"], "series")
    told = as_before(run, "relations", relations.filter(series), fingerprints=batch, key=["article_id"])
    return pa.concat_tables([relations.filter(pc.invert(series)), told])


def _marked(decisions: pa.Table, relations: pa.Table) -> pa.Table:
    """Mark the articles of a series."""
    series = relations.filter(pc.equal(relations["relation"], "series"))["article_id"].combine_chunks()
    place = DECISIONS.get_field_index("series")
    marked = pc.is_in(decisions["article_id"], value_set=series)
    return decisions.set_column(place, DECISIONS.field("series"), marked)


def _counts(run: Run, decisions: pa.Table) -> dict[str, object]:
    """Count how every input record ended."""
    ended = [read_json(group / "ended.json") for group in extracted_groups(run)]
    reasons = _reasons(run)
    rejected = sum(row["detail_count"] for row in reasons)
    plan = read_json(run.path("plan.json"))
    outcomes = {row["values"]: row["counts"] for row in pc.value_counts(decisions["outcome"]).to_pylist()}
    counts = {name: outcomes.get(name, 0) for name in ("kept", "duplicate", "known")}
    known = plan["known"] + sum(one["known"] for one in ended) + counts["known"]
    taken_over = sum(one["taken_over"] for one in ended)
    return {
        "records": counts["kept"] + counts["duplicate"] + rejected + known - taken_over,
        "kept": counts["kept"],
        "duplicates": counts["duplicate"],
        "rejected": rejected,
        "rejects": {row["reason"]: row["detail_count"] for row in reasons},
        "commonest_reject": next((f"{row['reason']}: {row['detail_min']}" for row in reasons), None),
        "known": known,
        "taken_over": taken_over,
        "ignored": plan["ignored"],
        "unknown_fields": sum(one["unknown_fields"] for one in ended),
        "passed_over": sum(one["passed_over"] for one in ended),
    }


def _reasons(run: Run) -> list[dict[str, Any]]:
    """Count the records that could not be articles by reason, the commonest first, with one detail each."""
    counts = [("detail_count", "sum"), ("detail_min", "min")]
    each = [
        read_table(group / "rejects.arrow")
        .group_by("reason")
        .aggregate([("detail", "count"), ("detail", "min")])
        for group in extracted_groups(run)
    ]
    if not each:
        return []
    rows = pa.concat_tables(each).group_by("reason").aggregate(counts)
    rows = rows.rename_columns(["reason", "detail_count", "detail_min"])
    ordered: list[dict[str, Any]] = rows.sort_by(
        [("detail_count", "descending"), ("reason", "ascending")]
    ).to_pylist()
    return ordered
