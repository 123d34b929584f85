from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import builders_storage as build
import pyarrow as pa
import pytest
from objects import everywhere

from storage.check import check
from storage.check_rows import check_ids
from storage.errors import NotFound
from storage.findings import Finding
from storage.warehouse import Warehouse, create_warehouse

OLD, NEW = "20261121T060000Z-00000001", "20261121T060001Z-00000002"
MILL = "The mill reopened on Monday.\n\nForty people work there."
QUAY = "The quay is closed until spring."
FAIR = "The fair drew nine thousand visitors."
STRANGER = build.digest("a stranger")

Tables = dict[str, pa.Table]


@pytest.fixture
def house(empty: Warehouse) -> Warehouse:
    warehouse = empty
    build.commit_tables(warehouse, build.batch_tables(OLD, [build.Piece(MILL)]))
    return warehouse


def new_tables() -> Tables:
    pieces = [
        build.Piece(QUAY),
        build.Piece(FAIR, appeal=False),
        build.Piece(QUAY, of=QUAY, source="other"),
        build.Piece(f"{QUAY} So it was said.", of=QUAY),
        build.Piece(MILL, of=MILL, of_history=True, outlet="copy.example"),
    ]
    return build.batch_tables(NEW, pieces, rejects=2, known=3)


def laws(found: list[Finding]) -> set[str]:
    return {finding.law for finding in found}


def test_a_right_warehouse_has_no_findings(house: Warehouse) -> None:
    build.commit_tables(house, new_tables())
    assert check(house) == check(str(house.root)) == []


def test_a_warehouse_without_a_batch_is_fine(tmp_path: Path) -> None:
    assert check(create_warehouse(tmp_path / "empty")) == []


def test_what_is_no_warehouse_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(NotFound):
            check(path)


