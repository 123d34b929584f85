from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import builders_runs as build
import numpy as np
import pyarrow as pa
import pytest
from builders_runs import FIRST_DAY, Sketch
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.signatures import PERMUTATIONS
from storage.history import History, open_runs
from storage.lookups import ALWAYS, Window, find_postings, find_similar, first_places
from storage.postings import ROWS
from storage.tiers import merge_runs

WINDOWS = st.tuples(st.none() | st.integers(-1, 6), st.none() | st.integers(-1, 6)).map(
    lambda days: tuple(None if day is None else FIRST_DAY + day * build.DAY for day in days)
)
ASKED = st.lists(st.integers(0, 6), min_size=1, max_size=6)


def open_history(folder: Path, batches: Sequence[Sequence[Sketch]], *, cuts: Sequence[int]) -> History:
    """The history of some batches; runs between two cuts are merged, then the first two of these."""
    runs = [
        build.make_run(folder / str(number), batch, name=f"b{number}") for number, batch in enumerate(batches)
    ]
    groups = [runs[first:behind] for first, behind in zip([0, *cuts], [*cuts, len(runs)], strict=True)]
    merged = [joined(group, folder) for group in groups if group]
    if len(merged) > 2:
        merged = [joined(merged[:2], folder), *merged[2:]]
    return History(open_runs(merged))


def joined(group: Sequence[Path], folder: Path) -> Path:
    if len(group) == 1:
        return group[0]
    target = Path(tempfile.mkdtemp(dir=folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.tiers.ROWS_AT_ONCE", 3)
        patch.setattr("storage.tiers.KEPT_AT_ONCE", 2)
        merge_runs(group, target)
    return target


def members(batches: Sequence[Sequence[Sketch]]) -> list[Sketch]:
    """All articles, numbered as the history numbers them."""
    return [one for batch in batches for one in sorted(batch, key=lambda one: one.rank)]


def inside(one: Sketch, window: Window) -> bool:
    moment: datetime | None = one.published_at
    since, until = window
    return moment is None or ((since is None or moment >= since) and (until is None or moment <= until))


def keys_of(one: Sketch, kind: str) -> list[int]:
    values = {"texts": [one.text], "titles": [one.title], "urls": [one.url], "passages": one.passages}
    return [key for key in values.get(kind, one.paragraphs) if key]


def rows(table: pa.Table) -> list[tuple[int, ...]]:
    return list(zip(*table.to_pydict().values(), strict=True))


@settings(deadline=None, max_examples=examples(25))
@given(
    batches=build.batches(),
    asked=ASKED,
    window=WINDOWS,
    at_most=st.none() | st.integers(0, 3),
    data=st.data(),
)
def test_postings_are_found_as_by_reading_everything(
    *, batches: list[list[Sketch]], asked: list[int], window: Window, at_most: int | None, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(["texts", "titles", "urls", "passages", "paragraphs"]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(batches)))))
    articles = members(batches)
    have = {key: sum(key in keys_of(one, kind) for one in articles) for key in asked}
    expected = [
        (query, member, *([100 * place, 100 * place + 90] if kind == "paragraphs" else []))
        for query, key in enumerate(asked)
        for member, one in enumerate(articles)
        if key in keys_of(one, kind) and inside(one, window) and (at_most is None or have[key] <= at_most)
        for place in [keys_of(one, kind).index(key)]
    ]
    with tempfile.TemporaryDirectory() as folder:
        history = open_history(Path(folder), batches, cuts=cuts)
        keys = np.array(asked, np.uint64)
        found = find_postings(history, kind, keys, at_most=at_most, window=window)
        assert rows(found) == expected


@settings(deadline=None, max_examples=examples(25))
@given(batches=build.batches(), asked=ASKED, data=st.data())
def test_the_first_place_is_the_oldest(
    batches: list[list[Sketch]], asked: list[int], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(batches)))))
    articles = members(batches)
    expected = []
    for query, key in enumerate(asked):
        having = [member for member, one in enumerate(articles) if key in one.paragraphs]
        if having:
            start = 100 * articles[having[0]].paragraphs.index(key)
            expected.append((query, having[0], start, start + 90, len(having)))
    with tempfile.TemporaryDirectory() as folder:
        history = open_history(Path(folder), batches, cuts=cuts)
        assert rows(first_places(history, np.array(asked, np.uint64))) == expected


def shared_bands(left: Sketch, right: Sketch, size: int) -> int:
    count = PERMUTATIONS // size
    bands = [one.signature[: count * size].reshape(count, size) for one in (left, right)]
    return int((bands[0] == bands[1]).all(axis=1).sum())


@settings(deadline=None, max_examples=examples(25))
@given(
    batches=build.batches(),
    asked=st.lists(build.SKETCHES, max_size=4),
    window=WINDOWS,
    data=st.data(),
)
def test_similar_ones_are_those_that_share_a_band(
    batches: list[list[Sketch]], asked: list[Sketch], window: Window, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(batches)))))
    expected = [
        (query, member, shared)
        for query, one in enumerate(asked)
        for member, other in enumerate(members(batches))
        if (shared := shared_bands(one, other, ROWS)) and inside(other, window)
    ]
    signatures = np.array([one.signature for one in asked], np.uint32).reshape(-1, PERMUTATIONS)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.lookups._AT_ONCE", data.draw(st.sampled_from([3, 1_000])))
        history = open_history(Path(folder), batches, cuts=cuts)
        assert rows(find_similar(history, signatures, window=window)) == expected


def test_runs_of_other_bands_are_asked_in_their_own_way(tmp_path: Path) -> None:
    one = Sketch(0, 1, 1, 1, 1, (1, 2), (), ())
    folders = [build.make_run(tmp_path / str(size), [one], name="b", rows=size) for size in (ROWS, ROWS - 1)]
    found = find_similar(History(open_runs(folders)), one.signature.reshape(1, -1))
    assert rows(found) == [(0, 0, PERMUTATIONS // ROWS), (0, 1, PERMUTATIONS // (ROWS - 1))]


def test_a_key_is_counted_over_all_runs_and_dates(tmp_path: Path) -> None:
    one, two, three = (Sketch(number, number, 1, 1, 1, (1, 2), (3,), ()) for number in range(3))
    folders = [
        build.make_run(tmp_path / f"{place}", batch, name="b")
        for place, batch in enumerate([[one, two], [three]])
    ]
    history, keys = History(open_runs(folders)), np.array([3], np.uint64)
    assert rows(find_postings(history, "passages", keys, at_most=3)) == [(0, 0), (0, 1), (0, 2)]
    assert rows(find_postings(history, "passages", keys, at_most=2)) == []
    late = (three.published_at, None)
    assert rows(find_postings(history, "passages", keys, at_most=3, window=late)) == [(0, 2)]
    assert rows(find_postings(history, "passages", keys, at_most=2, window=late)) == []


def test_a_history_of_nothing_has_nothing() -> None:
    history = History(())
    keys = np.array([1, 2], np.uint64)
    assert find_postings(history, "paragraphs", keys, at_most=3, window=ALWAYS).num_rows == 0
    assert first_places(history, keys).num_rows == 0
    assert find_similar(history, np.zeros((2, PERMUTATIONS), np.uint32)).num_rows == 0
