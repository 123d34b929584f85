"""Files of rows in any encoding, brought into UTF-8 as they come."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from ingest import charsets
from ingest.decode import REPLACEMENT, byte_order_mark, is_broken_utf8
from ingest.formats.body import as_utf8
from ingest.streams import BrokenStreamError, breaking_off, broken_stream

_LOOKED_AT = 1 << 18  # bytes at the beginning, which show the encoding of all
_HALF = "\udcff"


class Recoded(NamedTuple):
    """A file on its way into UTF-8."""

    blocks: Iterator[bytes]  # of UTF-8; a character that is none has bytes that are none either
    encoding: str  # of the file; `ascii` where its beginning could be anything, empty where it is no text
    taken_for: str = ""  # what else it seems to be


def recoded(blocks: Iterator[bytes]) -> Recoded:
    """Tell the encoding of a file of rows by its beginning, and bring all of it into UTF-8.

    Args:
        blocks: the file's bytes.

    Returns:
        The file; blocks that are UTF-8 or ASCII at the beginning come as they are.
    """
    begin, rest = _begin(blocks)
    every = chain([begin], rest)
    marked, _ = byte_order_mark(begin)
    if marked:
        return Recoded(as_utf8(every), marked)
    name, taken_for = _encoding(begin[:_LOOKED_AT].rpartition(b"\n")[0] or begin[:_LOOKED_AT])
    as_it_is = name in ("utf-8", "ascii", "")
    return Recoded(every if as_it_is else _transcoded(every, name), name, taken_for)


def _begin(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Take the first blocks off; where the file breaks off among them, the rest says so in its turn."""
    held: list[bytes] = []
    size = 0
    try:
        for block in blocks:
            held.append(block)
            size += len(block)
            if size >= _LOOKED_AT:
                break
    except BrokenStreamError as error:
        return b"".join(held), breaking_off(error)
    return b"".join(held), blocks


def _encoding(begin: bytes) -> tuple[str, str]:
    strange = b"\0" in begin or b"\x1b" in begin
    if begin.isascii() and not strange:
        return "ascii", ""
    try:
        begin.decode()
        valid = True
    except UnicodeDecodeError:
        valid = is_broken_utf8(begin)
    return ("utf-8", "") if valid and not strange else charsets.detect(begin)


def _transcoded(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    # What is no character becomes a half one, which strict UTF-8 refuses later, row by row. No encoding but
    # those of Unicode has a replacement character of its own.
    unicode = name.startswith("utf")
    decoder = codecs.getincrementaldecoder(name)("surrogatepass" if unicode else "replace")
    for block in blocks:
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:  # UTF-32 beyond the last code point
            raise broken_stream(str(error), block) from error
        yield (text if unicode else text.replace(REPLACEMENT, _HALF)).encode("utf-8", "surrogatepass")
    if decoder.getstate()[0]:
        yield b"\xff"
