"""What a batch has to be compared with of earlier batches: looked up, chosen, their texts fetched once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import earlier
from dedup.candidates import RARE, distinct
from dedup.earlier import SHARED
from dedup.kernels.groups import BAND, PASSAGE, TITLE, URL, WORDS
from dedup.settings import MIN_TOKENS, MatchSettings
from dedup.tables import FIELD, HITS
from flows.workfiles import read_table, write_tables
from storage.history import History
from storage.kept import kept_articles, kept_texts
from storage.lookups import ALWAYS, Window, find_postings, find_similar
from storage.postings import signatures_of

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

AT_ONCE = 5_000  # texts
ASKED_AT_ONCE = 2_000  # articles: in a flood each may share something with thousands


@dataclass(frozen=True)
class Past:
    """Kept articles of earlier batches that a batch is compared with.

    Attributes:
        history: what earlier batches left.
        members: int64, ascending: their numbers in the history.
        rows: table of schema `dedup.tables.FIELD`, one row a member.
        hits: table of schema `dedup.tables.HITS`; articles of the batch are numbered behind the members.
    """

    history: History
    members: Ints
    rows: pa.Table
    hits: pa.Table

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.members)

    def keep_texts(self, path: Path) -> pa.ChunkedArray:
        """Fetch their clean texts once, as they are stored, into a file, and map it into memory."""
        schema = pa.schema([pa.field("text", pa.string(), nullable=False)])
        write_tables(path, schema, (self._fetched(start, schema) for start in range(0, self.count, AT_ONCE)))
        return read_table(path)["text"]

    def _fetched(self, start: int, schema: pa.Schema) -> pa.Table:
        return pa.table([kept_texts(self.history, self.members[start : start + AT_ONCE])], schema=schema)


def remember(history: History, fingerprints: pa.Table, *, known: Bools, settings: MatchSettings) -> Past:
    """Find the kept articles of earlier batches that the articles of a batch may be copies of.

    Args:
        history: what earlier batches left.
        fingerprints: table of schema `dedup.tables.FINGERPRINTS`.
        known: bool, articles that take no part.
        settings: the thresholds.
    """
    new = np.flatnonzero(~known)
    parts = [SHARED.empty_table()]
    for start in range(0, len(new), ASKED_AT_ONCE):
        asking = fingerprints.take(pa.array(new[start : start + ASKED_AT_ONCE])).combine_chunks()
        chosen = _chosen(history, asking, settings)
        query = pc.add(chosen["query"], start)
        parts.append(chosen.set_column(0, SHARED.field("query"), query))
    shared = pa.concat_tables(parts)
    members = distinct(shared["member"].to_numpy())
    rows = kept_articles(history, members).select(FIELD.names)
    return Past(history, members, rows, _hits(_renumbered(shared, members), new + len(members)))


def _chosen(history: History, asking: pa.Table, settings: MatchSettings) -> pa.Table:
    """Return what some articles share with kept ones that are worth comparing; `SHARED`."""
    shared = pa.concat_tables([SHARED.empty_table(), *_shared(history, asking, settings)])
    members = distinct(shared["member"].to_numpy())
    rows = kept_articles(history, members).select(FIELD.names)
    chosen = earlier.likely(_renumbered(shared, members), asking, rows, settings=settings)
    return chosen.set_column(1, SHARED.field("member"), pa.array(members[chosen["member"].to_numpy()]))


def _shared(history: History, asking: pa.Table, settings: MatchSettings) -> Iterator[pa.Table]:
    """Yield what articles share with kept ones, one kind of key after the other."""
    window = _window(asking, settings.days)
    for kind, name, column in (
        (WORDS, "texts", "text_key"),
        (URL, "urls", "url_key"),
        (TITLE, "titles", "title_key"),
    ):
        keys = asking[column].to_numpy()
        found = find_postings(history, name, keys, window=window)
        yield _of_kind(found["query"].to_numpy(), found["member"], kind, np.ones(found.num_rows, np.int64))
    sketched = np.flatnonzero(asking["tokens"].to_numpy() >= MIN_TOKENS)
    some = asking.take(pa.array(sketched)).combine_chunks()
    found = find_similar(history, signatures_of(some), window=window)
    yield _of_kind(sketched[found["query"].to_numpy()], found["member"], BAND, found["bands"].to_numpy())
    passages = some["passages"].combine_chunks()
    article = np.repeat(sketched, pc.list_value_length(passages).to_numpy())
    found = find_postings(history, "passages", passages.flatten().to_numpy(), at_most=RARE, window=window)
    ones = np.ones(found.num_rows, np.int64)
    yield _of_kind(article[found["query"].to_numpy()], found["member"], PASSAGE, ones)


def _of_kind(query: Ints, member: pa.ChunkedArray, kind: int, count: Ints) -> pa.Table:
    kinds = np.full(len(query), kind, np.uint8)
    return pa.table([query, member, kinds, count], schema=SHARED)


def _window(asking: pa.Table, days: int) -> Window:
    """Return the dates that any of the articles looks back to, or forward."""
    dates = asking["published_at"]
    if not days or dates.null_count or not len(dates):
        return ALWAYS
    limits = pc.min_max(dates).as_py()
    first, last = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    span = timedelta(days=days)
    since = limits["min"] - span if limits["min"] - first >= span else None
    return since, limits["max"] + span if last - limits["max"] >= span else None


def _renumbered(shared: pa.Table, members: Ints) -> pa.Table:
    places = np.searchsorted(members, shared["member"].to_numpy())
    return shared.set_column(1, SHARED.field("member"), pa.array(places))


def _hits(chosen: pa.Table, later: Ints) -> pa.Table:
    """Return one row for each key that a pair shares."""
    each = np.repeat(np.arange(chosen.num_rows), chosen["count"].to_numpy())
    some = chosen.take(pa.array(each))
    return pa.table([later[some["query"].to_numpy()], some["member"], some["kind"]], schema=HITS)
