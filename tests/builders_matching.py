"""Batches to be matched, built by hand and decided as the flow does, with all texts at hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup import matches
from dedup.candidates import Field
from dedup.decisions import decide, in_order, repeated_records
from dedup.fingerprints import fingerprint
from dedup.identity import content_ids
from dedup.kernels.groups import BAND, PASSAGE, TITLE, URL, WORDS
from dedup.settings import MIN_TOKENS, MatchSettings
from dedup.signatures import band_keys, rows_per_band
from dedup.tables import CLEANED, FIELD, FINGERPRINTS, HITS
from dedup.versions import superseded

NONE = FINGERPRINTS.empty_table()


@dataclass(frozen=True)
class Article:
    """An article as matching sees it; its number is its id."""

    number: int
    text: str
    day: int | None = None
    outlet: str | None = None
    url: str | None = None
    title: str | None = None

    @property
    def name(self) -> str:
        """Its id."""
        return f"{self.number:032x}"

    @property
    def date(self) -> dt.datetime | None:
        """When it was published."""
        start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        return None if self.day is None else start + dt.timedelta(days=self.day)


@dataclass(frozen=True)
class Result:
    """What became of a batch: all by id."""

    decisions: dict[str, dict[str, Any]]
    related: list[dict[str, Any]]
    fingerprints: pa.Table = field(repr=False)  # of all that are kept, of earlier batches, too
    articles: list[Article] = field(repr=False)  # of this batch and the earlier ones

    @property
    def kept(self) -> set[str]:
        """Which articles of the batch are kept."""
        return {name for name, row in self.decisions.items() if row["outcome"] == "kept"}

    @property
    def copies(self) -> dict[str, tuple[str, str, float, float]]:
        """Of whom each copy is one, by what, Jaccard index and containment."""
        names = ("of_article_id", "match", "jaccard", "containment")
        return {
            name: tuple(row[each] for each in names)
            for name, row in self.decisions.items()
            if row["outcome"] == "duplicate"
        }


def spans(text: str) -> list[dict[str, int]]:
    """Return the spans of the paragraphs of a text."""
    ends = np.cumsum([len(part) + 2 for part in text.split("\n\n")]).tolist()
    return [{"start": start, "end": end - 2} for start, end in zip([0, *ends], ends, strict=False)]


def cleaned(articles: Sequence[Article]) -> pa.Table:
    """Return a table of `dedup.tables.CLEANED`."""
    texts = [article.text for article in articles]
    columns = {
        "article_id": [article.name for article in articles],
        "source": ["s"] * len(texts),
        "locator": [f"f:{article.number}" for article in articles],
        "outlet": [article.outlet for article in articles],
        "canonical_url": [article.url for article in articles],
        "title": [article.title for article in articles],
        "published_at": [article.date for article in articles],
        "text": texts,
        "extracted": texts,
        "content_hash": [article.name for article in articles],
        "content_id": content_ids(pa.array(texts, pa.string())),
        "word_count": [0] * len(texts),
        "paragraph_spans": [spans(text) for text in texts],
        "marks": [[]] * len(texts),
        "metadata": [[]] * len(texts),
    }
    empty = [None] * len(texts)
    return pa.table([pa.array(columns.get(f.name, empty), f.type) for f in CLEANED], schema=CLEANED)


def signatures_of(fingerprints: pa.Table) -> npt.NDArray[np.uint32]:
    """Return the signatures as an array of shape (articles, 128)."""
    return np.frombuffer(b"".join(fingerprints["signature"].to_pylist()), np.uint32).reshape(-1, 128)


def by_id(articles: Sequence[Article], ordered: pa.Table) -> matches.Texts:
    """Return what gives the texts of rows of a table with ids; its arrays have an offset."""
    texts = {article.name: article.text for article in articles}
    column = [texts[name] for name in ordered["article_id"].to_pylist()]

    def of(rows: npt.NDArray[np.int64]) -> pa.Array:
        assert (np.diff(rows) > 0).all()  # as promised: every text once, as they are stored
        return pa.array(["cut off", *(column[row] for row in rows)], pa.string())[1:]

    return of


def sliced(table: pa.Table) -> pa.Table:
    """Return the same table as a slice of a larger one."""
    return pa.concat_tables([table.slice(0, 1), table]).combine_chunks().slice(min(1, table.num_rows))


def make_field(batch: pa.Table, past: pa.Table = NONE, *, near: float = 0.8) -> Field:
    """Return a field of fingerprints in the order of decisions; hits by comparing keys one by one."""
    rows = sliced(pa.concat_tables([past, batch]).select(FIELD.names))
    hits = shared_keys(batch, past, near=near)
    return Field(rows, past.num_rows, signatures_of(batch), batch["passages"].combine_chunks(), hits)


def shared_keys(batch: pa.Table, past: pa.Table, *, near: float) -> pa.Table:
    """Return what articles share with kept ones of earlier batches, schema `dedup.tables.HITS`."""
    keyed = [_keys(table, near) for table in (batch, past)]
    hits = [
        (past.num_rows + later, earlier, kind)
        for later, mine in enumerate(keyed[0])
        for earlier, theirs in enumerate(keyed[1])
        for kind, _ in sorted(mine & theirs)
    ]
    columns = zip(*hits, strict=True) if hits else ([], [], [])
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, HITS, strict=True)], schema=HITS)


def _keys(fingerprints: pa.Table, near: float) -> list[set[tuple[int, tuple[int, ...]]]]:
    bands = band_keys(signatures_of(fingerprints), rows=rows_per_band(near)).tolist()
    keyed = []
    for row, band in zip(fingerprints.to_pylist(), bands, strict=True):
        keys = {(BAND, each) for each in enumerate(band)} | {(PASSAGE, (each,)) for each in row["passages"]}
        names = {WORDS: "text_key", URL: "url_key", TITLE: "title_key"}
        keyed.append(
            (keys if row["tokens"] >= MIN_TOKENS else set())
            | {(kind, (row[name],)) for kind, name in names.items() if row[name]}
        )
    return keyed


def match(articles: Sequence[Article], settings: MatchSettings, before: Result | None = None) -> Result:
    """Decide on a batch, after earlier ones."""
    past = before.fingerprints if before else NONE
    everybody = [*(before.articles if before else []), *articles]
    ordered = in_order(fingerprint(sliced(cleaned(articles)), chunk=0).articles)
    known = repeated_records(ordered)
    fields = sliced(ordered.select(FIELD.names))
    old = superseded(fields, apart=known, settings=settings, texts=by_id(articles, ordered))
    order = np.argsort(old, kind="stable")
    ordered, known = ordered.take(pa.array(order)).combine_chunks(), known[order]
    everyone = make_field(ordered, past, near=settings.near)
    rows = everyone.rows.combine_chunks()
    found = matches.find(
        everyone,
        apart=known,
        settled=np.zeros(len(known), np.bool_),
        settings=settings,
        texts=by_id(everybody, rows),
    )
    decisions = decide(ordered, rows, found, known=known)
    names = rows["article_id"].to_pylist()
    related = [
        {**row, "article": names[row["article"]], "of": names[row["of"]]} for row in found.related.to_pylist()
    ]
    stays = pa.array([one == "kept" for one in decisions["outcome"].to_pylist()])
    kept = pa.concat_tables([past, ordered.filter(stays)]).combine_chunks()
    by_name = {row["article_id"]: row for row in decisions.to_pylist() if row["outcome"] != "known"}
    return Result(by_name, related, kept, everybody)
