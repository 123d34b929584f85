from __future__ import annotations

from random import Random

import numpy as np
import pyarrow as pa
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from dedup.comparison import tokenise
from dedup.kernels import sketch as kernels
from dedup.shingles import Shingles, as_sets, compare, hash_texts, shingle, text_keys

WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "dé", "漢"]), max_size=12).map(" ".join)


def brute_force(text: str, width: int) -> list[str]:
    words = text.replace("漢", " 漢 ").split()
    return [" ".join(words[i : i + width]) for i in range(max(1, len(words) - width + 1))] if words else []


@given(st.binary(max_size=200))
def test_hash_is_xxh64(data: bytes) -> None:
    array = np.frombuffer(data + data, np.uint8)
    got = np.empty(2, np.uint64)
    kernels.hash_spans(array, np.array([0, len(data), 2 * len(data)]), got)
    assert got.tolist() == [xxhash.xxh64_intdigest(data)] * 2


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


@given(
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from([1, 1 << 40, (1 << 64) - 1])), max_size=6),
    st.randoms(),
)
def test_sets_are_sorted_and_without_repeats(shapes: list[tuple[int, int]], random: Random) -> None:
    texts = [[random.randint(0, largest) for _ in range(size)] for size, largest in shapes]
    texts = [text + text[::3] for text in texts]
    offsets = np.cumsum([0, *map(len, texts)])
    got = as_sets(Shingles(np.array([value for text in texts for value in text], np.uint64), offsets))
    parts = np.split(got.hashes, got.offsets[1:-1])[: len(texts)]
    assert [part.tolist() for part in parts] == [sorted(set(text)) for text in texts]


def test_two_empty_texts_are_not_alike() -> None:
    sets = as_sets(shingle(tokenise(pa.array(["", "!"])), width=3))
    assert [part[0] for part in compare(sets, np.array([0]), np.array([1]))] == [0, 0]


@given(st.lists(WORDS, min_size=2, max_size=6))
def test_keys_are_equal_where_the_words_are(texts: list[str]) -> None:
    keys = text_keys(tokenise(pa.array(texts)))
    words = [brute_force(text, 100) for text in texts]
    assert [[a == b for b in keys] for a in keys] == [[a == b for b in words] for a in words]


def test_hashes_of_texts_are_those_of_their_bytes_wherever_they_lie() -> None:
    texts = ["", "naïve", None, "漢字" * 30, "a"]
    expected = [0 if text is None else xxhash.xxh64_intdigest(text.encode()) for text in texts]
    for kind in (pa.string(), pa.large_string()):
        column = pa.array(["before", *texts, "behind"], kind)
        assert hash_texts(column.slice(1, len(texts))).tolist() == expected
        assert hash_texts(column.slice(0, 0)).tolist() == []
