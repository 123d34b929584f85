"""The main job, as a table of contents: the order of the steps, and nothing of how they are run.

Who runs the steps is an engine: threads of this process (`direct`), or Prefect (`flows.batch`).
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows import (
    matching,
    overtaking,
    piped,
    provenance,
    publishing,
    replacing,
    resuming,
    reused,
    stopping,
    tasks,
    templating,
)
from flows import run as runs
from flows.configuration import find
from flows.desk import desk
from flows.run import Options, Run
from flows.settings import Settings
from flows.summary import Summary
from flows.workfiles import read_json
from ingest.records import Reading
from ingest.sources import find as find_files
from storage.commit import stage
from storage.errors import NotFound, WarehouseUnwritable
from storage.manifest import Manifest, manifests
from storage.warehouse import create_warehouse, open_warehouse

logger = logging.getLogger(__name__)

Step = Callable[[str], str]
ItemStep = Callable[[str, str], str]


@dataclass(frozen=True)
class Engine:
    """Who runs the steps.

    Attributes:
        once: runs a step on a run.
        each: runs a step on a run for every item of a list, side by side, and returns the results in order.
    """

    once: Callable[[Step, str], str]
    each: Callable[[ItemStep, str, Sequence[str], int], list[str]]


def process(options: Options, engine: Engine) -> Summary:
    """Do the main job: read what is new, clean, match, publish.

    Args:
        options: what is asked for.
        engine: who runs the steps.

    Returns:
        What came of it.

    Raises:
        flows.settings.SettingsError, ingest.errors.IngestError, storage.errors.StorageError: something a
            person has to mend; nothing is published then.
    """
    began = time.monotonic()
    runs.preflight(options)
    with ExitStack() as stack, _desk(options, find(options.config)) as run:
        run_file = runs.write(run)
        groups = read_json(engine.once(tasks.plan, run_file))["groups"]
        outcome = _decide(engine, run, run_file, groups)
        while groups := _overtaken(engine, run, run_file):
            outcome = _decide(engine, run, run_file, groups)
        engine.once(templating.learn, run_file)
        engine.each(templating.finish, run_file, templating.chunks(run), run.workers)
        outcome = read_json(engine.once(templating.sum_up, run_file))
        news = outcome["records"] > outcome["known"] or run.kind != "batch"
        if news and not run.dry_run:
            stage(open_warehouse(run.warehouse), run.batch_id, again=run.kind == "replace")
            engine.once(reused.reuse, run_file)
            engine.each(publishing.assemble, run_file, list(publishing.MAKERS), run.workers)
            engine.once(publishing.index, run_file)
            stack.enter_context(stopping.deferred(f"stopped; batch {run.batch_id} is published whole"))
            engine.once(publishing.publish, run_file)
    return Summary(
        batch_id=run.batch_id if news and not run.dry_run else None,
        inputs=outcome.pop("records"),
        warehouse=run.warehouse,
        dry_run=run.dry_run,
        kind=run.kind,
        forgotten=list(run.forget),
        seconds=round(time.monotonic() - began, 3),
        **outcome,
    )


def _decide(engine: Engine, run: Run, run_file: str, groups: Sequence[str]) -> dict[str, Any]:
    """Read groups of inputs, clean what is in them, and match all there is; return the counts."""
    ended = engine.each(tasks.extract, run_file, groups, run.workers)
    chunks = [chunk for path in ended for chunk in read_json(path)["chunks"]]
    engine.each(tasks.clean, run_file, chunks, run.workers)
    outcome: dict[str, Any] = read_json(engine.once(matching.match, run_file))
    return outcome


def _overtaken(engine: Engine, run: Run, run_file: str) -> list[str]:
    """Return groups of earlier articles that have to be decided on again."""
    if not overtaking.may_be(run):
        return []
    groups: list[str] = read_json(engine.once(overtaking.take_over, run_file))["groups"]
    return groups


def direct() -> Engine:
    """Return the engine of a quick look: threads of this process, no Prefect."""

    def each(step: ItemStep, run_file: str, items: Sequence[str], workers: int) -> list[str]:
        pool = ThreadPoolExecutor(workers)
        try:
            return follow(step.__name__, pool.map(lambda item: step(run_file, item), items), len(items))
        finally:
            pool.shutdown(cancel_futures=True)

    return Engine(once=lambda step, run_file: step(run_file), each=each)


def follow(name: str, results: Iterator[str], total: int) -> list[str]:
    """Gather results as they come, and log how far the step is."""
    gathered: list[str] = []
    for result in results:
        gathered.append(result)
        progress = {"step": name, "done": len(gathered), "total": total}
        logger.info("%(step)s: %(done)d of %(total)d", progress, extra=progress)
    return gathered


@contextmanager
def _desk(options: Options, settings: Settings) -> Iterator[Run]:
    """Open a run: be the only writer, and have a folder for files in the making."""
    target = Path(options.to or settings.warehouse).absolute()
    run = Run(
        settings=settings,
        sources=runs.sources_of(options, settings),
        warehouse=str(target),
        folder="",
        started_at=datetime.now(UTC),
        limit=options.limit,
        dry_run=options.dry_run,
        workers=options.workers or Reading().workers,
        batch_id="",
        settings_hash=provenance.fingerprint(settings, runs.rules_of(settings)),
        kind=options.kind,
        forget=options.forget,
    )
    if options.dry_run:
        with tempfile.TemporaryDirectory(prefix="copydesk-") as folder:
            sources = piped.kept(run.sources, Path(folder, "stdin"), options.stdin_format)
            run = run.model_copy(update={"folder": folder, "sources": sources})
            yield _named(run, options, _committed(target))
        return
    warehouse = create_warehouse(target)
    with ExitStack() as stack, desk(warehouse, now=run.started_at) as (commit_id, committed):
        stack.callback(piped.clear, warehouse.stdin)
        sources = piped.kept(run.sources, warehouse.stdin, options.stdin_format)
        run = run.model_copy(update={"batch_id": commit_id, "sources": sources})
        run = _named(run, options, committed)
        folder_ = resuming.work_folder(warehouse.work, run, committed)
        try:
            yield run.model_copy(update={"folder": str(folder_)})
        except (OSError, WarehouseUnwritable):
            shutil.rmtree(folder_, ignore_errors=True)  # a full disk gets its space back
            raise
        # What else may have stopped the run, the next one takes its work up.
        shutil.rmtree(folder_, ignore_errors=True)


def _committed(target: Path) -> list[Manifest]:
    try:
        return manifests(open_warehouse(target))
    except NotFound:
        return []


def _named(run: Run, options: Options, committed: Sequence[Manifest]) -> Run:
    """Give a run the batch that it was asked for."""
    if options.batch is None:
        return run
    kind = replacing.kind_of(options.batch, committed, replace=options.replace)
    if kind == "replace":
        warehouse = open_warehouse(run.warehouse)
        replacing.refuse_empty(warehouse, options.batch)
        inputs = replacing.inputs_of(warehouse, options.batch)
        replacing.refuse_missing(options.batch, inputs, find_files(run.sources).files)
    return run.model_copy(update={"batch_id": options.batch, "kind": kind})
