from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedup import cleantext
from ingest.paragraphs import split
from ingest.tables import REMOVALS
from ingest.words import count_words

WHITE = [chr(point) for point in range(0x110000) if chr(point).isspace()]
PIECES = st.sampled_from(
    [" ", "  ", *WHITE, "a", "it's", "two-", "-three", "é", "漢", "\u200b", "\u0301", "."]
)
TEXTS = st.lists(st.lists(PIECES, max_size=30).map("".join), min_size=1, max_size=5)


def _plainly(texts: list[str]) -> list[str]:
    paragraphs = split(pa.array(texts, pa.string())).to_pylist()
    lines = [[p["text"] for p in paragraphs if p["row"] == row] for row in range(len(texts))]
    return ["\n\n".join(filter(None, (" ".join(line.split()) for line in each))) for each in lines]


@given(TEXTS)
def test_white_space_is_put_in_order_as_python_does(texts: list[str]) -> None:
    paragraphs = split(pa.array(texts, pa.string()))
    clean = cleantext.apply(paragraphs, REMOVALS.empty_table(), articles=len(texts))
    assert clean["text"].to_pylist() == _plainly(texts)


@given(TEXTS, st.data())
def test_words_are_those_of_the_clean_text(texts: list[str], data: st.DataObject) -> None:
    """They are taken over from the paragraphs, but for those that a removal changed."""
    paragraphs = split(pa.array(texts, pa.string()))
    spans = []
    for place in paragraphs.to_pylist():
        start = data.draw(st.integers(place["start"], place["end"]))
        end = data.draw(st.integers(start, place["end"]))
        spans += [(place["row"], start, end)] if start < end else []
    removals = pa.table(
        [
            *(pa.array([span[i] for span in spans], pa.int32()) for i in range(3)),
            *(pa.nulls(len(spans), field.type) for field in list(REMOVALS)[3:]),
        ],
        names=REMOVALS.names,
    )
    clean = cleantext.apply(paragraphs, removals, articles=len(texts))
    lines = [line for text in clean["text"].to_pylist() for line in text.split("\n\n")]
    row = [i for i, text in enumerate(clean["text"].to_pylist()) for _ in text.split("\n\n")]
    counted = count_words(pa.array(lines, pa.string())).to_pylist()
    assert clean["word_count"].to_pylist() == [
        sum(words for words, at in zip(counted, row, strict=True) if at == i) for i in range(len(texts))
    ]
