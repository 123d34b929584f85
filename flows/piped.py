"""Standard input as an input: `-`. It is kept as a file for the time of a run, by a name made of its content.

So the same content is known like any file that was read, and a run that was stopped is taken up when it comes
again.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

import xxhash

from flows.settings import SettingsError
from ingest.formats import FILE_FORMATS, FORMATS
from ingest.formats.appearance import format_of
from ingest.metadata.fields import names
from ingest.sources import STDIN, Source
from storage.errors import unwritable

AUTO = "auto"
CHOICES = tuple(extension.removeprefix(".") for extension in (*FORMATS, *FILE_FORMATS))

_BEGIN_BYTES = 1 << 16  # what the format is told by
_BLOCK_BYTES = 1 << 20


def check(inputs: Sequence[str], format_: str | None) -> None:
    """Refuse what cannot be meant.

    Args:
        inputs: what is named.
        format_: what standard input holds: one of CHOICES, or AUTO; None where nobody may read it.

    Raises:
        flows.settings.SettingsError: a sentence for the person who asked.
    """
    if STDIN not in inputs:
        if format_ not in (None, AUTO):
            raise SettingsError("--format says what standard input holds: name it as INPUT, with -")
    elif format_ is None:
        raise SettingsError("-: standard input is there for the command line alone; name files or folders")
    elif format_ not in (AUTO, *CHOICES):
        raise SettingsError(f"--format {format_}: there is no such format; there are {', '.join(CHOICES)}")
    elif sys.stdin is None or sys.stdin.isatty():
        raise SettingsError("-: standard input is a terminal; pipe something into it, or name files")


def kept(sources: Sequence[Source], folder: Path, format_: str | None) -> tuple[Source, ...]:
    """Keep standard input as a file, where a source asks for it.

    Args:
        sources: what is to be read.
        folder: where to keep it; whatever is there goes.
        format_: what it holds, as for `check`.

    Returns:
        The sources; those that read standard input name the file.

    Raises:
        flows.settings.SettingsError: its beginning leaves a doubt about what it is.
        storage.errors.WarehouseUnwritable: the disk refuses.
    """
    clear(folder)
    if not any(STDIN in source.inputs for source in sources):
        return tuple(sources)
    try:
        folder.mkdir(parents=True)
        draft = folder / "draft"
        with draft.open("wb") as file:
            content_hash = _copied(sys.stdin.buffer, file)
        with draft.open("rb") as file:
            extension = _extension(file.read(_BEGIN_BYTES), sources, format_)
        path = draft.rename(folder / f"{content_hash}{extension}")
        os.utime(path, ns=(0, 0))  # the same content is the same file, whenever it came
    except OSError as error:
        raise unwritable(folder, error) from error
    return tuple(replace(source, stdin=str(path)) if STDIN in source.inputs else source for source in sources)


def clear(folder: Path) -> None:
    """Delete what is kept.

    Args:
        folder: where it is kept.
    """
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _copied(stream: IO[bytes], file: IO[bytes]) -> str:
    digest = xxhash.xxh3_128()
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
        file.write(block)
    return digest.hexdigest()


def _extension(begin: bytes, sources: Sequence[Source], format_: str | None) -> str:
    if format_ not in (None, AUTO):
        return f".{format_}"
    named = [name for source in sources for name in _text_fields(source)]
    found = format_of(begin, named)
    if not found and begin:
        raise SettingsError(
            "-: the first bytes of standard input leave a doubt about what it holds; "
            f"say it with --format: {', '.join(CHOICES)}"
        )
    return found or ".txt"


def _text_fields(source: Source) -> tuple[str, ...]:
    looked_under = names(source.fields)
    return (*looked_under["text"], *looked_under["html"])
