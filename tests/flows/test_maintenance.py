"""What is forgotten is nowhere any more; what is rebuilt is as if it had been read today, at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import Outcome, sentence, story
from builders_maintenance import (
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
    published,
    put,
    stored,
    told,
)

from dedup.cleaning import clean as clean_records
from flows import maintaining, matching, tasks
from flows.compacting import compact_warehouse
from flows.explain import NotThere, explain
from flows.summary import Summary
from storage import read

Runner = Callable[..., Outcome]

SHARED, SECRET = sentence(77, 25), "Quillowmere"
MARKS = ("quillowmere", "vextabrine", "orliquand")  # in text and title, URL, id of the source
SECRETIVE = article(
    "orliquand-1",
    f"A Headline about {SECRET}\n\n{story(30, 6)}\n\nNobody in {SECRET} knew.\n\n"
    f"READ Also\u00a0 More of {SECRET}\n\n{sentence(31, 20)} {SECRET}\n\n{sentence(31, 20)} {SECRET}",
    3,
    url="https://a.com/vextabrine",
    author=f"Ann of {SECRET}",
)
FIRST = [
    article("a", story(1, 8), 1, outlet="a.com"),
    article("p", f"{story(2, 6)}\n\n{SHARED}", 1),
    article("s", story(8, 8), 1, outlet="s.com", title="A Title of Its Own"),
    SECRETIVE,
    {"id": "empty", "text": " "},
]
SECOND = [
    article("b", changed(story(1, 8), 30), 3),  # a copy of a
    article("c", changed(story(1, 8), 30, 90), 4),  # of a, and of b
    article("q", f"A Headline of Some Words\n\n{story(3, 6)}\n\n{SHARED}", 3),  # a paragraph of p
    article("t", changed(story(8, 8), 30), 12, outlet="s.com"),  # another one of the series of s
]
THIRD = [
    article("d", story(1, 8), 6),  # of a
    article("r", f"{story(5, 6)}\n\n{SHARED}", 7),  # a paragraph of p, and of q
    article("half", story(2, 5), 8),  # lies inside p
]
BATCHES = {"one": FIRST, "two": SECOND, "three": THIRD}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three batches and their inputs."""
    return ingest_all(tmp_path_factory.mktemp("made"), BATCHES)


