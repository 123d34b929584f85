"""The acceptance test: the five seeds, by the installed command and Prefect, against their gold."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from builders import GOLD

from flows.checking import check_warehouse
from storage import read


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("acceptance") / "warehouse"


@pytest.fixture
def articles(warehouse: Path, process: Any) -> dict[str, dict[str, Any]]:
    """Run the command once for all tests of this file; what it committed, by name of the seed."""
    if not warehouse.exists():
        outcome = process("run", "--to", warehouse, "--json")
        assert outcome.code == 0, outcome.err
        assert outcome.err == ""
        assert {
            name: outcome.json[name] for name in ("inputs", "kept", "duplicates", "rejected", "known")
        } == {
            "inputs": 5,
            "kept": 5,
            "duplicates": 0,
            "rejected": 0,
            "known": 0,
        }
    return {Path(row["locator"]).name: row for row in read(warehouse, "articles").to_pylist()}


@pytest.mark.parametrize("name", sorted(GOLD))
def test_the_text_is_that_of_the_gold(articles: dict[str, dict[str, Any]], name: str) -> None:
    accepted = [GOLD[name]["expected_text"], GOLD[name].get("alternative_expected_text")]
    assert articles[name]["text"] in accepted
    assert articles[name]["title"] == GOLD[name]["title"]
    assert len(articles[name]["text"].split("\n\n")) == len(articles[name]["paragraph_spans"])


@pytest.mark.parametrize("name", sorted(GOLD))
def test_what_was_removed_is_what_the_gold_removes(
    articles: dict[str, dict[str, Any]], warehouse: Path, name: str
) -> None:
    gold = GOLD[name]
    expected = {(one["start"], one["end"]) for one in gold["removed"]}
    expected |= {(unit["start"], unit["end"]) for unit in gold["units"] if unit["label"] == "title"}
    removed = [
        row
        for row in read(warehouse, "removals").to_pylist()
        if row["article_id"] == articles[name]["article_id"]
    ]
    assert {(row["start"], row["end"]) for row in removed} == expected
    lines = {unit["line"]: unit for unit in gold["units"]}
    for one in gold["removed"]:
        row = next(row for row in removed if row["start"] == one["start"])
        if row["layer"] == "repeat":
            of = lines[one["of_line"]]
            assert (row["of_start"], row["of_end"], row["similarity"]) == (of["start"], of["end"], 1.0)


def test_every_line_of_the_seeds_is_judged_as_in_the_gold(
    articles: dict[str, dict[str, Any]], warehouse: Path
) -> None:
    removed = {
        (row["article_id"], row["start"], row["end"]) for row in read(warehouse, "removals").to_pylist()
    }
    right = 0
    for name, gold in GOLD.items():
        for unit in gold["units"]:
            gone = (articles[name]["article_id"], unit["start"], unit["end"]) in removed
            right += gone == (unit["label"] not in ("keep", "keep-with-cuts"))
    assert right == sum(len(gold["units"]) for gold in GOLD.values()) == 124


def test_what_the_removed_lines_said_is_kept_as_metadata(articles: dict[str, dict[str, Any]]) -> None:
    for name, gold in GOLD.items():
        for key, value in gold.get("expected_metadata", {}).items():
            found = dict(articles[name]["metadata"]).get(key)
            assert found == (" ".join(value) if isinstance(value, list) else value)
        assert not articles[name]["authors"]


def test_the_warehouse_keeps_the_laws(articles: dict[str, dict[str, Any]], warehouse: Path) -> None:
    assert len(articles) == 5
    assert check_warehouse(str(warehouse)) == []


def test_a_second_run_commits_nothing(
    articles: dict[str, dict[str, Any]], warehouse: Path, process: Any
) -> None:
    before = sorted(path for path in warehouse.rglob("*") if path.is_file())
    outcome = process("run", "--to", warehouse, "--json")
    assert outcome.code == 0
    assert outcome.json["batch_id"] is None
    assert outcome.json["known"] == outcome.json["inputs"] == len(articles)
    assert sorted(path for path in warehouse.rglob("*") if path.is_file()) == before


def test_prefect_has_the_run_its_tasks_and_the_summary_as_an_artifact(
    articles: dict[str, dict[str, Any]], warehouse: Path, prefect_home: Path
) -> None:
    ours = "from artifact where key = 'copydesk-batch' and data like '%**Batch%' and data like ?"
    with closing(sqlite3.connect(prefect_home / "prefect.db")) as database:

        def rows(query: str, *values: str) -> list[tuple[str, ...]]:
            return database.execute(query, values).fetchall()

        [(run, summary)] = rows(f"select flow_run_id, data {ours}", f"%{warehouse}%")
        states = rows("select state_type from flow_run where id = ?", run)
        tasks = rows("select name, state_type from task_run where flow_run_id = ?", run)
    assert f"| kept | {len(articles)} |" in summary
    assert states == [("COMPLETED",)]
    steps = {"plan", "extract", "clean", "match", "learn", "sum_up", "reuse", "assemble", "index", "publish"}
    assert {name.split("-")[0] for name, _ in tasks} == steps
    assert {state for _, state in tasks} == {"COMPLETED"}
