from __future__ import annotations

import dataclasses
import datetime as dt
import math
import random
from collections import defaultdict
from dataclasses import dataclass
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import candidates
from dedup.candidates import Field, least_bands, pair_up, passage_counts, settle, share, together
from dedup.comparison import tokenise
from dedup.kernels.groups import BAND, MOST_APART, PASSAGE, TITLE, URL, WORDS
from dedup.settings import MatchSettings
from dedup.shingles import shingle
from dedup.signatures import band_keys, rows_per_band, sign
from dedup.tables import FIELD, HITS

NEAR = MatchSettings().near
FAR = 5
MOST, LONGEST, RARE = 2, 2, 1  # small, that a few articles reach them
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 40))),
    st.integers(1, 2**32),
)
def test_together_are_the_rows_of_a_key(entries: list[tuple[int, int]], seed: int) -> None:
    mixed = np.random.default_rng(seed).integers(0, 2**64, 7, np.uint64)  # keys are hashes
    by_key = defaultdict(list)
    for key, row in entries:
        by_key[int(mixed[key])].append(row)
    keys = np.array([mixed[key] for key, _ in entries], np.uint64)
    rows, sizes = together(keys, np.array([row for _, row in entries], np.int64))
    found = np.split(rows, np.cumsum(sizes)[:-1]) if len(sizes) else []
    expected = [sorted(some) for some in by_key.values() if len(some) > 1]
    assert sorted(each.tolist() for each in found) == sorted(expected)
    assert sum(map(len, expected)) == len(rows)


def test_of_equal_keys_none_is_lost_among_many_rows() -> None:
    rng = np.random.default_rng(3)
    keys = rng.integers(0, 2**64, 300_000, np.uint64)
    keys[rng.choice(300_000, 100_000, replace=False)] = rng.choice(keys, 100_000)
    spread = np.arange(300_000, dtype=np.int64) * 3
    rows, sizes = together(keys, spread)
    group = np.full(900_000, -1)
    group[rows] = np.repeat(np.arange(len(sizes)), sizes)
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    left, right = spread[order[same]], spread[order[same + 1]]
    assert len(same) > 70_000
    assert (group[left] >= 0).all()
    assert (group[left] == group[right]).all()


@dataclass(frozen=True)
class Sketch:
    """An article of few possible keys; slots of one letter are those of one family."""

    slots: tuple[int, ...] | None  # a letter a band; none: too short for a sketch
    passages: frozenset[int]
    words: int
    url: int
    title: int
    outlet: str | None
    day: int | None
    length: int


BANDS = 128 // rows_per_band(NEAR)
SKETCH = st.builds(
    Sketch,
    slots=st.one_of(
        st.none(),
        st.tuples(st.integers(0, 3), st.integers(0, BANDS)).map(
            lambda drawn: tuple(drawn[0] if band >= drawn[1] else 9 + drawn[0] for band in range(BANDS))
        ),
        st.integers(0, 1).map(lambda letter: (letter,) * BANDS),
    ),
    passages=st.frozensets(st.integers(1, 6), max_size=3),
    words=st.integers(1, 30),
    url=st.sampled_from([0, 0, 1]),
    title=st.sampled_from([0, 0, 1]),
    outlet=st.sampled_from([None, "a", "a", "b"]),
    day=st.one_of(st.none(), st.integers(0, 12)),
    length=st.sampled_from([60, 150]),
)


def made(past: list[Sketch], batch: list[Sketch]) -> Field:
    """Return a field; hits are all keys that an article shares with one of the past."""
    everyone = [*past, *batch]
    mix = np.random.default_rng(1).integers(2**40, 2**64, 40, np.uint64)
    width = rows_per_band(NEAR)
    signatures = np.zeros((len(batch), 128), np.uint32)
    for row, one in enumerate(batch):
        for band, letter in enumerate(one.slots or ()):
            signatures[row, band * width : (band + 1) * width] = letter
        signatures[row, BANDS * width :] = 1000 + row
    columns = {
        "article_id": [f"{i}" for i in range(len(everyone))],
        "published_at": [None if a.day is None else START + dt.timedelta(days=a.day) for a in everyone],
        "outlet": [a.outlet for a in everyone],
        "content_id": [""] * len(everyone),
        "text_key": [int(mix[a.words]) * (a.words > 0) for a in everyone],
        "url_key": [int(mix[31]) * (a.url > 0) for a in everyone],
        "title_key": [int(mix[32]) * (a.title > 0) for a in everyone],
        "tokens": [10 if a.slots is None else a.length for a in everyone],
    }
    rows = pa.table(
        [pa.array(columns.get(f.name, [None] * len(everyone)), f.type) for f in FIELD], schema=FIELD
    )
    chosen = [[int(mix[33 + p]) for p in sorted(a.passages)] for a in batch]
    hits = [
        (len(past) + i, j, kind)
        for i, mine in enumerate(batch)
        for j, theirs in enumerate(past)
        for kind, count in common(mine, theirs).items()
        for _ in range(count)
    ]
    found = pa.table(list(zip(*hits, strict=True)) or [[], [], []], schema=HITS)
    return Field(rows, len(past), signatures, pa.array(chosen, pa.list_(pa.uint64())), found)


