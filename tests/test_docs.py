"""Holds the documents against the program: commands, settings, modules, code, links."""

from __future__ import annotations

import importlib
import json
import math
import re
import shlex
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import duckdb
import numpy as np
import pyarrow as pa
import pytest
from builders import ROOT, SEEDS
from hypothesis import given
from pydantic import BaseModel
from strategies import TEXT

from dedup.candidates import least_bands
from dedup.comparison import tokenise
from dedup.settings import MIN_TOKENS, WIDTH
from dedup.shingles import shingle
from dedup.signatures import PERMUTATIONS, rows_per_band, sign
from flows import cli, configuration, settings
from flows.summary import Summary
from storage.contract import ARTICLES, SCHEMA_VERSION, TABLES

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/**/*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(group: click.Group, name: str) -> dict[str, click.Command]:
    """Return the commands below a group by all their words; a group of commands alone has no section."""
    found: dict[str, click.Command] = {}
    for each, command in group.commands.items():
        words = f"{name} {each}"
        found |= commands(command, words) if isinstance(command, click.Group) else {words: command}
    return found


COMMANDS = {"copydesk": cli.cli, **commands(cli.cli, "copydesk")}


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """Return what stands below a heading, up to the next one."""
    parts = re.split(r"^#{1,6} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[title]


def rows(text: str, head: str) -> list[list[str]]:
    """Return the rows of all tables whose first column has this name."""
    found: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        inside = bool(cells) and (inside or cells[0] == head)
        if inside and cells[0] != head and not line.startswith("|---"):
            found.append(cells)
    return found


def names(text: str, head: str) -> list[str]:
    return [row[0].strip("`") for row in rows(text, head)]


def blocks(text: str, language: str) -> list[str]:
    return [body for name, body in FENCE.findall(text) if name == language]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse with the seeds, made by the command."""
    path = tmp_path_factory.mktemp("docs") / "warehouse"
    assert cli._guarded(lambda: run("run", "--direct", "--json", "--to", path)) == 0
    return path


def run(*args: object) -> Any:
    return cli.cli.main([str(arg) for arg in args], standalone_mode=False)


def default_of(option: click.Parameter, context: click.Context) -> str:
    """Return an option's default as people read it: from its help where that says it in words."""
    said = re.search(r"\[default: (.*)\]", getattr(option, "help", None) or "")
    value = option.get_default(context)
    if said:
        return said[1]
    if getattr(option, "is_flag", False):
        return "off"
    return (
        str(value) if isinstance(value, str | int | float) else "none"
    )  # click marks what is not set by an object


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    titles = re.findall(r"^## (copydesk.*)$", page("docs/cli.md"), re.MULTILINE)
    assert sorted(titles) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_its_default_is_described(name: str) -> None:
    command = COMMANDS[name]
    context = click.Context(command, info_name=name, help_option_names=["-h", "--help"])
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    expected = {frozenset([*each.opts, *each.secondary_opts]): default_of(each, context) for each in options}
    described = {
        frozenset(re.findall(r"--?[\w-]+", row[0])): row[-1].replace("`", "")
        for row in rows(section(page("docs/cli.md"), name), "option")
    }
    assert described == expected


def test_the_summary_is_described_field_by_field() -> None:
    assert names(section(page("docs/cli.md"), "copydesk run"), "field") == list(Summary.model_fields)


def test_the_json_of_explain_and_check_is_described(warehouse: Path, capsys: Any) -> None:
    text = section(page("docs/cli.md"), "copydesk explain")
    [article] = re.findall(r"^copydesk explain (\w+)$", text, re.MULTILINE)
    run("explain", article, "--in", warehouse, "--json")
    [account] = json.loads(capsys.readouterr().out)["articles"]
    added = set(account) - set(ARTICLES.names)
    assert sorted(names(text, "account")) == sorted(added)
    assert account["copied_by"] == []
    run("check", warehouse, "--json")
    found = json.loads(capsys.readouterr().out)
    assert found == {"warehouse": str(warehouse), "findings": []}
    assert names(section(page("docs/cli.md"), "copydesk check"), "finding") == list(found)
    run("compact", warehouse, "--json")
    done = json.loads(capsys.readouterr().out)
    described = section(page("docs/cli.md"), "copydesk compact")
    assert [each for row in rows(described, "result") for each in re.findall(r"`(\w+)`", row[0])] == list(
        done
    )


def test_exit_codes_are_those_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    codes = [0, cli.FAILED, cli.WRONG_USE, cli.INTERRUPTED]
    assert [int(code) for code in names(section(page("docs/cli.md"), "Exit codes"), "code")] == codes
    said = re.findall(r"(?:^|· )(\d+) \w+", section(page("README.md"), "Exit codes"), re.MULTILINE)
    assert [int(code) for code in said] == codes
    assert cli._guarded(lambda: run("check", "no/such/warehouse")) == cli.FAILED
    assert cli._guarded(lambda: run("run", "no/such/file.txt", "--direct")) == cli.WRONG_USE
    assert cli._guarded(lambda: run("run", "--no-such-option")) == cli.WRONG_USE


def shell_commands(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every copydesk command in fenced blocks and in code spans."""
    shell = "\n".join(body for name, body in FENCE.findall(text) if name in ("", "sh"))
    spans = re.findall(r"`(copydesk [^`\n]+)`", FENCE.sub("", text))
    for line in [*shell.splitlines(), *spans]:
        for part in re.split(r"&&|\||\d?>>?", line):
            words = part.strip().removeprefix("uv run ")
            if words.startswith("copydesk "):
                yield shlex.split(words, comments=True)[1:]


def test_commands_that_documents_show_can_be_typed() -> None:
    shown = [(path.name, args) for path in PAGES for args in shell_commands(path.read_text("utf-8"))]
    assert {"README.md", "cli.md", "scheduling.md"} <= {name for name, _ in shown}
    for _, args in shown:
        if args != ["COMMAND", "[OPTION]..."]:
            name = next(
                name
                for name in reversed(COMMANDS)
                if ["copydesk", *args][: len(name.split())] == name.split()
            )
            rest = args[len(name.split()) - 1 :]
            COMMANDS[name].make_context(name, rest, resilient_parsing=not rest)  # a name in a sentence


def as_toml(field: Any) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "none" if value is None else json.dumps(value)


def bounds(field: Any) -> list[str]:
    values = {type(each).__name__: each for each in field.metadata}
    return [f"{values['Ge'].ge} to {values['Le'].le}"] if "Ge" in values else []


def test_every_key_of_the_configuration_is_described() -> None:
    text = page("docs/configuration.md")
    tables: dict[str, type[BaseModel]] = {
        "[[source]]": settings.SourceTable,
        "[match]": settings.MatchTable,
        "[history]": settings.HistoryTable,
        "[rules]": settings.RulesTable,
        '[outlet."NAME"]': settings.OutletTable,
        "[extract]": settings.ExtractTable,
        "[limits]": settings.LimitsTable,
    }
    assert re.findall(r"^## (\[.*\])$", text, re.MULTILINE) == list(tables)
    named = {re.findall(r"\w+", key)[0] for key in tables}
    top = [name for name in settings.Settings.model_fields if name not in named]
    assert names(section(text, "The top level"), "key") == top
    for title, model in [("The top level", settings.Settings), *tables.items()]:
        for key, kind, default, _ in rows(section(text, title), "key"):
            field = model.model_fields[key.strip("`")]
            assert default.strip("`") == as_toml(field)
            assert re.findall(r"[\d.]+ to [\d.]+", kind) == bounds(field)
        if title != "The top level":
            assert names(section(text, title), "key") == list(model.model_fields)


@pytest.mark.parametrize("name", ["README.md", "docs/configuration.md"])
def test_the_example_of_a_configuration_can_be_loaded(name: str, tmp_path: Path) -> None:
    [example] = blocks(page(name), "toml")
    path = tmp_path / configuration.CONFIG_NAME
    path.write_text(example, encoding="utf-8")
    loaded = configuration.load(path)
    given = tomllib.loads(example)
    assert [each.name for each in loaded.source] == [each["name"] for each in given["source"]]
    assert loaded.warehouse == str(tmp_path / given["warehouse"])
    assert loaded.match.near == settings.MatchTable().near


RECIPE: dict[str, Any] = {}
exec(blocks(page("docs/signatures.md"), "python")[0], RECIPE)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_the_recipe_makes_our_signature_of_a_seed(path: Path) -> None:
    assert_same_signature(path.read_text(encoding="utf-8"))


@given(TEXT)
def test_the_recipe_makes_our_signature_of_any_text(text: str) -> None:
    assert_same_signature(text)


def assert_same_signature(text: str) -> None:
    ours = sign(shingle(tokenise(pa.array([text])), width=WIDTH))[0]
    assert np.array_equal(RECIPE["signature"](text).hashvalues, ours)


def test_bands_are_as_described() -> None:
    text = page("docs/signatures.md")
    table = rows(text, "`near`")
    heads = [float(at) for at in re.findall(r"at ([\d.]+) \|", text)]
    assert (len(table), len(heads)) == (5, 4)
    for near, wide, bands, shared, *found in table:
        count, least = rows_per_band(float(near)), least_bands(float(near))
        all_bands = PERMUTATIONS // count
        assert (int(wide), int(bands), int(shared)) == (count, all_bands, least)
        expected = [
            sum(
                math.comb(all_bands, n) * (at**count) ** n * (1 - at**count) ** (all_bands - n)
                for n in range(least, all_bands + 1)
            )
            for at in heads
        ]
        assert [float(one) for one in found] == pytest.approx(expected, abs=5e-5)
    assert f"fewer than {MIN_TOKENS} tokens" in text


@pytest.mark.parametrize("folder", ["ingest", "dedup", "storage", "flows"])
def test_the_map_shows_every_module(folder: str) -> None:
    modules = {
        path.relative_to(ROOT / folder).as_posix()
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "__init__.py"
    }
    described = names(section(page("docs/architecture.md"), f"{folder}/"), "file")
    assert sorted(described) == sorted(modules)


def test_names_of_functions_and_schemas_in_the_documents_are_real() -> None:
    pattern = re.compile(r"`((?:ingest|dedup|storage|flows)(?:\.\w+)+)`")
    for path in PAGES:
        for name in pattern.findall(path.read_text(encoding="utf-8")):
            module, *rest = name.split(".")
            value: Any = importlib.import_module(module)
            for part in rest:
                if not hasattr(value, part):
                    with suppress(ImportError):  # a module that nobody has imported yet is no attribute
                        importlib.import_module(f"{value.__name__}.{part}")
                assert hasattr(value, part), f"{path.name}: {name}"
                value = getattr(value, part)


def test_the_start_is_the_same_everywhere() -> None:
    start = blocks(page("README.md"), "sh")[0]
    assert start == blocks(page("CONTRIBUTING.md"), "sh")[0]
    first, check = [line.split("#")[0].strip().split(" && ") for line in start.splitlines()]
    assert first == ["pip install uv", "uv run copydesk run"]
    assert check[0] == "pip install uv"
    assert check[1:] == [line for line in page(".ci/run").splitlines() if line.startswith("uv run")]
    tasks = tomllib.loads(page("pyproject.toml"))["tool"]["poe"]["tasks"]
    assert set(re.findall(r"uv run (?:--locked )?poe (\w+)", page("CONTRIBUTING.md"))) <= set(tasks)


def test_the_readers_of_the_readme_read(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(warehouse.parent)
    own, others = blocks(page("README.md"), "python")
    seen: dict[str, Any] = {}
    exec(own, seen)
    assert seen["articles"].num_rows == len(SEEDS)
    [query] = [line for line in others.splitlines() if line.startswith("duckdb")]
    assert dict(eval(query, {"duckdb": duckdb}).fetchall())["title"] >= 1
    described = [name for row in rows(page("README.md"), "table") for name in re.findall(r"\w+", row[0])]
    assert sorted(described) == sorted(TABLES)


def test_the_changes_name_this_version_and_schema() -> None:
    version = tomllib.loads(page("pyproject.toml"))["project"]["version"]
    assert re.findall(r"^## \[([\d.]+)\]", page("CHANGELOG.md"), re.MULTILINE)[0] == version
    newest = page("CHANGELOG.md").split("\n## ")[1]
    assert re.findall(r"schema version (\w+)", newest) == [SCHEMA_VERSION]


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#{1,6} (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", path.read_text(encoding="utf-8")))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{path.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{path.name}: {target}"


def test_pictures_need_nothing_from_elsewhere() -> None:
    for path in (ROOT / "docs/img").glob("*.svg"):
        urls = re.findall(r"https?://[^\s\"')<]+", path.read_text(encoding="utf-8"))
        assert set(urls) == {"http://www.w3.org/2000/svg"}
