"""The commands on rules, run for real on a small warehouse."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import Outcome, story

from flows import cli, trials
from ingest import packs
from storage import read

Runner = Callable[..., Outcome]

PACK = """
language = "sw"
[[rule]]
id = "sw.mine.quay"
kind = "navigation"
match = "^zum kai$"
remove = ["Zum Kai", "Zum  Kai"]
keep = ["Zum Kai ging er."]
[[inline]]
id = "sw.mine.map"
kind = "media"
match = '(?P<cut>\\[karte\\])'
remove = ["Der Kai <<[Karte]>> ist alt."]
"""
OUTLETS = ["a.com", "www.A.com", *(f"{n}.org" for n in range(9)), None]  # too few articles for templates
LINES = ["Hark next: the ferry", "Hark next: the pier", "READ Also The Quay", "Hark next “wave,” he said."]


def texts() -> list[str]:
    """Return twelve articles: at the end of each one of the lines, in the midst of every third one more."""
    found = []
    for number in range(12):
        amid = f"{LINES[0]}\n\n" * (number % 3 == 0)
        found.append(f"{story(number, 8)}\n\n{amid}{story(number + 100, 8)}\n\n{LINES[number % 4]}")
    return found


def write(folder: Path, order: list[int]) -> Path:
    folder.mkdir()
    for place, number in enumerate(order):
        record = {"id": number, "text": texts()[number], "outlet": OUTLETS[number], "language": "en"}
        (folder / f"{place}.json").write_text(json.dumps([record]))
    return folder


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse of two batches."""
    folder = tmp_path_factory.mktemp("rules")
    for name, order in (("one", [3, 1, 4, 0, 5, 9, 2]), ("two", [11, 6, 10, 8, 7])):
        inputs = write(folder / name, order)
        arguments = ["run", "--direct", "--json", "--to", str(folder / "w"), "--source", "s", str(inputs)]
        assert cli._guarded(lambda arguments=arguments: cli.cli.main(arguments, standalone_mode=False)) == 0
    return folder / "w"


def test_a_trial_counts_what_python_counts(warehouse: Path, copydesk: Runner) -> None:
    before = sorted(path.stat().st_mtime_ns for path in warehouse.rglob("*"))
    found = copydesk("rules", "try", "^(?:hark next|read also)", "--in", warehouse, "--json").json
    extracted = read(warehouse, "originals", columns=["article_id", "extracted"]).to_pylist()
    lines = [
        (row["article_id"], line)
        for row in extracted
        for line in row["extracted"].splitlines()
        if re.match("hark next|read also", line, re.IGNORECASE)
    ]
    gone = [line for _, line in lines if line.startswith("READ Also")]
    held = [line for _, line in lines if "“" in line]
    new = [(name, line) for name, line in lines if line not in {*gone, *held}]
    assert found["warehouse"] == str(warehouse)
    assert found["articles"] == len(extracted) == 12
    assert found["matched"] == {
        "lines": len(lines),
        "words": sum(len(re.findall(r"\w+", line)) for _, line in lines),
        "articles": 12,
        "outlets": 11,
    }
    assert found["new"]["lines"] == len(new)
    assert found["new"]["articles"] == len({name for name, _ in new})
    assert found["in_prose"] == {"lines": 4, "words": 16}
    rule = "en.related-link.read-also"
    assert (found["already"]["lines"], found["already"]["by"]) == (len(gone), {rule: len(gone)})
    assert (found["held"]["lines"], found["held"]["by"]) == (len(held), {"quotation": len(held)})
    counted: Counter[str] = Counter()
    for row in found["lines"]:
        counted[row["text"]] += row["lines"]
        assert row["text"] in dict(extracted_of(extracted, row["article_id"]))
    assert counted == Counter(line for _, line in lines)
    assert [row["lines"] for row in found["lines"]] == sorted(counted_by(found), reverse=True)
    assert before == sorted(path.stat().st_mtime_ns for path in warehouse.rglob("*"))


