"""Rebuilding a warehouse, and forgetting articles: runs that read no input, but take articles over."""

from __future__ import annotations

from collections.abc import Sequence

from flows.explain import ADDRESSES, NotThere, goes_by
from flows.pipeline import direct, process
from flows.run import Options
from flows.summary import Summary
from storage import read
from storage.manifest import Snapshot, snapshot
from storage.publish import writing
from storage.restoring import published_articles
from storage.warehouse import open_warehouse


def rebuild(warehouse: str, *, config: str | None, workers: int | None, dry_run: bool) -> Summary:
    """Clean all articles of a warehouse again, and decide on them anew, with the rules and settings of today.

    Args:
        warehouse: folder of the warehouse.
        config: a configuration file; None for copydesk.toml in the working folder, if there is one.
        workers: threads; None for one a core.
        dry_run: do all the work, write nothing.

    Returns:
        What came of it.

    Raises:
        storage.errors.StorageError: there is no warehouse, somebody else writes, or the disk refuses.
    """
    open_warehouse(warehouse)
    options = Options(to=warehouse, config=config, workers=workers, dry_run=dry_run, kind="rebuild")
    return process(options, direct())


def forget(
    warehouse: str, *, ids: Sequence[str], urls: Sequence[str], config: str | None, dry_run: bool
) -> Summary:
    """Take articles out of every table and the history; of the copies of a kept one, one is promoted.

    Args:
        warehouse: folder of the warehouse.
        ids: article_id or source_id of articles.
        urls: URLs of articles, in any way to write them that has one canonical form.
        config: a configuration file; None for copydesk.toml in the working folder, if there is one.
        dry_run: do all the work, write nothing.

    Returns:
        What came of it; `forgotten` has the ids of the articles.

    Raises:
        flows.explain.NotThere: no article goes by one of the names.
        storage.errors.StorageError: there is no warehouse, somebody else writes, or the disk refuses.
    """
    opened = open_warehouse(warehouse)
    if not dry_run:
        with writing(opened):  # what an interrupted command has forgotten is not to be found any more
            pass
    moment = snapshot(opened)
    found = [*_find(moment, ids, ("article_id", "source_id")), *_find(moment, urls, ADDRESSES)]
    options = Options(
        to=warehouse, config=config, dry_run=dry_run, kind="forget", forget=tuple(sorted({*found}))
    )
    return process(options, direct())


def _find(moment: Snapshot, names: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the ids of the articles that go by some names."""
    found: list[str] = []
    for name in names:
        ids = published_articles(moment, goes_by(name, columns))["article_id"].to_pylist()
        if not ids:
            raise NotThere(_missing(moment, name, columns))
        found += ids
    return found


def _missing(moment: Snapshot, name: str, columns: Sequence[str]) -> str:
    batches = read(moment, "batches", columns=["forgotten", "committed_at"])
    for ids, moment_ in zip(
        batches["forgotten"].to_pylist(), batches["committed_at"].to_pylist(), strict=True
    ):
        if name in ids:
            return f"{moment.warehouse.root}: article {name} was forgotten on {moment_:%Y-%m-%d} already"
    return (
        f"{moment.warehouse.root}: no article has the {' or '.join(columns)} {name!r}; "
        "take one from the tables articles or duplicates"
    )
