"""What is named is found: each file once, in order, and nothing silently lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import xxhash
from hypothesis import assume, given
from hypothesis import strategies as st
from permissions import bound_by_permissions

from ingest.errors import SourceError
from ingest.sources import Listing, Source, find, fingerprint


def plant(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def found(folder: Path, *inputs: str) -> list[str]:
    listing = find([Source("s", inputs)])
    return [file.path.relative_to(folder).as_posix() for file in listing.files]


def test_a_folder_is_searched_to_any_depth_in_order(tmp_path: Path) -> None:
    plant(tmp_path, "b.txt", "a.jsonl.gz", "x/y/c.HTML", "x/d.htm.zst")
    assert found(tmp_path, str(tmp_path)) == ["a.jsonl.gz", "b.txt", "x/d.htm.zst", "x/y/c.HTML"]


def test_unknown_extensions_and_dot_files_are_counted_wherever_they_lie(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt", "a.pdf", ".b.txt", "x/c.docx", "x/.d.txt", "x/e.gz", ".git/f.txt")
    listing = find([Source("s", (str(tmp_path),))])
    assert [file.path.name for file in listing.files] == ["a.txt"]
    assert listing.ignored == 6


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["a.txt"]),
        ("**/*.txt", ["a.txt", "x/b.txt", "x/y/c.txt"]),
        ("x/**/*.txt", ["x/b.txt", "x/y/c.txt"]),
        ("**", ["a.txt", "x/b.txt", "x/y/c.txt", "x/y/d.jsonl"]),
        ("*/y", ["x/y/c.txt", "x/y/d.jsonl"]),
        ("**/y/*", ["x/y/c.txt", "x/y/d.jsonl"]),
        ("[ab].tx?", ["a.txt"]),
        ("none/**/*.txt", []),
        ("*.none", []),
    ],
)
def test_globs(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    plant(tmp_path, "a.txt", "x/b.txt", "x/y/c.txt", "x/y/d.jsonl")
    assert found(tmp_path, f"{tmp_path}/{pattern}") == expected


@given(
    pattern=st.lists(
        st.sampled_from(["*", "**", "a*", "?b", "*.txt", "[a-b].txt", "ab"]), min_size=1, max_size=3
    ),
)
def test_globs_agree_with_those_of_python(
    tmp_path_factory: pytest.TempPathFactory, pattern: list[str]
) -> None:
    assume(any(set(part) & set("*?[") for part in pattern))
    folder = plant(
        tmp_path_factory.mktemp("g"), "a.txt", "ab/a.txt", "ab/ab/b.txt", "bb/ab/c.txt", "bb/x.txt"
    )
    named = {path for path in folder.glob("/".join(pattern)) if path.is_file()}
    below = {path for top in folder.glob("/".join(pattern)) if top.is_dir() for path in top.rglob("*.txt")}
    whole = named | below if pattern[-1] != "**" else set(folder.glob("/".join([*pattern, "*.txt"])))
    assert found(folder, f"{folder}/{'/'.join(pattern)}") == sorted(
        p.relative_to(folder).as_posix() for p in whole
    )


def test_a_path_named_twice_is_read_once_in_each_source(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt")
    inputs = (str(tmp_path), f"{tmp_path}/*.txt", f"{tmp_path}/a.txt")
    listing = find([Source("one", inputs), Source("two", inputs)])
    assert [(file.source.name, file.path.name) for file in listing.files] == [
        ("one", "a.txt"),
        ("two", "a.txt"),
    ]


def test_nothing_to_find_is_fine(tmp_path: Path) -> None:
    assert find([Source("s", (str(tmp_path), f"{tmp_path}/*.txt"))]) == Listing((), 0)


def test_a_name_with_magic_characters_is_taken_as_it_stands_where_it_exists(tmp_path: Path) -> None:
    plant(tmp_path, "a[1].txt", "a1.txt")
    assert found(tmp_path, f"{tmp_path}/a[1].txt") == ["a[1].txt"]


@pytest.mark.parametrize("name", ["missing.txt", "missing", "", "a\0b", "x" * 300])
def test_a_missing_path_is_one_sentence_that_says_where_it_was_looked_for(name: str) -> None:
    with pytest.raises(SourceError) as caught:
        find([Source("s", (name,))])
    assert str(Path.cwd()) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_unknown_extension_named_in_full_is_an_error_that_lists_the_known_ones(
    tmp_path: Path,
) -> None:
    plant(tmp_path, "a.pdf")
    with pytest.raises(SourceError, match=r"a\.pdf: unknown extension.*\.txt.*\.jsonl\.gz"):
        find([Source("s", (f"{tmp_path}/a.pdf",))])


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert find([Source("s", (str(tmp_path),))]) == Listing((), 1)
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        find([Source("s", (f"{tmp_path}/a.txt",))])


def test_links_are_followed_but_never_in_circles(tmp_path: Path) -> None:
    plant(tmp_path, "x/a.txt")
    (tmp_path / "x" / "up").symlink_to(tmp_path)
    (tmp_path / "x" / "self").symlink_to(tmp_path / "x")
    (tmp_path / "y").symlink_to(tmp_path / "x")
    assert found(tmp_path, str(tmp_path)) == ["x/a.txt", "y/a.txt"]
    assert found(tmp_path, f"{tmp_path}/**/*.txt") == ["x/a.txt", "y/a.txt"]


def test_a_dangling_link_is_listed_with_its_error_and_costs_no_neighbour(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt", "c.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "gone")
    files = find([Source("s", (str(tmp_path),))]).files
    assert [file.path.name for file in files] == ["a.txt", "b.txt", "c.txt"]
    assert [bool(file.error) for file in files] == [False, True, False]


def test_no_permission(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt", "b.txt", "x/c.txt")
    (tmp_path / "b.txt").chmod(0)
    if os.access(tmp_path / "b.txt", os.R_OK):  # root: once more, without its right to read everything
        itself = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"{__file__}::test_no_permission"]
        command = [*bound_by_permissions(), *itself]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout
        return
    (tmp_path / "x").chmod(0)
    try:
        files = find([Source("s", (str(tmp_path),))]).files
        assert [(file.path.name, bool(file.error)) for file in files] == [
            ("a.txt", False),
            ("b.txt", True),
            ("x", True),
        ]
        for name in ("b.txt", "x", "x/c.txt"):
            with pytest.raises(SourceError, match="permission"):
                find([Source("s", (f"{tmp_path}/{name}",))])
    finally:
        (tmp_path / "x").chmod(0o700)


def test_a_field_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no field `body`.*text"):
        find([Source("s", (str(tmp_path),), fields=(("body", "text"),))])


def test_names_that_are_no_utf8_have_a_locator_that_tables_can_hold(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text("x")
    (file,) = find([Source("s", (str(tmp_path),))]).files
    assert file.locator == f"{tmp_path.as_posix()}/caf\\xe9.txt"


@given(content=st.binary(max_size=200))
def test_the_fingerprint_is_the_hash_of_all_bytes(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("f") / "a.txt"
    path.write_bytes(content * 20_000)  # several blocks
    assert fingerprint(path) == xxhash.xxh3_128_hexdigest(content * 20_000)
