from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from builders import GOLD, SEEDS, story

from storage import read
from storage.warehouse import open_warehouse


@pytest.fixture
def article(tmp_path: Path) -> Path:
    record = {
        "guid": "g1",
        "body": story(1),
        "link": "https://a.com/x?utm_source=y",
        "headline": "A Title of Words",
    }
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    return tmp_path / "a.jsonl"


CONFIG = """
warehouse = "store"
[[source]]
name = "vendor-a"
inputs = ["*.jsonl"]
outlet = "example.com"
fields = { text = "body", id = "guid", url = "link", title = "headline" }
[[source]]
name = "vendor-b"
inputs = ["*.txt"]
"""


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["run"],
        ["explain"],
        ["check"],
        ["compact"],
        ["rules"],
        ["rules", "list"],
        ["rules", "test"],
        ["rules", "try"],
    ],
)
def test_help_has_an_example_and_is_quick(process: Any, command: list[str]) -> None:
    outcome = process(*command, "--help")
    assert outcome.code == 0
    assert "Usage: copydesk" in outcome.out
    assert not command or f"copydesk {' '.join(command)} " in outcome.out.split("Example:")[1]
    loaded = subprocess.run(
        [sys.executable, "-c", "import flows.cli, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"prefect", "numba", "pyarrow", "trafilatura"} & set(loaded.stdout.split())


def test_wrong_use_is_exit_code_2(copydesk: Any) -> None:
    outcome = copydesk("run", "--no-such-option")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--no-such-option" in outcome.err
    assert copydesk("run", "--limit", "0").code == 2


def test_seeds_are_the_default_input(copydesk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = copydesk("run", "--direct")
    assert outcome.code == 0
    assert outcome.err == ""
    for words in ("articles in", "kept", "phrase rules", str(tmp_path / "warehouse"), "copydesk explain"):
        assert words in outcome.out
    assert read(tmp_path / "warehouse", "articles").num_rows == len(SEEDS)
    assert set(read(tmp_path / "warehouse", "articles").column("source").to_pylist()) == {"seeds"}


def test_a_dry_run_does_all_the_work_and_writes_nothing(copydesk: Any, tmp_path: Path) -> None:
    dry = copydesk("run", "--direct", "--json", "--dry-run", "--to", tmp_path / "w").json
    assert list(tmp_path.iterdir()) == []
    wet = copydesk("run", "--direct", "--json", "--to", tmp_path / "w").json
    assert dry["batch_id"] is None
    assert {**dry, "batch_id": 0, "seconds": 0, "dry_run": 0} == {
        **wet,
        "batch_id": 0,
        "seconds": 0,
        "dry_run": 0,
    }
    again = copydesk("run", "--direct", "--json", "--dry-run", "--to", tmp_path / "w").json
    assert again["known"] == len(SEEDS)


def test_the_configuration_names_sources_fields_and_warehouse(
    copydesk: Any, tmp_path: Path, article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "copydesk.toml").write_text(CONFIG)
    (tmp_path / "b.txt").write_text(story(2))
    monkeypatch.chdir(tmp_path)
    assert copydesk("run", "--direct", "--json", "--source", "vendor-a").json["kept"] == 1
    [row] = read(tmp_path / "store", "articles").to_pylist()
    assert (row["source"], row["source_id"], row["outlet"]) == ("vendor-a", "g1", "example.com")
    assert (row["url"], row["canonical_url"]) == ("https://a.com/x?utm_source=y", "https://a.com/x")
    assert (row["title"], row["text"]) == ("A Title of Words", story(1))
    summary = copydesk("run", "--direct", "--json").json
    assert (summary["kept"], summary["known"]) == (1, 1)
    outcome = copydesk("run", "--direct", "--source", "vendor-c")
    assert (outcome.code, "vendor-a, vendor-b" in outcome.err) == (2, True)
    [row] = copydesk("explain", "g1", "--json").json["articles"]
    assert row["source"] == "vendor-a"
    assert copydesk("check").out == f"{tmp_path / 'store'}: everything fits\n"


def test_a_source_that_nobody_configured_is_no_source(
    copydesk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = copydesk("run", "--direct", "--source", "vendor-a")
    assert (outcome.code, "vendor-a" in outcome.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_relative_paths_are_taken_from_the_configurations_folder(
    copydesk: Any, tmp_path: Path, article: Path
) -> None:
    (tmp_path / "copydesk.toml").write_text(CONFIG)
    assert (
        copydesk("run", "--direct", "--json", "--config", article.with_name("copydesk.toml")).json["kept"]
        == 1
    )
    assert (tmp_path / "store").is_dir()


def test_inputs_of_the_command_line_go_by_the_named_source(
    copydesk: Any, tmp_path: Path, article: Path
) -> None:
    (tmp_path / "copydesk.toml").write_text(CONFIG.replace('["*.jsonl"]', '["elsewhere/*"]'))
    options = ("--config", tmp_path / "copydesk.toml", "--to", tmp_path / "w", "--outlet", "other.com")
    assert copydesk("run", "--direct", "--json", "--source", "vendor-a", *options, article).json["kept"] == 1
    [row] = read(tmp_path / "w", "articles").to_pylist()
    assert (row["source"], row["source_id"], row["outlet"]) == ("vendor-a", "g1", "other.com")


def test_an_own_pack_and_a_disabled_rule(copydesk: Any, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'language = "en"\n[[rule]]\nid = "own.mark"\nkind = "legal"\nmatch = "^zzz the end zzz$"\n'
        'remove = ["ZZZ the end zzz"]\nkeep = ["In the end"]\n'
    )
    (tmp_path / "a.txt").write_text(
        f"{story(1)}\n\nzzz the end zzz\n\nREAD Also\u00a0 Another Headline Here\n\n{story(2)}"
    )
    (tmp_path / "copydesk.toml").write_text('[rules]\npacks = ["own.toml"]\n')
    options = ("--direct", "--config", tmp_path / "copydesk.toml", tmp_path / "a.txt")
    copydesk("run", *options, "--to", tmp_path / "one")
    first = read(tmp_path / "one", "removals").column("rule_id").to_pylist()
    assert len(first) == 2
    assert "own.mark" in first
    bundled = next(one for one in first if one != "own.mark")
    (tmp_path / "copydesk.toml").write_text(f'[rules]\ndisable = ["{bundled}"]\n')
    copydesk("run", *options, "--to", tmp_path / "two")
    assert read(tmp_path / "two", "removals").num_rows == 0
    [one], [two] = (
        read(tmp_path / name, "articles").column("pipeline").to_pylist() for name in ("one", "two")
    )
    assert one != two


def test_explain_by_id_source_id_and_url(copydesk: Any, tmp_path: Path, article: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(CONFIG)
    copydesk("run", "--direct", "--config", tmp_path / "copydesk.toml", "--source", "vendor-a")
    [row] = read(tmp_path / "store", "articles").to_pylist()
    for name in (row["article_id"], "g1", row["url"], row["canonical_url"]):
        outcome = copydesk("explain", name, "--in", tmp_path / "store", "--json")
        assert [one["article_id"] for one in outcome.json["articles"]] == [row["article_id"]]


def test_explain_shows_every_removed_span_in_its_place(copydesk: Any, tmp_path: Path) -> None:
    copydesk("run", "--direct", "--to", tmp_path / "w")
    [row] = [r for r in read(tmp_path / "w", "articles").to_pylist() if "003_" in r["locator"]]
    [account] = copydesk("explain", row["article_id"], "--in", tmp_path / "w", "--json").json["articles"]
    gold = GOLD[Path(row["locator"]).name]
    assert [(r["start"], r["end"]) for r in account["removals"]] == [
        (r["start"], r["end"]) for r in gold["removed"]
    ]
    shown = copydesk("explain", row["article_id"], "--in", tmp_path / "w")
    assert shown.code == 0
    assert "[-More From This Section-]" in shown.out
    assert "paragraph-repeat" in shown.out


def test_explain_names_copies_and_originals(copydesk: Any, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": story(1), "date": "2026-01-01"},
        {"id": "b", "text": story(1), "date": "2026-01-02"},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    copydesk("run", "--direct", "--to", tmp_path / "w", tmp_path / "a.jsonl")
    [kept] = copydesk("explain", "a", "--in", tmp_path / "w", "--json").json["articles"]
    [copy] = copydesk("explain", "b", "--in", tmp_path / "w", "--json").json["articles"]
    assert [one["article_id"] for one in kept["copied_by"]] == [copy["article_id"]]
    assert (copy["outcome"], copy["of_article_id"], copy["match"]) == (
        "duplicate",
        kept["article_id"],
        "exact",
    )
    assert kept["article_id"] in copydesk("explain", "b", "--in", tmp_path / "w").out


def test_explain_of_nothing(copydesk: Any, tmp_path: Path) -> None:
    copydesk("run", "--direct", "--to", tmp_path / "w")
    outcome = copydesk("explain", "no-such-id", "--in", tmp_path / "w")
    assert outcome.code == 1
    assert "no-such-id" in outcome.err


def test_check_says_what_is_broken(copydesk: Any, tmp_path: Path) -> None:
    copydesk("run", "--direct", "--to", tmp_path / "w")
    assert copydesk("check", tmp_path / "w", "--json").json["findings"] == []
    assert "everything fits" in copydesk("check", tmp_path / "w").out
    [part] = (tmp_path / "w" / "removals").rglob("*.parquet")
    part.write_bytes(part.read_bytes()[:-1])
    outcome = copydesk("check", tmp_path / "w")
    assert outcome.code == 1
    assert "removals" in outcome.out


def test_a_warehouse_without_a_batch_is_fine(copydesk: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    copydesk("run", "--direct", "--to", tmp_path / "w", tmp_path / "in")
    assert copydesk("check", tmp_path / "w").code == 0
    assert read(open_warehouse(tmp_path / "w"), "articles").num_rows == 0


def test_log_lines_go_to_stderr(copydesk: Any, tmp_path: Path) -> None:
    outcome = copydesk("run", "--direct", "--json", "--log-level", "info", "--to", tmp_path / "w")
    assert outcome.json["kept"] == len(SEEDS)
    assert "flows.tasks: cleaned 5 articles" in outcome.err


def test_a_mended_field_name_lets_rejects_be_tried_again(
    copydesk: Any, tmp_path: Path, article: Path
) -> None:
    other = {"text": story(2), "guid": "g2"}
    article.write_text(article.read_text() + "\n" + json.dumps(other))
    options = ("run", "--direct", "--json", "--config", tmp_path / "copydesk.toml", "--source", "vendor-a")
    (tmp_path / "copydesk.toml").write_text(CONFIG.replace('text = "body"', 'text = "text"'))
    first = copydesk(*options).json
    assert (first["kept"], first["rejected"]) == (1, 1)
    assert copydesk(*options).json["batch_id"] is None
    (tmp_path / "copydesk.toml").write_text(CONFIG)
    mended = copydesk(*options).json
    assert (mended["kept"], mended["rejected"], mended["known"]) == (1, 0, 1)
    assert copydesk("check", tmp_path / "store").code == 0


def test_compact_says_what_it_did_and_changes_no_row(copydesk: Any, tmp_path: Path) -> None:
    house = tmp_path / "w"
    for number in range(3):
        source = tmp_path / f"{number}.txt"
        source.write_text(story(number), encoding="utf-8")
        assert copydesk("run", "--direct", "--to", house, source).code == 0
    before = read(house, "articles")
    done = copydesk("compact", house, "--json").json
    seconds = done.pop("seconds")
    assert seconds >= 0
    assert done == {
        "warehouse": str(house),
        "files_before": 24,
        "files_after": 8,
        "runs_before": 3,
        "runs_after": 1,
        "dropped": 0,
    }
    assert read(house, "articles").equals(before)
    assert copydesk("check", house).code == 0
    # The same once more, under another name of its source: found where it lies now.
    copy = copydesk("run", "--direct", "--json", "--to", house, "--source", "other", tmp_path / "1.txt")
    assert (copy.json["kept"], copy.json["duplicates"]) == (0, 1)
    assert "16 files are 8 now" in copydesk("compact", house).out
    again = copydesk("compact", house, "--grace", "0")
    assert again.code == 0
    assert "8 files are 8 now" in again.out
    assert list((house / "_copydesk" / "superseded").iterdir()) == []
    nowhere = copydesk("compact", tmp_path / "none")
    assert (nowhere.code, nowhere.out) == (1, "")
