"""The manifests: what is published, one numbered file a commit, never changed.

A reader that takes the list of manifests once sees all tables at one moment.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import xxhash

from storage.errors import StorageError, WarehouseFormat
from storage.names import file_name
from storage.store import read_bytes
from storage.versions import problem_with
from storage.warehouse import MANIFESTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.store import Source
    from storage.warehouse import Warehouse

FORMAT = 5
_FORMER = 4  # differs only in that a run was named like its batch
_WITHOUT_BATCH = frozenset({"compact", "upgrade"})
_KEY = re.compile(MANIFESTS + r"/(\d{8}\.json)")
_CLOSE = b"\n}\n"
_SEAL = re.compile(rb',\n "xxh3_128": "([0-9a-f]{32})"\n}\n\Z')


@dataclass(frozen=True)
class FileEntry:
    """One immutable file: where it lies below the warehouse, and what proves it unchanged.

    Attributes:
        path: Its path; no two files ever have the same.
        rows: Its rows.
        bytes: Its size.
        xxh3_128: Hash of its bytes, in hex.
        batches: The batches whose rows it may hold, where they are several.
    """

    path: str
    rows: int
    bytes: int
    xxh3_128: str
    batches: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The folder it lies in, below the warehouse; folders are published and superseded as a whole."""
        return self.path.rpartition("/")[0]

    @property
    def holders(self) -> tuple[str, ...]:
        """The batches whose rows it may hold, be it one or several."""
        return self.batches or (self.folder.rpartition("batch=")[2],)


@dataclass(frozen=True)
class Manifest:
    """What one commit published.

    Attributes:
        version: Its number, from 1 on.
        kind: `batch`; `replace` where it puts a batch in the place of one of the same id, `forget` and
            `rebuild` where its batch takes articles over from earlier ones; without a batch `compact`, where
            larger files take the place of small ones, and `upgrade`, where files of the present schema
            version take that of earlier ones.
        batch_id: The batch; of a commit without one, its own id.
        run: Name of the history run that it published.
        committed_at: When, in ISO form.
        tables: Table → the files that it published.
        replaced: Folders of earlier commits that it took the place of.
        index: Files of the history run that it published: the batch's own, or one that several were merged
            into. Once another has taken its place they are deleted.
        tier: How often the rows of that run were merged (`storage.tiers`).
        runs: The runs that are the history from this commit on, the oldest first; each holds the batches
            committed behind the run before it, up to the commit that published it.
        counts: The counts of the batch's row in `batches`.
        settings: Fingerprint of the settings.
        schema_version: Version of the published schemas.
    """

    version: int
    kind: str
    batch_id: str
    run: str
    committed_at: str
    tables: Mapping[str, tuple[FileEntry, ...]]
    replaced: tuple[str, ...]
    index: tuple[FileEntry, ...]
    tier: int
    runs: tuple[str, ...]
    counts: Mapping[str, int]
    settings: str
    schema_version: str


@dataclass(frozen=True)
class Snapshot:
    """A warehouse at one moment: every commit up to then.

    Attributes:
        warehouse: The warehouse.
        manifests: All commits, the oldest first.
        lost: Paths of files that are left out, since they are damaged.
    """

    warehouse: Warehouse
    manifests: tuple[Manifest, ...]
    lost: frozenset[str] = frozenset()

    @property
    def runs(self) -> tuple[str, ...]:
        """The live runs of the history, the oldest first."""
        return self.manifests[-1].runs if self.manifests else ()

    @property
    def batches(self) -> tuple[Manifest, ...]:
        """The commits that brought the batches as they are now, the oldest first."""
        last = {each.batch_id: each for each in self.manifests if each.kind not in _WITHOUT_BATCH}
        return tuple(manifest for manifest in self.manifests if last.get(manifest.batch_id) is manifest)

    @property
    def batches_in_runs(self) -> dict[str, tuple[str, ...]]:
        """The batches that each live run holds, the oldest first."""
        present = {manifest.version for manifest in self.batches}
        inside: dict[str, tuple[str, ...]] = {}
        waiting: list[str] = []
        for manifest in self.manifests:
            if manifest.version in present:
                waiting.append(manifest.batch_id)
            if manifest.run in self.runs:
                inside[manifest.run] = tuple(waiting)
                waiting = []
        return inside

    def folders(self, table: str) -> dict[str, tuple[FileEntry, ...]]:
        """List the files of a table by the folders they lie in; their rows come in order of the batches.

        Args:
            table: Its name.
        """
        live: dict[str, tuple[FileEntry, ...]] = {}
        for manifest in self.manifests:
            own: dict[str, tuple[FileEntry, ...]] = {}
            for entry in manifest.tables.get(table, ()):
                own[entry.folder] = (*own.get(entry.folder, ()), entry)
            for folder in manifest.replaced:
                if folder not in own:
                    live.pop(folder, None)
            live |= own  # what takes the place of a folder of the same name stands where that one stood
        return live

    def entries(self, table: str) -> tuple[FileEntry, ...]:
        """List the files of a table, in order of the batches.

        Args:
            table: Its name.
        """
        entries = (entry for entries in self.folders(table).values() for entry in entries)
        return tuple(entry for entry in entries if entry.path not in self.lost)


