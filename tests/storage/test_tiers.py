from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import chain
from pathlib import Path

import builders_runs
import builders_storage as build
import numpy as np
import pyarrow as pa
import pytest
from builders_runs import Sketch
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from objects import everywhere

from storage import tiers
from storage.errors import WarehouseFormat
from storage.history import load_history
from storage.kept import kept_articles, kept_texts
from storage.keys import SortedColumn
from storage.known import known_articles, known_files, known_records
from storage.manifest import manifests, snapshot
from storage.names import run_name
from storage.reading import read
from storage.runs import KINDS, read_facts, read_run
from storage.warehouse import INDEX, Warehouse, create_warehouse

LIMITS = st.sampled_from([1, 2, 5, 1_000])


def batch_id(number: int) -> str:
    return f"20261121T06{number // 60:02d}{number % 60:02d}Z-{number:08x}"


@given(st.integers(1, 5_000))
def test_live_runs_are_the_digits_of_the_number_of_commits(commits: int) -> None:
    stack: list[int] = []
    for _ in range(commits):
        count, tier = tiers.due([*stack, 0])
        stack = [*stack[: len(stack) + 1 - count], tier]
    digits = np.base_repr(commits, tiers.FAN)
    assert [stack.count(tier) for tier in range(len(digits))] == [int(each) for each in reversed(digits)]
    assert stack == sorted(stack, reverse=True)


def contents(folder: Path) -> dict[str, list[dict[str, object]]]:
    return {kind: table.to_pylist() for kind, table in read_run(folder).items()}


@settings(deadline=None, max_examples=examples(20))
@given(batches=builders_runs.batches(), limit=LIMITS, kept=LIMITS, cut=st.integers(1, 5))
def test_a_merged_run_is_that_of_one_batch_with_all_rows(
    batches: list[list[Sketch]], limit: int, kept: int, cut: int
) -> None:
    # Articles one behind the other over all batches, so that one batch numbers them as several do.
    batches = [[replace(one, day=number) for one in batch] for number, batch in enumerate(batches)]
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiers, "ROWS_AT_ONCE", limit)
        patch.setattr(tiers, "KEPT_AT_ONCE", kept)
        folder = Path(name)
        runs = [
            builders_runs.make_run(folder / f"{number}", batch, name="b")
            for number, batch in enumerate(batches)
        ]
        for target in ("merged", "first", "again"):
            (folder / target).mkdir()
        tiers.merge_runs(runs, folder / "merged")
        tiers.merge_runs(runs[:cut], folder / "first")
        tiers.merge_runs([folder / "first", *runs[cut:]], folder / "again")
        whole = builders_runs.make_run(
            folder / "whole", [one for batch in batches for one in batch], name="b"
        )
        merged, expected = contents(folder / "merged"), contents(whole)
        places = [(number, row) for number, batch in enumerate(batches) for row in range(len(batch))]
        order = [(one.rank, place) for one, place in zip(chain(*batches), places, strict=True)]
        for row, (_, place) in zip(expected["kept"], sorted(order), strict=True):
            row["file"], row["row"] = place
        assert merged == expected
        assert contents(folder / "again") == merged
        made = [folder / each for each in ("merged", "again", "whole")]
        facts = [read_facts(read_run(each)["kept"], folder=each) for each in made]
        files = tuple(f"{number}.parquet" for number in range(len(batches)))
        assert facts[0] == facts[1] == replace(facts[2], files=files)


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=4), st.integers(0, 10))
def test_a_column_in_pieces_is_searched_as_one(pieces: list[list[int]], bound: int) -> None:
    values = sorted(chain(*pieces))
    cuts = np.cumsum([len(piece) for piece in pieces])[:-1] if pieces else []
    chunks = [pa.array(part, pa.uint64()) for part in np.split(np.array(values, np.uint64), cuts)]
    column = SortedColumn.of(pa.table({"key": pa.chunked_array(chunks, pa.uint64())}), "key")
    assert column.rows == len(values)
    assert [int(column.at(row)) for row in range(len(values))] == values
    assert column.behind(np.uint64(bound)) == sum(value <= bound for value in values)


