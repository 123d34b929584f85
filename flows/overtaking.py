"""The step after matching that finds what else of earlier batches has to be decided on again."""

from __future__ import annotations

import logging

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from flows import matching, taking
from flows import run as runs
from flows.resuming import ENDED
from flows.run import Run
from flows.workfiles import read_json, read_table, write_json
from ingest.tables import RECORDS
from storage import read
from storage.departures import Departure, with_copies
from storage.history import load_history
from storage.kept import kept_by
from storage.known import any_lost, come_records
from storage.manifest import Snapshot
from storage.restoring import TAKEN, articles_of, published_articles

logger = logging.getLogger(__name__)


def may_be(run: Run) -> bool:
    """Tell whether a run may have to decide again on what others left; `take_over` is to be called then."""
    return run.kind == "replace" or (run.kind == "batch" and run.settings.history.revisions == "replace")


def take_over(run_file: str) -> str:
    """After matching, let leave what cannot stay as it is, to be decided on again.

    That is copies elsewhere of an article that is not kept any more as it was, when a batch is done again;
    and articles that this batch has a later version of, with their copies, where the settings say so. Where
    records go for good, files of other batches in which they may have been known are to be read again.

    Returns:
        Path of `taking.json`, which lists the descriptions of the groups to read now; none of them where all
        is well, so that there is nothing to be matched again.
    """
    run = runs.read(run_file)
    moment = taking.moment_of(run)
    before = runs.departure_of(run)
    left = before.ids if before else pa.array([], pa.string())
    more = _no_longer_as_they_were(run, moment) if run.kind == "replace" else _superseded(run, moment)
    new = more.filter(pc.invert(pc.is_in(more, value_set=left)))
    old = read_table(run.path(taking.TAKEN_FILE)) if before else TAKEN.empty_table()
    paths: list[str] = []
    if len(new):
        added = published_articles(moment, ds.field("article_id").isin(new))
        taken = pa.concat_tables([old, added]).combine_chunks()
        taking.leave(run, moment, leaving=pa.concat_arrays([left, new]), taken=taken)
        paths = [
            write_json(run.path("groups", f"{number:06d}.json"), group)
            for number, group in enumerate(
                taking.groups(taken, old.num_rows), len(list(run.path("groups").iterdir()))
            )
        ]
    elif before and (reread := _unread(run, moment, before)):
        taking.leave(run, moment, leaving=left, taken=old, reread=reread)
        logger.warning(
            "batch %s does not have records any more that may have been known in files of %s: those are read "
            "again when they are given",
            *(run.batch_id, "one other batch" if len(reread) == 1 else f"{len(reread)} other batches"),
        )
    return write_json(run.path("taking.json"), {"groups": paths})


def _unread(run: Run, moment: Snapshot, before: Departure) -> list[str]:
    """Return the batches that are to read their inputs again; none where no record goes for good.

    Of known records the number alone is stored: which they were, nobody can tell but who reads them.
    """
    if run.kind != "replace" or before.reread:
        return []
    first = before.remaining.first
    now = [each.tables["records"] for each in runs.history_of(run).runs[first:]]
    if not any_lost(
        (each.tables["records"] for each in load_history(moment).runs[first:]),
        [*now, _come(run)],
    ):
        return []
    where = (ds.field("known") > 0) & ~ds.field("reread") & (ds.field("batch_id") != run.batch_id)
    batches: list[str] = read(moment, "batches", columns=["batch_id"], where=where)["batch_id"].to_pylist()
    return batches


def _come(run: Run) -> pa.Table:
    """Return the keys of all records that the batch has read and not known, articles or rejects."""
    groups = matching.extracted_groups(run)
    chunks = [chunk for group in groups for chunk in read_json(group / ENDED)["chunks"]]
    said = ["source", "content_hash"]
    records = [read_table(chunk).select(said) for chunk in chunks]
    rejects = [read_table(group / "rejects.arrow") for group in groups]
    empty = RECORDS.empty_table().select(said)
    return come_records(pa.concat_tables([empty, *records]), pa.concat_tables(rejects))


def _no_longer_as_they_were(run: Run, moment: Snapshot) -> pa.Array:
    """Return what the batch had and does not keep with the same text now, with all copies of it; ids."""
    batch = matching.fingerprints_of(run)
    decisions = read_table(run.path("decisions.arrow"))
    still = decisions.filter(pc.equal(decisions["outcome"], "kept"))["article_id"]
    batch = batch.filter(pc.is_in(batch["article_id"], value_set=still.combine_chunks()))
    kept = kept_by(load_history(moment), run.batch_id)
    same = batch.filter(pa.array(taking.as_kept(batch, kept)))["article_id"].combine_chunks()
    had = articles_of(moment, run.batch_id)
    return with_copies(moment, had.filter(pc.invert(pc.is_in(had, value_set=same))))


def _superseded(run: Run, moment: Snapshot) -> pa.Array:
    """Return the ids of earlier articles of which the batch has a later version, and of their copies."""
    decisions = read_table(run.path("decisions.arrow"))
    old = pc.and_(pc.equal(decisions["match"], "revision"), decisions["in_history"])
    versions = decisions.filter(pc.fill_null(old, False)).select(["article_id", "of_article_id"])
    dates = matching.fingerprints_of(run).select(["article_id", "published_at"])
    place = pc.index_in(versions["article_id"], value_set=dates["article_id"].combine_chunks())
    of = pc.unique(versions["of_article_id"])
    columns = ["article_id", "published_at"]
    kept = read(moment, "articles", columns=columns, where=ds.field("article_id").isin(of))
    at = pc.index_in(versions["of_article_id"], value_set=kept["article_id"].combine_chunks())
    date, earlier = dates["published_at"].take(place), kept["published_at"].take(at)
    # As in a batch: nobody knows of an undated version that it is newer.
    later = pc.or_kleene(pc.greater(date, earlier), pc.and_(pc.is_valid(date), pc.is_null(earlier)))
    ids = versions["of_article_id"].filter(pc.fill_null(later, False))
    return with_copies(moment, pc.unique(ids))
