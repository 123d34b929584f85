"""Site templates: lines that recur over the articles of an outlet, and lines that are titles of others.

How many articles a line must stand in depends on where it stands. Evidence is the number, and where it was
seen first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.candidates import distinct
from dedup.lines import OPEN, PROSE, WITHIN
from dedup.tables import RECURRING, SLOTS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]

LEAST = 3  # articles: two may be a pair, as two pages on one play, which have its times and prices in common
SHARE = 0.2  # of the outlet's articles: "Sincerely," and a name below it stand in up to 15 % of a senator's
LEAST_WITHIN = 5  # articles, in the midst of prose
SHARE_WITHIN = 0.5
BLOCK_SHARE = (
    2 / 3
)  # of the lines between two paragraphs of prose; else an author made them, names and figures
ALIKE = 6  # of the slots of a sketch; with half of them a headline and its contact were like another

_HALF = np.int64(32)


@dataclass(frozen=True)
class Before:
    """What the history knows.

    Attributes:
        places: takes keys of lines, or slots, gives how many kept articles have each, and the first (int64).
        titles: takes title keys, gives the first kept article that has each (int64), -1 where none has.
        articles: int64, kept articles of each outlet.
    """

    places: Callable[[Keys], tuple[Ints, Ints]]
    titles: Callable[[Keys], Ints]
    articles: Ints


@dataclass(frozen=True)
class Field:
    """The articles of a batch.

    Attributes:
        outlet: int64, the number of each article's outlet.
        title_key: uint64, as in `dedup.tables.FINGERPRINTS`.
        counts: bool, the article is a witness: kept, and no version or relative of another.
    """

    outlet: Ints
    title_key: Keys
    counts: Bools


def find(lines: pa.Table, field: Field, before: Before) -> pa.Table:
    """Find the lines that belong to the site.

    Args:
        lines: table of schema `dedup.tables.LINES` and `article` (int64, its number in the batch, in order of
            publication).
        field: the articles of the batch.
        before: the history.

    Returns:
        Table of schema `dedup.tables.RECURRING`, in the order of the lines.
    """
    article = lines["article"].to_numpy()
    counted = _counted(lines, article, field.counts[article], before)
    outlet = field.outlet[article]
    own = np.bincount(field.outlet[field.counts], minlength=len(before.articles))
    of_outlet = own + before.articles
    title = _title_of(lines, field, before)
    within = lines["zone"].to_numpy() == WITHIN
    recurs = _enough(counted.inside + counted.earlier, of_outlet[outlet], within=within)
    recurs |= _enough(counted.inside, own[outlet], within=within)  # it may be a new one
    recurs &= _in_block(lines, article, recurs, within=within)
    recurs |= title != _NOBODY
    recurs &= _reaches_the_end(lines, article, recurs)
    chosen = np.flatnonzero(recurs)
    columns = {
        "line": chosen,
        "frequency": (counted.inside + counted.earlier)[chosen],
        "articles": of_outlet[outlet][chosen],
        "first": np.where(title != _NOBODY, title, counted.first)[chosen],
        "is_title": (title != _NOBODY)[chosen],
    }
    return pa.table([pa.array(columns[each.name], each.type) for each in RECURRING], schema=RECURRING)


@dataclass(frozen=True)
class _Counted:
    """How many articles have each line or one like it, inside the batch and earlier, and the first; int64."""

    inside: Ints
    earlier: Ints
    first: Ints


def _counted(lines: pa.Table, article: Ints, seen: Bools, before: Before) -> _Counted:
    """Count the articles of lines: by their keys, and of longer ones by what their sketches have in common.

    Articles that have most slots of a sketch have a line like it: as many as have the rarest of the most
    frequent `ALIKE` slots, at most. Counting slots takes the same time however many lines are alike.
    """
    keys = lines["key"].to_numpy()
    exact = _of_keys(keys, article, seen, before)
    near = lines["near"].combine_chunks()
    sketched = np.flatnonzero(np.diff(near.offsets.to_numpy()))
    slots = _of_keys(
        near.flatten().to_numpy(),
        np.repeat(article[sketched], SLOTS),
        np.repeat(seen[sketched], SLOTS),
        before,
    )
    inside, earlier, first = (
        values.reshape(-1, SLOTS) for values in (slots.inside, slots.earlier, slots.first)
    )
    at = np.argsort(-(inside + earlier), axis=1, kind="stable")[:, ALIKE - 1 : ALIKE]
    more = np.take_along_axis(inside + earlier, at, 1)[:, 0]
    likes = more > (exact.inside + exact.earlier)[sketched]
    out = []
    for own, others in ((exact.inside, inside), (exact.earlier, earlier), (exact.first, first)):
        values = np.where(keys == 0, 0, own)
        values[sketched[likes]] = np.take_along_axis(others, at, 1)[likes, 0]
        out.append(values)
    return _Counted(*out)


def _of_keys(keys: Keys, article: Ints, seen: Bools, before: Before) -> _Counted:
    """Count for each key the articles that have it: witnesses of the batch, and earlier ones."""
    distinct_keys, of = np.unique(keys, return_inverse=True)
    have = distinct((of[seen].astype(np.int64) << _HALF) + article[seen])  # key and article
    bounds = np.searchsorted(have >> _HALF, np.arange(len(distinct_keys) + 1))
    inside = np.diff(bounds)
    first = np.append(have, 0)[bounds[:-1]] & ((1 << 32) - 1)
    earlier, member = before.places(distinct_keys)
    return _Counted(inside[of], earlier[of], np.where(earlier > 0, -1 - member, first)[of])


def _enough(frequency: Ints, articles: Ints, *, within: Bools) -> Bools:
    """Tell which lines stand in articles enough of all that there are of the outlet."""
    outside = (frequency >= LEAST) & (frequency >= SHARE * articles)
    inside = (frequency >= LEAST_WITHIN) & (frequency >= SHARE_WITHIN * articles)
    enough: Bools = np.where(within, inside, outside)
    return enough


def _in_block(lines: pa.Table, article: Ints, recurs: Bools, *, within: Bools) -> Bools:
    """Tell which lines stand among lines most of which recur: a list of an author has lines of its own.

    In the midst of prose all of them must, and two at least: one alone is as often a subheading.
    """
    code = (article << _HALF) + lines["block"].to_numpy()
    _, of = np.unique(code, return_inverse=True)
    prose, size = lines["form"].to_numpy() == PROSE, lines["size"].to_numpy()
    recurring = np.bincount(of, weights=recurs & ~prose, minlength=1)[of]
    most = np.where(within, (recurring >= size) & (size > 1), recurring >= BLOCK_SHARE * size)
    listed: Bools = most | prose
    return listed


def _reaches_the_end(lines: pa.Table, article: Ints, recurs: Bools) -> Bools:
    """Tell which prose has only such prose between it and an end of the article; true of other lines."""
    prose = np.flatnonzero((lines["form"].to_numpy() == PROSE) & recurs)
    depth, tail = lines["depth"].to_numpy()[prose], lines["tail"].to_numpy(zero_copy_only=False)[prose]
    order = np.lexsort((depth, tail, article[prose]))
    end = (article[prose] * 2 + tail)[order]
    starts = np.flatnonzero(np.diff(end, prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    reaches = np.ones(lines.num_rows, np.bool_)
    reaches[prose[order]] = depth[order] == rank  # 0, 1, 2, ... without a gap
    return reaches


_NOBODY = np.iinfo(np.int64).min


def _title_of(lines: pa.Table, field: Field, before: Before) -> Ints:
    """Return for each line whose title it is: an article of the batch, -1 - a member, or nobody."""
    article = lines["article"].to_numpy()
    keys = np.where(field.counts, field.title_key, 0)
    order = np.lexsort((np.arange(len(keys)), keys))
    open_line = lines["form"].to_numpy() == OPEN
    bare = lines["zone"].to_numpy() != WITHIN  # there a line with the words of a title may be a heading
    found = np.full(lines.num_rows, _NOBODY)
    for name in ("rest_key", "title_key"):
        asked = np.where(open_line & (bare | (name == "rest_key")), lines[name].to_numpy(), 0)
        asked[asked == field.title_key[article]] = 0  # its own: that is another layer's
        some = np.flatnonzero(asked)
        members = before.titles(asked[some])
        at = np.minimum(np.searchsorted(keys[order], asked[some]), max(len(keys) - 1, 0))
        own = order[at] if len(order) else at
        here = keys[own] == asked[some] if len(order) else np.zeros(len(some), np.bool_)
        answers = np.where(members >= 0, -1 - members, np.where(here, own, _NOBODY))
        found[some] = np.where(answers != _NOBODY, answers, found[some])
    return found
