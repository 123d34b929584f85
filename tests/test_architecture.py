"""The shape of the house, held by tests: who imports whom, what touches the world, how large files get."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ["flows", "storage", "dedup", "ingest"]
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
FLOWS = [path for path in sorted((ROOT / "flows").iterdir()) if path.name != "__pycache__"]
LONGEST_FILE = 300  # lines

# Names that reach a file or a clock, however they are imported.
TOUCHES_FILES = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "unlink",
    "rename",
    "touch",
    "mkdir",
    "rmdir",
    "iterdir",
    "glob",
    "rglob",
    "memory_map",
    "OSFile",
    "read_table",
    "write_table",
}
TOUCHES_CLOCK = {
    "now",
    "utcnow",
    "today",
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "process_time",
}
OF_THE_WORLD = {
    "os",
    "io",
    "pathlib",
    "shutil",
    "tempfile",
    "time",
    "datetime",
    "subprocess",
    "socket",
    "random",
}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(tree: ast.AST) -> Iterator[str]:
    """Yield the top-level names of all modules imported anywhere in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _calls(tree: ast.AST) -> Iterator[str]:
    """Yield the last name of everything that is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                yield called.attr
            elif isinstance(called, ast.Name):
                yield called.id


def test_there_is_something_to_hold() -> None:
    assert len(SOURCES) > len(PACKAGES)
    assert all((ROOT / package / "__init__.py").is_file() for package in PACKAGES)


def test_the_import_contracts_are_kept() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert " 0 broken" in checked.stdout


@pytest.mark.parametrize("path", FLOWS, ids=_name)
def test_nothing_in_flows_shadows_a_folder_or_a_standard_module(path: Path) -> None:
    """Prefect's loader puts flows/ first on sys.path: a flows/ingest.py would then stand for ingest/."""
    folders = {folder.name for folder in ROOT.iterdir() if folder.is_dir()}
    assert path.stem not in folders | sys.stdlib_module_names


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_numba_is_imported_for_kernels_alone(path: Path) -> None:
    assert "numba" not in set(_imports(_tree(path))) or path.parent.name == "kernels"


@pytest.mark.parametrize("path", sorted((ROOT / "dedup").rglob("*.py")), ids=_name)
def test_dedup_opens_no_file_and_reads_no_clock(path: Path) -> None:
    """Arrays in, arrays out: what dedup answers depends on nothing but what it is given."""
    tree = _tree(path)
    assert not set(_imports(tree)) & OF_THE_WORLD
    assert not set(_calls(tree)) & (TOUCHES_FILES | TOUCHES_CLOCK)


@pytest.mark.parametrize(
    "source", ["open('x')", "from pathlib import Path\nPath('x').read_text()", "t.time()"]
)
def test_the_search_for_files_and_clocks_finds_them(source: str) -> None:
    assert set(_calls(ast.parse(source))) & (TOUCHES_FILES | TOUCHES_CLOCK)


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name == "__init__.py"], ids=_name)
def test_a_package_only_hands_on_names(path: Path) -> None:
    """A docstring, imports, and __all__ with exactly what is imported."""
    docstring, *rest = _tree(path).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    imported, exported = [], []
    for statement in rest:
        if isinstance(statement, ast.Assign):
            assert [ast.unparse(target) for target in statement.targets] == ["__all__"]
            exported = ast.literal_eval(statement.value)
        else:
            assert isinstance(statement, ast.ImportFrom)
            imported += [alias.asname or alias.name for alias in statement.names]
    assert sorted(exported) == sorted(name for name in imported if name != "annotations")


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_file_is_too_long_to_read_at_once(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
