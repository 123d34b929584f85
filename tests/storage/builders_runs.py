"""History runs made of a few numbers, for tests that look things up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from dedup.signatures import PERMUTATIONS
from dedup.tables import FINGERPRINTS, PARAGRAPH_KEYS
from storage.kept import PUBLISHED, kept_rows, places
from storage.keys import keyed_table
from storage.postings import KEYS, ROWS, write_postings
from storage.runs import SUFFIX, read_facts, read_rows, write_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DAY = timedelta(days=1)
FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sketch:
    """An article as its keys see it."""

    number: int  # names it; small ones are published first on the same day
    day: int | None
    text: int
    title: int
    url: int
    halves: tuple[int, int]  # values of the first and the second half of its signature
    passages: tuple[int, ...]
    paragraphs: tuple[int, ...]  # keys, in order of the text

    @property
    def article_id(self) -> str:
        return f"{self.number:032x}"

    @property
    def published_at(self) -> datetime | None:
        return None if self.day is None else FIRST_DAY + self.day * DAY

    @property
    def signature(self) -> np.ndarray:
        return np.repeat(np.array(self.halves, np.uint32), PERMUTATIONS // 2)

    @property
    def rank(self) -> tuple[bool, int, str]:
        """Where it stands in order of publication."""
        return self.day is None, self.day or 0, self.article_id


FEW = st.integers(0, 4)  # 0 stands for nothing
SKETCHES = st.builds(
    Sketch,
    number=st.just(0),
    day=st.none() | st.integers(0, 5),
    text=st.integers(1, 4),
    title=FEW,
    url=FEW,
    halves=st.tuples(FEW, FEW),
    passages=st.sets(st.integers(1, 6), max_size=3).map(lambda some: tuple(sorted(some))),
    paragraphs=st.lists(st.integers(1, 5), max_size=3).map(tuple),
)


@st.composite
def batches(draw: st.DrawFn) -> list[list[Sketch]]:
    """Some batches of sketches; the articles have numbers of their own, in no order."""
    sizes = draw(st.lists(st.integers(0, 4), min_size=1, max_size=6))
    numbers = draw(st.permutations(range(sum(sizes))))
    left = iter(numbers)
    return [[Sketch(**{**vars(draw(SKETCHES)), "number": next(left)}) for _ in range(size)] for size in sizes]


def fingerprints(batch: Sequence[Sketch]) -> pa.Table:
    rows = [
        {
            "article_id": one.article_id,
            "locator": "in/a",
            "content_hash": "",
            "published_at": one.published_at,
            "outlet": "example.com",
            "canonical_url": None,
            "content_id": f"{one.text:032x}",
            "text_key": one.text,
            "title_key": one.title,
            "url_key": one.url,
            "tokens": 30,
            "signature": one.signature.tobytes(),
            "passages": list(one.passages),
            "chunk": 0,
            "row": row,
        }
        for row, one in enumerate(batch)
    ]
    return pa.Table.from_pylist(rows, FINGERPRINTS)


def paragraphs(batch: Sequence[Sketch]) -> pa.Table:
    rows = [
        {"row": row, "start": 100 * place, "end": 100 * place + 90, "tokens": 20, "key": key}
        for row, one in enumerate(batch)
        for place, key in enumerate(one.paragraphs)
    ]
    return pa.Table.from_pylist(rows, PARAGRAPH_KEYS)


def make_run(folder: Path, batch: Sequence[Sketch], *, name: str, rows: int = ROWS) -> Path:
    """Write the run of a batch, as a commit does."""
    folder.mkdir()
    made = fingerprints(batch)
    write_postings(folder, made, paragraphs(batch), rows=rows)
    keys = read_rows(folder, KEYS)
    articles = made.append_column("batch_id", pa.repeat(pa.scalar(name), len(batch))).select(PUBLISHED)
    file, row = places([len(batch)])
    facts = replace(read_facts(keys, folder=folder), files=(f"{folder.name}.parquet",))
    kept = kept_rows(articles, keys, file=file, row=row).replace_schema_metadata(facts.metadata())
    numbers = np.array([one.number for one in batch], np.uint64)
    known = keyed_table(np.stack([numbers % np.uint64(3), numbers], axis=1))
    files = known.append_column("records", pa.array(np.full(len(batch), 7)))
    write_run(folder, {"kept": kept, "files": files, "records": known, "articles": known})
    (folder / f"{KEYS}{SUFFIX}").unlink()
    return folder
