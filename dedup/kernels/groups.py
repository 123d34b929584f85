"""Which texts share a key with which kept ones before them."""

from __future__ import annotations

import numpy as np
from numba import int32, int64, njit, types, uint64, void

from ingest.kernels.compiling import I64, TO_I64, TO_U8, U8, compiled, prefetch

_U32_ROWS = types.Array(types.uint32, 2, "C", readonly=True)
_I32 = types.Array(types.int32, 1, "C", readonly=True)
_TO_I32 = types.Array(types.int32, 1, "C")

# What two texts may share: a band of their sketches, a passage, all words, the address, outlet and title.
BAND, PASSAGE, WORDS, URL, TITLE = range(5)
UNKNOWN = np.iinfo(np.int64).min  # a date, an outlet

# Places of the limits in the array that `pair_up` takes.
MOST, LONGEST, RARE, LEAST_ALIKE, LEAST_BANDS, PASSAGES_OF_100, WINDOW, FAR, ROWS = range(9)
# A group in its array: how many members are settled, how many there are, and they; one behind the other, as a
# row's groups lie anywhere and each is looked up once.
SETTLED, COUNT, HEAD = range(3)
AHEAD = 24  # entries; of 8, 16, 24 and 48 the quickest
MOST_APART = 4  # rows that can only be a series with a row; one kept one among them will be told
# What a row shares with another is tallied in one number: bands, passages, and a flag for each kind.
_COUNT = (1 << 20) - 1


@compiled(void(_I32, _I32, _TO_I32, _TO_I32))
def fill(members: np.ndarray, sizes: np.ndarray, cursor: np.ndarray, out: np.ndarray) -> None:
    """Tell every member where its groups will stand, in their order.

    Args:
        members: int32, of one group after the other.
        sizes: int32, number of members of each group.
        cursor: int32, where the entries of each member begin in `out`; afterwards, where they end.
        out: int32, one an entry: where the group begins in `groups` of `pair_up`.
    """
    entry, place = uint64(0), int32(0)
    for group in range(len(sizes)):
        for _ in range(sizes[group]):
            member = uint64(members[entry])
            out[uint64(cursor[member])] = place
            cursor[member] += 1
            entry += uint64(1)
        place += HEAD + sizes[group]


@njit(inline="always")
def _alike(left: np.ndarray, right: np.ndarray) -> int:
    count = 0
    for k in range(len(left)):
        count += left[k] == right[k]
    return count


@njit(inline="always")
def _touch(row: int, kind: int, tallies: np.ndarray, touched: np.ndarray, found: int) -> int:
    tally = tallies[row]
    if tally == 0:
        touched[found] = row
        found += 1
    one = (1 if kind == BAND else 0) + ((1 << 20) if kind == PASSAGE else 0)
    tallies[row] = (tally + one) | (1 << (40 + kind))
    return found


@njit(inline="always")
def _worse(score: np.ndarray, rows: np.ndarray, place: int, value: int, row: int) -> bool:
    """Tell whether a row comes behind the one in a place: lower score, or the same and a later row."""
    return bool(score[place] > value or (score[place] == value and rows[place] < row))


@njit(inline="always")
def _insert(score: np.ndarray, rows: np.ndarray, chosen: int, value: int, row: int) -> int:
    """Keep the best rows in order, by insertion: few have many; as many as `score` has places."""
    most = len(score)
    place = chosen
    while place > 0 and not _worse(score, rows, place - 1, value, row):
        place -= 1
    if place == most:
        return chosen
    for i in range(min(chosen, most - 1), place, -1):
        score[i], rows[i] = score[i - 1], rows[i - 1]
    score[place], rows[place] = value, row
    return min(chosen + 1, most)