def extracted_of(rows: list[dict[str, Any]], name: str) -> list[tuple[str, None]]:
    [text] = [row["extracted"] for row in rows if row["article_id"] == name]
    return [(line, None) for line in text.splitlines()]


def counted_by(found: dict[str, Any]) -> list[int]:
    return [row["lines"] for row in found["lines"]]


@pytest.mark.parametrize(
    ("options", "looked", "lines"),
    [
        (["--outlet", "A.com"], 2, 3),
        (["--language", "fr"], 0, 0),
        (["--language", "en"], 12, 13),
        (["--where", "head"], 12, 0),
        (["--where", "tail"], 12, 9),
        (["--max-words", "3"], 12, 0),
        (["--sentence"], 12, 3),
        (["--no-sentence"], 12, 10),
        (["--case"], 12, 0),
    ],
)
def test_a_trial_heeds_what_a_rule_may_say(
    warehouse: Path, copydesk: Runner, options: list[str], looked: int, lines: int
) -> None:
    found = copydesk("rules", "try", "^hark next", "--in", warehouse, "--json", *options).json
    assert (found["articles"], found["matched"]["lines"]) == (looked, lines)


def test_a_trial_is_the_same_whatever_the_order_and_the_portions(
    warehouse: Path, copydesk: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = write(tmp_path / "in", [*range(11, -1, -1)])
    assert copydesk("run", "--direct", "--to", tmp_path / "w", "--source", "s", inputs).code == 0
    monkeypatch.setattr(trials, "ROWS", 2)
    found = [
        copydesk("rules", "try", "read|hark", "--in", place, "--json").json
        for place in (warehouse, tmp_path / "w")
    ]
    assert found[0]["lines"]
    assert {**found[0], "warehouse": ""} == {**found[1], "warehouse": ""}


def test_people_see_the_lines_with_what_is_dangerous_marked(warehouse: Path, copydesk: Runner) -> None:
    told = copydesk("rules", "try", "^hark next", "--in", warehouse, "--limit", "1").out
    rows = re.findall(r"^ +(\d+) (.) (Hark next.*?)  \{(?:(\w+); )?\w{32}\}$", told, re.MULTILINE)
    assert rows == [("4", "!", LINES[0], ""), ("3", " ", LINES[3], "quotation")]
    assert "and 2 more different lines; --limit shows more" in told
    everything = copydesk("rules", "try", "^(?:read|hark)", "--in", warehouse, "--all").out
    assert "more different lines" not in everything
    assert "removed already:" in everything


def test_cuts_are_tried(warehouse: Path, copydesk: Runner) -> None:
    found = copydesk("rules", "try", "^hark (?P<cut>next)", "--inline", "--in", warehouse, "--json").json
    assert (found["new"]["lines"], found["new"]["words"]) == (13, 13)
    assert {row["text"] for row in found["lines"]} == {"next"}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["("], "(: RE2 refuses the pattern"),
        (["x*"], "x*: the pattern matches the empty string"),
        (["x", "--inline"], "x: with --inline it needs a group (?P<cut>...)"),
        (["x", "--inline", "--max-words", "3"], "--inline is not"),
        (["x", "--language", "German"], "'German' is no code such as de"),
        (["x", "--where", "middle"], "--where"),
        (["x", "--limit", "0"], "--limit"),
        (["x", "--outlet", "aa.com"], "no article is of 'aa.com'; did you mean a.com?"),
        (["x", "--outlet", "quay"], "'quay'; there are "),
        (["(a b", "--case"], "(a b: RE2 refuses the pattern (missing ))"),
    ],
)
def test_a_wrong_trial_is_wrong_use(copydesk: Runner, warehouse: Path, args: list[str], words: str) -> None:
    refused = copydesk("rules", "try", *args, "--in", warehouse)
    assert (refused.code, refused.out) == (2, "")
    assert words in refused.err
    assert copydesk("rules", "try", "x", "--in", warehouse / "nowhere").code == 1


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(PACK)
    (tmp_path / "copydesk.toml").write_text(
        '[rules]\ndisable = ["any.legal.copyright"]\n[outlet."www.a.com"]\npacks = ["mine.toml"]\n'
        'disable = ["en.timestamp.date"]\nlines = ["One", "Two"]\n[outlet."b.org"]\npacks = ["mine.toml"]\n'
    )
    return tmp_path


