"""A place in a stream of blocks: what formats read by whose records tell their own length."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ingest.formats.body import NOTHING, Body, extended


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

    def take(self, size: int, limit: int) -> Body:
        """Go over bytes.

        Args:
            size: how many; fewer come where the stream ends before.
            limit: how many are kept at most; past it they are hashed and let go.
        """
        return self._added(NOTHING, size, limit)

    def take_until(
        self, pattern: re.Pattern[bytes], width: int, limit: int, *, most: float = math.inf
    ) -> Body:
        """Go to the next match of a pattern, or to the end.

        Args:
            pattern: what to look for; it must not look behind itself.
            width: the most bytes that a match may have, and what it looks ahead at.
            limit: as for `take`.
            most: how many bytes to go at most.

        Returns:
            The bytes before the match.
        """
        body = NOTHING
        while True:
            self.peek(2 * width)
            found = pattern.search(self._held, self._at)
            left = len(self._held) - self._at
            ends = bool(found) or left <= width or body.size + left - width >= most
            step = found.start() - self._at if found else left - width * (not ends)
            body = self._added(body, int(min(step, most - body.size)), limit)
            if ends:
                return body

    def _added(self, body: Body, size: int, limit: int) -> Body:
        while size and self.peek(1):
            piece = self._held[self._at : self._at + size]
            self._at += len(piece)
            self.offset += len(piece)
            size -= len(piece)
            body = extended(body, piece, limit)
        return body

    def back(self, piece: bytes) -> None:
        """Go back over bytes that were just taken.

        Args:
            piece: the bytes.
        """
        self._held = piece + self._held[self._at :]
        self._at = 0
        self.offset -= len(piece)
