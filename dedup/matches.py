"""Who is kept, and who is a copy of whom: every article against the kept ones before it, on the text.

Articles are taken in order, some at a time; matches never chain through a copy. What lies wholly inside a
longer one of its batch goes afterwards, and its own copies are decided once more.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import candidates, series
from dedup.candidates import Field, Shared, within
from dedup.kernels import order
from dedup.kinds import Texts, judge
from dedup.settings import MatchSettings
from dedup.tables import COPIES, JUDGED, MATCHES, PAIRS, RELATED

logger = logging.getLogger(__name__)

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

ROUNDS = 8  # of deciding again; a flood of copies takes two or three
BLOCK = 1_000  # articles at a time: enough to compare many pairs at once, few enough to know soon who is kept


@dataclass(frozen=True)
class Found:
    """What matching found.

    Attributes:
        copies: table of schema `dedup.tables.COPIES`, sorted by `article`.
        related: table of schema `dedup.tables.RELATED`, sorted by `article`, then `relation`.
    """

    copies: pa.Table
    related: pa.Table


def find(field: Field, *, apart: Bools, settled: Bools, settings: MatchSettings, texts: Texts) -> Found:
    """Find which articles of a batch are copies, and what else they resemble.

    Args:
        field: the articles of the batch in the order in which they are decided, and the kept ones of earlier
            batches that they share anything with.
        apart: bool, one an article of the batch: those that take no part.
        settled: bool, one an article of the batch: those that are kept whatever they resemble; they come
            before all others.
        settings: the thresholds.
        texts: gives the clean texts of rows of the field.
    """
    desk = _Desk(field, apart, settled, settings=settings, texts=texts)
    rows = np.flatnonzero(~apart) + field.past
    for start in range(0, len(rows), BLOCK):
        desk.decide(rows[start : start + BLOCK])
        progress = {"step": "match", "done": min(start + BLOCK, len(rows)), "total": len(rows)}
        logger.info("%(step)s: %(done)d of %(total)d articles", progress, extra=progress)
    desk.swallow()
    return Found(desk.copies(), desk.related())


class _Desk:
    """The state of matching: who is kept so far. A class because every block changes it for the next."""

    def __init__(
        self, field: Field, apart: Bools, settled: Bools, *, settings: MatchSettings, texts: Texts
    ) -> None:
        self._field, self._settings, self._texts = field, settings, texts
        self._settled = np.concatenate([np.ones(field.past, np.bool_), settled])
        self._shared: Shared = candidates.share(field, apart=apart, settings=settings, far=series.DAYS)
        count = field.rows.num_rows
        self._kept_of = np.full(count, -1, np.int64)
        self._score = np.zeros((2, count))
        self._match = np.zeros(count, np.int8)  # number in NAMES
        self._judged = [JUDGED.empty_table()]

    def decide(self, rows: Ints, extra: pa.Table | None = None) -> None:
        """Decide on some articles, in order; `extra` are pairs to look at besides those found."""
        for left in reversed(range(ROUNDS)):
            pairs, left_out = candidates.pair_up(self._shared, rows)
            if extra is not None:
                pairs = _merged(pairs, extra, rows)
            judged = judge(pairs, self._field.rows, settings=self._settings, texts=self._texts)
            self._keep(judged.filter(pa.array(~self._settled[judged["later"].to_numpy()])))
            unsure = self._unsure(rows, left_out & (left > 0), judged)
            candidates.settle(self._shared, rows, (self._kept_of[rows] < 0) & ~unsure)
            self._kept_of[rows[unsure]] = -1
            told = pc.or_(judged["swallows"], judged["series"].is_valid()).to_numpy()
            told &= ~np.isin(judged["later"].to_numpy(), rows[unsure])
            self._judged.append(judged.filter(pa.array(told)))
            rows = rows[unsure]
            if not len(rows):
                break

    def _keep(self, judged: pa.Table) -> None:
        """Enter who is a copy of whom."""
        matches = judged.filter(judged["match"].is_valid())
        # Of equally good ones an identical text comes first.
        ways = {"later": matches["later"], "other": pc.not_equal(matches["match"], "exact")}
        matches = matches.take(
            pc.sort_indices(pa.table(ways), [("later", "ascending"), ("other", "ascending")])
        )
        later, earlier, jaccard, containment = (matches[name].to_numpy() for name in MATCHES.names)
        match_of = np.full(len(self._kept_of), -1, np.int64)
        order.keep_first(later, earlier, jaccard, containment, self._kept_of, match_of)
        copies = np.flatnonzero(match_of >= 0)
        self._score[:, copies] = jaccard[match_of[copies]], containment[match_of[copies]]
        names = pc.index_in(matches["match"], pa.array(NAMES)).to_numpy()
        self._match[copies] = names[match_of[copies]]

    def _unsure(self, rows: Ints, left_out: Bools, judged: pa.Table) -> Bools:
        """Tell who has to be decided again, now that fewer are before it.

        Of a flood of copies each has more candidates than are looked at, nearly all of them copies
        themselves; that one stayed without a match then says nothing, nor that another is a copy of it.
        """
        later, earlier = (judged[name].to_numpy() for name in PAIRS.names)
        freed = np.zeros(len(self._kept_of), np.bool_)
        freed[later[self._kept_of[earlier] >= 0]] = True
        doubtful = np.zeros(len(self._kept_of), np.bool_)
        doubtful[rows] = left_out & freed[rows] & (self._kept_of[rows] < 0)
        kept_of = self._kept_of[rows]
        unsure: Bools = doubtful[rows] | ((kept_of >= 0) & doubtful[kept_of])
        return unsure

    def swallow(self) -> None:
        """Drop what lies wholly inside a longer kept one of the batch, and decide on its copies again.

        One of these may be kept after all, and hold another one; so this goes on until nothing is dropped.
        """
        while len(dropped := self._drop_parts()):
            candidates.take_out(self._shared, dropped)
            self._decide_orphans(dropped)

    def _drop_parts(self) -> Ints:
        """Drop what lies inside a longer kept one, the longest first, and return its rows."""
        pairs = self._swallowing()
        pairs = pairs.filter(pa.array(~self._settled[pairs["earlier"].to_numpy()]))
        ways = [("earlier_size", "descending"), ("earlier", "descending")]
        best = [("jaccard", "descending"), ("containment", "descending"), ("later", "ascending")]
        dropped = np.zeros(len(self._kept_of), np.bool_)
        pairs = pairs.sort_by([*ways, *best])
        for whole, part, *score in zip(*(pairs[name].to_pylist() for name in MATCHES.names), strict=True):
            if not dropped[whole] and not dropped[part]:
                dropped[part] = True
                self._kept_of[part], self._match[part] = whole, NAMES.index("contained")
                self._score[:, part] = score
        return np.flatnonzero(dropped)

    def _decide_orphans(self, dropped: Ints) -> None:
        orphans = np.flatnonzero(np.isin(self._kept_of, dropped))
        wholes = self._kept_of[self._kept_of[orphans]]
        self._kept_of[orphans] = -1
        for start in range(0, len(orphans), BLOCK):
            some = slice(start, start + BLOCK)
            extra = pa.table([orphans[some], wholes[some]], schema=PAIRS)
            self.decide(orphans[some], within(extra, self._field.rows, days=self._settings.days))

    def _swallowing(self) -> pa.Table:
        """Return the pairs of kept articles of which the later holds the earlier."""
        pairs = pa.concat_tables(self._judged)
        pairs = pairs.filter(pairs["swallows"]).sort_by([(name, "ascending") for name in PAIRS.names])
        later, earlier = (pairs[name].to_numpy() for name in PAIRS.names)
        new = (np.diff(later, prepend=-1) != 0) | (np.diff(earlier, prepend=-1) != 0)
        pairs, later, earlier = pairs.filter(pa.array(new)), later[new], earlier[new]
        return pairs.filter(pa.array((self._kept_of[later] < 0) & (self._kept_of[earlier] < 0)))

    def copies(self) -> pa.Table:
        """Return the copies, of schema `dedup.tables.COPIES`."""
        rows = np.flatnonzero(self._kept_of >= 0)
        names = pa.array(NAMES).take(pa.array(self._match[rows]))
        return pa.table([rows, self._kept_of[rows], names, *self._score[:, rows]], schema=COPIES)

    def related(self) -> pa.Table:
        """Return what is related but no plain copy, of schema `dedup.tables.RELATED`."""
        copies = self.copies()
        copies = copies.filter(pc.is_in(copies["match"], pa.array(["revision", "contained"])))
        evidence = pa.array([EVIDENCE[name] for name in copies["match"].to_pylist()], pa.string())
        tables = [
            pa.table([*copies.columns, evidence], schema=RELATED),
            self._parts(),
            self._series(),
        ]
        return pa.concat_tables(tables).sort_by([("article", "ascending"), ("relation", "ascending")])

    def _parts(self) -> pa.Table:
        """Return the pairs that both stay though the later holds the earlier, which was published before."""
        pairs = self._swallowing()
        count = pairs.num_rows
        relation, why = pa.repeat("contained", count), pa.repeat(EVIDENCE["contained"], count)
        columns = [pairs["earlier"], pairs["later"], relation, pairs["jaccard"], pairs["containment"], why]
        return pa.table(columns, schema=RELATED)

    def _series(self) -> pa.Table:
        """Return for each kept article the likest one that it is no copy of only for its other facts."""
        pairs = pa.concat_tables(self._judged)
        pairs = pairs.filter(pairs["series"].is_valid())
        later, earlier = (pairs[name].to_numpy() for name in PAIRS.names)
        pairs = pairs.filter(pa.array((self._kept_of[later] < 0) & (self._kept_of[earlier] < 0)))
        keys = [("later", "ascending"), ("jaccard", "descending"), ("containment", "descending")]
        pairs = pairs.sort_by([*keys, ("earlier", "ascending")])
        later = pairs["later"].to_numpy()
        pairs = pairs.filter(pa.array(np.diff(later, prepend=-1) != 0))
        relation = pa.repeat("series", pairs.num_rows)
        columns = [pairs["later"], pairs["earlier"], relation, pairs["jaccard"], pairs["containment"]]
        return pa.table([*columns, pairs["series"]], schema=RELATED)


NAMES = ("exact", "near", "contained", "revision")
EVIDENCE = {
    "revision": "another version: the same canonical URL, or the same outlet and title",
    "contained": "lies wholly inside the longer one",
}


def _merged(pairs: pa.Table, extra: pa.Table, rows: Ints) -> pa.Table:
    """Return the pairs of both tables, those of `extra` about some of the rows, each once and sorted."""
    some = extra.filter(pa.array(np.isin(extra["later"].to_numpy(), rows)))
    both = pa.concat_tables([pairs, some]).group_by(PAIRS.names).aggregate([])
    return both.select(PAIRS.names).sort_by([(name, "ascending") for name in PAIRS.names]).cast(PAIRS)
