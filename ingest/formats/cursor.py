"""A place in a stream of blocks: what formats read by whose records tell their own length."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ingest.formats.body import NOTHING, Body, extended

MATCH_BYTES = 128  # more than any pattern needs


class Cursor:
    """A place in a stream, with the bytes behind it as far as they were asked for."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        """Stand at the beginning.

        Args:
            blocks: the bytes; what it raises comes through every method that has to read.
        """
        self._blocks = blocks
        self._held = b""
        self._at = 0
        self.offset = 0  # bytes of the stream before this place

    def peek(self, size: int) -> bytes:
        """Return the next bytes and stay.

        Args:
            size: how many; fewer come where the stream ends before.
        """
        while len(self._held) - self._at < size:
            block = next(self._blocks, b"")
            if not block:
                break
            self._held = self._held[self._at :] + block
            self._at = 0
        return self._held[self._at : self._at + size]

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
            if ends:
                return body

    def back(self, piece: bytes) -> None:
        """Go back over bytes that were just taken.

        Args:
            piece: the bytes.
        """
        self._held = piece + self._held[self._at :]
        self._at = 0
        self.offset -= len(piece)
