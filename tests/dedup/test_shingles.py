from __future__ import annotations

import numpy as np
import pyarrow as pa
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from dedup.comparison import tokenise
from dedup.kernels import sketch as kernels
from dedup.shingles import as_sets, compare, shingle, text_keys

WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "dé", "漢"]), max_size=12).map(" ".join)


def brute_force(text: str, width: int) -> list[str]:
    words = text.replace("漢", " 漢 ").split()
    return [" ".join(words[i : i + width]) for i in range(max(1, len(words) - width + 1))] if words else []


@given(st.binary(max_size=200))
def test_hash_is_xxh64(data: bytes) -> None:
    array = np.frombuffer(data + b"\0", np.uint8)
    assert int(kernels.xxh64(array, 0, len(data))) == xxhash.xxh64_intdigest(data)


@given(st.lists(WORDS, max_size=6), st.integers(1, 6))
def test_shingles_are_runs_of_words(texts: list[str], width: int) -> None:
    got = shingle(tokenise(pa.array(texts, pa.string())), width=width)
    for i, text in enumerate(texts):
        mine = got.hashes[got.offsets[i] : got.offsets[i + 1]].tolist()
        assert mine == [xxhash.xxh64_intdigest(words.encode()) for words in brute_force(text, width)]


@given(WORDS, WORDS, st.integers(1, 4))
def test_comparison_is_exact(left: str, right: str, width: int) -> None:
    sets = as_sets(shingle(tokenise(pa.array([left, right])), width=width))
    jaccard, containment = compare(sets, np.array([0]), np.array([1]))
    a, b = set(brute_force(left, width)), set(brute_force(right, width))
    assert jaccard[0] == (len(a & b) / len(a | b) if a | b else 0)
    assert containment[0] == (len(a & b) / min(len(a), len(b)) if a and b else 0)


def test_two_empty_texts_are_not_alike() -> None:
    sets = as_sets(shingle(tokenise(pa.array(["", "!"])), width=3))
    assert [part[0] for part in compare(sets, np.array([0]), np.array([1]))] == [0, 0]


@given(st.lists(WORDS, min_size=2, max_size=6))
def test_keys_are_equal_where_the_words_are(texts: list[str]) -> None:
    keys = text_keys(tokenise(pa.array(texts)))
    words = [brute_force(text, 100) for text in texts]
    assert [[a == b for b in keys] for a in keys] == [[a == b for b in words] for a in words]
