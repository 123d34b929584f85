"""One run: what it was asked to do, as a value that is written down before the work begins.

Every step finds the run in its folder of files in the making, so that steps need nothing but paths, on
whichever thread, process or machine they work.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from dedup.settings import MatchSettings
from dedup.signatures import rows_per_band
from flows import configuration, piped, replacing
from flows import settings as settings_
from flows.settings import Settings, SettingsError
from flows.workfiles import write_text
from ingest import outlets, packs, scores
from ingest.outlets import OutletRules
from ingest.patterns import Rules
from ingest.sources import Source, find
from storage.departures import Departure, departure
from storage.errors import NotFound
from storage.history import History, load_history
from storage.warehouse import open_warehouse

RUN_FILE = "run.json"
DEPARTURE = "departure"  # folder of what leaves earlier batches, in that of the run
SEEDS = Path(__file__).resolve().parent.parent / "seeds"  # beside the packages, in a checkout and in a wheel


class Options(BaseModel):
    """What a person, a schedule or another program asks for: the parameters of the flow.

    Attributes:
        inputs: files, folders and globs; none for the sources of the settings.
        to: the warehouse; None for that of the settings.
        config: a configuration file; None for copydesk.toml in the working folder, if there is one.
        source: name of the source to take, or to call the inputs by.
        outlet: outlet of records that name none.
        limit: most new records to take.
        dry_run: do all the work, write nothing.
        workers: threads and processes; None for one a core.
        batch: id of the batch; None for a new one that tells the time.
        replace: do that batch again, which is there already.
        stdin_format: what standard input holds, the input `-`: see `flows.piped.check`.
        kind: `batch`; or `rebuild` or `forget`, which take articles out of earlier batches.
        forget: ids of the articles to forget.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: tuple[str, ...] = ()
    to: str | None = None
    config: str | None = None
    source: str | None = None
    outlet: str | None = None
    limit: int | None = None
    dry_run: bool = False
    workers: int | None = None
    batch: str | None = None
    replace: bool = False
    stdin_format: str | None = None
    kind: Literal["batch", "rebuild", "forget"] = "batch"
    forget: tuple[str, ...] = ()


class Run(BaseModel):
    """One run, with nothing left to be looked up.

    Attributes:
        settings: the settings in force.
        sources: what to read.
        warehouse: absolute path.
        folder: folder of files in the making.
        started_at: when it began.
        limit: most new records to take.
        dry_run: write nothing.
        workers: threads and processes.
        batch_id: id of the batch that this may become.
        settings_hash: fingerprint of all that can change a result, see `flows.provenance`.
        kind: kind of the commit, see `storage.manifest.Manifest`.
        forget: ids of the articles to forget.
    """

    model_config = ConfigDict(frozen=True)

    settings: Settings
    sources: tuple[Source, ...]
    warehouse: str
    folder: str
    started_at: datetime
    limit: int | None
    dry_run: bool
    workers: int
    batch_id: str
    settings_hash: str
    kind: str = "batch"
    forget: tuple[str, ...] = ()

    def path(self, *parts: str) -> Path:
        """Return a path in the folder of files in the making."""
        return Path(self.folder, *parts)


def read(run_file: str) -> Run:
    """Read a run back from its folder."""
    return Run.model_validate_json(Path(run_file).read_bytes())


def write(run: Run) -> str:
    """Write a run down and return the path of its file.

    Raises:
        storage.errors.WarehouseUnwritable: the disk refuses.
    """
    return write_text(run.path(RUN_FILE), run.model_dump_json(indent=1))


def sources_of(options: Options, settings: Settings) -> tuple[Source, ...]:
    """Return the sources that the options ask for."""
    if options.kind != "batch":
        return ()
    if options.replace and not options.inputs:
        warehouse = open_warehouse(options.to or settings.warehouse)
        tables = replacing.sources_of(warehouse, options.batch or "", settings)
        return tuple(settings_.as_source(table, options.outlet) for table in tables)
    return tuple(
        settings_.choose_sources(
            settings, options.inputs, name=options.source, outlet=options.outlet, bundled=SEEDS
        )
    )


def preflight(options: Options) -> None:
    """Check what can be checked at once: settings, rule packs, and that the inputs are there.

    Raises:
        flows.settings.SettingsError, ingest.errors.IngestError: something a person has to mend.
    """
    for name in (*options.inputs, options.to or ""):
        if not name.isprintable() and any("\udc80" <= character <= "\udcff" for character in name):
            told = name.encode("utf-8", "backslashreplace").decode()
            raise SettingsError(f"{told}: the name is no UTF-8; rename it, or name the folder it lies in")
    piped.check(options.inputs, options.stdin_format)
    if options.replace and options.batch is None:
        raise SettingsError("--replace says to do a batch again: name it with --batch")
    if options.replace and options.limit is not None:
        raise SettingsError(
            "--limit would leave out articles of the batch that is done again: take one of the two"
        )
    settings = configuration.find(options.config)
    rules_of(settings)
    find(sources_of(options, settings))


def rules_of(settings: Settings) -> Rules:
    """Load the rule packs in force, once a process, and the weights of the judge unless it is switched off.

    Raises:
        ingest.errors.RuleError: a pack is wrong.
    """
    said = tuple(outlets_of(settings).items())
    rules = _load_rules(packs_of(settings), tuple(settings.rules.disable), said)
    return replace(rules, judge=scores.load(scores.bundled())) if settings.rules.judge else rules


def packs_of(settings: Settings) -> tuple[Path, ...]:
    """Name the packs for all outlets, in the order in which their rules are tried."""
    return (*packs.bundled(), *map(Path, settings.rules.packs))


def outlets_of(settings: Settings) -> dict[str, OutletRules]:
    """Return what the settings say of outlets, by their keys."""
    return {
        outlets.key(name): OutletRules(tuple(own.disable), tuple(own.lines), tuple(map(Path, own.packs)))
        for name, own in settings.outlet.items()
    }


@functools.cache
def _load_rules(
    paths: tuple[Path, ...], disable: tuple[str, ...], said: tuple[tuple[str, OutletRules], ...]
) -> Rules:
    return packs.load(paths, disable=disable, outlets=dict(said))


def match_settings(settings: Settings) -> MatchSettings:
    """Return what matching takes of the settings."""
    return MatchSettings(settings.match.near, settings.match.contained, settings.history.days)


def departure_of(run: Run) -> Departure | None:
    """Return what leaves earlier batches in this run, as far as it is known."""
    return departure(run.path(DEPARTURE))


def history_of(run: Run) -> History:
    """Return what the warehouse knows of earlier batches, without what leaves them in this run.

    Nothing where there is no warehouse yet.

    Raises:
        storage.errors.IndexMismatch: it was made with settings under which too little would be found.
    """
    leaves = departure_of(run)
    try:
        return load_history(
            open_warehouse(run.warehouse),
            rows=rows_per_band(run.settings.match.near),
            remaining=leaves.remaining if leaves else None,
        )
    except NotFound:
        return History(())
