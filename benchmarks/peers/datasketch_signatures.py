"""Text to signatures in plain Python with `datasketch.MinHash.bulk` and its default hash."""

from __future__ import annotations

from collections.abc import Callable

import exchange
import pyarrow.parquet as pq
import recipe
from datasketch import MinHash
from exchange import answer, arguments, once, stay_on_one_core


def main() -> None:
    """Sign the texts once, and answer with the time, and how much of it the shingles take."""
    asked = arguments(recipe=0)
    shingles = recipe.shingles if asked.recipe else exchange.shingles
    stay_on_one_core()
    texts = pq.read_table(asked.input)["text"].to_pylist()
    bulk(texts[:10], shingles)
    _, split = once(lambda: [shingles(text) for text in texts])
    _, spent = once(lambda: bulk(texts, shingles))
    answer(**spent, items=len(texts), shingling=split["cpu"])


def bulk(texts: list[str], shingles: Callable[[str], set[str]]) -> list[MinHash]:
    """Return the sketches of some texts, by the quickest way that datasketch offers."""
    sets = ([shingle.encode() for shingle in shingles(text)] for text in texts)
    sketches: list[MinHash] = MinHash.bulk(sets, num_perm=128, seed=1)
    return sketches


if __name__ == "__main__":
    main()
