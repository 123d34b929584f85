"""Settings from the defaults, a file and the environment: the later has its say, and all is told."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import Outcome, story
from hypothesis import given
from hypothesis import strategies as st

from flows.configuration import DEFAULT, InForce, find, in_force
from flows.environment import CONFIG, variables
from flows.in_force import as_json, as_toml
from flows.settings import OutletTable, Settings, SettingsError, SourceTable
from ingest import outlets

Runner = Callable[..., Outcome]

SAID: dict[str, tuple[str, Any]] = {
    "COPYDESK_WAREHOUSE": ("/elsewhere", "/elsewhere"),
    "COPYDESK_MATCH_NEAR": ("0.9", 0.9),
    "COPYDESK_MATCH_CONTAINED": ("0.95", 0.95),
    "COPYDESK_HISTORY_DAYS": ("30", 30),
    "COPYDESK_HISTORY_REVISIONS": ("replace", "replace"),
    "COPYDESK_RULES_PACKS": ('["/rules/my.toml"]', ["/rules/my.toml"]),
    "COPYDESK_RULES_DISABLE": ('["en.navigation.section"]', ["en.navigation.section"]),
    "COPYDESK_RULES_JUDGE": ("false", False),
    "COPYDESK_EXTRACT_ENGINE": ("resiliparse", "resiliparse"),
    "COPYDESK_LIMITS_RECORD_MIB": ("8", 8),
    "COPYDESK_RULES_TEMPLATES": ("false", False),
    "COPYDESK_LIMITS_PAGE_SECONDS": ("5", 5.0),
}

FILE = """
warehouse = "house"
[[source]]
name = "vendor"
inputs = ["in/*.jsonl"]
[match]
near = 0.7
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "copydesk.toml"
    path.write_text(FILE)
    return path


def test_every_key_but_the_sources_has_a_variable() -> None:
    assert {*SAID} == {*variables(Settings)}


@pytest.mark.parametrize("name", SAID)
def test_a_variable_has_its_say_over_the_file(name: str, file: Path) -> None:
    keys = variables(Settings)[name]
    text, value = SAID[name]
    before, after = in_force(str(file), {}), in_force(str(file), {name: text})
    assert at(before, keys) != value
    assert at(after, keys) == value
    assert {key for key in after.origins if after.origins[key] != before.origins[key]} == {".".join(keys)}
    assert after.origins[".".join(keys)] == name
    changed = after.settings.model_dump()
    place = changed
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = at(before, keys)
    assert changed == before.settings.model_dump()


def at(found: InForce, keys: tuple[str, ...]) -> Any:
    value: Any = found.settings
    for key in keys:
        value = getattr(value, key)
    return value


def test_every_value_says_where_it_came_from(file: Path) -> None:
    found = in_force(str(file), {"COPYDESK_HISTORY_DAYS": "30"})
    told = {key: origin for key, origin in found.origins.items() if origin != DEFAULT}
    assert told == {
        **dict.fromkeys(["warehouse", "source.vendor.name", "source.vendor.inputs", "match.near"], str(file)),
        "history.days": "COPYDESK_HISTORY_DAYS",
    }
    assert {"match.contained", "source.vendor.outlet"} <= {*found.origins}


def test_paths_are_taken_from_where_they_were_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file.parent / "elsewhere").mkdir()
    monkeypatch.chdir(file.parent / "elsewhere")
    said = {"COPYDESK_RULES_PACKS": '["own.toml"]'}
    settings = in_force(str(file), said).settings
    assert settings.warehouse == str(file.parent / "house")
    assert settings.source[0].inputs == [str(file.parent / "in/*.jsonl")]
    assert settings.rules.packs == [str(file.parent / "elsewhere" / "own.toml")]


