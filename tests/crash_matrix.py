"""What has to be true of a warehouse in which a command was killed, and of what the next ones make of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from crash_jobs import SECRET, Job, clock
from disk_steps import Lens, Tree, digest, lay

from flows.checking import check_warehouse
from flows.compacting import compact_warehouse
from storage.contract import TABLES
from storage.manifest import manifests, snapshot
from storage.publish import writing
from storage.reading import read
from storage.warehouse import open_warehouse

DRAFTS = ("_copydesk/work/", "_copydesk/staging/")
SEAL = "/manifest.json"
FORMAT = "_copydesk/warehouse.json"
ALWAYS = {"_copydesk", "_copydesk/lock", FORMAT}
ALWAYS |= {f"_copydesk/{name}" for name in ("manifests", "staging", "work", "index", "superseded")}
UNTOLD = {"batch_id", "ingested_at", "started_at", "committed_at"}

Tables = dict[str, pa.Table]
Globbed = dict[str, Counter[str]]


def stored(warehouse: Path) -> Tables:
    """Return all tables at one moment, for a reader who follows the manifests."""
    if not (warehouse / FORMAT).is_file():
        return {table: schema.empty_table() for table, schema in TABLES.items()}
    moment = snapshot(open_warehouse(warehouse))
    return {table: read(moment, table) for table in TABLES}


def rows_of(table: pa.Table, untold: set[str] | frozenset[str] = frozenset()) -> Counter[str]:
    rows = ({name: value for name, value in row.items() if name not in untold} for row in table.to_pylist())
    return Counter(json.dumps(row, default=str) for row in rows)


def content(tables: Tables) -> Globbed:
    """Return the rows of each table, but for names and times of runs."""
    return {table: rows_of(rows, UNTOLD) for table, rows in tables.items()}


def by_glob(warehouse: Path) -> Globbed:
    """Return the rows of each table for a reader by glob; of batches their ids: columns have come."""
    seen = {}
    for table in TABLES:
        columns = ["batch_id"] if table == "batches" else None
        paths = sorted(warehouse.glob(f"{table}/*/*.parquet"))
        seen[table] = sum((rows_of(pq.ParquetFile(path).read(columns)) for path in paths), Counter())
    return seen


def twice(seen: Globbed) -> list[tuple[str, str]]:
    """Return table and id of articles that stand there in two rows."""
    ids = [
        (table, json.loads(row)["article_id"])
        for table in ("articles", "duplicates", "originals")
        for row in seen[table].elements()
    ]
    return [one for one, count in Counter(ids).items() if count > 1]


def published_part(tree: Tree) -> Tree:
    """Return what readers look at: files in the making count from the moment they are sealed."""
    return {path: each for path, each in tree.items() if not path.startswith(DRAFTS) or path.endswith(SEAL)}


@dataclass
class Matrix:
    """What is known of a command, and what was seen of states so far: equal ones are looked at once.

    Attributes:
        job: the command.
        folder: its inputs, and the warehouse `w`.
        was: the tables before.
        becomes: the tables after it.
        globs: both for readers by glob.
        commits: how many there are afterwards.
        seen: what was seen.
    """

    job: Job
    folder: Path
    was: Tables
    becomes: Tables
    globs: tuple[Globbed, Globbed]
    commits: int
    seen: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def warehouse(self) -> Path:
        return self.folder / "w"

    def count(self, what: str) -> int:
        """Say how many different states were looked at."""
        return sum(one == what for one, _ in self.seen)

    def judge(self, tree: Tree) -> str:
        """Look at a dead warehouse; give the command again, and compact.

        Returns:
            `before` or `after`: what readers by manifest see of the dead warehouse.
        """
        outcome = self.look(tree)
        self.is_sound(tree)
        lay(tree, self.warehouse)
        if FORMAT in tree:
            with writing(open_warehouse(self.warehouse)):  # every command begins with it
                pass
        self._once("finished", Lens(self.warehouse).take(), self._finishes)
        return outcome

    def look(self, tree: Tree) -> str:
        """Say what readers by manifest see, and that those by glob see no row twice."""

        def look() -> str:
            lay(tree, self.warehouse)
            found = stored(self.warehouse)
            assert found in (self.was, self.becomes)
            self._none_is_twice(by_glob(self.warehouse))
            published = self._commits() == self.commits
            assert found == (self.becomes if published else self.was)
            return "after" if published else "before"

        return self._once("dead", published_part(tree), look)

    def is_sound(self, tree: Tree) -> None:
        """Check a warehouse."""

        def look() -> str:
            lay(tree, self.warehouse)
            return str(check_warehouse(self.warehouse) if FORMAT in tree else [])

        assert self._once("sound", published_part(tree), look) == "[]"

    def _once(self, what: str, tree: Tree, look: Callable[[], str]) -> str:
        key = (what, digest(tree))
        if key not in self.seen:
            self.seen[key] = look()
        return self.seen[key]

    def _commits(self) -> int:
        return len(manifests(open_warehouse(self.warehouse))) if (self.warehouse / FORMAT).is_file() else 0

    def _none_is_twice(self, seen: Globbed) -> None:
        was, becomes = self.globs
        for table, rows in seen.items():
            assert rows <= was[table] | becomes[table]
            if self.job.appends:
                assert rows in (was[table], becomes[table])
        assert twice(seen) == []

    def _finishes(self) -> str:
        """Give the command again, and then compact."""
        published = self._commits() == self.commits
        with clock(50):
            self.job.work(self.folder)
        self.is_sound(Lens(self.warehouse).take())
        self._is_done(published=published)
        with clock(60):
            compact_warehouse(self.warehouse, grace=timedelta(0))
        tree = Lens(self.warehouse).take()
        self.is_sound(tree)
        self._is_done(published=published, compacted=True)
        assert {*tree} - ALWAYS == _named(self.warehouse) - ALWAYS
        return "finished"

    def _is_done(self, *, published: bool, compacted: bool = False) -> None:
        found = stored(self.warehouse)
        wanted, is_ = content(self.becomes), content(found)
        if self.job.repeats and published:  # it was done twice
            wanted.pop("batches"), is_.pop("batches")
        assert is_ == wanted
        if published and not self.job.repeats:
            assert found == self.becomes
        if not compacted:
            assert self._commits() == self.commits + (published and self.job.repeats)
        if self.job.name == "forget":
            assert _where(SECRET, self.warehouse) == []


def _named(warehouse: Path) -> set[str]:
    """Return all that manifests name, with the folders above."""
    moment = snapshot(open_warehouse(warehouse))
    named = {entry.path for table in TABLES for entry in moment.entries(table)}
    named |= {entry.path for each in moment.manifests if each.run in moment.runs for entry in each.index}
    named |= {f"_copydesk/manifests/{each.version:08d}.json" for each in moment.manifests}
    return named | {str(above) for path in named for above in Path(path).parents} - {"."}


def _where(word: str, warehouse: Path) -> list[str]:
    """Return the files that hold a word."""
    found = []
    for path, held in Lens(warehouse).take().items():
        rows = pq.read_table(pa.BufferReader(held)).to_pylist() if path.endswith(".parquet") else []
        if word.encode() in (held or b"") or word in str(rows):
            found.append(path)
    return found
