"""Today's batch against all earlier ones: copies, revisions, parts and paragraphs, found and named."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

from builders import sentence, story
from running import run, write

from flows.checking import check_warehouse
from storage import read


def changed(text: str, *places: int) -> str:
    """Return a text with some words replaced: lower-case ones, which are neither names nor numbers."""
    words = text.split(" ")
    for place in places:
        words[place] = "otherwise"
    return " ".join(words)


def article(name: str, text: str, day: int, **fields: Any) -> dict[str, Any]:
    return {"id": name, "text": text, "date": f"2026-01-{day:02d}", "outlet": f"{name}.com", **fields}


def batches(folder: Path, *some: list[dict[str, Any]], config: str | None = None) -> Path:
    """Run batches one after the other into one warehouse, which must then fit."""
    options: dict[str, Any] = {"source": "wire"}
    folder.mkdir(exist_ok=True)
    if config is not None:
        options["config"] = str(folder / "copydesk.toml")
        Path(options["config"]).write_text(config)
    for number, records in enumerate(some):
        run(write(folder / f"in{number}", records, 1), folder / "w", **options)
    assert check_warehouse(str(folder / "w")) == []
    return folder / "w"


def rows(warehouse: Path, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Return some columns of a table, articles by the id that their source gave."""
    ids = {
        row["article_id"]: row["source_id"]
        for kind in ("articles", "duplicates")
        for row in read(warehouse, kind, columns=["article_id", "source_id"]).to_pylist()
    }
    stored = read(warehouse, table).to_pylist()
    return sorted((tuple(ids.get(row[name], row[name]) for name in names) for row in stored), key=str)


def test_near_copies_of_an_earlier_batch_name_it(tmp_path: Path) -> None:
    text = story(1, 8)
    later = [
        article("b", changed(text, 30), 2),
        article("c", changed(text, 30, 90), 3),
        article("d", story(2), 3),
    ]
    warehouse = batches(tmp_path, [article("a", text, 1), article("x", story(9), 1)], later)
    found = rows(warehouse, "duplicates", "article_id", "of_article_id", "match", "in_history", "same_outlet")
    assert found == [("b", "a", "near", True, False), ("c", "a", "near", True, False)]
    assert [name for (name,) in rows(warehouse, "articles", "article_id")] == ["a", "d", "x"]


def test_a_copy_belongs_to_the_best_of_batch_and_history(tmp_path: Path) -> None:
    text = story(1, 8)
    other = changed(text, *range(3, 150, 19))  # 8 words: less alike than the threshold
    likest = changed(other, 100)
    warehouse = batches(tmp_path, [article("a", text, 1)], [article("b", other, 2), article("c", likest, 3)])
    assert rows(warehouse, "duplicates", "article_id", "of_article_id", "in_history") == [("c", "b", False)]


def test_an_abridged_copy_is_contained_and_only_the_shorter_one_goes(tmp_path: Path) -> None:
    whole, part = story(1, 10), story(1, 5)
    for number, pair in enumerate(([("w", whole, 1), ("p", part, 2)], [("p", part, 1), ("w", whole, 2)])):
        made = [article(*one) for one in pair]
        together = batches(tmp_path / f"together{number}", made)
        assert rows(together, "duplicates", "article_id", "of_article_id", "match") == [
            ("p", "w", "contained")
        ]
        names = ("article_id", "of_article_id", "relation")
        assert rows(together, "relations", *names) == [("p", "w", "contained")]
        apart = batches(tmp_path / f"apart{number}", made[:1], made[1:])
        assert rows(apart, "relations", *names) == [("p", "w", "contained")]
        # Where the shorter one was published by an earlier batch, both stay.
        gone = [("p", "w", "contained")] if pair[0][0] == "w" else []
        assert rows(apart, "duplicates", "article_id", "of_article_id", "match") == gone


def test_the_latest_version_at_a_url_stands_for_a_batch_and_the_first_for_the_history(tmp_path: Path) -> None:
    url = {"url": "https://a.com/story", "outlet": "a.com"}
    made = [
        article("v1", story(1, 8), 1, **url),
        article("v2", changed(story(1, 8), 20, 60), 2, **url),
        article("v3", changed(story(1, 9), 20, 60, 80), 3, **url),
        article("other", story(5, 8), 4, **url),  # nothing in common but the address
    ]
    names = ("article_id", "of_article_id", "match", "same_url")
    together = batches(tmp_path / "together", made)
    assert rows(together, "duplicates", *names) == [
        ("v1", "v3", "revision", True),
        ("v2", "v3", "revision", True),
    ]
    apart = batches(tmp_path / "apart", made[:1], made[1:2], made[2:])
    assert rows(apart, "duplicates", *names) == [
        ("v2", "v1", "revision", True),
        ("v3", "v1", "revision", True),
    ]
    related = rows(apart, "relations", "article_id", "of_article_id", "relation")
    assert related == [("v2", "v1", "revision"), ("v3", "v1", "revision")]


def test_texts_of_one_outlet_on_other_days_are_a_series(tmp_path: Path) -> None:
    text = story(1, 8)
    first = [article("a", text, 1, outlet="o.com")]
    later = [article("b", changed(text, 30), 12, outlet="o.com"), article("c", text, 12, outlet="o.com")]
    warehouse = batches(tmp_path, first, later)
    assert rows(warehouse, "duplicates", "article_id", "of_article_id", "match") == [("c", "a", "exact")]
    assert rows(warehouse, "relations", "article_id", "of_article_id", "relation") == [("b", "a", "series")]
    marks = {row["source_id"]: row["marks"] for row in read(warehouse, "articles").to_pylist()}
    assert marks == {"a": [], "b": ["series"]}


