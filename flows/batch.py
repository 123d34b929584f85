"""The main job as a Prefect flow: the order of the steps is in `flows.pipeline`, here they become tasks.

A task is a chunk of thousands of articles; it gets paths and returns a path, so that nothing heavy goes
through Prefect. Correctness rests on the commit alone, never on Prefect's states or caches.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, wait

from flows import stopping
from flows.pipeline import Engine, ItemStep, Step, follow, process
from flows.run import Options
from flows.summary import as_markdown

logger = logging.getLogger(__name__)

ARTIFACT = "copydesk-batch"


@flow(name="copydesk", persist_result=False)
def batch(  # noqa: PLR0913, PLR0917 - the parameters that people see in Prefect
    inputs: list[str] | None = None,
    to: str | None = None,
    config: str | None = None,
    source: str | None = None,
    outlet: str | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    workers: int | None = None,
    batch: str | None = None,
    replace: bool = False,
    stdin_format: str | None = None,
) -> dict[str, Any]:
    """Ingest what is new, clean it, find copies, and commit one batch.

    Args:
        inputs: files, folders and globs; none for the sources of the configuration, or else the seeds.
        to: the warehouse; none for that of the configuration, or else ./warehouse.
        config: a configuration file; none for ./copydesk.toml, if there is one.
        source: name of the source to take, or to call the inputs by.
        outlet: outlet of records that name none.
        limit: most new records to take.
        dry_run: do all the work, write nothing.
        workers: threads and processes; none for one a core.
        batch: id of the batch; none for a new one that tells the time.
        replace: do the batch of that id again.
        stdin_format: what the input `-` holds; for the command line alone.

    Returns:
        The summary: see `flows.summary.Summary`.
    """
    options = Options(
        inputs=tuple(inputs or ()),
        to=to,
        config=config,
        source=source,
        outlet=outlet,
        limit=limit,
        dry_run=dry_run,
        workers=workers,
        batch=batch,
        replace=replace,
        stdin_format=stdin_format,
    )
    with stopping.heard():
        summary = process(options, Engine(once=_once, each=_each))
    try:
        create_markdown_artifact(as_markdown(summary), key=ARTIFACT, description="What came of the run")
    except Exception:
        logger.warning(
            "batch %s is published; Prefect did not take the summary", summary.batch_id, exc_info=True
        )
    return summary.model_dump()


def _once(step: Step, run_file: str) -> str:
    result: str = task(name=step.__name__, cache_policy=NO_CACHE, persist_result=False)(step)(run_file)
    return result


def _each(step: ItemStep, run_file: str, items: Sequence[str], workers: int) -> list[str]:
    made = task(name=step.__name__, cache_policy=NO_CACHE, persist_result=False)(step)

    def results() -> Iterator[str]:
        waiting: deque[PrefectFuture[str]] = deque()
        try:
            for item in items:
                if len(waiting) >= workers:
                    yield waiting.popleft().result()
                waiting.append(made.submit(run_file, item))
            while waiting:
                yield waiting.popleft().result()
        finally:  # where one failed, the others still write into the run's folder
            wait(list(waiting))

    return follow(step.__name__, results(), len(items))