@pytest.fixture
def w(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the warehouse, whose inputs are shared."""
    return Path(shutil.copytree(made / "w", tmp_path / "w"))


def forget(warehouse: Path, *ids: str, **options: Any) -> Summary:
    asked = {"urls": [], "config": None, "dry_run": False, **options}
    return maintaining.forget(str(warehouse), ids=ids, **asked)


def rebuild(warehouse: Path, *, config: Path | None = None, dry_run: bool = False) -> Summary:
    named_ = None if config is None else str(config)
    return maintaining.rebuild(str(warehouse), config=named_, workers=2, dry_run=dry_run)


def test_the_first_copy_takes_the_place_of_a_kept_one(w: Path) -> None:
    one, two, three = batch_ids(w)
    assert copies(w) == {"b": "a", "c": "a", "d": "a", "half": "p"}
    before = {row["source_id"]: row for row in published(w)}
    done = forget(w, "a")
    assert (done.kind, done.inputs, done.taken_over, done.kept, done.duplicates) == ("forget", 0, 3, 1, 2)
    assert done.forgotten == [before["a"]["article_id"]]
    assert copies(w) == {"c": "b", "d": "b", "half": "p"}
    assert {homes(w)[name] for name in "bcd"} == {done.batch_id}
    now = {row["source_id"]: row for row in published(w)}
    assert now["b"]["copies"] == 2
    ingested = {name: row["ingested_at"] for name, row in before.items() if name != "a"}
    assert {name: row["ingested_at"] for name, row in now.items()} == ingested
    counted = {row["batch_id"]: row for row in read(w, "batches").to_pylist()}
    assert [counted[batch]["gone"] for batch in (one, two, three, done.batch_id)] == [1, 2, 1, 0]
    assert fits(w)
    # Of those that nothing refers to only counts change.
    others = [row for name, row in before.items() if name not in "abcd"]
    assert [now[row["source_id"]] for row in others] == others
    forget(w, "c", "d")
    assert copies(w) == {"half": "p"}
    assert {row["source_id"]: row["copies"] for row in published(w)}["b"] == 0
    assert fits(w)


def test_with_its_only_copy_nothing_is_left_of_an_article(w: Path) -> None:
    done = forget(w, "p", "half")
    assert (done.taken_over, done.kept, done.duplicates) == (0, 0, 0)
    assert {"p", "half"}.isdisjoint(homes(w))
    # Whose paragraph was first there points to the next who has it, and that one to nobody.
    shared = {("q", "p"), ("r", "p"), ("r", "q")}
    assert shared & {*named(w, "reuse", "article_id", "of_article_id")} == {("r", "q")}
    assert fits(w)
    forget(w, "q")
    assert not shared & {*named(w, "reuse", "article_id", "of_article_id")}
    assert fits(w)


def test_relations_go_with_what_they_relate_to_and_so_does_the_mark(w: Path) -> None:
    names = ("article_id", "of_article_id", "relation")
    assert ("t", "s", "series") in named(w, "relations", *names)
    assert {row["source_id"]: row["marks"] for row in published(w)}["t"] == ["series"]
    forget(w, "s", "p")
    assert named(w, "relations", *names) == []
    assert {row["source_id"]: row["marks"] for row in published(w)}["t"] == []
    assert "half" in kept(w)
    assert fits(w)


def found_in(folder: Path) -> dict[str, set[str]]:
    """Say which files below a folder have which of the marks, whatever they are packed in."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            content = _unpacked(path).casefold()
            found[str(path.relative_to(folder))] = {mark for mark in MARKS if mark in content}
    return {name: marks for name, marks in found.items() if marks}


def _unpacked(path: Path) -> str:
    plain = path.read_bytes().decode("utf-8", "replace")
    if path.suffix == ".parquet":
        file = pq.ParquetFile(path)
        return plain + str(file.metadata.to_dict()) + str(file.read().to_pylist())
    if path.suffix == ".arrow":
        with pa.memory_map(str(path)) as source:
            return plain + str(pa.ipc.open_file(source).read_all().to_pylist())
    return plain


def break_off(work: Callable[[], object]) -> None:
    """Do something until everything is read and cleaned, and no further."""

    def fail(run_file: str) -> str:
        raise MemoryError(run_file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "match", fail)
        with pytest.raises(MemoryError):
            work()


def test_nothing_is_left_of_what_is_forgotten_but_its_id(made: Path, w: Path, tmp_path: Path) -> None:
    [gone] = [row["article_id"] for row in published(w) if row["source_id"] == SECRETIVE["id"]]
    compact_warehouse(w, grace=timedelta(hours=9))
    break_off(lambda: rebuild(w))
    places = {name.split("/")[0] for name in found_in(w)} | {name.split("/")[1] for name in found_in(w)}
    assert {"articles", "originals", "removals", "superseded", "work"} <= places
    done = forget(w, urls=["https://a.com/vextabrine"])
    assert (done.forgotten, done.kept) == ([gone], 0)
    assert found_in(w) == {}
    assert read(w, "batches")["forgotten"].to_pylist()[-1] == [gone]
    assert fits(w)
    # Nor does it come back, whatever its file is called, or what else is in there.
    assert ingest(w, made / "one.jsonl").batch_id is None
    copied = put(tmp_path / "other.jsonl", *FIRST)
    assert (ingest(w, copied).batch_id, ingest(w, copied, dry_run=True).known) == (None, len(FIRST))
    grown = ingest(w, put(copied, *FIRST, article("new", story(40), 9)))
    assert (grown.kept, grown.known) == (1, len(FIRST))
    rebuild(w)
    assert ingest(w, put(copied, SECRETIVE, article("newer", story(41), 9))).known == 1
    assert found_in(w) == {}
    assert fits(w)


def test_an_address_is_found_as_it_was_copied_from_a_browser(w: Path) -> None:
    [there] = explain(str(w), "https://a.com/vextabrine")
    pasted = "HTTPS://www.A.com/vextabrine/?utm_source=letter&fbclid=1#top"
    assert explain(str(w), pasted) == [there]
    assert forget(w, urls=[pasted], dry_run=True).forgotten == [there["article_id"]]
    with pytest.raises(NotThere):
        explain(str(w), "https://a.com/vextabrine?id=1")


def test_on_the_command_line(w: Path, copydesk: Runner) -> None:
    before = bytes_of(w)
    tried = copydesk("forget", w, "--id", "a", "--id", "p", "--dry-run", "--json")
    assert (tried.code, tried.json["batch_id"], len(tried.json["forgotten"])) == (0, None, 2)
    assert copydesk("rebuild", w, "--dry-run", "--json").json["taken_over"] == len(published(w))
    unknown = copydesk("forget", w, "--id", "a", "--id", "nobody")
    assert (unknown.code, unknown.out, unknown.err.count("\n")) == (1, "", 1)
    assert "'nobody'" in unknown.err
    assert copydesk("forget", w).code == 2
    assert bytes_of(w) == before
    done = copydesk("forget", w, "--id", "a", "--json").json
    assert (done["kind"], done["kept"], done["duplicates"]) == ("forget", 1, 2)
    [gone] = done["forgotten"]
    twice = copydesk("forget", w, "--id", gone)
    assert (twice.code, twice.err.count("\n")) == (1, 1)
    assert f"{gone} was forgotten on {done['batch_id'][:4]}-" in twice.err
    rebuilt = copydesk("rebuild", w, "--json").json
    assert (rebuilt["kind"], rebuilt["taken_over"], rebuilt["inputs"]) == ("rebuild", len(published(w)), 0)
    assert copydesk("check", w).code == 0
    assert set(homes(w).values()) == {rebuilt["batch_id"]}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse that got everything in one run."""
    folder = tmp_path_factory.mktemp("fresh")
    ingest(folder / "w", put(folder / "all.jsonl", *THIRD, *SECOND, *FIRST))
    return folder / "w"


def test_a_rebuilt_warehouse_is_that_of_one_run(w: Path, fresh: Path) -> None:
    rejects = stored(w, "rejects")
    ingested = {row["article_id"]: row["ingested_at"] for row in published(w)}
    done = rebuild(w)
    assert (done.inputs, done.taken_over, done.rejected, done.known) == (0, len(ingested), 0, 0)
    assert told(w) == told(fresh)
    assert {row["article_id"]: row["ingested_at"] for row in published(w)} == ingested
    assert stored(w, "rejects") == rejects
    titles = {row["source_id"]: row["title"] for row in published(w)}
    assert (titles["q"], titles["s"]) == ("A Headline of Some Words", "A Title of Its Own")
    assert fits(w)
    rebuild(w)
    assert told(w) == told(fresh)
    assert ingest(w, fresh.with_name("all.jsonl")).batch_id is None
    assert fits(w)


def test_a_rebuild_takes_the_rules_and_settings_of_today(w: Path, fresh: Path, tmp_path: Path) -> None:
    config = tmp_path / "copydesk.toml"
    config.write_text('[match]\nnear = 1.0\n[rules]\ndisable = ["en.related-link.read-also"]\n')
    rebuild(w, config=config)
    assert copies(w) == {"d": "a", "half": "p"}
    assert "READ Also" in {row["source_id"]: row["text"] for row in published(w)}[SECRETIVE["id"]]
    assert fits(w)
    rebuild(w)
    assert told(w) == told(fresh)


def test_a_rebuild_that_was_stopped_goes_on(w: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned = []

    def clean(records: pa.Table, *rest: Any) -> Any:
        cleaned.append(records.num_rows)
        return clean_records(records, *rest)

    monkeypatch.setattr(tasks, "clean_records", clean)
    before = bytes_of(w / "articles")
    break_off(lambda: rebuild(w))
    assert sum(cleaned) == len(published(w))
    assert bytes_of(w / "articles") == before
    cleaned.clear()
    rebuild(w)
    assert cleaned == []
    assert told(w) == told(fresh)
    assert list((w / "_copydesk" / "work").iterdir()) == []


def test_names_that_nobody_has_are_refused(w: Path) -> None:
    with pytest.raises(NotThere, match="url or canonical_url 'https://nowhere'"):
        forget(w, urls=["https://nowhere"])
