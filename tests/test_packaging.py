"""What is built can be installed with pip alone, and works far from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from permissions import bound_by_permissions

ROOT = Path(__file__).parents[1]
PACKAGES = ["dedup", "flows", "ingest", "storage"]
SEEDS = sorted(f"seeds/{path.name}" for path in (ROOT / "seeds").glob("*.txt"))
RULES = sorted(f"ingest/rules/{path.name}" for path in (ROOT / "ingest/rules").glob("*.toml"))
OURS = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class Built:
    """What was built: an sdist, a wheel made of it, and a wheel made of the checkout."""

    sdist: Path
    wheel: Path
    wheel_of_checkout: Path


def _run(
    command: Sequence[object], *, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command that knows nothing of the environment the tests run in."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, **(env or {})},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def _uv() -> str:
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "no uv: run the tests as `uv run --locked pytest`"
    return uv


def _done(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build as a release does (the wheel from the sdist), and the wheel from the checkout besides."""
    folder = tmp_path_factory.mktemp("dist")
    _done(_run([_uv(), "build", "--out-dir", folder / "release", ROOT], cwd=folder))
    _done(_run([_uv(), "build", "--wheel", "--out-dir", folder / "checkout", ROOT], cwd=folder))
    (sdist,) = (folder / "release").glob("*.tar.gz")
    (wheel,) = (folder / "release").glob("*.whl")
    (wheel_of_checkout,) = (folder / "checkout").glob("*.whl")
    return Built(sdist, wheel, wheel_of_checkout)


