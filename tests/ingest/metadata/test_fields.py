"""Fields are found under their names, and a value of the wrong type is said to be one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.metadata import fields


def test_a_field_is_looked_for_under_its_name_its_alias_or_the_one_the_source_has() -> None:
    plain = fields.names(())
    assert fields.values({"date": "d", "author": "a"}, plain) == {"published_at": "d", "authors": "a"}
    assert fields.values({"published_at": "p", "date": "d"}, plain)["published_at"] == "p"
    assert fields.values({"published_at": None, "date": "d"}, plain)["published_at"] == "d"
    renamed = fields.names((("text", "body"), ("source_id", "guid")))
    assert fields.values({"text": "t", "body": "b", "guid": 7, "id": "i"}, renamed) == {"text": "b", "id": 7}


def test_a_name_with_full_stops_leads_into_objects() -> None:
    names = fields.names((("text", "content.body"), ("title", "a.b"), ("source_id", "content.ids.own")))
    record = {"content": {"body": "t", "ids": {"own": 7}}, "a": "no object", "a.b": "as it is"}
    assert fields.values(record, names) == {"text": "t", "title": "as it is", "id": 7}
    assert fields.values({"content": ["body"], "a": {"b": None}}, names) == {}
    assert {"content", "a", "a.b", "source", "url"} <= fields.asked(names)


def test_objects_may_be_authors_and_dates_may_be_dates() -> None:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    record = {"author": {"name": "Ann Lee"}, "date": moment}
    assert fields.values(record, fields.names(())) == {"authors": {"name": "Ann Lee"}, "published_at": moment}


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"text": 1}, "field `text` holds a whole number, not a string"),
        ({"text": True}, "field `text` holds true or false, not a string"),
        ({"title": b"x"}, "field `title` holds bytes that are no UTF-8, not a string"),
        ({"title": {}}, "field `title` holds an object, not a string"),
        ({"id": True}, "field `id` holds true or false, not a string or a whole number"),
        ({"id": 1.5}, "field `id` holds a number, not a string or a whole number"),
        ({"author": [1]}, "field `author` holds a list, not a string or a list of strings or an object"),
    ],
)
def test_a_field_of_the_wrong_type_is_a_sentence(record: dict[str, object], sentence: str) -> None:
    assert fields.values(record, fields.names(())) == sentence
