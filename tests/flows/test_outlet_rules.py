"""What is said of one outlet is in force in every command that cleans."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import Outcome, sentence, story

from storage import read

Runner = Callable[..., Outcome]

SLOGAN = "Harbour Gazette, since 1887"
CONFIG = f"""
warehouse = "store"
[outlet."Example.com"]
lines = ["{SLOGAN}"]
disable = ["any.rule.of.mine"]
[rules]
packs = ["my.toml"]
judge = false
"""
PACK = """
language = "en"
[[rule]]
id = "any.rule.of.mine"
kind = "navigation"
match = "^back to the quay$"
remove = ["Back to the quay"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.toml").write_text(PACK)
    (tmp_path / "in").mkdir()
    for number, outlet in enumerate(["www.example.com", "other.org"]):
        text = f"{story(number)}\n\nBack to the quay\n\n{SLOGAN}\n\n{sentence(number)}"
        (tmp_path / "in" / f"{number}.json").write_text(json.dumps([{"text": text, "outlet": outlet}]))
    return tmp_path


def removed(folder: Path) -> list[tuple[str, str, str, str]]:
    articles = read(folder / "store", "articles", columns=["article_id", "outlet"]).to_pylist()
    outlet = {row["article_id"]: row["outlet"] for row in articles}
    rows = read(folder / "store", "removals").to_pylist()
    return sorted((outlet[row["article_id"]], row["rule_id"], row["kind"], row["text"]) for row in rows)


BEFORE = [
    (name, "any.rule.of.mine", "navigation", "Back to the quay") for name in ("other.org", "www.example.com")
]
AFTER = [BEFORE[0], ("www.example.com", "outlet.example.com.line", "outlet-line", SLOGAN)]


def test_rules_of_an_outlet_hold_in_runs_and_rebuilds(copydesk: Runner, folder: Path) -> None:
    config = folder / "copydesk.toml"
    config.write_text(CONFIG.replace('[outlet."Example.com"]', '[outlet."else.net"]'))
    first = copydesk("run", "--direct", "--json", "in").json
    assert (first["kept"], removed(folder)) == (2, BEFORE)
    config.write_text(CONFIG)
    dry = copydesk("rebuild", "--dry-run", "--json").json
    assert removed(folder) == BEFORE
    done = copydesk("rebuild", "--json").json
    assert done["words_removed"] == dry["words_removed"]
    assert removed(folder) == AFTER
    settings = read(folder / "store", "batches")["settings"].to_pylist()
    assert settings[0] != settings[1]
    assert copydesk("check").out.endswith("everything fits\n")


def test_the_brake_holds_for_lines_and_guards_do_not(copydesk: Runner, folder: Path) -> None:
    quoted = f"“It was,” said the captain, {sentence(77)}"
    (folder / "copydesk.toml").write_text(
        f'warehouse = "store"\n[outlet."a.com"]\nlines = {json.dumps([quoted, sentence(78, 40)])}\n'
    )
    texts = [f"{story(1)}\n\n{quoted}", f"{sentence(78, 40)}\n\n{sentence(79, 20)}"]
    (folder / "a.json").write_text(json.dumps([{"text": text, "outlet": "a.com"} for text in texts]))
    assert copydesk("run", "--direct", "a.json").code == 0
    assert [row[-1] for row in removed(folder)] == [quoted]
    marks = read(folder / "store", "articles")["marks"].to_pylist()
    assert sorted(marks) == [[], ["review"]]


def test_an_unknown_rule_is_wrong_configuration(copydesk: Runner, folder: Path) -> None:
    (folder / "copydesk.toml").write_text('[outlet."a.com"]\ndisable = ["en.navigation.sectoin"]\n')
    refused = copydesk("config")
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert '[outlet."a.com"] names the rule en.navigation.sectoin' in refused.err
