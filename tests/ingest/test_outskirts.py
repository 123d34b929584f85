from __future__ import annotations

import numpy as np
import pyarrow as pa
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from ingest import outskirts
from ingest.outskirts import CLAIMED, CLOSING, FREE
from ingest.paragraphs import split

LINES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                sentence(1, 25),
                sentence(2, 12),
                "Yes.",
                "Read more",
                "A line of a good many words that never ends so",
            ]
        ),
        st.sampled_from([FREE, CLAIMED, CLOSING]),
    ),
    min_size=1,
    max_size=14,
)


def long_prose(line: str, said: int) -> bool:
    return line.endswith(".") and len(line.split()) >= outskirts.LONG_PROSE and said == FREE


@given(st.lists(LINES, min_size=1, max_size=4))
def test_places_are_those_of_brute_force(articles: list[list[tuple[str, int]]]) -> None:
    table = split(pa.array(["\n\n".join(line for line, _ in lines) for lines in articles]))
    said = np.array([what for lines in articles for _, what in lines], np.int8)
    found = outskirts.survey(table, said)
    expected = []
    begin = 0
    for lines in articles:
        prose = [at for at, (line, what) in enumerate(lines) if long_prose(line, what)]
        outside = [at for at in range(len(lines)) if prose and not prose[0] <= at <= prose[-1]]
        expected += [(begin + at, *place(lines, at, prose)) for at in outside]
        begin += len(lines)
    names = [
        "lines_between",
        "claims_between",
        "closers_between",
        "claims_beyond",
        "steps_between",
    ]
    columns = [found.traits[name].tolist() for name in names]
    assert list(zip(found.index.tolist(), found.tail.tolist(), *columns, strict=True)) == expected


def place(lines: list[tuple[str, int]], at: int, prose: list[int]) -> tuple[bool, int, int, int, int, int]:
    tail = at > prose[-1]
    between = [what for _, what in (lines[prose[-1] + 1 : at] if tail else lines[at + 1 : prose[0]])]
    beyond = [what for _, what in (lines[at + 1 :] if tail else lines[:at])]
    towards = between[::-1] if tail else between
    steps = next((step for step, what in enumerate(towards, 1) if what != FREE), outskirts.FAR)
    claims = [sum(what != FREE for what in some) for some in (between, beyond)]
    closers = sum(what == CLOSING for what in between)
    return (tail, len(between), claims[0], closers, claims[1], steps)


def test_articles_without_long_prose_have_no_outskirts() -> None:
    table = split(pa.array(["Read more\n\nSign in", "", "Yes."]))
    assert not len(outskirts.survey(table, np.zeros(len(table), np.int8)).index)
    assert not len(outskirts.survey(table.slice(0, 0), np.zeros(0, np.int8)).index)