def encode(manifest: Manifest) -> bytes:
    """Give the bytes of a manifest's file, with what proves them unchanged.

    Args:
        manifest: The manifest.

    Returns:
        JSON; its last key, `xxh3_128`, is the hash of the same JSON without that key.
    """
    said = json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1, sort_keys=True).encode() + b"\n"
    seal = f',\n "xxh3_128": "{xxhash.xxh3_128_hexdigest(said)}"'
    return said.removesuffix(_CLOSE) + seal.encode() + _CLOSE


def _is_unchanged(content: bytes) -> bool:
    found = _SEAL.search(content)
    return found is not None and found[1].decode() == xxhash.xxh3_128_hexdigest(
        content[: found.start()] + _CLOSE
    )


def load(source: Source) -> Manifest:
    """Read one manifest.

    Args:
        source: Its file, sealed or published.

    Raises:
        WarehouseFormat: It is damaged, or another version of copydesk wrote it.
    """
    try:
        content = read_bytes(source)
    except OSError as error:
        raise StorageError(
            f"{source}: the manifest cannot be read ({error.strerror}); mend the rights on it"
        ) from error
    return decode(content, source)


def decode(content: bytes, source: Source) -> Manifest:
    """Understand the bytes of a manifest's file.

    Args:
        content: The bytes.
        source: The file, for the message.

    Raises:
        WarehouseFormat: It is damaged or was changed, or another version of copydesk wrote it.
    """
    try:
        raw = json.loads(content)
        found = raw.pop("format")
        manifest = _from_json(raw) if found in {_FORMER, FORMAT} else None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WarehouseFormat(f"{source}: the manifest is damaged; restore it from a backup") from None
    if manifest is None:
        raise WarehouseFormat(
            f"{source}: has format {found}, this copydesk knows {FORMAT}; use the version that wrote it"
        )
    if not _is_unchanged(content):
        raise WarehouseFormat(
            f"{source}: the manifest was changed since it was written; restore it from a backup"
        )
    if problem := problem_with(manifest.schema_version):
        raise WarehouseFormat(f"{source}: {problem}")
    return manifest


def _from_json(raw: dict[str, Any]) -> Manifest:
    del raw["xxh3_128"]
    raw.setdefault("run", raw["batch_id"])
    tables = {name: _entries(entries) for name, entries in raw.pop("tables").items()}
    index, replaced, runs = _entries(raw.pop("index")), tuple(raw.pop("replaced")), tuple(raw.pop("runs"))
    return Manifest(tables=tables, index=index, replaced=replaced, runs=runs, **raw)


def _entries(raw: list[dict[str, Any]]) -> tuple[FileEntry, ...]:
    return tuple(FileEntry(**{**entry, "batches": tuple(entry["batches"])}) for entry in raw)


def manifests(warehouse: Warehouse) -> list[Manifest]:
    """List what has been committed, the oldest first.

    Args:
        warehouse: The warehouse.

    Returns:
        One manifest a commit.

    Raises:
        WarehouseFormat: A manifest is damaged or was changed, or one is missing between others.
    """
    top = warehouse.manifests
    try:
        names = [found[1] for key in top.store.keys(MANIFESTS) if (found := _KEY.fullmatch(key))]
    except OSError as error:
        raise WarehouseFormat(
            f"{top}: cannot be listed ({error.strerror}); restore it from a backup"
        ) from error
    expected = [file_name(version) for version in range(1, len(names) + 1)]
    for name, wanted in zip(names, expected, strict=True):
        if name != wanted:
            raise WarehouseFormat(f"{top / wanted}: is missing; restore it from a backup")
    loaded = [load(top / name) for name in names]
    for manifest, name in zip(loaded, names, strict=True):
        if file_name(manifest.version) != name:
            raise WarehouseFormat(f"{top / name}: holds number {manifest.version}; restore it from a backup")
    return loaded


def snapshot(warehouse: Warehouse) -> Snapshot:
    """Fix the present moment, so that several reads see the same commits.

    Args:
        warehouse: The warehouse.
    """
    return Snapshot(warehouse, tuple(manifests(warehouse)))


def published(
    entries: Sequence[FileEntry], folder: str, *, batches: tuple[str, ...] = ()
) -> tuple[FileEntry, ...]:
    """Say of files that lie in a folder where they will be published.

    Args:
        entries: The files, their paths relative to the folder.
        folder: The folder, below the warehouse.
        batches: The batches whose rows they hold, where these are not that of the folder alone.
    """
    shared = () if batches == (folder.rpartition("batch=")[2],) else batches
    return tuple(replace(entry, path=f"{folder}/{entry.path}", batches=shared) for entry in entries)
