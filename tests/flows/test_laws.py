"""The laws of the whole job: nothing is lost, and the result is the same however it was run."""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import sentence, story
from running import run, write

from flows import tasks
from flows.checking import check_warehouse
from ingest.records import Reading
from storage import read

UNTOLD = ("batch_id", "ingested_at", "locator")
TABLES = ("articles", "duplicates", "originals", "removals", "relations", "reuse", "rejects")


def corpus(seed: int = 1) -> list[dict[str, Any]]:
    """Return records with exact copies, near copies, repeats, boilerplate, and some that are none."""
    rng = random.Random(seed)
    made: list[dict[str, Any]] = []
    for i in range(60):
        base = story(i % 25, 8)
        if i % 3 == 1:
            base = base.replace("w", "v", 1)
        if i % 7 == 2:
            base = f"{base}\n\n{sentence(i * 77, 20)}\n\n{sentence(i * 77, 20)}"
        if i % 5 == 3:
            base = f"A Headline of Some Words {i}\n\n{base}\n\nREAD Also\u00a0 Another Headline Here"
        made.append(
            {"id": f"r{i}", "text": base, "date": f"2026-01-{1 + i % 9:02d}", "outlet": f"o{i % 2}.com"}
        )
    made += [{"id": "empty", "text": " "}, {"id": "none"}, dict(made[0]), dict(made[5])]
    rng.shuffle(made)
    return made


def rows(warehouse: Path) -> dict[str, list[str]]:
    """Return all rows of a warehouse but for what the law excepts."""
    return {
        table: sorted(
            json.dumps({key: value for key, value in row.items() if key not in UNTOLD}, default=str)
            for row in read(warehouse, table).to_pylist()
        )
        for table in TABLES
    }


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("reference")
    summary = run(write(folder / "in", corpus(), 1), folder / "w")
    assert (summary.inputs, summary.rejected, summary.known) == (64, 2, 2)
    assert summary.kept + summary.duplicates == 60
    assert summary.duplicates > 20
    return rows(folder / "w")