def test_reused_paragraphs_name_where_they_stood_first(tmp_path: Path) -> None:
    shared = sentence(77, 25)
    texts = [f"{story(i, 6)}\n\n{shared if i != 2 else shared.upper()}" for i in range(4)]
    warehouse = batches(
        tmp_path,
        [article("a", texts[0], 1), article("b", texts[1], 2)],
        [article("c", texts[2], 3), article("d", texts[3], 4)],
    )
    found = rows(warehouse, "reuse", "article_id", "of_article_id", "similarity", "occurrences")
    assert found == [("b", "a", 1.0, 2), ("c", "a", 1.0, 3), ("d", "a", 1.0, 4)]
    extracted = {row["article_id"]: row["extracted"] for row in read(warehouse, "originals").to_pylist()}
    for row in read(warehouse, "reuse").to_pylist():
        own = extracted[row["article_id"]][row["start"] : row["end"]]
        assert own.casefold() == extracted[row["of_article_id"]][row["of_start"] : row["of_end"]].casefold()
        assert own.casefold() == shared.casefold()


def test_the_window_is_measured_between_dates_of_publication(tmp_path: Path) -> None:
    text = story(1, 8)
    first = [article("a", text, 1)]
    later = [article("b", changed(text, 30), 8), article("c", changed(text, 90), 9), article("u", text, 1)]
    del later[2]["date"]
    warehouse = batches(tmp_path, first, later, config="[history]\ndays = 7\n")
    found = rows(warehouse, "duplicates", "article_id", "of_article_id")
    assert found == [("b", "a"), ("u", "a")]  # 8 days are too many, and nobody knows how old u is
    together = batches(tmp_path / "together", first + later, config="[history]\ndays = 7\n")
    assert rows(together, "duplicates", "article_id", "of_article_id") == found


def test_batches_in_order_of_publication_are_as_good_as_one(tmp_path: Path) -> None:
    rng = random.Random(4)
    made = []
    for i in range(120):
        base = story(i % 30, 8)
        text = changed(base, *rng.sample(range(1, 150), rng.choice([0, 1, 2, 4, 9])))
        made.append(article(f"r{i}", text, 1 + i // 5, outlet=f"o{rng.randrange(6)}.com"))
    names = ("article_id", "of_article_id", "match")
    whole = batches(tmp_path / "whole", rng.sample(made, len(made)))
    assert len(rows(whole, "duplicates", *names)) > 40
    for cuts in ((30, 60), (5, 10, 15, 20, 25, 100)):
        bounds = [0, *cuts, len(made)]
        some = [made[start:end] for start, end in pairwise(bounds)]
        parts = batches(tmp_path / f"parts{len(cuts)}", *some)
        assert rows(parts, "duplicates", *names) == rows(whole, "duplicates", *names)
        assert rows(parts, "articles", "article_id") == rows(whole, "articles", "article_id")
        assert rows(parts, "reuse", "article_id", "of_article_id", "start", "occurrences") == rows(
            whole, "reuse", "article_id", "of_article_id", "start", "occurrences"
        )


def test_a_lower_threshold_than_the_index_serves_is_refused(tmp_path: Path, copydesk: Any) -> None:
    config = tmp_path / "copydesk.toml"
    config.write_text("[match]\nnear = 0.9\n")
    write(tmp_path / "in", [article("a", story(1), 1)], 1)
    write(tmp_path / "more", [article("b", story(2), 1)], 1)
    asked = ["run", "--direct", "--config", config, "--to", tmp_path / "w"]
    assert copydesk(*asked, tmp_path / "in").code == 0
    config.write_text("[match]\nnear = 0.7\n")
    refused = copydesk(*asked, tmp_path / "more")
    assert refused.code in (1, 2)
    assert "near" in refused.err
    assert refused.err.count("\n") == 1
    config.write_text("[match]\nnear = 0.95\n")
    assert copydesk(*asked, tmp_path / "more").code == 0


def test_explain_shows_what_a_revision_changed(tmp_path: Path, copydesk: Any) -> None:
    url = {"url": "https://a.com/story", "outlet": "a.com"}
    first, second = story(1, 8), changed(story(1, 8), 20)
    batches(tmp_path, [article("v1", first, 1, **url)], [article("v2", second, 2, **url)])
    shown = copydesk("explain", "v2", "--in", tmp_path / "w", "--json")
    [account] = shown.json["articles"]
    pieces = [(one["before"], one["after"]) for one in account["changes"]]
    assert [pair for pair in pieces if pair[0] != pair[1]] == [(first.split(" ")[20], "otherwise")]
    assert account["relations"][0]["relation"] == "revision"
    plain = copydesk("explain", "v2", "--in", tmp_path / "w").out
    assert "{+otherwise+}" in plain
    assert json.dumps(account)  # all of it is plain data


def test_a_date_at_the_end_of_time_harms_nobody(tmp_path: Path) -> None:
    ends = [article("first", story(3), 1), article("last", story(4), 1), article("a", story(1), 1)]
    ends[0]["date"], ends[1]["date"] = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"
    warehouse = batches(tmp_path, ends, [article("b", story(1), 2)], config="[history]\ndays = 7\n")
    assert rows(warehouse, "duplicates", "article_id", "of_article_id") == [("b", "a")]


def test_one_run_with_a_higher_threshold_does_not_close_the_warehouse(tmp_path: Path) -> None:
    strict = batches(tmp_path, [article("a", story(1, 8), 1)], config="[match]\nnear = 0.95\n")
    run(write(tmp_path / "more", [article("b", changed(story(1, 8), 30), 2)], 1), strict, source="wire")
    assert rows(strict, "duplicates", "article_id", "of_article_id") == [("b", "a")]