def common(one: Sketch, other: Sketch) -> dict[int, int]:
    """Count what two articles share, by kind."""
    sketched = one.slots is not None and other.slots is not None
    return {
        BAND: sum(a == b for a, b in zip(one.slots or (), other.slots or (), strict=False)),
        PASSAGE: len(one.passages & other.passages) if sketched else 0,
        WORDS: int(one.words == other.words),
        URL: int(one.url == other.url > 0),
        TITLE: int(one.title == other.title > 0),
    }


def keys_of(one: Sketch) -> set[tuple[int, object]]:
    """Return all keys of an article, with their kinds."""
    keys: set[tuple[int, object]] = {(WORDS, one.words)}
    keys |= {(kind, 1) for kind, key in ((URL, one.url), (TITLE, one.title)) if key}
    if one.slots is not None:
        keys |= {(BAND, each) for each in enumerate(one.slots)} | {(PASSAGE, each) for each in one.passages}
    return keys


def value(x: Sketch, k: Sketch, shared: dict[int, int], *, past: bool, days: int) -> tuple[str, int]:
    """Say by the rules what a pair is (`no`, `pair`, `far`), and how likely a copy."""
    gap = abs(x.day - k.day) if x.day is not None and k.day is not None else 0
    sketched = x.slots is not None and k.slots is not None and not past
    slots = sum(a == b for a, b in zip(x.slots or (), k.slots or (), strict=False)) * rows_per_band(NEAR)
    bands = 128 // rows_per_band(NEAR)  # of one without a sketch the bands tell how many slots are equal
    alike = slots if sketched else int(128 * (min(shared[BAND], bands) / bands) ** (1 / rows_per_band(NEAR)))
    near = shared[BAND] >= least_bands(NEAR)
    if sketched:
        near &= slots >= math.floor(128 * (NEAR - 4 * math.sqrt(NEAR * (1 - NEAR) / 128)))
    lengths = [10 if one.slots is None else one.length for one in (x, k)]
    fewer = min(1 + max(tokens - 4 - 48, 0) * 2 // 49 for tokens in lengths)
    near |= shared[PASSAGE] > 0 and shared[PASSAGE] >= 0.3 * fewer
    same = shared[WORDS] + shared[URL] > 0
    score = (same << 40) + (alike << 20) + shared[PASSAGE]
    if days and gap > days:
        return "no", score
    if not same and x.outlet is not None and x.outlet == k.outlet and gap >= FAR:
        return ("far" if near else "no"), score
    return ("pair" if near or same or shared[TITLE] else "no"), score


class Desk:
    """Candidates by the rules, in plain Python; with a state, as what it stands for."""

    def __init__(self, past: list[Sketch], batch: list[Sketch], days: int) -> None:
        self.everyone, self.past, self.days = [*past, *batch], len(past), days
        self.settled: dict[tuple[int, object], list[int]] = defaultdict(list)

    def pair_up(self, rows: list[int]) -> tuple[list[tuple[int, int]], list[bool]]:
        pairs, left_out = [], []
        for place, row in enumerate(rows):
            x = self.everyone[row]
            ranked: dict[str, list[tuple[int, int]]] = {"pair": [], "far": [], "no": []}
            for other, shared in self.met(row, rows[:place]).items():
                past = other < self.past
                kind, score = value(x, self.everyone[other], shared, past=past, days=self.days)
                ranked[kind].append((-score, other))
            best = sorted(ranked["pair"])
            chosen = [other for _, other in best[:MOST] + sorted(ranked["far"])[:MOST_APART]]
            pairs += [(row, other) for other in sorted(chosen)]
            left_out.append(any(other in rows for _, other in best[MOST:]))
        return pairs, left_out

    def met(self, row: int, before: list[int]) -> dict[int, dict[int, int]]:
        x = self.everyone[row]
        met: dict[int, dict[int, int]] = {}
        for other in range(self.past):
            shared = common(x, self.everyone[other])
            if any(shared.values()):
                met[other] = shared
        for key in keys_of(x):
            settled = self.settled[key]
            if key[0] == PASSAGE and len(settled) > RARE:
                continue
            for other in settled[-LONGEST:] + [row for row in before if key in keys_of(self.everyone[row])]:
                met.setdefault(other, dict.fromkeys(range(5), 0))[key[0]] += 1
        return met

    def settle(self, rows: list[int], kept: list[bool]) -> None:
        for row, stays in zip(rows, kept, strict=True):
            for key in keys_of(self.everyone[row]) if stays else ():
                self.settled[key].append(row)


@given(
    st.lists(SKETCH, max_size=4),
    st.lists(SKETCH, min_size=1, max_size=12),
    st.integers(1, 6),
    st.sampled_from([0, 0, 4, 8]),
    st.randoms(use_true_random=False),
)
def test_candidates_are_those_of_the_rules(
    past: list[Sketch], batch: list[Sketch], block: int, days: int, rng: random.Random
) -> None:
    field, desk = made(past, batch), Desk(past, batch, days)
    absent = np.array([rng.random() < 0.1 for _ in batch])
    limits = {"MOST": MOST, "LONGEST": LONGEST, "RARE": RARE}
    with mock.patch.multiple(candidates, **limits):
        shared = share(field, apart=absent, settings=MatchSettings(days=days), far=FAR)
        rows = np.flatnonzero(~absent) + len(past)
        for start in range(0, len(rows), block):
            some = rows[start : start + block]
            kept = np.array([rng.random() < 0.7 for _ in some])
            pairs, left_out = pair_up(shared, some)
            got = list(zip(pairs["later"].to_pylist(), pairs["earlier"].to_pylist(), strict=True))
            assert (got, left_out.tolist()) == desk.pair_up(some.tolist())
            settle(shared, some, kept)
            desk.settle(some.tolist(), kept.tolist())


def test_few_that_share_a_key_stand_behind_many_that_share_none() -> None:
    """Rows are many, groups few, candidates too many; the thorough run checks the bounds of all arrays."""
    alone = [Sketch(None, frozenset(), 0, url=0, title=0, outlet=None, day=None, length=60)] * 300
    field = made([], [*alone, *[dataclasses.replace(alone[0], url=1)] * 6])
    with mock.patch.object(candidates, "MOST", 1):
        shared = share(field, apart=np.zeros(306, np.bool_), settings=MatchSettings(), far=FAR)
        pairs, left_out = pair_up(shared, np.arange(306))
    assert pairs["later"].to_pylist() == [301, 302, 303, 304, 305]
    assert pairs["earlier"].to_pylist() == [300] * 5
    assert np.flatnonzero(left_out).tolist() == [302, 303, 304, 305]


@given(st.integers(0, 5000))
def test_passages_are_counted_by_length(tokens: int) -> None:
    column = pa.table({"tokens": pa.array([tokens], pa.int32())})
    shingles = max(tokens - 4, 0)
    assert passage_counts(column)[0] == (1 + max(shingles - 48, 0) * 2 // 49 if shingles else 0)


@pytest.mark.parametrize("near", [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0])
def test_a_pair_at_the_threshold_is_asked_for_no_more_than_it_has(near: float) -> None:
    rows = rows_per_band(near)
    bands, chance = 128 // rows, near**rows
    assert 1 - (1 - chance) ** bands >= 0.999

    def at_least(least: int) -> float:
        return sum(
            math.comb(bands, n) * chance**n * (1 - chance) ** (bands - n) for n in range(least, bands + 1)
        )

    least = least_bands(near)
    assert least >= 1
    assert at_least(least) >= 0.999 - 1e-12
    assert least == bands or at_least(least + 1) < 0.999
    limit = int(candidates._limits(MatchSettings(near=near), FAR)[candidates.groups.LEAST_ALIKE])
    slots = [math.comb(128, n) * near**n * (1 - near) ** (128 - n) for n in range(129)]
    assert sum(slots[limit:]) >= 0.999


def test_bands_find_what_is_alike() -> None:
    """Recall by test: 2,000 pairs just above the threshold, in one batch and in a later one."""
    rng = np.random.default_rng(11)
    texts, scores = [], []
    for number in range(2000):
        words = [f"t{number}w{i}" for i in range(int(rng.integers(90, 400)))]
        other, score = list(words), 1.0
        for place in rng.permutation(len(words)):
            changed = [*other[:place], f"new{place}", *other[place + 1 :]]
            left, right = (
                {tuple(text[i : i + 5]) for i in range(len(text) - 4)} for text in (words, changed)
            )
            if (now := len(left & right) / len(left | right)) < NEAR:
                break
            other, score = changed, now
        texts += [" ".join(words), " ".join(other)]
        scores.append(score)
    assert (np.array(scores) >= NEAR).all()
    assert np.mean(scores) < 0.83
    signatures = sign(shingle(tokenise(pa.array(texts)), width=5))
    keys = band_keys(signatures, rows=rows_per_band(NEAR))
    bands = (keys[::2] == keys[1::2]).sum(axis=1)
    assert np.mean(bands >= least_bands(NEAR)) >= 0.999  # all that a later batch knows
    none = Sketch((), frozenset(), 0, url=0, title=0, outlet=None, day=None, length=300)
    field = dataclasses.replace(made([], [none] * 4000), signatures=signatures)
    shared = share(field, apart=np.zeros(4000, np.bool_), settings=MatchSettings(), far=FAR)
    pairs, _ = pair_up(shared, np.arange(4000))
    found = pairs["later"].to_numpy()[pairs["earlier"].to_numpy() == pairs["later"].to_numpy() - 1]
    assert np.count_nonzero(found % 2) >= 0.999 * 2000


@given(st.lists(st.integers(-5, 5)))
def test_distinct_values_ascend(values: list[int]) -> None:
    assert candidates.distinct(np.array(values, np.int64)).tolist() == sorted(set(values))
