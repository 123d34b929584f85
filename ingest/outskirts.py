"""The outskirts of articles: what stands before the first long prose and behind the last, and where there.

Long prose is what the page around an article hardly ever holds. The lines outside of it are the only ones
that the judge (`ingest.judge`) looks at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest.survey import booleans

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LONG_PROSE = 20  # words; of real text with a sentence end half is shorter, of boilerplate nine tenths are
MANY_WORDS = 10  # as for prose (ingest.paragraphs), of a line without a sentence end
NEAR = 5  # lines to either side whose claims and lengths count as those of the neighbourhood
FAR = 1000  # lines; stands for "there is none"
FREE, CLAIMED, CLOSING = range(
    3
)  # what rules said of a paragraph: nothing, boilerplate, boilerplate of an end
PROSE, SENTENCE, LONG, EDGE, SHORT, TAKEN = range(6)  # what a neighbour is
_NEIGHBOURS = {"prose": PROSE, "sentence": SENTENCE, "long": LONG, "short": SHORT, "claimed": TAKEN}


@dataclass(frozen=True)
class Outskirts:
    """The paragraphs outside of the long prose of their articles, in order.

    Attributes:
        index: int64, positions in the table of paragraphs.
        tail: bool, behind the last long prose; the others stand before the first.
        traits: int64 arrays by name, one value a paragraph: where it stands. `between` is on the way to the
            prose, `beyond` on the way to the end of the text.
    """

    index: Ints
    tail: Bools
    traits: dict[str, Ints]

    def only(self, some: Bools) -> Outskirts:
        """Return some of the paragraphs, those of a mask."""
        traits = {name: values[some] for name, values in self.traits.items()}
        return Outskirts(self.index[some], self.tail[some], traits)


@dataclass(frozen=True)
class _Runs:
    """Where the run of lines, each before or behind all long prose, begins and ends (exclusive)."""

    tail: Bools
    begin: Ints
    end: Ints
    at: Ints

    def between(self, values: npt.NDArray[np.integer] | Bools) -> tuple[Ints, Ints]:
        """Sum values over the lines on the way to the prose, and over those on the way to the text's end."""
        total = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
        before, after = total[self.at] - total[self.begin], total[self.end] - total[self.at + 1]
        return np.where(self.tail, before, after), np.where(self.tail, after, before)

    def steps(self, there: Bools) -> tuple[Ints, Ints]:
        """Count lines to the nearest of some on the way to the prose, and on the way to the text's end."""
        places = np.where(there, self.at, -FAR)
        last = np.concatenate([[-FAR], np.maximum.accumulate(places)[:-1]])
        places = np.where(there, self.at, len(there) + FAR)
        following = np.concatenate([np.minimum.accumulate(places[::-1])[::-1][1:], [len(there) + FAR]])
        before = np.where(last >= self.begin, self.at - last, FAR)
        after = np.where(following < self.end, following - self.at, FAR)
        return np.where(self.tail, before, after), np.where(self.tail, after, before)


def survey(paragraphs: pa.Table, said: npt.NDArray[np.int8]) -> Outskirts:
    """Find the outskirts of articles, and tell where their lines stand.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        said: what rules say of each paragraph: `FREE`, `CLAIMED` or `CLOSING`.

    Returns:
        The paragraphs outside of long prose; none of articles that have no long prose.
    """
    row = paragraphs["row"].to_numpy()
    characters = paragraphs["end"].to_numpy() - paragraphs["start"].to_numpy()
    words = _words(paragraphs["words"].to_numpy(), characters)
    sentence = booleans(paragraphs["sentence"])
    prose = np.flatnonzero(sentence & (words >= LONG_PROSE) & (said == FREE))
    count = int(row.max(initial=-1)) + 1
    first, last = np.full(count, -1), np.full(count, len(row))
    first[row[prose[::-1]]] = prose[::-1]  # the last one written stays
    last[row[prose]] = prose
    position = np.arange(len(row))
    index = np.flatnonzero((position < first[row]) | (position > last[row]))
    tail = index > last[row[index]]
    kind = _kinds(words[index], sentence[index], said[index])
    runs = _runs(row[index], tail)
    traits = _traits(runs, kind, words[index], said[index])
    return Outskirts(index, tail, {"words": words[index].astype(np.int64), **traits})