@everywhere
def test_large_batches_are_looked_at_in_pieces(house: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = new_tables()
    tables["originals"] = build.changed(tables["originals"], "extracted", ["Another text."] * 5)
    build.commit_tables(house, tables)
    whole = check(house)
    pieces = {}
    for size in (1, 4_000):
        monkeypatch.setattr("storage.check_texts.SHARD_BYTES", size)
        pieces[size] = check(house)
    assert laws(whole) == {"texts"}
    for found in pieces.values():
        assert {finding.problem.split(":")[0] for finding in found} == {
            f.problem.split(":")[0] for f in whole
        }


def put(table: str, column: str, row: int, value: object) -> Callable[[Tables], Tables]:
    """A change of one value."""

    def change(tables: Tables) -> Tables:
        values = tables[table].column(column).to_pylist()
        values[row] = value(values[row]) if callable(value) else value
        return {**tables, table: build.changed(tables[table], column, values)}

    return change


def drop(table: str, row: int) -> Callable[[Tables], Tables]:
    """The loss of one row."""

    def change(tables: Tables) -> Tables:
        rows = [number for number in range(tables[table].num_rows) if number != row]
        return {**tables, table: tables[table].take(rows)}

    return change


def twice(table: str) -> Callable[[Tables], Tables]:
    """The first row once more."""
    return lambda tables: {**tables, table: pa.concat_tables([tables[table], tables[table].slice(0, 1)])}


def add(table: str, **values: object) -> Callable[[Tables], Tables]:
    """One more row, of the first article where nothing else is said."""

    def change(tables: Tables) -> Tables:
        row = {"article_id": tables["articles"]["article_id"][0].as_py(), "batch_id": NEW, **values}
        return {
            **tables,
            table: pa.concat_tables([tables[table], pa.Table.from_pylist([row], tables[table].schema)]),
        }

    return change


RESEMBLANCE = {"relation": "series", "jaccard": 0.4, "containment": 0.5, "evidence": "one template"}
REUSED = {"start": 0, "end": 4, "of_start": 0, "of_end": 4, "similarity": 1.0, "occurrences": 2}

BROKEN: dict[str, tuple[set[str], str, Callable[[Tables], Tables]]] = {
    "records": ({"counts"}, "add up", put("batches", "records", 0, 99)),
    "kept": ({"counts"}, "add up", put("batches", "kept", 0, 1)),
    "known": ({"counts"}, "add up", put("batches", "known", 0, 0)),
    "lost reject": ({"counts"}, "rejected", drop("rejects", 0)),
    "kind": ({"lists"}, "kind", put("removals", "kind", 0, "ugly")),
    "layer": ({"lists"}, "layer", put("removals", "layer", 0, "whim")),
    "reason": ({"lists"}, "reason", put("rejects", "reason", 1, "dull")),
    "match": ({"lists"}, "match", put("duplicates", "match", 1, "maybe")),
    "share": ({"lists"}, "jaccard", put("duplicates", "jaccard", 1, 1.1)),
    "no share": ({"lists"}, "similarity", put("removals", "similarity", 0, float("nan"))),
    "relation": (
        {"lists"},
        "relation",
        add(
            "relations",
            **{**RESEMBLANCE, "of_article_id": build.Piece(MILL).article_id, "relation": "cousin"},
        ),
    ),
    "two originals": ({"references"}, "more than one original", twice("originals")),
    "stranger's removal": (
        {"references", "texts"},
        "names no such article",
        put("removals", "article_id", 0, STRANGER),
    ),
    "stranger related": (
        {"references"},
        "of_article_id",
        add("relations", **RESEMBLANCE, of_article_id=STRANGER),
    ),
    "stranger's paragraph": ({"references"}, "of_article_id", add("reuse", **REUSED, of_article_id=STRANGER)),
    "reuse by a stranger": (
        {"references"},
        "article_id names no",
        add("reuse", **REUSED, of_article_id=build.Piece(MILL).article_id, article_id=STRANGER),
    ),
    "copy of none": ({"matches"}, "names no article kept", put("duplicates", "of_article_id", 2, STRANGER)),
    "copy of a copy": (
        {"matches"},
        "names no article kept",
        put("duplicates", "of_article_id", 2, build.Piece(QUAY, of=QUAY, source="other").article_id),
    ),
    "cluster": ({"matches"}, "cluster_id is not", put("duplicates", "cluster_id", 0, STRANGER)),
    "own cluster": ({"matches"}, "cluster_id of a kept", put("articles", "cluster_id", 0, STRANGER)),
    "copies": ({"matches"}, "copies is not", put("articles", "copies", 0, 3)),
    "copies of a copy": ({"matches"}, "a duplicate has copies", put("duplicates", "copies", 0, 1)),
    "exact": ({"matches"}, "exact", put("duplicates", "match", 1, "exact")),
    "near": ({"matches"}, "exact", put("duplicates", "match", 0, "near")),
    "exact jaccard": ({"matches"}, "not 1", put("duplicates", "jaccard", 0, 0.99)),
    "history": ({"matches"}, "in_history", put("duplicates", "in_history", 2, False)),
    "outlet": ({"matches"}, "same_outlet", put("duplicates", "same_outlet", 2, True)),
    "url": ({"matches"}, "same_url", put("duplicates", "same_url", 1, True)),
    "content": ({"texts"}, "content_id", put("articles", "content_id", 1, STRANGER)),
    "a lost letter": (
        {"texts"},
        "together are not",
        put("originals", "extracted", 0, lambda text: f"{text}!"),
    ),
    "a lost removal": ({"texts"}, "together are not", drop("removals", 0)),
    "doubled removal": ({"texts"}, "overlap", twice("removals")),
    "outside": ({"texts"}, "outside", put("removals", "end", 0, 999)),
    "backwards": ({"texts"}, "empty", put("removals", "end", 0, 0)),
    "other words": ({"texts"}, "not what stands", put("removals", "text", 0, "Subscribe!")),
    "no span": ({"texts"}, "one a paragraph", put("articles", "paragraph_spans", 0, [])),
    "span too far": (
        {"texts"},
        "one a paragraph",
        put("articles", "paragraph_spans", 0, [{"start": 0, "end": 9_999}]),
    ),
    "wrong span": (
        {"texts"},
        "do not point",
        put("articles", "paragraph_spans", 0, [{"start": 0, "end": 9}]),
    ),
    "text too wide": (
        {"texts"},
        "white space",
        put("articles", "text", 0, lambda text: text.replace(" ", "  ")),
    ),
}


@everywhere
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_law_is_found(house: Warehouse, case: str) -> None:
    expected, words, change = BROKEN[case]
    build.commit_tables(house, change(new_tables()))
    found = check(house)
    assert laws(found) - {"history"} == expected
    assert any(re.search(words, finding.problem) for finding in found), found


def test_an_article_published_twice_is_found(house: Warehouse) -> None:
    build.commit_tables(house, build.batch_tables(NEW, [build.Piece(MILL)]))
    [finding] = check(house)
    assert (finding.law, finding.problem) == (
        "ids",
        f"article_id is not unique: 1 row ({build.Piece(MILL).article_id})",
    )


def test_an_id_that_is_no_hash_is_found() -> None:
    [finding] = check_ids(pa.array([STRANGER, "7", "8", "9", "10"]))
    assert finding.problem == "article_id is no 128-bit hash in hex: 4 rows (7, 8, 9, ...)"


def test_a_copy_of_a_later_article_is_found(tmp_path: Path) -> None:
    warehouse = create_warehouse(tmp_path / "other")
    build.commit_tables(
        warehouse, build.batch_tables(OLD, [build.Piece(f"{QUAY} Again.", of=QUAY, of_history=True)])
    )
    build.commit_tables(warehouse, build.batch_tables(NEW, [build.Piece(QUAY)]))
    [finding] = check(warehouse)
    assert (finding.law, finding.where) == ("matches", f"duplicates/batch={OLD}")
    assert "names no article kept by this batch or before" in finding.problem


def word_sets(left: pa.Array, right: pa.Array) -> tuple[pa.Array, pa.Array]:
    pairs = [
        (set(a.split()), set(b.split())) for a, b in zip(left.to_pylist(), right.to_pylist(), strict=True)
    ]
    jaccard = [len(a & b) / len(a | b) for a, b in pairs]
    return pa.array(jaccard), pa.array([len(a & b) / min(len(a), len(b)) for a, b in pairs])


def test_similarity_is_computed_once_more_where_it_is_asked_for(house: Warehouse) -> None:
    near = build.Piece(f"{QUAY} So it was said.", of=QUAY)
    true_jaccard, true_containment = (
        each[0].as_py() for each in word_sets(pa.array([near.text]), pa.array([QUAY]))
    )
    tables = put("duplicates", "jaccard", 1, true_jaccard)(new_tables())
    tables = put("duplicates", "containment", 1, true_containment)(tables)
    tables = put("batches", "settings", 0, '{"match": {"near": 0.5}}')(tables)
    build.commit_tables(house, tables)
    assert check(house, similarity=word_sets) == []


def test_a_wrong_similarity_is_found(house: Warehouse) -> None:
    build.commit_tables(house, new_tables())  # the builder's own figures are made up
    found = check(house, similarity=word_sets)
    assert laws(found) == {"matches"}
    assert {finding.problem.split(":")[0] for finding in found} == {
        "jaccard is not that of the two texts",
        "containment is not that of the two texts",
    }