def test_the_list_has_the_rules_in_the_order_in_which_they_are_tried(copydesk: Runner, folder: Path) -> None:
    rows = copydesk("rules", "list", "--json").json["rules"]
    bundled = packs.load(packs.bundled())
    assert [row["id"] for row in rows] == [
        *(rule.id for rule in bundled.lines),
        "sw.mine.quay",
        *(cut.id for cut in bundled.cuts),
        "sw.mine.map",
        "outlet.a.com.line",
    ]
    by_id = {row["id"]: row for row in rows}
    assert by_id["sw.mine.quay"] == {
        "id": "sw.mine.quay",
        "kind": "navigation",
        "form": "line",
        "language": "sw",
        "where": "any",
        "outlets": ["a.com", "b.org"],
        "disabled": False,
        "disabled_at": [],
        "pack": str(folder / "mine.toml"),
        "examples": 3,
    }
    assert [name for name, row in by_id.items() if row["disabled"]] == ["any.legal.copyright"]
    assert {name: row["disabled_at"] for name, row in by_id.items() if row["disabled_at"]} == {
        "en.timestamp.date": ["a.com"]
    }
    assert (by_id["outlet.a.com.line"]["examples"], by_id["outlet.a.com.line"]["kind"]) == (2, "outlet-line")


def test_the_list_can_be_narrowed(copydesk: Runner, folder: Path) -> None:
    def ids(*options: str) -> list[str]:
        return [row["id"] for row in copydesk("rules", "list", "--json", *options).json["rules"]]

    everything = ids()
    assert ids("--language", "sw", "--kind", "media") == ["sw.mine.map"]
    assert ids("--outlet", "B.org") == everything[:-1]
    assert ids("--outlet", "c.net") == [name for name in everything[:-1] if ".mine." not in name]
    rows = copydesk("rules", "list", "--json", "--outlet", "a.com").json["rules"]
    disabled = [row["id"] for row in rows if row["disabled"]]
    assert sorted(disabled) == ["any.legal.copyright", "en.timestamp.date"]
    assert copydesk("rules", "list", "--kind", "adverts").code == 2
    refused = copydesk("rules", "list", "--language", "klingon")
    assert refused.code == 2
    assert "--language: 'klingon' is the language of no pack; there are any, ar, de, " in refused.err


def test_people_see_a_rule_a_line(copydesk: Runner, folder: Path) -> None:
    head, *lines, _, last = copydesk("rules", "list").out.splitlines()
    assert head.split() == ["id", "kind", "language", "where", "examples", "pack"]
    [line] = [line for line in lines if line.endswith("  disabled")]
    assert line.startswith("any.legal.copyright ")
    [line] = [line for line in lines if line.startswith("sw.mine.map")]
    assert re.search(r" media +sw +any +1 +mine\.toml +only at a\.com, b\.org; inside lines$", line)
    assert last == f"{len(lines)} rules, 1 of them disabled"


