"""Holds the benchmarks runnable: on a few made-up articles, by this project alone, without a network."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from builders import ROOT, sentence
from builders_pages import full_page
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import contenders, extraction, jobs, labelled, made_up, matching, quality, report, signatures
from dedup.comparison import tokenise
from dedup.shingles import as_sets, shingle

SCRIPTS = sorted(path for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text("utf-8"))
MODULES = [signatures, matching, jobs]


def run(*words: object, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        env={**os.environ, **extra},
        capture_output=True,
        text=True,
        check=False,
    )


def rows(out: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of the printed tables that have these columns."""
    head = f"| {' | '.join(columns)} |"
    parts = out.split(head + "\n")[1:]
    lines = [line for part in parts for line in re.match(r"(\|.*\n?)*", part)[0].splitlines()[1:]]  # type: ignore[index]
    return [dict(zip(columns, line.strip("|").split(" | "), strict=True)) for line in lines]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_benchmark_says_how_it_is_used(script: Path) -> None:
    said = run("-m", "benchmarks", "--help") if script.stem == "__main__" else run(script, "--help")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("usage:")


def test_all_parts_measure_this_project() -> None:
    small = ["--sizes", "50", "--signatures", "2000", "--runs", "1", "--no-record"]
    before = report.RESULTS.read_bytes()
    done = run("-m", "benchmarks", "--only", "copydesk", *small)
    assert done.returncode == 0, done.stderr
    assert report.RESULTS.read_bytes() == before
    one, two = rows(done.stdout, signatures.COLUMNS)
    assert float(one["CPU µs an article"]) > 0
    assert "times as fast as one thread" in two["note"]
    [matched] = rows(done.stdout, matching.COLUMNS)
    assert float(matched["planted copies found"]) > 0.99
    [job] = rows(done.stdout, jobs.COLUMNS)
    assert (job["articles"], job["lost"], job["left"]) == ("50", "0", "0")


