from __future__ import annotations

import pyarrow as pa
from builders import record, records, sentence

from dedup.cleaning import clean
from dedup.fingerprints import fingerprint
from ingest.patterns import Rules

LONG = " ".join(sentence(number) for number in range(8))


def test_a_text_of_nothing_has_neither_paragraphs_nor_lines() -> None:
    articles = clean(records(record(LONG), record("x"), record(LONG)), Rules((), (), "")).articles
    empty = {"text": "", "paragraph_spans": []}
    rows = [row | (empty if row["extracted"] == "x" else {}) for row in articles.to_pylist()]
    found = fingerprint(pa.Table.from_pylist(rows, schema=articles.schema), chunk=0)
    assert found.paragraphs["row"].to_pylist() == [0, 2]
    assert len(set(found.paragraphs["key"].to_pylist())) == 1
    assert 1 not in found.lines["row"].to_pylist()
