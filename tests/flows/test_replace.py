"""A batch done again takes its own place: what stays the same is untouched, what goes takes nothing along."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import Outcome, sentence, story
from builders_maintenance import (
    OF_ARTICLES,
    UNTOLD,
    article,
    batch_ids,
    bytes_of,
    changed,
    copies,
    fits,
    homes,
    ingest,
    ingest_all,
    kept,
    named,
    put,
    stored,
    told,
)

from flows.compacting import compact_warehouse
from flows.maintaining import forget, rebuild
from storage import read

Runner = Callable[..., Outcome]

SHARED = sentence(77, 25)
FIRST = [
    article("a", story(1, 8), 1),
    article("x", f"{story(2, 8)}\n\n{SHARED}", 1),
    article("n", changed(story(1, 8), 40), 2),  # a copy of a
    article("s", story(8, 8), 1, outlet="s.com"),
    {"id": "empty", "text": " "},
]
SECOND = [
    article("b", changed(story(1, 8), 30), 3),  # of a
    article("c", changed(story(1, 8), 30, 90), 4),  # of a, and of b
    article("y", changed(f"{story(2, 8)}\n\n{SHARED}", 30), 3),  # of x
    article("p", f"{story(5, 6)}\n\n{SHARED}", 5),  # a paragraph of x
]
THIRD = [
    article("d", story(1, 8), 6),  # of a
    article("q", f"{story(6, 6)}\n\n{SHARED}", 7),
    article("t", changed(story(8, 8), 30), 12, outlet="s.com"),  # another one of the series of s
]

BATCHES = {"one": FIRST, "two": SECOND, "three": THIRD}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three batches and their inputs."""
    return ingest_all(tmp_path_factory.mktemp("made"), BATCHES)


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the warehouse, whose inputs are shared."""
    shutil.copytree(made / "w", tmp_path / "w")
    return tmp_path


def again(folder: Path, number: int, *inputs: Path, **options: Any) -> Any:
    """Do one of the three batches again."""
    batch = batch_ids(folder / "w")[number]
    return ingest(folder / "w", *inputs, batch=batch, replace=True, **options)


def test_the_same_inputs_leave_everything_as_it_was(made: Path, here: Path) -> None:
    ids = batch_ids(made / "w")
    for number, batch in enumerate(ids):
        before = bytes_of(here / "w")
        done = again(here, number)
        assert (done.kind, done.batch_id) == ("replace", batch)
        now = bytes_of(here / "w")
        own = {name for name in before if f"batch={batch}/" in name}
        outside = [name for name in before if not name.startswith("_copydesk/") and name not in own]
        assert outside
        assert [name for name in outside if now.get(name) != before[name]] == []
    for table in OF_ARTICLES:
        for batch in ids:
            one, other = (stored(place / "w", table, batch=batch, but=UNTOLD) for place in (made, here))
            assert one == other, table
    assert batch_ids(here / "w") == ids
    assert fits(here / "w")
    assert ingest(here / "w", made / "one.jsonl", made / "two.jsonl").batch_id is None


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder with the same three batches, and inputs of its own, free to be changed."""
    for name, records in BATCHES.items():
        ingest(tmp_path / "w", put(tmp_path / f"{name}.jsonl", *records))
    return tmp_path


def test_a_corrected_input_takes_the_place_of_what_it_was(own: Path) -> None:
    w, (one, two, three) = own / "w", batch_ids(own / "w")
    untouched = {row for row in stored(w, "duplicates") if json.loads(row)["source_id"] == "y"}
    assert copies(w) == {"n": "a", "b": "a", "c": "a", "d": "a", "y": "x"}
    put(own / "one.jsonl", article("a", story(3, 8), 1), FIRST[1], article("new", story(4, 5), 2))
    done = again(own, 0)
    # Copies of what went were taken over, and the first of them stands for the others.
    assert (done.inputs, done.taken_over, done.kept, done.duplicates) == (3, 3, 4, 2)
    assert homes(w) == {
        **dict.fromkeys(["a", "x", "new", "b", "c", "d"], one),
        **dict.fromkeys(["y", "p"], two),
        **dict.fromkeys(["q", "t"], three),
    }
    assert copies(w) == {"c": "b", "d": "b", "y": "x"}
    assert untouched <= set(stored(w, "duplicates"))
    assert [row["text"] for row in read(w, "articles").to_pylist() if row["source_id"] == "a"] == [
        story(3, 8)
    ]
    assert read(w, "rejects").num_rows == 0
    assert named(w, "reuse", "article_id", "of_article_id") == [("p", "x"), ("q", "x")]
    assert fits(w)
    # Done once more, it keeps what it took over.
    before = told(w)
    again(own, 0)
    assert told(w) == before
    assert fits(w)