def test_all_examples_that_fail_are_told(copydesk: Runner, folder: Path) -> None:
    good = copydesk("rules", "test", "mine.toml")
    assert (good.code, good.out) == (0, "2 of 2 rules do what their 4 examples say\n")
    broken = PACK.replace("^zum kai$", "^zum kai$|^der").replace('"Zum  Kai"', '"Kai", "Ka"')
    (folder / "bad.toml").write_text(broken.replace("sw.mine", "sw.other"))
    bad = copydesk("rules", "test", "bad.toml", "mine.toml")
    assert bad.code == 1
    assert [line.partition(":")[0] for line in bad.out.splitlines()] == [
        "bad.toml",
        "bad.toml",
        bad.out.splitlines()[2],
    ]
    told = copydesk("rules", "test", "bad.toml", "mine.toml", "--json").json
    assert (told["rules"], told["passed"], told["examples"]) == (4, 3, 9)
    assert [(one["file"], one["rule"], one["example"]) for one in told["failures"]] == [
        ("bad.toml", "sw.other.quay", "Kai"),
        ("bad.toml", "sw.other.quay", "Ka"),
    ]


def test_the_packs_in_force_are_tested_where_none_is_named(copydesk: Runner, folder: Path) -> None:
    told = copydesk("rules", "test", "--json").json
    assert told["files"] == [*map(str, packs.bundled()), str(folder / "mine.toml")]
    assert (told["failures"], told["passed"]) == ([], told["rules"])


def test_a_bundled_pack_can_be_named_by_any_path(copydesk: Runner, folder: Path) -> None:
    (folder / "rules").symlink_to(packs.bundled()[0].parent)
    outcome = copydesk("rules", "test", "rules/nl.toml", "--json")
    assert (outcome.code, outcome.json["failures"]) == (0, [])


def test_all_faults_of_form_are_told_and_the_other_files_are_tested(copydesk: Runner, folder: Path) -> None:
    (folder / "bad.toml").write_text('lingua = "sw"\n[[rule]]\nid = "Quay"\nwhere = "top"\nkase = true\n')
    (folder / "mark.toml").write_text(PACK.replace("sw.mine", "sw.mark"), encoding="utf-8-sig")
    outcome = copydesk("rules", "test", "bad.toml", "mark.toml", "mine.toml")
    assert outcome.code == 1
    assert outcome.out.endswith("4 of 4 rules do what their 8 examples say; 1 of 3 files cannot be read\n")
    told = copydesk("rules", "test", "bad.toml", "mark.toml", "mine.toml", "--json").json
    assert (told["rules"], told["passed"], len(told["files"])) == (4, 4, 3)
    assert {(one["file"], one["rule"], one["example"]) for one in told["failures"]} == {
        ("bad.toml", None, None)
    }
    problems = [one["problem"] for one in told["failures"]]
    assert len(problems) == len(set(problems)) == 8
    assert "rule number 1 (Quay): kase: the key is not known; did you mean case?" in problems
    assert "rule number 1 (Quay): match: the key is missing" in problems
    assert copydesk("rules", "test", "nowhere.toml", "mine.toml").code == 2


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("^zum kai$", "(", "rule sw.mine.quay: RE2 refuses the pattern"),
        ("(?P<cut>", "(?P<cuts>", "rule sw.mine.map: the pattern has no group"),
        ('"navigation"', '"navy"', "rule sw.mine.quay: kind 'navy' is none of title, "),
        ("sw.mine.map", "sw.mine.quay", "rule sw.mine.quay: the id stands twice"),
        ("sw.mine.map", "any.legal.copyright", "the id stands already in "),
        ("[[rule]]", "[[rules]]", "rules: the key is not known"),
        ("remove", "remoove", "the key is not known; did you mean remove?"),
        ('language = "sw"', 'language = "Swahili"', "language: write a code of two or three small letters"),
        ('kind = "navigation"', 'kind = "navigation"\ncase = "no"', "case: write true or false"),
        ("[[rule]]", "[[rule]", "no valid TOML"),
    ],
)
def test_whatever_a_run_would_refuse_fails_the_test(
    copydesk: Runner, folder: Path, old: str, new: str, words: str
) -> None:
    (folder / "mine.toml").write_text(PACK.replace(old, new))
    outcome = copydesk("rules", "test", "mine.toml")
    assert outcome.code == 1
    assert words in outcome.out
    refused = copydesk("config")
    assert refused.code == 2
    assert words in refused.err