@pytest.mark.parametrize(
    "way", ["shuffled", "many files", "small chunks", "one worker", "small groups", "in two goes"]
)
def test_the_result_is_the_same_however_it_was_run(
    way: str, reference: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = corpus(2) if way == "shuffled" else corpus()
    if way == "small chunks":
        monkeypatch.setattr(tasks, "Reading", partial(Reading, chunk_records=3))
    if way == "small groups":
        monkeypatch.setattr(tasks, "GROUP_FILES", 2)
    folder = write(tmp_path / "in", records, 7 if way in ("many files", "small groups") else 1)
    if way == "in two goes":  # a dry run leaves nothing behind
        run(folder, tmp_path / "w", dry_run=True)
    run(folder, tmp_path / "w", workers=1 if way == "one worker" else 2)
    assert rows(tmp_path / "w") == reference


def test_every_record_ends_once_and_the_laws_hold(tmp_path: Path) -> None:
    summary = run(write(tmp_path / "in", corpus(), 3), tmp_path / "w")
    assert summary.inputs == summary.kept + summary.duplicates + summary.rejected + summary.known == 64
    assert check_warehouse(str(tmp_path / "w")) == []
    copies = {row["article_id"]: row["copies"] for row in read(tmp_path / "w", "articles").to_pylist()}
    assert sum(copies.values()) == summary.duplicates


def test_a_later_batch_names_the_earlier_copy(tmp_path: Path) -> None:
    first = {"id": "a", "text": story(1), "date": "2026-01-01", "outlet": "a.com", "url": "https://a.com/1"}
    later = {
        "id": "b",
        "text": story(1),
        "date": "2026-01-02",
        "outlet": "b.com",
        "url": "https://a.com/1?utm_source=x",
    }
    run(write(tmp_path / "one", [first], 1), tmp_path / "w")
    run(write(tmp_path / "two", [later, first], 1), tmp_path / "w")
    [kept] = read(tmp_path / "w", "articles").to_pylist()
    [copy] = read(tmp_path / "w", "duplicates").to_pylist()
    assert copy["of_article_id"] == copy["cluster_id"] == kept["article_id"]
    assert (copy["match"], copy["in_history"], copy["same_outlet"], copy["same_url"]) == (
        "exact",
        True,
        False,
        True,
    )
    assert check_warehouse(str(tmp_path / "w")) == []


def test_what_is_known_stays_known_wherever_it_lies(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", corpus(), 2)
    run(folder, tmp_path / "w")
    (folder / "0.jsonl").rename(folder / "moved.jsonl")
    merged = (folder / "moved.jsonl").read_text() + (folder / "1.jsonl").read_text()
    (folder / "1.jsonl").write_text(merged)
    summary = run(folder, tmp_path / "w")
    assert (summary.batch_id, summary.known) == (None, summary.inputs)


def test_a_limit_takes_the_next_records_each_time(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", corpus(), 3)
    taken = [run(folder, tmp_path / "w", limit=25) for _ in range(4)]
    assert taken[0].inputs == 25
    assert sum(summary.kept + summary.duplicates for summary in taken) == 60
    assert taken[3].batch_id is None
    assert check_warehouse(str(tmp_path / "w")) == []


def test_a_copy_of_a_copy_of_an_earlier_batch_names_the_kept_article(tmp_path: Path) -> None:
    kept, near = story(1, 12), story(1, 12).replace("w1000x3", "changed")
    first = [{"id": "k", "text": kept, "date": "2026-01-01"}, {"id": "d", "text": near, "date": "2026-01-02"}]
    run(write(tmp_path / "one", first, 1), tmp_path / "w")
    run(write(tmp_path / "two", [{"id": "e", "text": near, "date": "2026-01-03"}], 1), tmp_path / "w")
    [article] = read(tmp_path / "w", "articles").to_pylist()
    copies = {row["source_id"]: row for row in read(tmp_path / "w", "duplicates").to_pylist()}
    assert {row["of_article_id"] for row in copies.values()} == {article["article_id"]}
    assert (copies["e"]["match"], copies["e"]["in_history"]) == ("near", True)
    assert copies["e"]["jaccard"] == copies["d"]["jaccard"] < 1
    assert check_warehouse(str(tmp_path / "w")) == []
    (tmp_path / "strict.toml").write_text("[match]\nnear = 1.0\n")
    strict = str(tmp_path / "strict.toml")
    three = write(tmp_path / "three", [{"id": "f", "text": near}], 1)
    summary = run(three, tmp_path / "w", source="other", config=strict)
    assert summary.kept == 1  # alike enough only by the older threshold


def test_texts_without_a_word_are_checked_like_others(tmp_path: Path) -> None:
    marks = [{"id": str(i), "text": text} for i, text in enumerate(["***", "***", "§§§ !!"])]
    summary = run(write(tmp_path / "one", marks, 1), tmp_path / "w")
    assert (summary.kept, summary.duplicates) == (2, 1)
    run(write(tmp_path / "two", [{"id": "x", "text": "***"}, {"id": "y", "text": "!!"}], 1), tmp_path / "w")
    assert check_warehouse(str(tmp_path / "w")) == []


def test_a_file_that_changes_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "in", [{"id": "a", "text": story(1)}], 1)
    fingerprint = tasks.fingerprint_file

    def replaced(path: Path) -> str:
        told = fingerprint(path)
        path.write_text(json.dumps({"id": "b", "text": story(2)}))
        return told

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "fingerprint_file", replaced)
        assert run(folder, tmp_path / "w").kept == 1
    (folder / "0.jsonl").write_text(json.dumps({"id": "a", "text": story(1)}))
    assert run(folder, tmp_path / "w").kept == 1
    assert sorted(read(tmp_path / "w", "articles").column("source_id").to_pylist()) == ["a", "b"]


def test_of_records_with_one_id_the_same_is_published_wherever_they_lie(tmp_path: Path) -> None:
    one = {"id": "a", "text": story(1), "outlet": "one.com"}
    other = {**one, "outlet": "other.com"}
    outlets = set()
    for name, records in {"x": [one, other], "y": [other, one]}.items():
        summary = run(write(tmp_path / name, records, 1), tmp_path / f"w{name}")
        assert (summary.kept, summary.known) == (1, 1)
        outlets |= set(read(tmp_path / f"w{name}", "articles").column("outlet").to_pylist())
    assert len(outlets) == 1