@compiled(
    int64(
        *(I64, I64, I64, U8, I64, _I32, I64, _TO_I32),
        *(I64, I64, I64, I64, _U32_ROWS, I64, TO_I64, _TO_I32, TO_I64, TO_I64, TO_U8),
    )
)
def pair_up(
    rows: np.ndarray,
    hit_offsets: np.ndarray,
    hit_rows: np.ndarray,
    hit_kinds: np.ndarray,
    entry_offsets: np.ndarray,
    entry_groups: np.ndarray,
    kind_ends: np.ndarray,
    groups: np.ndarray,
    passages: np.ndarray,
    outlets: np.ndarray,
    dates: np.ndarray,
    sketch_of: np.ndarray,
    sketches: np.ndarray,
    limits: np.ndarray,
    tallies: np.ndarray,
    touched: np.ndarray,
    later: np.ndarray,
    earlier: np.ndarray,
    left_out: np.ndarray,
) -> int:
    """Pair each row with rows before it that share a key and are likely enough to be alike.

    Args:
        rows: int64, ascending.
        hit_offsets: int64, row r shares keys with `hit_rows[hit_offsets[r]:hit_offsets[r + 1]]`; these were
            found elsewhere.
        hit_rows: int64.
        hit_kinds: uint8, what is shared.
        entry_offsets: int64, row r belongs to the groups that begin at
            `entry_groups[entry_offsets[r]:entry_offsets[r + 1]]` in `groups`, ascending.
        entry_groups: int32.
        kind_ends: int64, where the groups of each kind end; kinds come one behind the other.
        groups: int32, of each group: how many members are kept for certain, how many there are, and the
            members, in the order in which they came; the rows are put there.
        passages: int64, number of passages of each row.
        outlets: int64, UNKNOWN where there is none.
        dates: int64, microseconds; UNKNOWN where there is none.
        sketch_of: int64, row of `sketches`, -1 where a row has none.
        sketches: uint32, signatures.
        limits: int64, in this order: most pairs of a row; most settled members of a group that are looked
            at, the last ones; most members of a passage's group; least equal slots of two sketches; least
            common bands; least common passages in percent of the fewer; longest
            time between two dates (0: any); time from which two texts of one outlet are far apart; rows of
            a band.
        tallies: int64, scratch, zeros, one a row.
        touched: int32, scratch, one a row.
        later: int64, room for MOST + MOST_APART pairs of each of the rows.
        earlier: int64, likewise.
        left_out: uint8, one a row of `rows`: becomes 1 where a pair with another of these rows was left out.

    Returns:
        Number of pairs.
    """
    pairs = 0
    score = np.empty(limits[MOST], np.int64)
    apart_score, apart_rows = np.empty(MOST_APART, np.int64), np.empty(MOST_APART, np.int64)
    final = len(entry_groups) - 1
    for number in range(len(rows)):
        row = rows[number]
        found = 0
        for hit in range(hit_offsets[row], hit_offsets[row + 1]):
            found = _touch(hit_rows[hit], hit_kinds[hit], tallies, touched, found)
        kind = 0
        for entry in range(entry_offsets[row], entry_offsets[row + 1]):
            # Ask for the group of a later entry, and for the tally of the first member of a nearer one.
            prefetch(groups, entry_groups[min(entry + AHEAD, final)])
            prefetch(tallies, groups[entry_groups[min(entry + AHEAD // 2, final)] + HEAD])
            group = uint64(entry_groups[entry])
            while group >= uint64(kind_ends[kind]):
                kind += 1
            begin = group + uint64(HEAD)
            settled, count = groups[group + uint64(SETTLED)], groups[group + uint64(COUNT)]
            if kind != PASSAGE or settled <= limits[RARE]:
                skipped = uint64(max(0, settled - limits[LONGEST]))
                for place in range(begin + skipped, begin + uint64(count)):
                    found = _touch(uint64(groups[place]), kind, tallies, touched, found)
            groups[begin + uint64(count)] = row
            groups[group + uint64(COUNT)] = count + 1
        first, chosen, apart_chosen = pairs, 0, 0
        for i in range(found):
            other = int(touched[i])
            tally = tallies[other]
            tallies[other] = 0
            bands, common, flag = tally & _COUNT, (tally >> 20) & _COUNT, tally >> 40
            near = bands >= limits[LEAST_BANDS]
            if not near and flag == 1 << BAND:
                continue
            if sketch_of[row] >= 0 and sketch_of[other] >= 0:
                alike = _alike(sketches[sketch_of[row]], sketches[sketch_of[other]])
                near = near and alike >= limits[LEAST_ALIKE]
            else:
                # As many slots as make bands of these rows equal so often, so that both may be compared.
                slots_of_band = limits[ROWS]
                all_bands = sketches.shape[1] // slots_of_band
                alike = int(sketches.shape[1] * (min(bands, all_bands) / all_bands) ** (1 / slots_of_band))
            if common > 0:
                fewer = min(passages[row], passages[other])
                near = near or 100 * common >= limits[PASSAGES_OF_100] * fewer
            same = flag & ((1 << WORDS) | (1 << URL)) != 0
            if not (near or same or flag & (1 << TITLE) != 0):
                continue
            dated = dates[row] != UNKNOWN and dates[other] != UNKNOWN
            apart = abs(dates[row] - dates[other]) if dated else 0
            if limits[WINDOW] > 0 and apart > limits[WINDOW]:
                continue
            series = outlets[row] != UNKNOWN and outlets[row] == outlets[other] and apart >= limits[FAR]
            value = (same << 40) + (alike << 20) + common
            if series and not same:
                if near:
                    apart_chosen = _insert(apart_score, apart_rows, apart_chosen, value, other)
                continue
            if chosen == limits[MOST]:
                last = earlier[first + chosen - 1]
                dropped = other if _worse(score, earlier[first:], chosen - 1, value, other) else last
                left_out[number] |= rows[0] <= dropped < row
            chosen = _insert(score, earlier[first:], chosen, value, other)
        earlier[first + chosen : first + chosen + apart_chosen] = apart_rows[:apart_chosen]
        chosen += apart_chosen
        later[first : first + chosen] = row
        pairs += chosen
    return pairs


@compiled(void(I64, U8, I64, _I32, _TO_I32))
def settle(
    rows: np.ndarray,
    kept: np.ndarray,
    entry_offsets: np.ndarray,
    entry_groups: np.ndarray,
    groups: np.ndarray,
) -> None:
    """Take out of the groups those of the rows put there last that are not kept.

    Args:
        rows: int64, ascending: the rows of the last `pair_up`.
        kept: uint8, one a row of `rows`.
        entry_offsets: int64, see `pair_up`.
        entry_groups: int32, see `pair_up`.
        groups: int32, see `pair_up`.
    """
    for i in range(len(rows)):
        for entry in range(entry_offsets[rows[i]], entry_offsets[rows[i] + 1]):
            group = entry_groups[entry]
            settled = groups[group + SETTLED]
            if kept[i]:
                groups[group + HEAD + settled] = rows[i]
                settled += 1
                groups[group + SETTLED] = settled
            groups[group + COUNT] = settled


@compiled(void(I64, I64, _I32, _TO_I32))
def take_out(
    rows: np.ndarray, entry_offsets: np.ndarray, entry_groups: np.ndarray, groups: np.ndarray
) -> None:
    """Take rows out of their groups, which must be settled: they are kept no more.

    Args:
        rows: int64, once kept.
        entry_offsets: int64, see `pair_up`.
        entry_groups: int32, see `pair_up`.
        groups: int32, see `pair_up`.
    """
    for i in range(len(rows)):
        for entry in range(entry_offsets[rows[i]], entry_offsets[rows[i] + 1]):
            group = entry_groups[entry]
            begin = left = group + HEAD
            for place in range(begin, begin + groups[group + SETTLED]):
                if groups[place] != rows[i]:
                    groups[left] = groups[place]
                    left += 1
            groups[group + SETTLED] = groups[group + COUNT] = left - begin
