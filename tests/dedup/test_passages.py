from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from builders_matching import Article, match
from hypothesis import given
from hypothesis import strategies as st

from dedup.comparison import tokenise
from dedup.kernels.passages import winnow
from dedup.passages import WINDOW, passages
from dedup.settings import MatchSettings
from dedup.shingles import Shingles, shingle


def winnowed(hashes: list[int], window: int) -> list[int]:
    """Return the least hash of every run, the last of equals, each place once (Schleimer et al., 2003)."""
    chosen: list[int] = []
    for start in range(max(1, len(hashes) - window + 1) if hashes else 0):
        run = hashes[start : start + window]
        place = start + max(i for i, value in enumerate(run) if value == min(run))
        if place not in chosen:
            chosen.append(place)
    return [hashes[place] for place in chosen]


@given(st.lists(st.lists(st.integers(0, 9), max_size=30), max_size=4), st.integers(1, 8))
def test_the_least_hash_of_every_run_is_chosen(texts: list[list[int]], window: int) -> None:
    flat = np.array([value for text in texts for value in text], np.uint64)
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    counts, out = np.zeros(len(texts), np.int64), np.empty(len(flat), np.uint64)
    size = winnow(flat, offsets, window, counts, out)
    expected = [winnowed(text, window) for text in texts]
    assert counts.tolist() == [len(each) for each in expected]
    assert out[:size].tolist() == [value for each in expected for value in each]


@given(st.integers(0, 120), st.integers(0, 120), st.integers(0, 200), st.integers(0, 2**32))
def test_texts_that_share_a_stretch_share_a_passage(before: int, behind: int, more: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    stretch = rng.integers(0, 2**64, WINDOW + more, np.uint64)
    one = np.concatenate([rng.integers(0, 2**64, before, np.uint64), stretch])
    other = np.concatenate([stretch, rng.integers(0, 2**64, behind, np.uint64)])
    offsets = np.cumsum([0, len(one), len(other)]).astype(np.int64)
    chosen = passages(Shingles(np.concatenate([one, other]), offsets))
    sets = np.split(chosen.hashes, chosen.offsets[1:-1])
    assert np.intersect1d(*sets).size > 0
    assert all((np.diff(each) > 0).all() for each in sets)


def test_two_of_a_window_and_one_are_chosen() -> None:
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 2**64, 200_000, np.uint64)
    chosen = passages(Shingles(hashes, np.array([0, len(hashes)])))
    assert len(chosen.hashes) / len(hashes) == pytest.approx(2 / (WINDOW + 1), rel=0.05)
    assert np.isin(chosen.hashes, hashes).all()


def test_short_texts_have_one_and_empty_ones_none() -> None:
    texts = pa.array(["", "one two three", " ".join(f"w{i}" for i in range(WINDOW + 4)), "***"])
    assert np.diff(passages(shingle(tokenise(texts), width=5)).offsets).tolist() == [0, 1, 1, 0]


PLAIN = ["river", "council", "bridge", "winter", "market", "letter", "school", "harbour", "doctor", "engine"]


def prose(seed: int, words: int = 400) -> list[str]:
    """Return the sentences of an article in one paragraph."""
    rng = random.Random(seed)
    flat = [f"{rng.choice(PLAIN)}{rng.randrange(1000)}" for _ in range(words)]
    return [" ".join(flat[i : i + 20]) + "." for i in range(0, words, 20)]


CUTS = {
    "a stretch dropped": lambda lines: lines[:8] + lines[11:],
    "the first half": lambda lines: lines[: len(lines) // 2],
    "the second half": lambda lines: lines[len(lines) // 2 :],
    "the middle": lambda lines: lines[6:14],
    "the first fifth": lambda lines: lines[:4],
    "every other fifth": lambda lines: lines[:4] + lines[8:12] + lines[16:],
}


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("longer_first", [True, False])
def test_abridged_copies_of_texts_without_paragraphs_are_found(cut: str, longer_first: bool) -> None:
    articles = []
    for number in range(40):
        lines = prose(number)
        days = (1, 2) if longer_first else (2, 1)
        articles.append(Article(2 * number, " ".join(lines), day=days[0]))
        articles.append(Article(2 * number + 1, " ".join(CUTS[cut](lines)), day=days[1]))
    copies = match(articles, MatchSettings()).copies
    near = cut == "a stretch dropped"  # .83
    late = 0 if near and not longer_first else 1  # of near copies the later goes, else the shorter
    assert {name: copy[:2] for name, copy in copies.items()} == {
        f"{2 * number + late:032x}": (f"{2 * number + 1 - late:032x}", "near" if near else "contained")
        for number in range(40)
    }