@pytest.fixture
def fan(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(tiers, "FAN", 3)
    return 3


def commit(house: Warehouse, number: int) -> None:
    pieces = [build.Piece(f"Report {number} of the mill."), build.Piece(f"Note {number} on the quay.")]
    copy = build.Piece(pieces[0].text, of=pieces[0].text, source="other")
    build.commit_tables(house, build.batch_tables(batch_id(number), [*pieces, copy], rejects=1))


@everywhere
def test_commits_merge_runs_and_nothing_is_forgotten(empty: Warehouse, fan: int) -> None:
    house = empty
    for number in range(2 * fan * fan + fan + 1):
        commit(house, number)
        history = load_history(house)
        assert len(history.runs) <= 3 * (fan - 1)
        assert history.kept == 2 * (number + 1)
    assert [manifest.tier for manifest in manifests(house)[:9]] == [0, 0, 1, 0, 0, 1, 0, 0, 2]
    assert snapshot(house).runs == tuple(run_name(number) for number in (9, 18, 21, 22))
    everything = read(house, "articles")
    ids = pa.concat_arrays(
        [*everything["article_id"].chunks, *read(house, "duplicates")["article_id"].chunks]
    )
    assert known_articles(history, ids).to_pylist() == [True] * len(ids)
    assert known_articles(history, pa.array([build.digest("new")])).to_pylist() == [False]
    files = pa.array([build.digest(f"file {batch_id(number)}") for number in range(22)])
    names = pa.array(["wire"] * 22)
    readings = pa.array([build.READING] * 22)
    assert known_files(history, names, readings, files).to_pylist() == [4] * 22
    rejects = read(house, "rejects")["content_hash"].combine_chunks()
    assert known_records(history, names, readings, rejects).to_pylist() == [True] * 22
    assert sorted(kept_articles(history, np.arange(44))["article_id"].to_pylist()) == sorted(
        everything["article_id"].to_pylist()
    )
    texts = dict(zip(everything["article_id"].to_pylist(), everything["text"].to_pylist(), strict=True))
    asked = np.array([43, 0, 17, 17, 4])
    ids = kept_articles(history, asked)["article_id"].to_pylist()
    assert kept_texts(history, asked).to_pylist() == [texts[each] for each in ids]


def test_a_reader_of_one_commit_ago_still_finds_its_runs(tmp_path: Path, fan: int) -> None:
    house = create_warehouse(tmp_path / "house")
    moments = [snapshot(house)]
    for number in range(12):
        commit(house, number)
        assert load_history(moments[-1]).kept == 2 * len(moments[-1].manifests)
        moments.append(snapshot(house))
    with pytest.raises(WarehouseFormat, match="cannot be read"):
        load_history(moments[2])
    on_disk = {path.name for path in (house.root / INDEX).iterdir()}
    assert on_disk == {*moments[-1].runs, *moments[-2].runs}


def test_runs_made_in_another_way_are_not_merged(
    tmp_path: Path, fan: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = create_warehouse(tmp_path / "house")
    commit(house, 0)
    commit(house, 1)
    with monkeypatch.context() as patch:
        patch.setattr("storage.postings.write_postings.__kwdefaults__", {"rows": 4, "recipe": "x"})
        for number in range(2, 6):
            commit(house, number)
    assert snapshot(house).runs == tuple(run_name(number) for number in (1, 2, 5, 6))


def test_every_kind_is_merged(tmp_path: Path) -> None:
    one = Sketch(0, 1, 1, 1, 1, (1, 2), (3,), (4,))
    folder = builders_runs.make_run(tmp_path / "a", [one], name="a")
    other = builders_runs.make_run(tmp_path / "b", [replace(one, number=1, text=2)], name="b")
    (tmp_path / "merged").mkdir()
    tiers.merge_runs([folder, other], tmp_path / "merged")
    rows = {kind: table.num_rows for kind, table in read_run(tmp_path / "merged").items()}
    bands = 2 * (128 // builders_runs.ROWS)
    assert rows == {**dict.fromkeys(KINDS, 2), "bands": bands}
