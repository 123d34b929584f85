"""Records become rows: fields are checked and read, pages extracted, ids made."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa

from ingest.formats import Fault, Raw
from ingest.identity import article_ids
from ingest.metadata import addresses, bylines, dates, fields, languages
from ingest.pages.extract import Extract, Extracted, Failure, Outcome, Page
from ingest.sources import InputFile
from ingest.tables import RECORDS, REJECTS

_FIELDS_SHOWN = 8  # names of a record's fields in a reject, so that a wrong `fields` setting shows


Names = Callable[[Any, str | None], list[str] | None]
"""From what a record says of its authors, and its language, to their names."""


class Item(NamedTuple):
    """A record and the file it came from."""

    file: InputFile
    record: Raw | Fault
    at: int = 0  # bytes of the file that had been read when it came


class _Draft(NamedTuple):
    """A record on its way: values by field, and the page they are still to be taken from, if any."""

    item: Item
    values: Mapping[str, Any]
    page: Page | None


class _Reject(NamedTuple):
    item: Item
    reason: str
    detail: str


Rows = tuple[pa.Table, pa.Table, int]
"""A table of RECORDS, a table of REJECTS, and the number of values in fields that nobody asked for."""


def begin(items: Sequence[Item], extract: Extract) -> Callable[[], Rows]:
    """Decide for each record whether it is an article; its page is only handed over as yet.

    Args:
        items: records in the order of their files.
        extract: what takes articles from pages.

    Returns:
        What waits for the pages and makes the rows: each record is in one of the two tables, and in order.
    """
    looked_under = {source: fields.names(source.fields) for source in {item.file.source for item in items}}
    asked = {source: fields.asked(names) for source, names in looked_under.items()}
    drafts = [_draft(item, looked_under[item.file.source]) for item in items]
    outcomes = extract([draft.page for draft in drafts if isinstance(draft, _Draft) and draft.page])
    unknown = sum(_unknown_fields(item, asked[item.file.source]) for item in items)
    return partial(_rows, drafts, outcomes, unknown)


def _rows(drafts: Sequence[_Draft | _Reject], outcomes: Iterator[Outcome], unknown_fields: int) -> Rows:
    done = [
        _filled(draft, next(outcomes)) if isinstance(draft, _Draft) and draft.page else draft
        for draft in drafts
    ]
    return (
        _records([draft for draft in done if isinstance(draft, _Draft)]),
        _rejects([reject for reject in done if isinstance(reject, _Reject)]),
        unknown_fields,
    )


def _draft(item: Item, looked_under: Mapping[str, tuple[str, ...]]) -> _Draft | _Reject:
    if isinstance(item.record, Fault):
        return _Reject(item, item.record.reason, item.record.detail)
    values = fields.values(item.record.fields, looked_under)
    if isinstance(values, str):
        return _Reject(item, "malformed", values)
    text, html = values.get("text"), values.get("html")
    if text and not text.isspace():
        return _Draft(item, {**values, "text": text.removeprefix("\ufeff")}, None)
    if html is not None:
        return _Draft(item, values, Page(html, values.get("url"), item.record.charset))
    if text is not None:
        return _Reject(item, "empty", "the text holds nothing but white space")
    there = ", ".join(list(item.record.fields)[:_FIELDS_SHOWN]) or "none"
    return _Reject(item, "no_text", f"there is no {_asked(looked_under)}; the record's fields: {there}")


def _asked(looked_under: Mapping[str, tuple[str, ...]]) -> str:
    return " and no ".join(f"field `{name}`" for name in (*looked_under["text"], *looked_under["html"]))


def _filled(draft: _Draft, outcome: Extracted | Failure) -> _Draft | _Reject:
    """Take from the page what the record itself does not say."""
    if isinstance(outcome, Failure):
        return _Reject(draft.item, outcome.reason, outcome.detail)
    page = {name: value for name, value in outcome._asdict().items() if value}
    return _Draft(draft.item, {**page, **draft.values, "text": outcome.text}, None)


def _unknown_fields(item: Item, asked: frozenset[str]) -> int:
    return 0 if isinstance(item.record, Fault) else len(item.record.fields.keys() - asked)


def _records(drafts: Sequence[_Draft]) -> pa.Table:
    names = functools.cache(bylines.authors)  # for a chunk: a newsroom's bylines come again and again
    rows = [_row(draft, names) for draft in drafts]
    columns = [
        pa.array([row[column.name] for row in rows], column.type)
        for column in RECORDS
        if column.name != "article_id"
    ]
    table = pa.Table.from_arrays(columns, schema=pa.schema(list(RECORDS)[1:]))
    return table.add_column(0, RECORDS.field("article_id"), article_ids(table))


def _row(draft: _Draft, names: Names) -> dict[str, Any]:
    item, values = draft.item, draft.values
    source = item.file.source
    source_id, url = values.get("id"), (values.get("url") or "").strip() or None
    given = values.get("authors")
    authors = names if isinstance(given, str) else bylines.authors  # a list cannot be looked up
    canonical, language = addresses.canonical_url(url), languages.tag(values.get("language"))
    return {
        "source": source.name,
        "source_id": None if source_id is None or source_id == "" else str(source_id),
        "locator": item.file.locator + item.record.part,
        "outlet": addresses.outlet(values.get("outlet"), default=source.outlet, url=canonical),
        "url": url,
        "canonical_url": canonical,
        "title": values.get("title") or None,
        "authors": authors(given, language or source.language),
        "published_at": dates.read(values.get("published_at"), source.timezone),
        "language": language or source.language,
        "text": values["text"],
        "content_hash": item.record.content_hash,
    }


def _rejects(rejects: Sequence[_Reject]) -> pa.Table:
    rows = [
        {
            "source": item.file.source.name,
            "locator": item.file.locator + item.record.part,
            "reason": reason,
            "detail": detail.encode("utf-8", "backslashreplace").decode(),
            "sample": _printable(item.record.sample),
            "content_hash": item.record.content_hash,
        }
        for item, reason, detail in rejects
    ]
    return pa.Table.from_pylist(rows, schema=REJECTS)


def _printable(sample: bytes) -> str:
    """Escape bytes to printable ASCII, so that a sample is safe on any terminal."""
    return repr(sample)[2:-1]
