"""An article is the same article wherever it lies, and another one as soon as it says something else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from ingest.identity import article_ids
from tests.strategies import TEXT

BASE: dict[str, Any] = {
    "source": "wire",
    "source_id": "7",
    "url": "https://example.com/a",
    "title": "Road to close",
    "published_at": datetime(2026, 11, 20, 6, 30, tzinfo=UTC),
    "text": "The council voted to close the road.",
}
TYPES = {name: pa.timestamp("us", tz="UTC") if name == "published_at" else pa.string() for name in BASE}

optional = st.none() | TEXT
rows = st.fixed_dictionaries(
    {
        "source": TEXT,
        "source_id": optional,
        "url": optional,
        "title": optional,
        "published_at": st.none() | st.datetimes(timezones=st.just(UTC)),
        "text": TEXT,
    }
)


def table(*records: dict[str, Any]) -> pa.Table:
    return pa.table({name: pa.array([record[name] for record in records], TYPES[name]) for name in BASE})


def ids(*records: dict[str, Any]) -> list[str]:
    return list(article_ids(table(*records)).to_pylist())


def named_by(record: dict[str, Any]) -> tuple[object, ...]:
    name = ("id", record["source_id"]) if record["source_id"] is not None else ("url", record["url"])
    return (record["source"], *name, record["title"], record["published_at"], record["text"])


@given(st.lists(rows, max_size=6))
def test_ids_differ_exactly_where_a_field_that_counts_differs(records: list[dict[str, Any]]) -> None:
    made = ids(*records)
    assert all(len(name) == 32 and int(name, 16) >= 0 for name in made)
    for one, first in zip(made, records, strict=True):
        for other, second in zip(made, records, strict=True):
            assert (one == other) == (named_by(first) == named_by(second))


@given(st.lists(rows, max_size=6), st.integers(0, 6))
def test_order_and_chunks_do_not_matter(records: list[dict[str, Any]], cut: int) -> None:
    assert ids(*records) == ids(*records[:cut]) + ids(*records[cut:])
    assert ids(*reversed(records)) == ids(*records)[::-1]


@pytest.mark.parametrize("name", ["source", "source_id", "title", "published_at", "text"])
def test_each_field_that_counts_changes_the_id(name: str) -> None:
    other = datetime(2026, 11, 20, 6, 30, 0, 1, tzinfo=UTC) if name == "published_at" else BASE[name] + "x"
    assert (
        len({*ids(BASE), *ids({**BASE, name: other}), *ids({**BASE, name: None if name != "text" else ""})})
        == 3
    )


def test_the_url_counts_only_where_there_is_no_id() -> None:
    elsewhere = {"url": "https://example.com/b"}
    assert ids(BASE) == ids({**BASE, **elsewhere})
    assert ids({**BASE, "source_id": None}) != ids({**BASE, "source_id": None, **elsewhere})
    assert ids({**BASE, "source_id": None, "url": "7"}) != ids(BASE)


@given(TEXT, TEXT, TEXT)
def test_no_text_can_wander_over_the_border_of_a_field(head: str, middle: str, tail: str) -> None:
    left = {**BASE, "title": head + middle, "text": tail}
    right = {**BASE, "title": head, "text": middle + tail}
    assert (ids(left) == ids(right)) == (middle == "")


def test_no_column_but_those_named_counts() -> None:
    more = table(BASE).append_column("locator", pa.array(["a.jsonl:1"]))
    assert article_ids(more).to_pylist() == ids(BASE)


def test_the_recipe_is_the_documented_one() -> None:
    moment = int(BASE["published_at"].timestamp() * 1_000_000).to_bytes(8, "little", signed=True)
    fields = [b"wire", b"id", b"7", b"Road to close", moment, BASE["text"].encode()]
    recipe = b"copydesk-article-1" + b"".join(len(field).to_bytes(8, "little") + field for field in fields)
    assert ids(BASE) == [xxhash.xxh3_128_hexdigest(recipe)]
    nothing = dict.fromkeys(BASE) | {"source": "", "text": ""}
    absent, empty = b"\xff" * 8, bytes(8)
    recipe = b"copydesk-article-1" + empty + absent * 4 + empty
    assert ids(nothing) == [xxhash.xxh3_128_hexdigest(recipe)]
