"""Openings looked for in plain Python."""

from __future__ import annotations

from ingest.kernels.needs import QUOTE
from ingest.openings import OPENING, before_openings


def opens(line: str, words: frozenset[bytes]) -> bool:
    """Tell by brute force whether an opening stands behind the signs in front of a line."""
    before, data, plain = before_openings(), line.encode(), line.encode().translate(OPENING)
    at = 0
    while at < len(data):
        quoted = data[at : at + 3].decode(errors="replace") in map(chr, range(0x2018, 0x2020))
        here = bytes([QUOTE]) + plain[at + 1 :] if quoted else plain[at:]
        if any(here.startswith(word) for word in words):
            return True
        if quoted or not before[data[at]]:
            return False
        at += 1
    return False
