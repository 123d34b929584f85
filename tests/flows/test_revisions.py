"""Where the settings say so, a later version of an article takes the place of what was published before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import story
from builders_maintenance import (
    article,
    batch_ids,
    changed,
    copies,
    fits,
    homes,
    ingest,
    kept,
    named,
    put,
    told,
)

from flows.maintaining import rebuild

URL = {"url": "https://a.com/story", "outlet": "a.com"}
V1 = story(1, 12)
V2, V3 = changed(V1, 20, 60), changed(V1, 20, 60, 85)
BATCHES: list[list[dict[str, Any]]] = [
    [article("v1", V1, 2, **URL), article("k", changed(V1, 40), 8), article("x", story(2), 1)],
    [article("v2", V2, 3, **URL), article("l", changed(V2, 100), 9)],
    [article("v3", V3, 4, **URL), article("y", story(3), 6)],
    [article("v0", changed(V1, 90), 1, **URL), {**article("v", changed(V1, 91), 1, **URL), "date": None}],
]


def batches(folder: Path, revisions: str) -> tuple[Path, str]:
    """Run the batches one after the other, and return the warehouse and the settings."""
    config = folder / "copydesk.toml"
    config.write_text(f'[history]\nrevisions = "{revisions}"\n')
    for number, records in enumerate(BATCHES):
        done = ingest(folder / "w", put(folder / f"{number}.jsonl", *records), config=str(config))
        assert done.inputs == len(records)
    assert fits(folder / "w")
    return folder / "w", str(config)


def test_by_default_what_was_published_stays(tmp_path: Path) -> None:
    w, _ = batches(tmp_path, "keep")
    assert kept(w) == {"v1", "x", "y"}
    assert copies(w) == dict.fromkeys(["v0", "v", "v2", "v3", "k", "l"], "v1")


@pytest.fixture(scope="module")
def replaced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    return batches(tmp_path_factory.mktemp("replaced"), "replace")


def test_the_latest_version_takes_the_place_and_copies_follow(replaced: tuple[Path, str]) -> None:
    w, _ = replaced
    _, _, three, four = batch_ids(w)
    assert kept(w) == {"v3", "x", "y"}
    assert copies(w) == dict.fromkeys(["v0", "v", "v1", "v2", "k", "l"], "v3")
    assert {homes(w)[name] for name in ("v1", "v2", "v3", "k", "l")} == {three}
    assert {homes(w)[name] for name in ("v0", "v")} == {four}
    versions = {("v0", "v3"), ("v", "v3"), ("v1", "v3"), ("v2", "v3")}
    related = named(w, "relations", "article_id", "of_article_id", "relation")
    assert {pair[:2] for pair in related if pair[2] == "revision"} >= versions


def test_rebuilt_it_is_the_same_and_that_of_one_run(replaced: tuple[Path, str], tmp_path: Path) -> None:
    w, config = replaced
    before = kept(w), copies(w)
    rebuild(str(w), config=config, workers=2, dry_run=False)
    assert (kept(w), copies(w)) == before
    everything = put(tmp_path / "all.jsonl", *(record for records in BATCHES for record in records))
    ingest(tmp_path / "fresh", everything, config=config)
    assert told(w) == told(tmp_path / "fresh")
    assert fits(w)
