"""Doing a batch again: what it had read, and whether all of that is there."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from flows.settings import Settings, SettingsError, SourceTable
from ingest.sources import STDIN_LOCATOR, InputFile, fingerprint
from storage import read
from storage.intact import intact
from storage.manifest import Manifest, snapshot
from storage.names import check_batch_id
from storage.warehouse import Warehouse

AGAIN = {"batch", "replace"}  # kinds of commits whose batch was read from inputs


def kind_of(batch_id: str, committed: Iterable[Manifest], *, replace: bool) -> str:
    """Say of what kind the commit of a batch with a given id is.

    Args:
        batch_id: the id.
        committed: all commits.
        replace: the batch may be there already.

    Returns:
        `replace` where it is there, else `batch`.

    Raises:
        flows.settings.SettingsError: it is there and may not be, or was not read from inputs.
        storage.errors.StorageError: no batch can have this id.
    """
    check_batch_id(batch_id)
    kinds = [manifest.kind for manifest in committed if manifest.batch_id == batch_id]
    if not kinds:
        return "batch"
    if kinds[-1] not in AGAIN:
        raise SettingsError(
            f"batch {batch_id} is a {kinds[-1]}, which read no input: it cannot be done again; "
            "`copydesk rebuild` decides on all articles anew"
        )
    if not replace:
        raise SettingsError(
            f"batch {batch_id} is committed already: add --replace to do it again, or choose another id"
        )
    return "replace"


def inputs_of(warehouse: Warehouse, batch_id: str) -> list[dict[str, Any]]:
    """Return what a batch had read: `source`, `locator` and `content_hash` of each input file.

    Args:
        warehouse: the warehouse.
        batch_id: the batch; one that is not there had read nothing.
    """
    inputs: list[dict[str, Any]] = _row(warehouse, batch_id, ["inputs"]).get("inputs", [])
    return inputs


def refuse_empty(warehouse: Warehouse, batch_id: str) -> None:
    """Refuse to do a batch again whose articles are all in later ones: its records would be known.

    Args:
        warehouse: the warehouse.
        batch_id: the batch.

    Raises:
        flows.settings.SettingsError: it has no article any more.
    """
    row = _row(warehouse, batch_id, ["kept", "duplicates", "gone"])
    if row and row["gone"] and not row["kept"] and not row["duplicates"]:
        raise SettingsError(
            f"batch {batch_id} has no article any more: all have gone, as by a rebuild, to later batches; "
            "run what is corrected as a new batch, and forget what was wrong"
        )


def _row(warehouse: Warehouse, batch_id: str, columns: list[str]) -> dict[str, Any]:
    """Return the batch's row of `batches`; nothing where it is not there, or cannot be read."""
    where = ds.field("batch_id") == batch_id
    rows = read(intact(snapshot(warehouse), batch_id), "batches", columns=columns, where=where)
    return next(iter(rows.to_pylist()), {})


def sources_of(warehouse: Warehouse, batch_id: str, settings: Settings) -> list[SourceTable]:
    """Return what a batch had read as sources, so that it can be read again.

    A source that the settings have is read as they say now, any other as the batch had read it.

    Args:
        warehouse: the warehouse.
        batch_id: the batch.
        settings: the settings in force.

    Raises:
        flows.settings.SettingsError: there is no such batch, it had read no file to its end, or it had read
            standard input.
    """
    row = _row(warehouse, batch_id, ["inputs", "settings"])
    if not row:
        raise SettingsError(
            f"batch {batch_id} cannot be done again without INPUT: it is not there, or damaged"
        )
    if not row["inputs"]:
        raise SettingsError(f"batch {batch_id} had read no file to its end: name its inputs")
    if any(one["locator"] == STDIN_LOCATOR for one in row["inputs"]):
        raise SettingsError(
            f"batch {batch_id} had read standard input, which is not kept: "
            "pipe it in again and name it as INPUT, with -, beside the batch's other inputs"
        )
    named: dict[str, list[str]] = {}
    for one in row["inputs"]:
        path = one["locator"]
        named.setdefault(one["source"], []).append(path if Path(path).exists() else glob.escape(path))
    recorded = Settings.model_validate_json(row["settings"]).source
    tables = {table.name: table for table in (*recorded, *settings.source)}
    return [
        tables.get(name, SourceTable(name=name, inputs=files)).model_copy(update={"inputs": files})
        for name, files in named.items()
    ]


def refuse_missing(batch_id: str, inputs: Iterable[dict[str, Any]], files: Iterable[InputFile]) -> None:
    """Refuse to do a batch again without one of the files that it had read: its articles would be lost.

    Args:
        batch_id: the batch.
        inputs: what `inputs_of` gave.
        files: what is to be read.

    Raises:
        flows.settings.SettingsError: one is missing; a file of the same content under another name will do.
    """
    found = {(file.source.name, file.locator): file for file in files}
    lacking = [one for one in inputs if (one["source"], one["locator"]) not in found]
    if not lacking:
        return
    contents = {(source, fingerprint(file.path)) for (source, _), file in found.items() if not file.error}
    for one in lacking:
        if (one["source"], one["content_hash"]) not in contents:
            raise SettingsError(
                f"{one['locator']}: batch {batch_id} had read this file (source {one['source']}), and its "
                "articles would be lost: name it, or a file of the same content, among the inputs"
            )