def test_a_peer_that_cannot_be_installed_is_reported(tmp_path: Path) -> None:
    small = ["--sizes", "50", "--runs", "1", "--no-record"]
    here = {"XDG_CACHE_HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "uv"), "UV_OFFLINE": "1"}
    done = run("-m", "benchmarks", "--parts", "signatures", "--only", "daft", *small, **here)
    assert done.returncode == 0, done.stderr
    found = rows(done.stdout, signatures.COLUMNS)
    assert len(found) == sum(one.package == "daft" for one in signatures.CONTENDERS)
    assert all(row["note"].startswith("not installed: ") for row in found)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_contender_has_a_script_and_pins(module: object) -> None:
    for one in module.CONTENDERS:  # type: ignore[attr-defined]
        assert (contenders.SCRIPTS / one.script).is_file()
        assert contenders.version_of(one) or one.package == contenders.OURS


def test_rows_are_appended_to_the_table_below_their_heading(tmp_path: Path) -> None:
    file = tmp_path / "results.md"
    file.write_text(
        "# Results\n\n## One\n\nWords.\n\n| a |\n|---|\n| 1 |\n\n## Two\n\nNo table yet.\n", "utf-8"
    )
    for heading, cell in (("One", "2"), ("Two", "3"), ("Two", "4"), ("New", "5"), ("One", "x|y")):
        report.add(heading, ["a"], [[cell]], file=file)
    parts = re.split(r"^#+ (.*)\n", file.read_text("utf-8"), flags=re.MULTILINE)
    tables = dict(
        zip(
            parts[1::2],
            (re.findall(r"^\| (.*) \|$", part, re.MULTILINE) for part in parts[2::2]),
            strict=True,
        )
    )
    assert tables == {"Results": [], "One": ["a", "1", "2", "x/y"], "Two": ["a", "3", "4"], "New": ["a", "5"]}


def test_similar_pairs_are_those_of_brute_force() -> None:
    texts = made_up.make(150, seed=3)["text"]
    found = set(zip(*(side.tolist() for side in quality.similar_pairs(texts, 0.6)), strict=True))
    sets = [shingles(text) for text in texts.to_pylist()]
    expected = {
        (later, earlier)
        for later, one in enumerate(sets)
        for earlier, other in enumerate(sets[:later])
        if len(one & other) / len(one | other) >= 0.6
    }
    assert found == expected
    assert expected


def test_extraction_is_measured_on_pages_of_any_file(tmp_path: Path) -> None:
    pages = tmp_path / "pages.jsonl"
    lines = (json.dumps({"html": full_page(f"<p>Page {number}.</p>{full_page()}")}) for number in range(5))
    pages.write_text("\n".join(lines), encoding="utf-8")
    before = report.RESULTS.read_bytes()
    done = run("-m", "benchmarks.extraction", pages, "--runs", "1", "--passes", "1", "--no-record")
    assert done.returncode == 0, done.stderr
    assert report.RESULTS.read_bytes() == before
    measured = rows(done.stdout, extraction.COLUMNS)
    assert [row["who"] for row in measured] == [one.name for one in extraction.CONTENDERS]
    assert {row["pages"] for row in measured} == {"5"}
    assert [float(row["times ours"]) for row in measured if row["who"] == extraction.OURS] == [1]
    assert sum("times one process" in row["note"] for row in measured) == 2
    assert "no such file" in run("-m", "benchmarks.extraction", tmp_path / "none.warc").stderr


def test_the_judge_learns_from_lines_around_the_prose_by_their_labels(tmp_path: Path) -> None:
    prose = [{"text": sentence(number, 30), "label": "keep", "n": 30} for number in range(3)]
    around = [
        {"text": "Read more", "label": "drop", "n": 2},  # a rule knows it
        {"text": "Harbour reopens", "label": "drop", "n": 2},
        {"text": "Nobody can tell", "label": "keep", "n": 3, "ambiguous": True},
    ]
    track = tmp_path / "pages.jsonl.gz"
    with gzip.open(track, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"site": site, "lines": [*prose, *around]}) + "\n" for site in "ab")
    lines = labelled.read([track])
    assert lines.label.tolist() == ["drop", ""] * 2
    assert (lines.tail.tolist(), lines.page.tolist(), lines.site.tolist()) == (
        [True] * 4,
        [0, 0, 1, 1],
        [0, 0, 1, 1],
    )
    assert (lines.boilerplate.tolist(), lines.real, lines.pages) == ([[2, 2]], (180,), (2,))
    assert "no labelled pages" in run("-m", "benchmarks.judge", tmp_path / "none").stderr


def test_peers_get_the_shingles_that_we_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(contenders.SCRIPTS))
    exchange, recipe = importlib.import_module("exchange"), importlib.import_module("recipe")
    texts = made_up.make(20, seed=5)["text"].combine_chunks()
    ours = np.diff(as_sets(shingle(tokenise(texts), width=exchange.WIDTH)).offsets).tolist()
    for text, count in zip(texts.to_pylist(), ours, strict=True):
        assert exchange.shingles(text) == recipe.shingles(text)
        assert len(recipe.shingles(text)) == count


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


PAIRS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] > pair[1]), unique=True
)


@given(pairs=PAIRS, kept=st.lists(st.booleans(), min_size=10, max_size=10))
def test_faults_are_counted_as_their_names_say(pairs: list[tuple[int, int]], kept: list[bool]) -> None:
    sides = np.array(pairs, np.int64).reshape(-1, 2)
    none = np.zeros(10, np.bool_)
    found = quality.judge(np.array(kept), (sides[:, 0], sides[:, 1]), right=none, series=none)
    beside = {one: {b for a, b in pairs if a == one} | {a for a, b in pairs if b == one} for one in range(10)}
    assert found.lost == sum(
        not kept[one] and not any(kept[other] for other in beside[one]) for one in range(10)
    )
    assert found.left == sum(kept[a] and any(kept[b] for one, b in pairs if one == a) for a in range(10))