def test_paragraphs_of_what_went_belong_to_the_next_that_has_them(own: Path) -> None:
    w = own / "w"
    put(own / "one.jsonl", FIRST[0])
    again(own, 0)
    # p was committed before y was decided on once more.
    assert copies(w) == {"b": "a", "c": "a", "d": "a"}
    assert fits(w)
    assert named(w, "reuse", "article_id", "of_article_id") == [("q", "p"), ("y", "p")]


def test_what_was_taken_over_from_a_file_of_the_same_name_stays(tmp_path: Path) -> None:
    """A feed is written into one and the same file every day."""
    config = tmp_path / "copydesk.toml"
    config.write_text('[history]\nrevisions = "replace"\n')
    w, feed = tmp_path / "w", tmp_path / "feed.jsonl"
    url = {"url": "https://a.com/story", "outlet": "a.com"}
    ingest(w, put(feed, article("v1", story(1, 8), 1, **url)), config=str(config))
    ingest(w, put(feed, article("v2", changed(story(1, 8), 20), 2, **url)), config=str(config))
    assert (kept(w), copies(w)) == ({"v2"}, {"v1": "v2"})
    before = told(w)
    again(tmp_path, 1, config=str(config))
    assert told(w) == before
    assert fits(w)


def test_it_is_refused_where_an_input_is_missing_and_nothing_changes(own: Path, copydesk: Runner) -> None:
    w, (one, *_) = own / "w", batch_ids(own / "w")
    more = put(own / "more.jsonl", article("more", story(9), 9))
    before = bytes_of(w)
    ask = ("run", "--direct", "--to", w, "--source", "wire")
    for args, words in (
        (("--batch", one, "--replace", more), str(own / "one.jsonl")),
        (("--batch", one, own / "one.jsonl"), "--replace"),
        (("--replace", own / "one.jsonl"), "--batch"),
        (("--batch", "20990101T000000Z-00000000", "--replace"), "20990101T000000Z-00000000"),
    ):
        refused = copydesk(*ask, *args)
        assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
        assert words in refused.err
    (own / "one.jsonl").rename(own / "1.jsonl")
    refused = copydesk(*ask, "--batch", one, "--replace")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert str(own / "one.jsonl") in refused.err
    now = bytes_of(w)
    assert {name: now[name] for name in before if not name.endswith("lock")} == {
        name: content for name, content in before.items() if not name.endswith("lock")
    }
    # A file of the same content will do, and others may come along.
    done = copydesk(*ask, "--batch", one, "--replace", "--json", own / "1.jsonl", more).json
    assert (done["kind"], done["batch_id"], done["rejected"]) == ("replace", one, 1)
    assert homes(w)["more"] == one
    assert fits(w)


def test_other_settings_decide_on_its_articles_alone(own: Path) -> None:
    w, (one, two, _) = own / "w", batch_ids(own / "w")
    strict = own / "strict.toml"
    strict.write_text("[match]\nnear = 1.0\n")
    again(own, 0, config=str(strict))
    # n is no copy any more, and a stays kept with its text: its copies elsewhere stay as they are.
    assert copies(w) == {"b": "a", "c": "a", "d": "a", "y": "x"}
    assert {name for name, home in homes(w).items() if home == one} == {"a", "x", "n", "s"}
    assert fits(w)
    again(own, 1, config=str(strict))
    assert copies(w) == {"d": "a"}
    again(own, 0)
    assert {"n", "b", "c"} & kept(w) != set()
    assert {name for name, home in homes(w).items() if home == two} >= {"y", "p"}
    assert fits(w)


