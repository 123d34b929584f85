"""The steps that take out what belongs to the site, learned over batch and history.

Matching has decided by then, on texts that owe nothing to other articles; only what is published changes.
"""

from __future__ import annotations

import logging
import shutil

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import templates
from dedup.tables import FINGERPRINTS, LINES
from dedup.withdrawal import withdraw
from flows import run as runs
from flows.gathering import FINISHED, finished_file
from flows.matching import cleaned_folders, decisions_in_order, decisions_of
from flows.run import Run
from flows.workfiles import read_json, read_table, write_json, write_table
from ingest import outlets
from storage.history import History
from storage.kept import kept_articles
from storage.lookups import find_postings, first_places

logger = logging.getLogger(__name__)

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

FOUND = "templates.arrow"
_NUMBERED = LINES.append(pa.field("article", pa.int64()))


def learn(run_file: str) -> str:
    """Find the lines of all articles of the batch that belong to their site.

    Returns:
        Path of a table: chunk, row, start and end of each, and its evidence.
    """
    run = runs.read(run_file)
    shutil.rmtree(run.path(FINISHED), ignore_errors=True)
    history = runs.history_of(run)
    numbered = _numbered(run)
    lines = _wanted(run, _lines(run, numbered), numbered)
    named = pc.dictionary_encode(numbered["outlet"].combine_chunks(), null_encoding="encode")
    field = templates.Field(
        named.indices.to_numpy().astype(np.int64),
        numbered["title_key"].to_numpy(),
        numbered["counts"].to_numpy(),
    )
    found = templates.find(lines, field, _before(history, named.dictionary))
    some = lines.take(found["line"])
    of = numbered.take(some["article"])
    table = {
        **{name: of[name] for name in ("chunk", "row", "outlet")},
        **{name: some[name] for name in ("start", "end", "form", "dated")},
        **{name: found[name] for name in ("frequency", "articles", "is_title")},
        "first": _dates(found["first"].to_numpy(), history, numbered),
    }
    logger.info("templates: %d lines of %d", found.num_rows, lines.num_rows)
    return write_table(run.path(FOUND), pa.table(table))


def finish(run_file: str, folder: str) -> str:
    """Take out of the articles of a chunk what belongs to their site.

    Returns:
        The folder of the chunk.
    """
    run = runs.read(run_file)
    found = read_table(run.path(FOUND))
    mine = found.filter(pc.equal(found["chunk"], int(run.path(folder).name)))
    articles, removals = (
        read_table(run.path(folder, name)).combine_chunks() for name in ("articles.arrow", "removals.arrow")
    )
    articles, removals = withdraw(articles, removals, mine.combine_chunks())
    target = run.path(FINISHED, run.path(folder).name)
    target.mkdir(parents=True)
    write_table(target / "articles.arrow", articles)
    write_table(target / "removals.arrow", removals)
    return folder


def chunks(run: Run) -> list[str]:
    """Return the folders of the chunks in which something was found, for `finish`."""
    found = pc.unique(read_table(run.path(FOUND))["chunk"]).to_pylist()
    return [str(run.path("cleaned", f"{number:015d}")) for number in sorted(found)]


def sum_up(run_file: str) -> str:
    """Count the words removed from articles that are published, by layer, and name an article worth a look.

    Returns:
        Path of `outcome.json`, the counts of the batch.
    """
    run = runs.read(run_file)
    decisions = decisions_of(run)
    outcome = read_json(run.path("outcome.json"))
    told = {"words_removed": _words_removed(run, decisions), "example": _example(run, decisions)}
    return write_json(run.path("outcome.json"), {**outcome, **told})


def _numbered(run: Run) -> pa.Table:
    """Return what is asked of all articles of the batch, in order of publication."""
    columns = ["article_id", "published_at", "outlet", "title_key", "chunk", "row"]
    tables = [read_table(each / "fingerprints.arrow").select(columns) for each in cleaned_folders(run)]
    rows = pa.concat_tables([FINGERPRINTS.empty_table().select(columns), *tables])
    decided = decisions_of(run)  # in the same order
    related = read_table(run.path("relations.arrow"))
    apart = related.filter(pc.is_in(related["relation"], value_set=pa.array(["series", "revision"])))
    relatives = pc.is_in(rows["article_id"], value_set=apart["article_id"].combine_chunks())
    counts = pc.and_not(pc.equal(decided["outcome"], "kept"), relatives)
    rows = rows.append_column("counts", counts).append_column(
        "published", pc.not_equal(decided["outcome"], "known")
    )
    order = pc.sort_indices(rows, [("published_at", "ascending"), ("article_id", "ascending")])
    return rows.take(order).combine_chunks()