def test_the_file_is_the_named_one_that_of_the_variable_or_the_one_here(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = file.with_name("other.toml")
    other.write_text("[match]\nnear = 0.6\n")
    monkeypatch.chdir(file.parent)
    assert in_force(None, {}).settings.match.near == 0.7
    assert in_force(None, {CONFIG: str(other)}).settings.match.near == 0.6
    assert in_force(str(file), {CONFIG: str(other)}).settings.match.near == 0.7
    (file.parent / "empty").mkdir()
    monkeypatch.chdir(file.parent / "empty")
    assert in_force(None, {}).file is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"COPYDESK_MATCH_NAER": "0.9"}, "did you mean COPYDESK_MATCH_NEAR?"),
        ({"COPYDESK_WAREHUOSE": "w"}, "did you mean COPYDESK_WAREHOUSE?"),
        ({"COPYDESK_HISTORY_OF_ROME": "1"}, "known are COPYDESK_HISTORY_DAYS, COPYDESK_HISTORY_REVISIONS"),
        ({"COPYDESK_SOURCE_OUTLET": "a.com"}, "in the file alone"),
        ({"COPYDESK_MATCH_NEAR": "2"}, "COPYDESK_MATCH_NEAR: 'match.near' is wrong"),
        ({"COPYDESK_MATCH_NEAR": "high"}, "COPYDESK_MATCH_NEAR: 'match.near' is wrong"),
        ({"COPYDESK_HISTORY_DAYS": "1.5"}, "COPYDESK_HISTORY_DAYS: 'history.days' is wrong"),
        ({"COPYDESK_HISTORY_REVISIONS": "drop"}, "COPYDESK_HISTORY_REVISIONS: 'history.revisions' is wrong"),
        ({"COPYDESK_RULES_PACKS": "own.toml"}, "COPYDESK_RULES_PACKS: 'rules.packs' is wrong"),
    ],
)
def test_what_means_nothing_is_refused_by_name(said: dict[str, str], words: str, file: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        in_force(str(file), said)
    assert words in str(refused.value)
    assert str(refused.value).startswith(next(iter(said)))


def test_variables_of_others_and_empty_ones_say_nothing(file: Path) -> None:
    said = {"COPYDESK_THE_DOG": "1", "MATCH_NEAR": "0.9", "COPYDESK_MATCH_NEAR": "", CONFIG: ""}
    assert in_force(str(file), said) == in_force(str(file), {})


NAMES = st.text(min_size=1, max_size=20).filter(lambda name: name.encode("utf-8", "ignore").decode() == name)
SOURCES = st.builds(
    SourceTable,
    name=NAMES,
    inputs=st.lists(NAMES.map(lambda name: f"/{name}"), min_size=1, max_size=2),
    outlet=st.none() | NAMES,
    fields=st.dictionaries(st.sampled_from(["text", "title", "source_id"]), NAMES, max_size=3),
)
TEXTS = st.lists(NAMES.filter(str.strip), max_size=2)
OUTLETS = st.dictionaries(
    NAMES.filter(outlets.key),
    st.builds(
        OutletTable, disable=TEXTS, lines=TEXTS, packs=TEXTS.map(lambda names: [f"/{n}" for n in names])
    ),
    max_size=2,
).filter(lambda named: len({*map(outlets.key, named)}) == len(named))


@given(st.lists(SOURCES, max_size=3, unique_by=lambda table: table.name), OUTLETS)
def test_what_is_shown_is_a_file_that_says_the_same(
    sources: list[SourceTable], said: dict[str, OutletTable]
) -> None:
    settings = find(None).model_copy(update={"source": sources, "outlet": said})
    keys = in_force(None, {}).origins.keys() | {
        *(f"source.{table.name}.{key}" for table in sources for key in SourceTable.model_fields),
        *(f"outlet.{name}.{key}" for name in said for key in OutletTable.model_fields),
    }
    shown = as_toml(InForce(settings, None, dict.fromkeys(keys, DEFAULT)))
    assert Settings.model_validate(tomllib.loads(shown)) == settings


def test_what_is_said_of_an_outlet_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "copydesk.toml"
    path.write_text('[outlet."example.com"]\nlines = ["Since 1887"]\npacks = ["own.toml"]\n')
    found = in_force(str(path), {})
    assert found.settings.outlet["example.com"] == OutletTable(
        lines=["Since 1887"], packs=[str(tmp_path / "own.toml")]
    )
    told = {key: origin for key, origin in found.origins.items() if key.startswith("outlet.")}
    assert told == {
        "outlet.example.com.disable": DEFAULT,
        "outlet.example.com.lines": str(path),
        "outlet.example.com.packs": str(path),
        "outlet.example.com.templates": DEFAULT,
    }


def test_a_byte_order_mark_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "copydesk.toml"
    path.write_text("[match]\nnear = 0.9\n", encoding="utf-8-sig")
    assert in_force(str(path), {}).settings.match.near == 0.9


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            '[outlet."a.com"]\nlines = ["x", " "]',
            "'outlet.a.com.lines' is wrong: a line is empty; leave it out",
        ),
        ('[outlet."a.com"]\nline = ["x"]', "unknown key 'line' in [outlet.a.com]; did you mean 'lines'?"),
        ('[outlet."a.com"]\nlines = ["x", 2]', "'outlet.a.com.lines' number 2 is wrong"),
        ('[outlet."a.com"]\n[outlet."www.A.com"]', "'a.com' and 'www.A.com' are one outlet"),
        ('[outlet." "]', "' ' names no outlet"),
        ('[outlet.a.com]\nlines = ["x"]', 'put it in quotes: [outlet."a.com"]'),
        ("[outlet.www.a.co.uk]", 'put it in quotes: [outlet."www.a.co.uk"]'),
        ('outlet = "a.com"', "'outlet' is wrong"),
    ],
)
def test_what_means_nothing_of_an_outlet_is_refused(said: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "copydesk.toml"
    path.write_text(said)
    with pytest.raises(SettingsError) as refused:
        in_force(str(path), {})
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_command_shows_and_checks(file: Path, copydesk: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_MATCH_NEAR", "0.9")
    shown = copydesk("config", "--show", "--config", file)
    assert (shown.code, shown.err) == (0, "")
    assert tomllib.loads(shown.out)["match"]["near"] == 0.9
    [line] = [line for line in shown.out.splitlines() if line.startswith("near")]
    assert line.endswith("# COPYDESK_MATCH_NEAR")
    assert copydesk("config", "--json", "--config", file).json == as_json(in_force(str(file)))
    assert copydesk("config", "--config", file).out == f"{file}: everything fits\n"
    monkeypatch.setenv("COPYDESK_RULES_PACKS", json.dumps([str(file.with_name("gone.toml"))]))
    refused = copydesk("config", "--config", file)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert "gone.toml" in refused.err


def test_a_run_heeds_the_environment(
    tmp_path: Path, copydesk: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COPYDESK_WAREHOUSE", "by-variable")
    (tmp_path / "a.txt").write_text(story(1))
    done = copydesk("run", "--direct", "--json", tmp_path / "a.txt").json
    assert (done["kept"], done["warehouse"]) == (1, str(tmp_path / "by-variable"))
