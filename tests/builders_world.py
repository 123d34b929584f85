"""A world of made-up articles that keep resembling one another, and what has to become of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
from builders import sentence, story
from builders_maintenance import changed, homes, ingest, put

from flows import maintaining
from flows.compacting import compact_warehouse
from storage import read

FAMILIES, OUTLETS = 14, 3


def article(dice: random.Random, name: str) -> dict[str, Any]:
    """Make an article up: new, or a copy, version, part or sibling of others that were or will be made.

    Args:
        dice: what decides.
        name: its id.
    """
    family = dice.randrange(FAMILIES)
    text, made = story(family, 8), {"id": name, "outlet": f"o{dice.randrange(OUTLETS)}.com"}
    way = dice.choice(["exact", "near", "near", "far", "part", "longer", "version", "series", "alone"])
    if way in {"near", "version", "series"}:
        text = changed(text, *dice.sample(range(1, 150), dice.randrange(1, 4)))
    if way == "far":
        text = changed(text, *dice.sample(range(1, 150), dice.randrange(6, 30)))
    if way in {"part", "longer"}:
        text = story(family, dice.randrange(4, 7) if way == "part" else dice.randrange(9, 13))
    if way == "version":
        made |= {"url": f"https://a.com/{family}", "outlet": "a.com"}
    if way == "series":
        made |= {"outlet": "s.com", "title": f"Report of the Day {family}"}
    if way == "alone":
        text = story(1000 + dice.randrange(100_000), dice.randrange(1, 5))
    if dice.random() < 0.4:
        text = f"{text}\n\n{sentence(90 + dice.randrange(4), 25)}"
    if dice.random() < 0.2:
        text = f"A Headline of {name}\n\n{text}\n\nREAD Also\u00a0 Another Headline {name}"
    if dice.random() < 0.1:
        text = f"{text}\n\n{sentence(99, 20)}\n\n{sentence(99, 20)}"
    if dice.random() < 0.9:
        made["date"] = f"2026-01-{dice.randrange(1, 25):02d}"
    return {**made, "text": text}


@dataclass
class World:
    """A warehouse and all that is known of it. A class because every step changes it for the next.

    Attributes:
        dice: what decides.
        folder: where its inputs and its warehouse `w` lie.
        config: its settings.
        records: every record by its id.
        files: input file → the ids in it.
        inputs: batch → the files that it has read.
        reader: id → batch that has read it.
        there: ids of what has to be in the warehouse, kept or as a duplicate.
        forgotten: ids of what must not.
        steps: what was done, to be told where a law breaks.
    """

    dice: random.Random
    folder: Path
    config: str
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[Path, list[str]] = field(default_factory=dict)
    inputs: dict[str, list[Path]] = field(default_factory=dict)
    reader: dict[str, str] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    steps: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def warehouse(self) -> Path:
        """Where it is."""
        return self.folder / "w"

    def batch(self) -> None:
        """Read a new file, in which some records may be known."""
        old = self.dice.sample(sorted(self.there), min(len(self.there), self.dice.choice([0, 0, 1, 2])))
        new = self._new(self.dice.randrange(1, 7))
        path = self._write(self.folder / f"{len(self.files)}.jsonl", [*old, *new])
        done = ingest(self.warehouse, path, config=self.config)
        self.steps.append(("batch", done.batch_id, old, new))
        assert (done.inputs, done.known) == (len(old) + len(new), len(old))
        self._read(done.batch_id, [path])

    def again(self) -> None:
        """Give all files once more: whatever a file has is there afterwards, kept or as a copy."""
        new = {name for names in self.files.values() for name in names} - self.there - self.forgotten
        done = ingest(self.warehouse, *self.files, config=self.config)
        self.steps.append(("again", done.batch_id, sorted(new)))
        assert done.kept + done.duplicates - done.taken_over == len(new)
        if done.batch_id:
            row = read(self.warehouse, "batches", where=ds.field("batch_id") == done.batch_id)
            self._read(done.batch_id, [Path(one["locator"]) for one in row["inputs"][0].as_py()])

    def replace(self) -> None:
        """Do a batch again, be its files the same or corrected ones; one without articles is refused."""
        where = homes(self.warehouse)
        left = [batch for batch in self.inputs if batch in where.values()]
        if not left:
            return
        batch = self.dice.choice(left)
        mine = {name for name, home in where.items() if home == batch}
        mine = {name for name in mine if self.reader[name] == batch}
        for path in self.inputs[batch]:
            if self.dice.random() < 0.6:
                names = [name for name in self.files[path] if self.dice.random() < 0.6]
                self._write(path, names + self._new(self.dice.randrange(0 if names else 1, 3)))
        self.steps.append(("replace", batch, [self.files[path] for path in self.inputs[batch]]))
        ingest(self.warehouse, batch=batch, replace=True, config=self.config)
        self.there -= mine
        self._read(batch, self.inputs[batch])

    def forget(self) -> None:
        """Forget an article, or some."""
        gone = self.dice.sample(sorted(self.there), min(len(self.there), self.dice.choice([1, 1, 2, 3])))
        self.steps.append(("forget", gone))
        if gone:
            maintaining.forget(str(self.warehouse), ids=gone, urls=[], config=self.config, dry_run=False)
        self.forgotten |= {*gone}
        self.there -= {*gone}

    def rebuild(self) -> None:
        """Decide on everything anew."""
        self.steps.append(("rebuild",))
        maintaining.rebuild(str(self.warehouse), config=self.config, workers=2, dry_run=False)

    def compact(self) -> None:
        """Put files together."""
        self.steps.append(("compact",))
        compact_warehouse(self.warehouse, grace=timedelta(0))

    def _read(self, batch: str, paths: list[Path]) -> None:
        names = {name for path in paths for name in self.files[path]} - self.there - self.forgotten
        self.inputs[batch] = paths
        self.reader |= dict.fromkeys(names, batch)
        self.there |= names

    def _write(self, path: Path, names: list[str]) -> Path:
        self.files[path] = names
        return put(path, *(self.records[name] for name in names))

    def _new(self, count: int) -> list[str]:
        first = len(self.records)
        made = [article(self.dice, f"r{first + number}") for number in range(count)]
        self.records |= {record["id"]: record for record in made}
        return [record["id"] for record in made]