def _lines(run: Run, numbered: pa.Table) -> pa.Table:
    """Return the lines of the articles that are published, with the number of their article."""
    place = numbered.append_column("article", pa.array(np.arange(numbered.num_rows)))
    place = place.filter(place["published"]).select(["chunk", "row", "article"])
    parts = [_NUMBERED.empty_table()]
    for folder in cleaned_folders(run):
        lines = read_table(folder / "lines.arrow")
        own = place.filter(pc.equal(place["chunk"], int(folder.name)))
        at = pc.index_in(lines["row"], value_set=own["row"].combine_chunks())
        article = own["article"].take(at)
        parts.append(lines.append_column("article", article).filter(article.is_valid()))
    return pa.concat_tables(parts).combine_chunks()


def _wanted(run: Run, lines: pa.Table, numbered: pa.Table) -> pa.Table:
    """Leave out the lines of outlets that want no templates."""
    if not run.settings.rules.templates:
        return lines.slice(0, 0)
    without = [outlets.key(name) for name, said in run.settings.outlet.items() if not said.templates]
    own = outlets.keys(numbered["outlet"].combine_chunks()).take(lines["article"].combine_chunks())
    return lines.filter(
        pc.invert(pc.fill_null(pc.is_in(own, value_set=pa.array(without, pa.string())), False))
    )


def _before(history: History, names: pa.Array) -> templates.Before:
    """Return what the history knows of lines, titles and outlets."""
    counts = np.zeros(len(names), np.int64)
    for run in history.runs:
        place = pc.index_in(run.tables["kept"]["outlet"], value_set=names)
        counts += np.bincount(place.drop_null().to_numpy(), minlength=len(names))
    return templates.Before(
        places=lambda keys: _places(history, keys),
        titles=lambda keys: _titles(history, keys),
        articles=counts,
    )


def _places(history: History, keys: Keys) -> tuple[Ints, Ints]:
    found = first_places(history, keys)
    counts, members = np.zeros(len(keys), np.int64), np.full(len(keys), -1)
    counts[found["query"].to_numpy()] = found["count"].to_numpy()
    members[found["query"].to_numpy()] = found["member"].to_numpy()
    return counts, members


def _titles(history: History, keys: Keys) -> Ints:
    found = find_postings(history, "titles", keys)
    members = np.full(len(keys), np.iinfo(np.int64).max)
    np.minimum.at(members, found["query"].to_numpy(), found["member"].to_numpy())
    return np.where(members == np.iinfo(np.int64).max, -1, members)


def _dates(numbers: Ints, history: History, numbered: pa.Table) -> pa.Array:
    """Return when articles were published: of the batch, or, where negative, -1 - a member of the history."""
    dates = numbered["published_at"].take(pa.array(np.maximum(numbers, 0))).combine_chunks()
    old = np.flatnonzero(numbers < 0)
    before = kept_articles(history, -1 - numbers[old])["published_at"].combine_chunks()
    return pc.replace_with_mask(dates, pa.array(numbers < 0), before.cast(dates.type))


def _example(run: Run, decisions: pa.Table) -> str | None:
    """Return the first article of the batch with a removal, else the first one."""
    ordered = decisions_in_order(decisions).filter(pc.field("outcome") != "known")
    for folder in cleaned_folders(run):
        rows = read_table(finished_file(run, int(folder.name), "removals.arrow"))["row"].combine_chunks()
        touched = (pc.field("chunk") == int(folder.name)) & pc.field("row").isin(rows)
        found = ordered.filter(touched)
        if found.num_rows:
            return str(found["article_id"][0].as_py())
    return str(ordered["article_id"][0].as_py()) if ordered.num_rows else None


def _words_removed(run: Run, decisions: pa.Table) -> dict[str, int]:
    published = decisions.filter(pc.not_equal(decisions["outcome"], "known"))
    sums: dict[str, int] = {}
    for folder in cleaned_folders(run):
        removals = read_table(finished_file(run, int(folder.name), "removals.arrow"))
        rows = published.filter(pc.equal(published["chunk"], int(folder.name)))["row"]
        taken = removals.filter(pc.is_in(removals["row"], value_set=rows.combine_chunks()))
        for row in taken.group_by("layer").aggregate([("words", "sum")]).to_pylist():
            sums[row["layer"]] = sums.get(row["layer"], 0) + row["words_sum"]
    return dict(sorted(sums.items()))
