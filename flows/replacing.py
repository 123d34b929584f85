"""Doing a batch again: what it had read, and whether all of that is there."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from flows.settings import SettingsError
from ingest.sources import InputFile, fingerprint
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
    where = ds.field("batch_id") == batch_id
    rows = read(intact(snapshot(warehouse), batch_id), "batches", columns=["inputs"], where=where)[
        "inputs"
    ].to_pylist()
    return [one for inputs in rows for one in inputs]


def as_named(inputs: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """Return recorded inputs as a person would name them: source → files.

    Args:
        inputs: what `inputs_of` gave.
    """
    named: dict[str, list[str]] = {}
    for one in inputs:
        path = one["locator"]
        named.setdefault(one["source"], []).append(path if Path(path).exists() else glob.escape(path))
    return named


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
