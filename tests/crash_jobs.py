"""The commands that change a warehouse, each with a small warehouse to work on, for tests that kill them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import sentence, story
from golden_warehouses import unpack
from running import run, write

from flows import compacting, desk, maintaining, pipeline, publishing
from flows.compacting import compact_warehouse
from flows.explain import NotThere
from flows.run import Options
from ingest.records import Reading
from storage import tiers

START = datetime(2030, 1, 1, tzinfo=UTC)
SECRET = "umbrafont"  # stands in the text, the title and the address of the article that is forgotten


@dataclass(frozen=True)
class Job:
    """A command to be killed.

    Attributes:
        name: what it is called.
        prepare: makes the inputs in a folder, and the warehouse `w` as it is before the command.
        work: gives the command; after a kill, once more.
        appends: files are only added.
        repeats: given again after it was done, it does its work again.
    """

    name: str
    prepare: Callable[[Path], object]
    work: Callable[[Path], object]
    appends: bool = False
    repeats: bool = False


@contextmanager
def clock(hours: int) -> Iterator[None]:
    """Let it be some hours after the start, in a world without chance."""

    class Clock:
        @staticmethod
        def now(zone: Any) -> datetime:
            return START + timedelta(hours=hours)

    with pytest.MonkeyPatch.context() as patch:
        for module in (pipeline, publishing, compacting):
            patch.setattr(module, "datetime", Clock)
        patch.setattr(pipeline, "Reading", partial(Reading, workers=1))  # changes of the disk come in order
        patch.setattr(desk.secrets, "token_hex", lambda size: f"{hours:0{2 * size}x}")
        patch.setattr(tiers, "FAN", 2)
        yield


def article(name: str, text: str, day: int, **fields: object) -> dict[str, object]:
    """Return a record."""
    return {"id": name, "text": text, "date": f"2026-01-{day:02d}", "outlet": f"{name[0]}.com", **fields}


TOLD = f"{story(1, 5)}\n\nOnly the first of them said {SECRET} of it."


def before(folder: Path) -> None:
    """Make a warehouse of three batches: articles, copies of one batch and of two, removals, a reject."""
    url = "https://r.com/story"
    repeated = f"{story(4, 3)}\n\n{sentence(9, 20)}\n\n{sentence(9, 20)}"
    batches = [
        [
            article("a", TOLD, 1, title=f"The {SECRET}", url=f"https://a.com/{SECRET}"),
            article("b", repeated, 2),
            article("r", story(7, 5), 2, url=url),
        ],
        [article("c", story(1, 5), 3), article("d", repeated, 4), article("e", "", 4)],
        [article("f", story(1, 5), 5), article("g", f"{story(6, 3)}\n\n{sentence(4000, 20)}", 6)],
    ]
    for number, records in enumerate(batches):
        with clock(number):
            run(write(folder / f"in{number}", records, 1), folder / "w", workers=1, batch=f"b{number}")
    write(folder / "new", [article("h", story(8, 3), 7), article("i", story(1, 5), 8)], 1)
    write(folder / "later", [article("r", f"{story(7, 5)}\n\n{sentence(5, 12)}", 9, url=url)], 1)
    (folder / "later.toml").write_text('[history]\nrevisions = "replace"\n')
    (folder / "rebuild.toml").write_text("[match]\nnear = 0.9\ncontained = 1.0\n")


def corrected(folder: Path) -> None:
    """Change what the first batch had read: one article is another now, one is gone, one is new."""
    before(folder)
    changed = article("a", f"{story(30, 4)}\n\nAll of it is new.", 1)
    records = [changed, article("r", story(7, 5), 2), article("z", story(31), 3)]
    write(folder / "corrected", records, 1)
    (folder / "corrected" / "0.jsonl").rename(folder / "in0" / "0.jsonl")


def earlier(folder: Path) -> None:
    """Lay out a warehouse of the first schema version, with its inputs."""
    unpack("1", folder).rename(folder / "w")


def nothing(folder: Path) -> None:
    """Have an input, and no warehouse."""
    write(folder / "new", [article("h", story(8, 3), 7), article("i", story(8, 3), 8)], 1)


def _run(name: str, **options: Any) -> Callable[[Path], object]:
    return lambda folder: run(folder / name, folder / "w", workers=1, **options)


def _superseding(folder: Path) -> object:
    return run(folder / "later", folder / "w", workers=1, config=str(folder / "later.toml"))


def _replaced(folder: Path) -> object:
    options = Options(to=str(folder / "w"), batch="b0", replace=True, workers=1)
    return pipeline.process(options, pipeline.direct())


def _rebuilt(folder: Path) -> object:
    config = str(folder / "rebuild.toml")
    return maintaining.rebuild(str(folder / "w"), config=config, workers=1, dry_run=False)


def _forgotten(folder: Path) -> object:
    """Forget an article; that it was forgotten already is as good."""
    with suppress(NotThere):
        return maintaining.forget(
            str(folder / "w"), ids=[], urls=[f"https://a.com/{SECRET}"], config=None, dry_run=False
        )
    return None


def _compacted(folder: Path) -> object:
    return compact_warehouse(folder / "w", grace=timedelta(0))


JOBS = (
    Job("first run", nothing, _run("new"), appends=True),
    Job("run", before, _run("new"), appends=True),
    Job("run that supersedes", before, _superseding),
    Job("run --replace", corrected, _replaced, repeats=True),
    Job("rebuild", before, _rebuilt, repeats=True),
    Job("forget", before, _forgotten),
    Job("compact", before, _compacted),
    Job("upgrade", earlier, _run("in", source="golden")),
)