@pytest.fixture(scope="module")
def venv(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own; uv, which has all it needs at hand, takes seconds."""
    folder = tmp_path_factory.mktemp("venv")
    _done(_run([_uv(), "venv", "--seed", "--clear", "--python", sys.executable, folder], cwd=folder))
    python = folder / "bin/python"
    _done(_run([_uv(), "pip", "install", "--python", python, built.wheel], cwd=folder))
    return folder


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _run_seeds(venv: Path, cwd: Path, held_back: Sequence[str] = (), **env: str) -> dict[str, object]:
    """Run the main job on the bundled seeds; what it says of itself."""
    warehouse = cwd / "warehouse"
    command = [venv / "bin/copydesk", "run", "--direct", "--json", "--to", warehouse]
    done = _run([*held_back, *command], cwd=cwd, env=env)
    assert done.stderr == ""
    summary = json.loads(_done(done))
    assert len(list(warehouse.glob("articles/batch=*/*.parquet"))) == 1
    return {name: summary[name] for name in ("inputs", "kept", "duplicates", "rejected", "known")}


ALL_KEPT = {"inputs": 5, "kept": 5, "duplicates": 0, "rejected": 0, "known": 0}


def test_the_wheel_holds_the_packages_the_rules_and_the_seeds_and_nothing_else(built: Built) -> None:
    names = [name for name in _contents(built.wheel) if ".dist-info/" not in name]
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    expected = [path.relative_to(ROOT).as_posix() for path in modules] + RULES + SEEDS + ["ingest/judge.json"]
    assert len(SEEDS) == 5
    assert sorted(names) == sorted(expected)


def test_the_wheel_holds_what_is_in_the_checkout_byte_for_byte(built: Built) -> None:
    contents = _contents(built.wheel)
    for name in [*SEEDS, *RULES, "flows/cli.py"]:
        assert contents[name] == (ROOT / name).read_bytes(), name


def test_wheel_of_the_sdist_is_the_wheel_of_the_checkout(built: Built) -> None:
    assert _contents(built.wheel) == _contents(built.wheel_of_checkout)


def test_the_sdist_holds_what_the_tests_and_a_reader_need(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tests = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")]
    assert {*tests, *SEEDS, *RULES, "pyproject.toml", "README.md", "LICENSE", "prefect.yaml"} <= names
    assert not [name for name in names if name.endswith((".pyc", ".nbc", ".nbi"))]


def test_the_installed_command_runs_the_main_job_far_from_the_checkout(venv: Path, tmp_path: Path) -> None:
    where = "import flows, seeds, sys; print(flows.__file__, *seeds.__path__, *sys.path, sep='\\n')"
    assert str(ROOT) not in _done(_run([venv / "bin/python", "-c", where], cwd=tmp_path))
    assert _run_seeds(venv, tmp_path) == ALL_KEPT


def test_the_installed_command_says_its_version_and_its_options(venv: Path, tmp_path: Path) -> None:
    version = _done(_run([venv / "bin/copydesk", "--version"], cwd=tmp_path))
    assert version.split()[-1] == _version()
    usage = _done(_run([venv / "bin/copydesk", "run", "--help"], cwd=tmp_path))
    assert "--direct" in usage
    assert "Example:" in usage


def test_pip_alone_finds_what_the_wheel_needs(built: Built, venv: Path, tmp_path: Path) -> None:
    """It resolves as for an empty environment, by the pins of the wheel; nothing is installed."""
    asked = ["install", "--dry-run", "--ignore-installed", "--quiet", "--report", tmp_path / "report.json"]
    _done(_run([venv / "bin/pip", *asked, built.wheel], cwd=tmp_path))
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    found = {each["metadata"]["name"].lower(): each["metadata"]["version"] for each in report["install"]}
    assert {"copydesk", "datasketch", "prefect", "trafilatura", "pyarrow", "lxml-html-clean"} <= {
        name.replace("_", "-") for name in found
    }
    assert found["prefect"].startswith("3.8.")


def test_pip_installs_from_a_copy_of_the_checkout(built: Built, venv: Path, tmp_path: Path) -> None:
    """The environment is used again: what pip downloads is the same, how it builds is what differs."""
    source = shutil.copytree(ROOT, tmp_path / "source", ignore=_not_source)
    _done(_run([venv / "bin/pip", "uninstall", "--yes", "copydesk"], cwd=tmp_path))
    _done(_run([venv / "bin/pip", "install", "--no-compile", "."], cwd=source))
    (origin,) = venv.glob("lib/*/site-packages/copydesk-*.dist-info/direct_url.json")
    assert json.loads(origin.read_text(encoding="utf-8"))["url"] == source.as_uri()
    # The same files as the wheel brings, which has run already: to compile all kernels again shows nothing.
    (packages,) = venv.glob("lib/*/site-packages")
    for name, content in _contents(built.wheel).items():
        if ".dist-info/" not in name:
            assert (packages / name).read_bytes() == content, name


def test_the_command_runs_where_neither_packages_nor_home_can_be_written(venv: Path, tmp_path: Path) -> None:
    packages = [*venv.glob("lib/*/site-packages/dedup"), *venv.glob("lib/*/site-packages/ingest")]
    for compiled in (path for package in packages for path in package.rglob("*.nb[ic]")):
        compiled.unlink()
    home = tmp_path / "home"
    home.mkdir()
    modules = [folder for package in packages for folder in (package, package / "kernels")]
    caches = [folder / "__pycache__" for folder in modules]
    folders = [*modules, *caches, home]
    for cache in caches:
        cache.mkdir(exist_ok=True)
    try:
        for folder in folders:
            folder.chmod(0o555)
            assert _run([*bound_by_permissions(), "touch", folder / "new"], cwd=tmp_path).returncode != 0
        assert _run_seeds(venv, tmp_path, bound_by_permissions(), HOME=str(home)) == ALL_KEPT
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert not [path for package in packages for path in package.rglob("*.nb[ic]")]


def _not_source(_folder: str, names: list[str]) -> set[str]:
    """Pass over environments, caches and git's own folder."""
    return {name for name in names if name == "__pycache__" or (name[0] == "." and name != ".gitignore")}


def _version() -> str:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    (version,) = [line.split('"')[1] for line in lines if line.startswith("version =")]
    return version
