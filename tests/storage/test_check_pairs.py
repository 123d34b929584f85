from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import builders_storage as build
import pyarrow as pa
import pytest

from dedup.settings import WIDTH
from dedup.verify import similarity
from storage.check import check
from storage.warehouse import Warehouse, create_warehouse

OLD, NEW = "20261121T060000Z-00000001", "20261121T060001Z-00000002"
WORDS = [f"word{number}" for number in range(70)]
LONG = " ".join(WORDS)  # 66 shingles
URL = f"https://example.com/{build.digest(LONG)[:8]}"
compare = partial(similarity, width=WIDTH)


def with_changes(count: int) -> str:
    """The long text with some words changed, far apart; each takes five shingles with it."""
    return " ".join(
        f"other{place}" if place % 10 == 5 and place < 10 * count else word
        for place, word in enumerate(WORDS)
    )


def problems(house: Warehouse) -> set[str]:
    found = check(house, similarity=compare)
    assert {finding.law for finding in found} <= {"matches"}
    return {finding.problem.split(":")[0] for finding in found}


def committed(tmp_path: Path, text: str, match: str, **columns: object) -> Warehouse:
    """A warehouse with the long text, and in a later batch a duplicate of it."""
    house = create_warehouse(tmp_path / "house")
    first = build.batch_tables(OLD, [build.Piece(LONG)])
    first["articles"] = build.changed(first["articles"], "title", ["The Mill"])
    build.commit_tables(house, first)
    tables = build.batch_tables(NEW, [build.Piece(text, of=LONG, of_history=True)])
    scores = dict(zip(("jaccard", "containment"), compare(pa.array([text]), pa.array([LONG])), strict=True))
    settings = columns.pop("settings", {})
    values = {**{name: score[0].as_py() for name, score in scores.items()}, "match": match, **columns}
    for name, value in values.items():
        tables["duplicates"] = build.changed(tables["duplicates"], name, [value])
    tables["batches"] = build.changed(tables["batches"], "settings", [json.dumps(settings)])
    build.commit_tables(house, tables)
    return house


FAR = "match is {}, but the two are not as similar as the settings ask for ({})"
STRANGERS = "match is revision, but the two share neither URL nor outlet and title"
PART = " ".join(WORDS[:55])
CASES: dict[str, tuple[str, str, dict[str, object], set[str]]] = {
    "near": (with_changes(1), "near", {}, set()),
    "not near": (with_changes(3), "near", {}, {FAR.format("near", 0.8)}),
    "not near enough": (
        with_changes(1),
        "near",
        {"settings": {"match": {"near": 0.9}}},
        {FAR.format("near", 0.9)},
    ),
    "near by lower settings": (with_changes(3), "near", {"settings": {"match": {"near": 0.6}}}, set()),
    "contained": (PART, "contained", {}, set()),
    "not contained": (with_changes(3), "contained", {}, {FAR.format("contained", 0.9)}),
    "containing": (
        f"{LONG} {' '.join(f'more{number}' for number in range(30))}",
        "contained",
        {},
        {"match is contained, but the other text is the shorter one"},
    ),
    "revision of a URL": (with_changes(2), "revision", {"canonical_url": URL, "same_url": True}, set()),
    "revision of a title": (with_changes(2), "revision", {"title": "the mill!"}, set()),
    "revision of another title": (with_changes(2), "revision", {"title": "The quay"}, {STRANGERS}),
    "revision without a title": (with_changes(2), "revision", {}, {STRANGERS}),
    "revision of another outlet": (
        with_changes(2),
        "revision",
        {"title": "The Mill", "outlet": "other.example", "same_outlet": False},
        {STRANGERS},
    ),
    "too different a revision": (
        with_changes(7),
        "revision",
        {"title": "The Mill"},
        {FAR.format("revision", 0.5)},
    ),
    "wrong figure": (with_changes(1), "near", {"jaccard": 0.99}, {"jaccard is not that of the two texts"}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_duplicate_is_what_it_says(tmp_path: Path, case: str) -> None:
    text, match, columns, expected = CASES[case]
    assert problems(committed(tmp_path, text, match, **columns)) == expected


def related(tmp_path: Path, **row: object) -> Warehouse:
    """A warehouse with a part of the long text, and the long text in a later batch, related."""
    house = create_warehouse(tmp_path / "house")
    build.commit_tables(house, build.batch_tables(OLD, [build.Piece(PART), build.Piece("Something else.")]))
    tables = build.batch_tables(NEW, [build.Piece(LONG)])
    scores = [score[0].as_py() for score in compare(pa.array([PART]), pa.array([LONG]))]
    values = {
        "article_id": build.Piece(PART).article_id,
        "batch_id": NEW,
        "of_article_id": build.Piece(LONG).article_id,
        "relation": "contained",
        "jaccard": scores[0],
        "containment": scores[1],
        "evidence": "all of it is in the longer one",
        **row,
    }
    tables["relations"] = pa.Table.from_pylist([values], tables["relations"].schema)
    build.commit_tables(house, tables)
    return house


def test_an_older_article_may_lie_in_a_newer_one(tmp_path: Path) -> None:
    assert check(related(tmp_path), similarity=compare) == []


def test_another_relation_begins_with_an_article_of_the_batch(tmp_path: Path) -> None:
    [finding] = check(related(tmp_path, relation="series"), similarity=compare)
    assert (finding.law, finding.problem.split(":")[0]) == (
        "references",
        "article_id names no article of this batch",
    )


def test_a_relation_of_two_others_is_found(tmp_path: Path) -> None:
    stranger = build.Piece("Something else.").article_id
    [finding] = check(related(tmp_path, of_article_id=stranger), similarity=compare)
    assert finding.law == "references"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"jaccard": 0.1}, {"jaccard is not that of the two texts"}),
        ({"containment": 0.5}, {"containment is not that of the two texts"}),
        (
            {"article_id": build.Piece(LONG).article_id, "of_article_id": build.Piece(PART).article_id},
            {"relation is contained, but the other text is the shorter one"},
        ),
    ],
)
def test_a_relation_is_what_it_says(tmp_path: Path, row: dict[str, object], expected: set[str]) -> None:
    assert problems(related(tmp_path, **row)) >= expected
