"""From what a person names, files, folders and globs, to the list of files to read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

import xxhash

from ingest.errors import SourceError
from ingest.formats import EXTENSIONS, is_known
from ingest.metadata.fields import FIELDS

_MAGIC = re.compile(r"[*?\[]")
STDIN = "-"
"""The input that stands for standard input."""

STDIN_LOCATOR = "stdin"
"""What tables call it; no file is, since one without an extension is not read."""

_FINGERPRINT_BLOCK = 1 << 20

_Above = tuple[tuple[int, int], ...]  # device and inode of the folders that led to a place


@dataclass(frozen=True, slots=True)
class Source:
    """What a person named: inputs of one provenance."""

    name: str
    inputs: tuple[str, ...]  # files, folders, globs
    outlet: str | None = None  # where a record names none
    fields: tuple[tuple[str, str], ...] = ()  # pairs: one of FIELDS, the name it has in this source
    language: str | None = None  # where a record names none
    timezone: str | None = None  # IANA name of the zone of dates that give none; UTC where it is None
    stdin: str | None = None  # the file that standard input is kept in, where it is among the inputs


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read."""

    source: Source
    path: Path  # as found: relative where it was named so
    size: int  # bytes, as it lies on disk
    error: str = ""  # what keeps it from being read, empty for nothing

    @property
    def locator(self) -> str:
        """The path as tables hold it, with forward slashes; bytes that are no UTF-8 are escaped."""
        if str(self.path) == self.source.stdin:
            return STDIN_LOCATOR
        return self.path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found under the inputs of sources."""

    files: tuple[InputFile, ...]  # by order of sources, then of paths; each path once a source
    ignored: int  # dot-files, files of unknown extensions, and what is neither file nor folder


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    size: int = 0
    error: str = ""
    ignored: bool = False


def find(sources: Iterable[Source]) -> Listing:
    """Find the files to read.

    Folders are searched to any depth, links to folders followed but never in circles. A file or folder
    inside that cannot be read is listed with its error, so that it becomes a reject; it costs no neighbour.

    Args:
        sources: what was named.

    Returns:
        The files, none where folders are empty or globs match nothing.

    Raises:
        SourceError: a named path is missing, unreadable or of an unknown extension, or `fields` names a
            field that does not exist.
    """
    files: list[InputFile] = []
    ignored = 0
    for source in sources:
        _check_fields(source)
        named = [source.stdin if name == STDIN else name for name in source.inputs]
        found = {item.path: item for name in named if name is not None for item in _named(name)}
        taken = [found[path] for path in sorted(found) if not found[path].ignored]
        files += [InputFile(source, item.path, item.size, item.error) for item in taken]
        ignored += sum(item.ignored for item in found.values())
    return Listing(tuple(files), ignored)


def fingerprint(path: Path) -> str:
    """Hash the bytes of a file as they lie on disk.

    Args:
        path: the file.

    Returns:
        xxh3_128, 32 hex digits.

    Raises:
        OSError: it cannot be read.
    """
    digest = xxhash.xxh3_128()
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(_FINGERPRINT_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _check_fields(source: Source) -> None:
    for ours, _ in source.fields:
        if ours not in FIELDS and ours != "source_id":
            known = ", ".join(FIELDS)
            raise SourceError(f"source {source.name}: there is no field `{ours}`; the fields are {known}")


def _named(name: str) -> Iterator[_Found]:
    """Find the files of one input; what is named in full must be there and must be readable."""
    path = Path(name).expanduser() if name.startswith("~/") else Path(name)
    mode = _mode(path) if name else 0
    if not mode and _MAGIC.search(name):
        yield from _glob(path)
    elif not mode:
        raise SourceError(f"{name or 'an empty input'}: there is no such file or folder{_looked_from(path)}")
    elif not os.access(path, os.R_OK | (os.X_OK if stat.S_ISDIR(mode) else 0)):
        raise SourceError(f"{name}: no permission to read it; give yourself the right, or name another input")
    elif stat.S_ISDIR(mode):
        yield from _walk(path, ())
    elif not stat.S_ISREG(mode):
        raise SourceError(f"{name}: it is neither a file nor a folder; name one of these")
    elif not is_known(path):
        raise SourceError(f"{name}: unknown extension; files that can be read end in {', '.join(EXTENSIONS)}")
    else:
        yield _judged(path)


def _mode(path: Path) -> int:
    """Tell what a path is; 0 where nothing is there."""
    try:
        return path.stat().st_mode
    except PermissionError as error:
        raise SourceError(
            f"{path}: no permission to look there; give yourself the right to its folder"
        ) from error
    except (OSError, ValueError):
        return 0


def _looked_from(path: Path) -> str:
    there = "" if path.is_absolute() else f" (looked for from {Path.cwd()})"
    return f"{there}; check the spelling, or name what should be read instead"


def _walk(folder: Path, above: _Above) -> Iterator[_Found]:
    """Take all files below a folder."""
    here, entries, error = _listed(folder, above)
    if error:
        yield _Found(folder, error=error)
    for path in entries:
        if path.name.startswith("."):
            yield _Found(path, ignored=True)
        elif path.is_dir():
            yield from _walk(path, here)
        else:
            yield _judged(path)


def _glob(pattern: Path) -> Iterator[_Found]:
    parts = pattern.parts
    magic = next(number for number, part in enumerate(parts) if _MAGIC.search(part))
    base = Path(*parts[:magic])
    if stat.S_ISDIR(_mode(base)):
        yield from _matching(base, parts[magic:], ())


def _matching(folder: Path, parts: Sequence[str], above: _Above) -> Iterator[_Found]:
    """Take what matches below a folder, path part by path part; `**` stands for any folders or none."""
    first, rest = parts[0], parts[1:]
    deep = first == "**"
    if deep and rest:
        yield from _matching(folder, rest, above)
    elif deep:
        yield from _walk(folder, above)
        return
    here, entries, error = _listed(folder, above)
    if error:
        yield _Found(folder, error=error)
    for path in entries:
        if deep and path.is_dir() and not path.name.startswith("."):
            yield from _matching(path, parts, here)
        elif not deep and re.match(translate(first), path.name):
            yield from _matched(path, rest, here)


def _matched(path: Path, rest: Sequence[str], here: _Above) -> Iterator[_Found]:
    if path.name.startswith("."):
        yield _Found(path, ignored=True)
    elif path.is_dir():
        yield from _matching(path, rest, here) if rest else _walk(path, here)
    elif not rest:
        yield _judged(path)


def _listed(folder: Path, above: _Above) -> tuple[_Above, list[Path], str]:
    """List a folder: the folders that lead into it and itself, its entries, what kept it from listing."""
    try:
        status = folder.stat()
        own = (status.st_dev, status.st_ino)
        # A folder already above is a link in a circle: everything in it is found where it lies.
        return (*above, own), [] if own in above else sorted(folder.iterdir()), ""
    except OSError as error:
        return above, [], f"the folder cannot be listed: {error.strerror}"


def _judged(path: Path) -> _Found:
    """Judge a file that was found, not named."""
    if not is_known(path):
        return _Found(path, ignored=True)
    try:
        status = path.stat()
    except OSError as error:
        return _Found(path, error=f"the file cannot be opened: {error.strerror}")
    if not stat.S_ISREG(status.st_mode):
        return _Found(path, ignored=True)
    denied = "" if os.access(path, os.R_OK) else "the file cannot be opened: Permission denied"
    return _Found(path, size=status.st_size, error=denied)