def _words(words: npt.NDArray[np.int32], characters: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return lengths in words, two characters for one where a script has no spaces."""
    return np.minimum(words, (characters + 1) // 2)


def _kinds(words: npt.NDArray[np.int32], sentence: Bools, said: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    many = words >= MANY_WORDS
    unended = np.where(many, LONG, SHORT)
    kind = np.where(sentence, np.where(many, PROSE, SENTENCE), unended)
    return np.where(said != FREE, TAKEN, kind).astype(np.int8)


def _runs(row: npt.NDArray[np.int32], tail: Bools) -> _Runs:
    at = np.arange(len(row))
    run = row.astype(np.int64) * 2 + tail
    opens = np.ones(len(row) + 1, np.bool_)
    opens[1:-1] = run[1:] != run[:-1]
    bounds = np.flatnonzero(opens)
    number = np.cumsum(opens[:-1]) - 1
    return _Runs(tail, bounds[number], bounds[number + 1] if len(row) else bounds[number], at)


def _traits(
    runs: _Runs, kind: npt.NDArray[np.int8], words: npt.NDArray[np.int32], said: npt.NDArray[np.int8]
) -> dict[str, Ints]:
    claims, closers = said != FREE, said == CLOSING
    to_prose, _ = runs.between(np.ones(len(said), np.bool_))
    between, beyond = runs.between(claims)
    prose_between, prose_beyond = runs.between(kind == PROSE)
    step_between, step_beyond = runs.steps(claims)
    near, lines = _nearby(runs, claims)
    total = np.concatenate([[0], np.cumsum(words, dtype=np.int64)])
    inner, outer = _neighbours(runs, kind)
    return {
        "lines_between": to_prose,
        "claims_between": between,
        "claims_beyond": beyond,
        "closers_between": runs.between(closers)[0],
        "closers_beyond": runs.between(closers)[1],
        "closed": (runs.steps(closers)[0] < runs.steps(kind == PROSE)[0]).astype(np.int64),
        "prose_between": prose_between,
        "prose_beyond": prose_beyond,
        "steps_between": step_between,
        "steps_beyond": step_beyond,
        "claims_near": near,
        "words_near": (total[lines[1]] - total[lines[0]]) // np.maximum(1, lines[1] - lines[0]),
        **{f"inner_{name}": (inner == of).astype(np.int64) for name, of in _NEIGHBOURS.items()},
        **{f"outer_{name}": (outer == of).astype(np.int64) for name, of in _NEIGHBOURS.items()},
    }


def _nearby(runs: _Runs, claims: Bools) -> tuple[Ints, tuple[Ints, Ints]]:
    """Count the claimed lines of the neighbourhood; and say where it begins and ends (exclusive)."""
    begin = np.maximum(runs.begin, runs.at - NEAR)
    end = np.minimum(runs.end, runs.at + NEAR + 1)
    total = np.concatenate([[0], np.cumsum(claims, dtype=np.int64)])
    return total[end] - total[begin], (begin, end)


def _neighbours(runs: _Runs, kind: npt.NDArray[np.int8]) -> tuple[Ints, Ints]:
    """Tell what the next line on the way to the prose is, and the next one on the way to the text's end."""
    sides = []
    for step in (-1, 1):
        other = runs.at + step
        there = (other >= runs.begin) & (other < runs.end)
        facing = runs.tail if step < 0 else ~runs.tail
        outside = np.where(facing, PROSE, EDGE)
        sides.append(np.where(there, kind[np.where(there, other, 0)] if len(kind) else kind, outside))
    before, after = (side.astype(np.int64) for side in sides)
    return np.where(runs.tail, before, after), np.where(runs.tail, after, before)