def test_batches_whose_files_were_put_together_and_what_was_forgotten(own: Path) -> None:
    w, ids = own / "w", batch_ids(own / "w")
    compact_warehouse(w, grace=timedelta(0))
    before = {batch: told_of(w, batch) for batch in ids}
    for number in range(3):
        again(own, number)
        assert {batch: told_of(w, batch) for batch in ids} == before
    forget(str(w), ids=["x"], urls=[], config=None, dry_run=False)
    compact_warehouse(w, grace=timedelta(0))
    before_x = told(w)
    done = again(own, 0)
    assert (done.inputs, done.known) == (5, 1)
    assert told(w) == before_x
    assert "x" not in homes(w)
    rebuild(str(w), config=None, workers=None, dry_run=False)
    assert fits(w)
    assert set(homes(w)) == {"a", "n", "s", "b", "c", "y", "p", "d", "q", "t"}


def test_a_record_that_went_comes_back_from_another_file_that_has_it(tmp_path: Path) -> None:
    w, a, b = tmp_path / "w", article("a", story(1), 1), article("b", story(2), 1)
    one = put(tmp_path / "one.jsonl", a, b)
    other = put(tmp_path / "other.jsonl", a, article("c", story(3), 2))
    alone = put(tmp_path / "alone.jsonl", article("d", story(4), 3))
    for path in (one, other, alone):
        ingest(w, path)
    again(tmp_path, 0)  # nothing goes, so nothing has to be read again
    assert reread(w) == [False, False, False]
    put(one, b)
    again(tmp_path, 0)
    assert (reread(w), set(homes(w))) == ([False, True, False], {"b", "c", "d"})
    assert fits(w)
    done = ingest(w, one, other, alone)
    assert (done.kept, done.known) == (1, 3)
    assert set(homes(w)) == {"a", "b", "c", "d"}
    assert homes(w)["a"] == done.batch_id
    assert ingest(w, one, other, alone).batch_id is None
    again(tmp_path, 1)  # what is done again is known again
    assert reread(w) == [False, False, False, False]
    assert fits(w)


def test_a_file_that_grew_since_gives_its_first_records_again(tmp_path: Path) -> None:
    w, a, b = tmp_path / "w", article("a", story(1), 1), article("b", story(2), 2)
    ingest(w, put(tmp_path / "feed.jsonl", a))
    ingest(w, put(tmp_path / "feed.jsonl", a, b))
    before = homes(w)
    done = again(tmp_path, 0)
    assert (done.kept, done.known) == (1, 1)
    assert homes(w) == before
    assert fits(w)


def test_a_reject_that_went_is_told_again_by_another_file(tmp_path: Path) -> None:
    w, empty = tmp_path / "w", {"id": "empty", "text": " "}
    one = put(tmp_path / "one.jsonl", empty, article("b", story(2), 1))
    other = put(tmp_path / "other.jsonl", empty, article("c", story(3), 2))
    assert [ingest(w, path).rejected for path in (one, other)] == [1, 0]
    put(one, article("b", story(2), 1))
    again(tmp_path, 0)
    assert read(w, "rejects").num_rows == 0
    done = ingest(w, one, other)
    assert (done.rejected, done.kept, done.known) == (1, 0, 2)
    assert fits(w)


def reread(warehouse: Path) -> list[bool]:
    """Tell of each batch, by name, whether its files are to be read again."""
    rows = read(warehouse, "batches", columns=["batch_id", "reread"]).sort_by("batch_id")
    return rows["reread"].to_pylist()


def told_of(warehouse: Path, batch: str) -> dict[str, list[str]]:
    """Return the rows of a batch but for what may differ."""
    return {table: stored(warehouse, table, batch=batch, but=UNTOLD) for table in OF_ARTICLES}
