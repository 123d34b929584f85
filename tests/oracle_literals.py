"""Literals looked for in plain Python."""

from __future__ import annotations

import string
from functools import lru_cache

from ingest.literals import Fold, folded, squeezed


def holds(line: str, literal: bytes, fold: Fold) -> bool:
    """Tell by brute force whether a line has a literal, in which small letters stand for both cases."""
    small, (plain, cased) = literal.lower(), _plain(line, fold)
    if small == literal:
        return literal in plain
    there = [at for at in range(len(plain)) if plain.startswith(small, at)]
    capitals = [at for at, letter in enumerate(literal) if letter != small[at]]
    return any(all(cased[begin + at] == literal[at] for at in capitals) for begin in there)


@lru_cache(maxsize=10_000)
def _plain(line: str, fold: Fold) -> tuple[bytes, bytes]:
    """Return a line as it is folded, and likewise with its capitals."""
    case = {byte for byte in string.ascii_uppercase.encode() if fold.table[byte] == byte + 32}
    table = bytes(byte if byte in case else fold.table[byte] for byte in range(256))
    return folded(line, fold), squeezed(line.encode().translate(table))
