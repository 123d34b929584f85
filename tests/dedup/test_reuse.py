from __future__ import annotations

from unittest import mock

import numpy as np
import pyarrow as pa
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from dedup import reuse
from dedup.comparison import tokenise
from dedup.shingles import text_keys
from dedup.tables import REUSED

LINES = [sentence(i, 20 + i) for i in range(5)]
KEYS = [int(key) for key in text_keys(tokenise(pa.array(LINES)))]
ARTICLES = st.lists(st.lists(st.integers(0, 4), max_size=5), max_size=6)
# Of earlier batches: what each paragraph's first article was, and how many have it.
EARLIER = st.dictionaries(st.integers(0, 4), st.tuples(st.integers(-4, -1), st.integers(1, 3)))

Row = tuple[int, int, int, int, int, int, int, int]


def found(articles: list[list[int]], before: dict[int, tuple[int, int]]) -> pa.Table:
    placed = [
        (number, 100 * place, 100 * place + len(LINES[line]), line)
        for number, lines in enumerate(articles)
        for place, line in enumerate(lines)
    ]
    columns = list(zip(*placed, strict=True)) or [[], [], [], []]
    paragraphs = pa.table(
        {
            "article": pa.array(columns[0], pa.int64()),
            "start": pa.array(columns[1], pa.int32()),
            "end": pa.array(columns[2], pa.int32()),
            "key": pa.array([KEYS[line] for line in columns[3]], pa.uint64()),
        }
    )
    known = [before.get(line) for line in columns[3]]
    earlier = pa.table(
        {
            "of": pa.array([one and one[0] for one in known], pa.int64()),
            "of_start": pa.array([one and 7 for one in known], pa.int32()),
            "of_end": pa.array([one and 9 for one in known], pa.int32()),
            "count": pa.array([one and one[1] for one in known], pa.int64()),
        }
    )
    return reuse.find(paragraphs, earlier)


def expected(articles: list[list[int]], before: dict[int, tuple[int, int]]) -> list[Row]:
    rows: list[Row] = []
    first: dict[int, tuple[int, int, int]] = {line: (of, 7, 9) for line, (of, _) in before.items()}
    had_by: dict[int, int] = {line: count for line, (_, count) in before.items()}
    for number, lines in enumerate(articles):
        for line in set(lines):
            had_by[line] = had_by.get(line, 0) + 1
        for place, line in enumerate(lines):
            start, end = 100 * place, 100 * place + len(LINES[line])
            of = first.setdefault(line, (number, start, end))
            if of[0] != number:
                rows.append((number, start, end, KEYS[line], *of, had_by[line]))
    return rows


@given(ARTICLES, EARLIER)
def test_a_paragraph_is_reused_where_another_article_had_it_before(
    articles: list[list[int]], before: dict[int, tuple[int, int]]
) -> None:
    rows = found(articles, before)
    assert rows.schema == REUSED
    assert [tuple(row.values()) for row in rows.to_pylist()] == expected(articles, before)


@given(ARTICLES, EARLIER, st.integers(1, 3))
def test_what_has_the_same_words_is_verified(
    articles: list[list[int]], before: dict[int, tuple[int, int]], at_once: int
) -> None:
    rows = found(articles, before)
    texts = dict(enumerate(articles))
    # Earlier articles have the paragraph in capitals, and others around it.
    for line, (of, _) in before.items():
        texts.setdefault(of, []).append(line)

    def texts_of(numbers: np.ndarray) -> pa.Array:
        assert (np.diff(numbers) > 0).all()
        paragraphs = [[LINES[line] for line in texts[number]] for number in numbers.tolist()]
        whole = ["\n\n".join(each) for each in paragraphs]
        return pa.array([t.upper() if n < 0 else t for n, t in zip(numbers.tolist(), whole, strict=True)])

    with mock.patch.object(reuse, "ARTICLES_AT_ONCE", at_once):
        assert reuse.verified(rows, texts_of).equals(rows)


def test_paragraphs_of_one_key_but_other_words_are_dropped() -> None:
    """Two texts of one key are not known; the same key is forced on different words."""
    texts = [
        "\n\n".join([LINES[0], LINES[1]]),
        "\n\n".join([LINES[2], LINES[1].upper()]),
        "",
    ]
    rows = [(1, 0, 5, 11, 0, 0, 5, 2), (1, 7, 9, 22, 0, 7, 9, 2), (2, 0, 1, 11, 0, 0, 5, 3)]
    reused = pa.table(
        [pa.array(c, f.type) for c, f in zip(zip(*rows, strict=True), REUSED, strict=True)], schema=REUSED
    )
    forced = {KEYS[0]: 11, KEYS[2]: 11, KEYS[1]: 22}

    def colliding(tokens: object) -> np.ndarray:
        return np.array([forced.get(int(key), 0) for key in text_keys(tokens)], np.uint64)

    with mock.patch.object(reuse, "text_keys", colliding):
        left = reuse.verified(
            reused, lambda numbers: pa.array([texts[number] for number in numbers.tolist()], pa.string())
        )
    assert left["start"].to_pylist() == [7]


def test_what_the_text_no_longer_has_is_dropped() -> None:
    rows = found([[0], [0]], {})
    assert rows.num_rows == 1
    assert reuse.verified(rows, lambda numbers: pa.array([""] * len(numbers), pa.string())).num_rows == 0
