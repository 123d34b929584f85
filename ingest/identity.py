"""What an article is called: an id made of the record itself, never of path, line or clock."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import xxhash

RECIPE = b"copydesk-article-1"
_ABSENT = b"\xff" * 8  # no field is that long, so null and "" differ


def article_ids(records: pa.Table) -> pa.Array:
    """Make the ids of articles.

    The recipe, `copydesk-article-1`: xxh3_128 over the recipe's name and six fields, each written as its
    length in bytes (unsigned, 8 bytes, little-endian) and its bytes; a null is a length of all ones and
    nothing behind it. Text is UTF-8. The fields, in order: source; `id` or `url`, whichever of the two
    names the article here (the id where the source gave one), or null; that id or URL as given; title
    as given; date of publication as microseconds since 1970 in UTC (signed, 8 bytes, little-endian);
    extracted text.

    Args:
        records: columns `source`, `source_id`, `url`, `title`, `published_at` and `text` of RECORDS.

    Returns:
        One string of 32 hex digits for each row.
    """
    columns = zip(
        _bytes(records["source"]),
        _bytes(records["source_id"]),
        _bytes(records["url"]),
        _bytes(records["title"]),
        _microseconds(records["published_at"]),
        _bytes(records["text"]),
        strict=True,
    )
    ids = [_id((source, *_name(given, url), *rest)) for source, given, url, *rest in columns]
    return pa.array(ids, pa.string())


def _bytes(column: pa.ChunkedArray) -> list[bytes | None]:
    return list(column.cast(pa.binary()).to_pylist())


def _microseconds(column: pa.ChunkedArray) -> list[bytes | None]:
    counts = column.cast(pa.int64()).to_pylist()
    return [None if count is None else count.to_bytes(8, "little", signed=True) for count in counts]


def _name(given: bytes | None, url: bytes | None) -> tuple[bytes | None, bytes | None]:
    if given is not None:
        return b"id", given
    return (None, None) if url is None else (b"url", url)


def _id(fields: Iterable[bytes | None]) -> str:
    digest = xxhash.xxh3_128(RECIPE)
    for field in fields:
        if field is None:
            digest.update(_ABSENT)
        else:
            digest.update(len(field).to_bytes(8, "little"))
            digest.update(field)
    return digest.hexdigest()
