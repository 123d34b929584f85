"""A place in a stream of blocks: what formats read by whose records tell their own length."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ingest.formats.body import NOTHING, Body, extended
from ingest.streams import BrokenStreamError

MATCH_BYTES = 128  # more than any pattern needs


class Cursor:
    """A place in a stream, with the bytes behind it as far as they were asked for."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        """Stand at the beginning.

        Args:
            blocks: the bytes. Where they break off with a BrokenStreamError, all before the break is to be
                had; whoever wants more gets the error.
        """
        self._blocks = blocks
        self._held = b""
        self._at = 0
        self._broken: BrokenStreamError | None = None
        self.offset = 0  # bytes of the stream before this place

    def peek(self, size: int) -> bytes:
        """Return the next bytes and stay.

        Args:
            size: how many; fewer come where the stream ends or breaks before.

        Raises:
            BrokenStreamError: the stream breaks here.
        """
        there = self._fill(size)
        if not there and size and self._broken:
            raise self._broken
        return self._held[self._at : self._at + size]

    def peek_behind(self, distance: int, size: int) -> bytes | None:
        """Return bytes that stand further on and stay.

        Args:
            distance: how many bytes come before them.
            size: how many; fewer come where the stream ends or breaks before.

        Returns:
            The bytes, None where the stream ends before them.

        Raises:
            BrokenStreamError: the stream breaks before them.
        """
        there = self._fill(distance + size)
        if there < distance and self._broken:
            raise self._broken
        begin = self._at + distance
        return None if there < distance else self._held[begin : begin + size]

    def _fill(self, size: int) -> int:
        """Have as many bytes at hand, if there are, and tell how many there are."""
        there = len(self._held) - self._at
        if there < size and not self._broken:
            pieces = [self._held[self._at :]]
            try:
                while there < size and (block := next(self._blocks, b"")):
                    pieces.append(block)
                    there += len(block)
            except BrokenStreamError as error:
                self._broken = error
            self._held, self._at = b"".join(pieces), 0
        return there

    def take(self, size: int, limit: int, body: Body = NOTHING) -> Body:
        """Go over bytes.

        Args:
            size: how many; fewer come where the stream ends before.
            limit: how many are kept at most; past it they are hashed and let go.
            body: what they are added to.
        """
        while size and self.peek(1):
            piece = self._held[self._at : self._at + size]
            self._at += len(piece)
            self.offset += len(piece)
            size -= len(piece)
            body = extended(body, piece, limit)
        return body

    def take_until(
        self, pattern: re.Pattern[bytes], limit: int, body: Body = NOTHING, *, most: float = math.inf
    ) -> Body:
        """Go to the next match of a pattern, or to the end.

        Args:
            pattern: what to look for; matches have MATCH_BYTES at most, with what they look ahead at, and
                do not look behind themselves.
            limit: as for `take`.
            body: as for `take`.
            most: how many bytes it may have then.

        Returns:
            The body, with the bytes before the match.
        """
        while True:
            self.peek(2 * MATCH_BYTES)
            found = pattern.search(self._held, self._at)
            left = len(self._held) - self._at
            ends = bool(found) or left <= MATCH_BYTES or body.size + left - MATCH_BYTES >= most
            step = found.start() - self._at if found else left - MATCH_BYTES * (not ends)
            body = self.take(int(min(step, most - body.size)), limit, body)
            if not found:
                self.peek(1)  # the end may be a break
            if ends:
                return body
