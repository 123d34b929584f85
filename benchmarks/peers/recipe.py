"""The recipe of docs/signatures.md for the shingles of a text, in plain Python.

It stands here once more because a contender runs in an environment without this project, and the tests keep
an oracle of their own.
"""

from __future__ import annotations

import functools
import unicodedata

from exchange import WIDTH

UNSPACED = [  # Thai, Lao; Burmese; Khmer; Han, kana and their extensions
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007)),
    *((0x3021, 0x3029), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF)),
    *((0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xF900, 0xFAFF), (0x1AFF0, 0x1B16F), (0x20000, 0x323AF)),
]
VARIATION_SELECTORS = [(0xFE00, 0xFE0F), (0xE0100, 0xE01EF)]


def shingles(text: str) -> set[str]:
    """Return the word shingles of a text: exactly those that our signatures are made of."""
    words = tokens(text)
    return {" ".join(words[i : i + WIDTH]) for i in range(max(1, len(words) - WIDTH + 1) if words else 0)}


def tokens(text: str) -> list[str]:
    """Return the tokens of the comparison form."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    found: list[str] = []
    state = "outside"
    for character in text:
        kind = kind_of(character)
        if kind == "ignored":
            continue
        if kind == "separator":
            state = "outside"
        elif state == "outside" or kind == "unspaced" or (kind == "letter" and state == "closed"):
            found.append(character)
            state = "closed" if kind == "unspaced" else "inside"  # closed: takes marks, and nothing else
        else:
            found[-1] += character
    return found


@functools.cache
def kind_of(character: str) -> str:
    """Return what a character does to a token."""
    category = unicodedata.category(character)
    if category == "Cf" or within(character, VARIATION_SELECTORS):
        return "ignored"
    if category[0] == "M":
        return "mark"
    if category[0] not in "LN":
        return "separator"
    return "unspaced" if within(character, UNSPACED) else "letter"


def within(character: str, blocks: list[tuple[int, int]]) -> bool:
    """Tell whether a character lies in one of these blocks."""
    return any(first <= ord(character) <= last for first, last in blocks)
