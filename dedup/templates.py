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
LEAST_WITHIN = 5  # articles, in the midst of prose, where subheadings recur that are real
SHARE_WITHIN = 0.3
BLOCK_SHARE = 0.5  # of the lines between two paragraphs of prose; else they are a list that an author made
ALIKE = 6  # of the slots of a sketch; with half of them a headline and its contact were like another
NEIGHBOURS = 16  # lines compared with one for one slot: three of them are enough

_HALF = np.int64(32)


@dataclass(frozen=True)
class Before:
    """What the history knows.

    Attributes:
        exact: takes keys of lines, gives how many kept articles have each, and the first of them (int64).
        near: takes slots (uint64, a row a line), gives how many kept articles have a line like each (int64).
        titles: takes title keys, gives the first kept article that has each (int64), -1 where none has.
        articles: int64, kept articles of each outlet.
    """

    exact: Callable[[Keys], tuple[Ints, Ints]]
    near: Callable[[npt.NDArray[np.uint64]], Ints]
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
    keys, first_line, of = np.unique(lines["key"].to_numpy(), return_index=True, return_inverse=True)
    seen = field.counts[article]
    have = distinct((of[seen].astype(np.int64) << _HALF) + article[seen])  # key and article
    slots, sketched = _slots(lines, first_line)
    inside, first = _counted(have, _alike(slots, sketched), len(keys))
    earlier, member = before.exact(keys)
    earlier[sketched] = np.maximum(earlier[sketched], before.near(slots))
    frequency = inside + earlier
    first = np.where(earlier > 0, np.where(member >= 0, -1 - member, first), first)
    outlet = field.outlet[article]
    own = np.bincount(field.outlet[field.counts], minlength=len(before.articles))
    of_outlet = own + before.articles
    title = _title_of(lines, field, before)
    within = lines["zone"].to_numpy() == WITHIN
    recurs = _enough(frequency[of], of_outlet[outlet], within=within) | (title != _NOBODY)
    recurs |= _enough(inside[of], own[outlet], within=within)  # it may be a new one
    recurs &= _in_block(lines, article, recurs) | (title != _NOBODY)
    recurs &= _reaches_the_end(lines, article, recurs)
    chosen = np.flatnonzero(recurs)
    columns = {
        "line": chosen,
        "frequency": frequency[of][chosen],
        "articles": of_outlet[outlet][chosen],
        "first": np.where(title != _NOBODY, title, first[of])[chosen],
        "is_title": (title != _NOBODY)[chosen],
    }
    return pa.table([pa.array(columns[each.name], each.type) for each in RECURRING], schema=RECURRING)


def _enough(frequency: Ints, articles: Ints, *, within: Bools) -> Bools:
    """Tell which lines stand in articles enough of all that there are of the outlet."""
    outside = (frequency >= LEAST) & (frequency >= SHARE * articles)
    inside = (frequency >= LEAST_WITHIN) & (frequency >= SHARE_WITHIN * articles)
    enough: Bools = np.where(within, inside, outside)
    return enough


def _in_block(lines: pa.Table, article: Ints, recurs: Bools) -> Bools:
    """Tell which lines stand among lines most of which recur: a list of an author has lines of its own."""
    code = (article << _HALF) + lines["block"].to_numpy()
    _, of = np.unique(code, return_inverse=True)
    prose = lines["form"].to_numpy() == PROSE
    recurring = np.bincount(of, weights=recurs & ~prose, minlength=1)[of]
    most: Bools = prose | (recurring >= BLOCK_SHARE * lines["size"].to_numpy())
    return most


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
    found = np.full(lines.num_rows, _NOBODY)
    for name in ("rest_key", "title_key"):
        asked = np.where(open_line, lines[name].to_numpy(), 0)
        asked[asked == field.title_key[article]] = 0  # its own: that is another layer's
        some = np.flatnonzero(asked)
        members = before.titles(asked[some])
        at = np.minimum(np.searchsorted(keys[order], asked[some]), max(len(keys) - 1, 0))
        own = order[at] if len(order) else at
        here = keys[own] == asked[some] if len(order) else np.zeros(len(some), np.bool_)
        answers = np.where(members >= 0, -1 - members, np.where(here, own, _NOBODY))
        found[some] = np.where(answers != _NOBODY, answers, found[some])
    return found


def _slots(lines: pa.Table, chosen: Ints) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Return the sketches of lines (uint64, a row each), and which of them have one."""
    near = lines["near"].combine_chunks().take(pa.array(chosen))
    sketched = np.flatnonzero(np.diff(near.offsets.to_numpy()))
    return near.flatten().to_numpy().reshape(-1, SLOTS), sketched


def _alike(slots: npt.NDArray[np.uint64], sketched: Ints) -> tuple[Ints, Ints]:
    """Return pairs of lines, both ways, whose sketches agree in most slots."""
    size = len(sketched) + 1
    coded = [np.empty(0, np.int64)]
    for column in range(slots.shape[1]):
        order = np.argsort(slots[:, column], kind="stable")
        values = slots[order, column]
        for step in range(1, NEIGHBOURS):
            same = np.flatnonzero(values[step:] == values[:-step])
            if not len(same):
                break
            one, other = np.sort([order[same], order[same + step]], axis=0)
            coded.append(one * size + other)
    pairs, counts = np.unique(np.concatenate(coded), return_counts=True)
    one, other = np.divmod(pairs[counts >= ALIKE], size)
    return np.concatenate([sketched[one], sketched[other]]), np.concatenate([sketched[other], sketched[one]])


def _counted(have: Ints, alike: tuple[Ints, Ints], count: int) -> tuple[Ints, Ints]:
    """Count the articles of each line and its like, and name the first; `have` is `line << 32 + article`."""
    bounds = np.searchsorted(have >> _HALF, np.arange(count + 1))
    line, other = alike
    sizes = np.diff(bounds)[other]
    each = np.repeat(bounds[:-1][other] - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
    borrowed = (np.repeat(line, sizes) << _HALF) + (have[each] & ((1 << 32) - 1))
    together = distinct(np.concatenate([have, borrowed]))
    bounds = np.searchsorted(together >> _HALF, np.arange(count + 1))
    counts = np.diff(bounds)
    first = together[np.minimum(bounds[:-1], max(len(together) - 1, 0))] if len(together) else bounds[:-1]
    return counts.astype(np.int64), first & ((1 << 32) - 1)
