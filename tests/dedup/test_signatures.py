from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from builders import SEEDS
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from dedup.comparison import tokenise
from dedup.shingles import Shingles, shingle
from dedup.signatures import RECALL, band_keys, permutations, rows_per_band, sign, to_minhash


def low32(data: bytes) -> int:
    return xxhash.xxh64_intdigest(data) & 0xFFFFFFFF


def test_permutations_are_datasketchs_own() -> None:
    assert np.array_equal(np.array(permutations()), MinHash(num_perm=128, seed=1).permutations)


@given(st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=40), min_size=1, max_size=4))
def test_signature_is_datasketchs(texts: list[list[int]]) -> None:
    offsets = np.array([0, *itertools.accumulate(map(len, texts))])
    hashes = np.array([value for text in texts for value in text], np.uint64)
    signatures = sign(Shingles(hashes, offsets))
    for text, signature in zip(texts, signatures, strict=True):
        reference = MinHash(
            num_perm=128, seed=1, scheme="affine32", hashfunc=lambda value: value & 0xFFFFFFFF
        )
        for value in text:
            reference.update(value)
        assert np.array_equal(reference.hashvalues, signature)


def test_anybody_can_rebuild_the_signature_of_a_text() -> None:
    text = SEEDS[1].read_text(encoding="utf-8")
    tokens = tokenise(pa.array([text]))
    words = bytes(tokens.data).decode().split()
    reference = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=low32)
    reference.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
    mine = to_minhash(sign(shingle(tokens, width=5))[0])
    assert mine.jaccard(reference) == 1


def test_datasketch_can_compare_what_it_is_handed() -> None:
    texts = [path.read_text(encoding="utf-8") for path in SEEDS[:2]]
    texts.append(texts[0].replace("Karzai", "Ghani"))
    a, b, c = (to_minhash(row) for row in sign(shingle(tokenise(pa.array(texts)), width=5)))
    assert a.jaccard(c) > 0.3
    assert a.jaccard(b) < 0.05


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
def test_bands_are_as_wide_as_the_recall_allows(threshold: float) -> None:
    def recall(rows: int) -> float:
        return 1 - (1 - threshold**rows) ** (128 // rows)

    rows = rows_per_band(threshold)
    assert recall(rows) >= RECALL
    assert rows == 16 or recall(rows + 1) < RECALL


@given(st.integers(1, 16), st.integers(0, 127), st.integers(0, 2**32))
def test_band_keys_tell_equal_bands(rows: int, at: int, seed: int) -> None:
    signature = np.random.default_rng(seed).integers(0, 2**32, (2, 128), np.uint32)
    signature[1] = signature[0]
    signature[1, at] ^= 1
    first, second = band_keys(signature, rows=rows)
    differs = np.arange(128 // rows) == at // rows
    assert np.array_equal(first != second, differs)
