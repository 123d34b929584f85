"""Made-up news: random words with the frequencies and lengths of real ones, and copies of known kinds.

Of a hundred articles some 70 are like no other, and the rest in the shares of SHARES. The same number and
seed give the same articles.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

RECORDS = pa.schema([(name, pa.string()) for name in ("id", "outlet", "title", "date", "text")])

SHARES = {
    "alone": 0.70,
    "exact": 0.08,
    "near": 0.10,  # Jaccard .8 to .98
    "far": 0.04,  # Jaccard .5 to .75: no copies
    "abridged": 0.04,
    "template": 0.04,
}
VOCABULARY = 50_000
TYPICAL_WORDS, SPREAD = 450, 0.5  # of the log-normal lengths; the mean is about 510
OUTLETS = 40
RECENT = 2_000  # copies follow within so many articles, as they do on the wire
FAMILY = 25  # articles of one template
LETTERS = np.array(list(string.ascii_lowercase))
# Of English, in per cent (Lewand, Cryptological Mathematics, 2000).
FREQUENCIES = (
    "8.2 1.5 2.8 4.3 12.7 2.2 2.0 6.1 7.0 .15 .77 4.0 2.4 6.7 7.5 1.9 .1 6.0 6.3 9.1 2.8 1 2.4 .15 2 .07"
)

Words = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Draft:
    """An article before it is written out.

    Attributes:
        words: numbers of its words in the vocabulary.
        sentences: number of words in each sentence.
        outlet: number of the outlet.
    """

    words: Words
    sentences: Words
    outlet: int


def make(count: int, *, seed: int = 1) -> pa.Table:
    """Make articles.

    Args:
        count: how many.
        seed: of the random numbers.

    Returns:
        Table of schema RECORDS, in order of publication.
    """
    draw = np.random.default_rng(seed)
    vocabulary = _vocabulary(draw)
    start = datetime(2021, 1, 1, tzinfo=UTC)
    rows = []
    for number, draft in enumerate(_drafts(count, draw)):
        title, text = _written(draft, vocabulary)
        when = (start + timedelta(minutes=7 * number)).isoformat()
        rows.append((f"made-{number:07d}", f"outlet-{draft.outlet}.example", title, when, text))
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(RECORDS)
    return pa.table([pa.array(column, pa.string()) for column in columns], schema=RECORDS)


def _vocabulary(draw: np.random.Generator) -> list[str]:
    weights = np.array(FREQUENCIES.split(), np.float64)
    lengths = np.clip(draw.poisson(5.5, VOCABULARY), 2, 14)
    letters = draw.choice(LETTERS, int(lengths.sum()), p=weights / weights.sum())
    ends = np.cumsum(lengths)
    return ["".join(letters[end - length : end]) for end, length in zip(ends, lengths, strict=True)]


def _drafts(count: int, draw: np.random.Generator) -> Iterator[Draft]:
    zipf = 1 / (np.arange(VOCABULARY) + 2.7)  # Mandelbrot's form of Zipf's law
    chances = np.cumsum(zipf / zipf.sum())
    kinds = draw.choice(list(SHARES), count, p=list(SHARES.values()))
    recent: list[Draft] = []
    template = _fresh(draw, chances)
    slots, left = np.empty(0, np.int64), 0
    for kind in kinds:
        if kind == "template":
            if not left:
                template, left = _fresh(draw, chances), FAMILY
                slots = _spread(draw, len(template.words), int(draw.integers(4, 40)))
            left -= 1
            yield _swapped(template, slots, draw, chances)
        elif kind == "alone" or not recent:
            recent = [*recent[-RECENT:], _fresh(draw, chances)]
            yield recent[-1]
        else:
            original = recent[int(draw.integers(len(recent)))]
            copy = _copied(original, str(kind), draw, chances)
            yield replace(copy, outlet=int(draw.integers(OUTLETS)))


def _fresh(draw: np.random.Generator, chances: npt.NDArray[np.float64]) -> Draft:
    length = int(np.clip(draw.lognormal(np.log(TYPICAL_WORDS), SPREAD), 40, 3_000))
    sentences = draw.integers(8, 34, length // 8)
    sentences = sentences[: int(np.searchsorted(np.cumsum(sentences), length)) + 1]
    words = np.searchsorted(chances, draw.random(int(sentences.sum())))
    return Draft(words, sentences, int(draw.integers(OUTLETS)))


def _copied(original: Draft, kind: str, draw: np.random.Generator, chances: npt.NDArray[np.float64]) -> Draft:
    if kind == "exact":
        return original
    if kind == "abridged":
        left = original.sentences[: max(3, int(len(original.sentences) * draw.uniform(0.5, 0.8)))]
        return replace(original, words=original.words[: int(left.sum())], sentences=left)
    jaccard = draw.uniform(*((0.8, 0.98) if kind == "near" else (0.5, 0.75)))
    length = len(original.words)
    # A word swapped takes five shingles of n away and puts five in: J = (n - 5k) / (n + 5k).
    swaps = round(length * (1 - jaccard) / (5 * (1 + jaccard)))
    return _swapped(original, _spread(draw, length, max(1, swaps)), draw, chances)


def _spread(draw: np.random.Generator, length: int, count: int) -> Words:
    """Return places at least five apart, at random."""
    slots = np.linspace(0, length - 6, min(count, length // 6)).astype(np.int64)
    spread: Words = np.minimum(slots + draw.integers(0, 2, len(slots)), length - 1)
    return spread


def _swapped(
    draft: Draft, places: Words, draw: np.random.Generator, chances: npt.NDArray[np.float64]
) -> Draft:
    words = draft.words.copy()
    words[places] = np.searchsorted(chances, draw.random(len(places)))
    return replace(draft, words=words)


def _written(draft: Draft, vocabulary: list[str]) -> tuple[str, str]:
    """Return title and text: paragraphs of three sentences."""
    spelled = [vocabulary[word] for word in draft.words]
    ends = np.cumsum(draft.sentences).tolist()
    starts = [0, *ends[:-1]]
    sentences = [
        " ".join(spelled[start:end]).capitalize() + "." for start, end in zip(starts, ends, strict=True)
    ]
    paragraphs = [" ".join(sentences[i : i + 3]) for i in range(0, len(sentences), 3)]
    return " ".join(reversed(spelled[:8])).capitalize(), "\n\n".join(paragraphs)
