"""Patterns that are bound to the beginning of a text, looked for in all texts of a chunk.

Nearly all texts begin with other letters than such a pattern asks for. Their first bytes are looked up in a
table; RE2 sees the few texts that are left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest import compiled
from ingest.kernels import beginnings as kernels
from ingest.kernels.beginnings import REACH
from ingest.literals import ROUGH
from ingest.openings import OPENING, openings
from ingest.patterns import START
from ingest.words import utf8

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

_BITS = 64  # openings that are told apart
_FOLDED = np.frombuffer(OPENING, np.uint8)


@dataclass(frozen=True)
class Beginning:
    """A pattern that is bound to the beginning of a text, without regard to upper and lower case.

    Attributes:
        signs: which may stand in front of the words, each written as it is.
        words: what must follow, plain RE2 that begins with a letter or a figure.
    """

    signs: str
    words: str

    @property
    def pattern(self) -> str:
        """The whole as plain RE2."""
        signs = "".join(f"\\x{{{ord(sign):X}}}" for sign in self.signs)
        return f"(?i)^[{signs}]*(?:{self.words})" if signs else f"(?i)^(?:{self.words})"


def begin(texts: pa.Array, beginning: Beginning, where: Bools | None = None) -> Bools:
    """Tell which texts begin as a pattern says.

    Args:
        texts: string array without nulls.
        beginning: the pattern.
        where: texts that are asked for, one boolean each; all of them if left out.

    Returns:
        One boolean a text.
    """
    may = may_begin(texts, beginning)
    if where is not None:
        may &= where
    may[may] = compiled.found(texts.filter(pa.array(may)), beginning.pattern)
    return may


def may_begin(texts: pa.Array, beginning: Beginning) -> Bools:
    """Tell by their first bytes which texts may begin as a pattern says.

    Args:
        texts: string array without nulls.
        beginning: the pattern.

    Returns:
        One boolean a text: true of all texts that the pattern matches, and of a few more.
    """
    offsets, data = utf8(texts)
    may = np.empty(len(texts), np.uint8)
    kernels.begin(data, offsets, *_tables(beginning), may)
    return may.view(np.bool_)


@lru_cache(maxsize=64)  # a pure function, and the same patterns come with every chunk
def _tables(beginning: Beginning) -> tuple[Words, Bytes]:
    """Return for each place and byte a bit for each opening that may have it there; and the signs."""
    tables, signs = np.zeros((REACH, 256), np.uint64), np.zeros(256, np.uint8)
    known = openings(f"(?i:{START}(?:{beginning.words}))") or {b""}
    cuts = [sorted({word[:reach] for word in known}) for reach in range(1, REACH + 1)]
    words = [cut for cut in cuts if len(cut) <= _BITS][-1]  # as long as can be told apart
    for number, word in enumerate(words):
        for at, table in enumerate(tables):
            table[word[at] == _FOLDED if at < len(word) else slice(None)] |= np.uint64(1 << number)
    for letter in ROUGH.strange:
        tables[:, letter.encode()[0]] = ~np.uint64(0)
    for sign in beginning.signs:
        if sign.isascii():
            signs[ord(sign)] = 1
        else:
            tables[0, sign.encode()[0]] = ~np.uint64(0)
    return tables.ravel(), signs
