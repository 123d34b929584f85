r"""The elements of a JSON array, or JSON values one behind the other, cut out of a stream as they stand.

Memory holds a block and one element, and an element keeps its very bytes. Most elements end with one of the
first closing braces, which a trial shows: no beginning of a JSON object is one itself. For all others the
brackets outside of strings are counted. Two things end an element before its last bracket, since no JSON may
hold them: a line break in a string, and an object where none can stand, as behind a missing bracket.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import orjson
import xxhash

from ingest.formats.body import NOTHING, Body, extended
from ingest.streams import broken_stream

_TRIALS = 4  # closing braces; more nested objects than that are rare
_MISSES = 16  # trials without success in a block: then its other elements are not tried
_SHORTEST, _LONGEST = 1 << 7, 1 << 14  # bytes that are looked at together where brackets are counted
_CANDIDATE = re.compile(rb"\}(?=\s*[,\]{])")
_GAP = re.compile(rb"[\s,]*+")
_STRING_END = re.compile(rb'["\n]')
_TO_BRACKET = re.compile(rb'(?:"[^"\n]*+"|[^\[\]{}"]++)*+')  # over whole strings and all else
_TO_SCALAR_END = re.compile(rb'(?:"[^"\n]*+"|[^\[\]{}",\n]++)*+')
_FRESH_LINE = re.compile(
    rb"\n[ \t]{0,32}(?:\}?[ \t]{0,8},[ \t]{0,8})?(?=\{)"
)  # an object on a line of its own
_LINE_START = 64  # bytes; longer than any match of _FRESH_LINE
_OPENING, _CLOSING = b"[{", b"]}"


class _Place(NamedTuple):
    """Where a scan stands between two blocks."""

    depth: int = 0  # brackets open in the element; 0 between elements
    scalar: bool = False  # in a number, a word or a string that is an element itself
    listed: bool = False  # in an element that is an array
    quoted: bool = False  # in a string
    lost: bool = False  # behind a break, looking for a line that begins an element
    before: bytes = b""  # the last byte that is no white space


_BETWEEN = _Place()


def elements(blocks: Iterator[bytes], limit: int) -> Iterator[Body]:
    """Cut a JSON stream into the elements of its array, or into its values.

    Args:
        blocks: the bytes, in UTF-8.
        limit: bytes an element may have.

    Yields:
        Each element in its order, valid or not, without the commas and white space around it. Of what is no
        JSON at all, as much as stands before the next element.

    Raises:
        BrokenStreamError: an array is not closed at the end, behind a whole element.
    """
    body = NOTHING
    for piece, ends in _cuts(_relined(blocks)):
        body = extended(body, piece, limit)
        if ends:
            yield body
            body = NOTHING
    if body.size:
        yield body


def _relined(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Hold back the beginning of a line, so that none is torn apart."""
    held = b""
    for block in blocks:
        both = held + block
        line = both.rfind(b"\n", max(0, len(both) - _LINE_START))
        whole = len(both) if line < 0 else line
        held = both[whole:]
        yield both[:whole]
    yield held


def _cuts(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield pieces of elements, and whether the element ends with the piece."""
    place, in_array, escaped, span = _BETWEEN, False, False, _SHORTEST
    digest = xxhash.xxh3_64()
    for block in blocks:
        digest.update(block)
        at = misses = 0
        while at < len(block):
            if place == _BETWEEN:
                at, in_array = _leap(block, at, in_array=in_array)
                end = _tried(block, at) if misses < _MISSES else 0
                if end > at:
                    yield block[at:end], True
                    at = end
                    continue
                if at == len(block):
                    break
                place, escaped, span, misses = _entered(block[at]), False, _SHORTEST, misses + 1
            if place.lost:
                end, place = _found(block, at, place)
            else:
                masked, escaped = _masked(block[at : at + span], escaped=escaped)
                length, place = _run(masked, 0, place)
                end, span = at + length, min(2 * span, _LONGEST)
            yield block[at:end], place == _BETWEEN
            at = end
    if in_array and place == _BETWEEN:
        raise broken_stream("the array is not closed", digest.digest())


def _tried(block: bytes, at: int) -> int:
    """Return where the object ends that begins here, if one of the next closing braces ends it; else 0."""
    if block[at : at + 1] != b"{":
        return 0
    for candidate in islice(_CANDIDATE.finditer(block, at), _TRIALS):
        try:
            orjson.loads(memoryview(block)[at : candidate.end()])
        except orjson.JSONDecodeError:
            continue
        return candidate.end()
    return 0


def _masked(block: bytes, *, escaped: bool) -> tuple[bytes, bool]:
    """Put dots for escaped quotes and backslashes; tell whether the next byte is an escaped one."""
    masked = (b"." + block[1:] if escaped and block else block).replace(rb"\\", b"..")
    return masked.replace(rb"\"", b".."), masked.endswith(b"\\") or (escaped and not block)


def _leap(masked: bytes, at: int, *, in_array: bool) -> tuple[int, bool]:
    """Leap over what stands between elements: white space, commas, and the brackets of the array."""
    while True:
        found = _GAP.match(masked, at)
        at = found.end() if found else at
        if masked[at : at + 1] != (b"]" if in_array else b"["):
            return at, in_array
        at, in_array = at + 1, not in_array


def _entered(first: int) -> _Place:
    return _Place(listed=first == _OPENING[0], scalar=first not in _OPENING)


def _found(block: bytes, at: int, place: _Place) -> tuple[int, _Place]:
    """Find the line that begins an element; where it is, and where the scan stands then."""
    fresh = _FRESH_LINE.search(block, at)
    return (fresh.end(), _BETWEEN) if fresh else (len(block), place)


def _run(masked: bytes, at: int, place: _Place) -> tuple[int, _Place]:
    """Run to the end of an element, or of the block: where that is, and where the scan stands then."""
    if place.quoted:
        found = _STRING_END.search(masked, at)
        if not found:
            return len(masked), place
        if found[0] == b"\n":
            return found.start(), _Place(lost=True)
        at, place = found.end(), place._replace(quoted=False, before=b'"')
    return _run_scalar(masked, at, place) if place.scalar else _run_brackets(masked, at, place)


def _run_scalar(masked: bytes, at: int, place: _Place) -> tuple[int, _Place]:
    found = _TO_SCALAR_END.match(masked, at)
    end = found.end() if found else at
    if masked[end : end + 1] == b'"':
        return _run(masked, end + 1, place._replace(quoted=True))
    if end == len(masked):
        return end, place._replace(before=b"0")
    stray = end == at and not place.before  # a bracket that closes nothing
    return end + stray, _BETWEEN


def _run_brackets(masked: bytes, at: int, place: _Place) -> tuple[int, _Place]:
    depth, before = place.depth, place.before
    while True:
        found = _TO_BRACKET.match(masked, at)
        end = found.end() if found else at
        if end == len(masked):
            return end, place._replace(depth=depth, before=masked[at:end].rstrip()[-1:] or before)
        if masked[end] == 0x22:
            return _run(masked, end + 1, place._replace(depth=depth, quoted=True))
        if masked[end] == 0x7B and depth and not place.listed:
            before = masked[at:end].rstrip()[-1:] or before
            if before not in ((b":",) if depth == 1 else (b":", b",", b"[")):
                return end, _BETWEEN
        depth += 1 if masked[end] in _OPENING else -1
        at, before = end + 1, masked[end : end + 1]
        if not depth:
            return at, _BETWEEN
