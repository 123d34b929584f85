"""What has been dealt with: input files, records, articles; derived from a batch's tables, and asked for.

- `files`     source, how it was read, and content hash of a file read to its end → how many records it holds
- `records`   source and content hash of a kept or duplicate record; of a rejected one, with how it was read
- `articles`  article_id of a kept or duplicate article
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from storage.errors import SchemaMismatch
from storage.keys import find, hex_keys, keyed_table, source_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from storage.history import History


def known_rows(read: Callable[[str, Sequence[str]], pa.Table]) -> dict[str, pa.Table]:
    """Derive what a batch has dealt with from its published tables, so that it can never say anything else.

    Args:
        read: Gives columns of one of the batch's tables: called with the table's name and the columns wanted.

    Returns:
        For each kind its keyed table.

    Raises:
        SchemaMismatch: An article has no original, or an id is no hash.
    """
    try:
        return {
            "files": _file_rows(read("batches", ["inputs"])),
            "records": _record_rows(read),
            "articles": keyed_table(hex_keys(_articles(read, ["article_id"]).column("article_id"))),
            "contents": _content_rows(read),
        }
    except ValueError as error:
        raise SchemaMismatch(f"the batch's tables cannot be indexed: {error}") from error


def known_files(history: History, sources: pa.Array, readings: pa.Array, hashes: pa.Array) -> pa.Array:
    """Tell which input files an earlier batch has read to their end, in the same way.

    Args:
        history: What earlier batches left.
        sources: The name of each file's source.
        readings: Fingerprint of how that source is read: other field names may find other records.
        hashes: xxh3_128 of each file's bytes, in hex.

    Returns:
        int64: how many records the file holds; null where it is not known.
    """
    return (
        _look_up(history, "files", source_keys(_read_as(sources, readings), hashes))
        .column("records")
        .combine_chunks()
    )


def known_records(history: History, sources: pa.Array, readings: pa.Array, hashes: pa.Array) -> pa.Array:
    """Tell which input records an earlier batch has dealt with: kept, found to be copies, or rejected.

    A reject is known only as long as its source is read in the same way: what was no article under wrong
    field names may be one under right ones.

    Args:
        history: What earlier batches left.
        sources: The name of each record's source.
        readings: Fingerprint of how that source is read.
        hashes: xxh3_128 of each raw record, in hex: the column `content_hash`.

    Returns:
        bool, never null.
    """
    published = _is_known(history, "records", source_keys(sources, hashes))
    rejected = _is_known(history, "records", source_keys(_read_as(sources, readings), hashes))
    return pc.or_(published, rejected)


def known_articles(history: History, article_ids: pa.Array) -> pa.Array:
    """Tell which articles are published already, kept or as copies.

    Args:
        history: What earlier batches left.
        article_ids: Ids in hex.

    Returns:
        bool, never null.
    """
    return _is_known(history, "articles", hex_keys(article_ids))


def kept_by_content(history: History, content_ids: pa.Array) -> pa.Table:
    """Find the kept articles of earlier batches that have just these texts, or have copies with them.

    Args:
        history: What earlier batches left.
        content_ids: Ids of the clean texts, in hex.

    Returns:
        A row for each id, in order: `article_id`, `outlet`, `canonical_url`, `published_at` and `content_id`
        of the kept article, and `jaccard` and `containment` of the text with that article's, both 1 unless it
        is the text of one of its copies; all null where there is none. The oldest batch is asked first.
    """
    return _look_up(history, "contents", hex_keys(content_ids))


_KEPT = ["article_id", "outlet", "canonical_url", "published_at", "content_id"]
_EMPTY = {
    "files": pa.schema([("records", pa.int64())]),
    "contents": pa.schema(
        [(name, pa.timestamp("us", tz="UTC") if name == "published_at" else pa.string()) for name in _KEPT]
        + [("jaccard", pa.float64()), ("containment", pa.float64())]
    ),
}
"""What belongs to a key, for the kinds that answer with more than yes or no."""


def _file_rows(batches: pa.Table) -> pa.Table:
    inputs = pc.list_flatten(batches.column("inputs"))
    sources, readings, hashes, records = (
        pc.struct_field(inputs, name) for name in ("source", "reading", "content_hash", "records")
    )
    return keyed_table(source_keys(_read_as(sources, readings), hashes), pa.table({"records": records}))


def _read_as(sources: pa.Array, readings: pa.Array) -> pa.Array:
    """Name a source together with how it is read."""
    return pc.binary_join_element_wise(sources, readings, "\n")


def _record_rows(read: Callable[[str, Sequence[str]], pa.Table]) -> pa.Table:
    articles = _articles(read, ["article_id", "source"])
    originals = read("originals", ["article_id", "content_hash"])
    places = pc.index_in(
        articles.column("article_id"), value_set=originals.column("article_id").combine_chunks()
    )
    if places.null_count:
        raise SchemaMismatch(f"{places.null_count} articles have no row in originals")
    rejects = read("rejects", ["source", "reading", "content_hash"])
    rejected = _read_as(rejects.column("source"), rejects.column("reading"))
    sources = [*articles.column("source").chunks, *rejected.chunks]
    hashes = [*originals.column("content_hash").take(places).chunks, *rejects.column("content_hash").chunks]
    return keyed_table(
        source_keys(pa.chunked_array(sources, pa.string()), pa.chunked_array(hashes, pa.string()))
    )


def _content_rows(read: Callable[[str, Sequence[str]], pa.Table]) -> pa.Table:
    """Index the texts of kept articles, and of their copies in the batch; those of older ones are indexed."""
    articles = read("articles", _KEPT)
    columns = ["content_id", "of_article_id", "jaccard", "containment", "in_history"]
    copies = read("duplicates", columns).filter(pc.invert(pc.field("in_history")))
    ids = articles.column("article_id").combine_chunks()
    # A copy of nobody would be a fault that `check` finds; here it has nobody to lead to.
    copies = copies.filter(pc.is_in(copies.column("of_article_id"), value_set=ids))
    of = articles.select(_KEPT).take(pc.index_in(copies.column("of_article_id"), value_set=ids))
    kept = articles.select(_KEPT)
    for name in ("jaccard", "containment"):
        kept = kept.append_column(name, pa.array(np.ones(articles.num_rows)))
        of = of.append_column(name, copies.column(name))
    keys = np.concatenate([hex_keys(table.column("content_id")) for table in (articles, copies)])
    return keyed_table(keys, pa.concat_tables([kept, of.cast(kept.schema)]))


def _articles(read: Callable[[str, Sequence[str]], pa.Table], columns: list[str]) -> pa.Table:
    return pa.concat_tables([read(table, columns).select(columns) for table in ("articles", "duplicates")])


def _look_up(history: History, kind: str, keys: NDArray[np.uint64]) -> pa.Table:
    names = _EMPTY[kind].names
    places = np.full(len(keys), -1, np.int64)
    hits = [_EMPTY[kind].empty_table()]
    count = 0
    for run in history.runs:
        rows = find(run.tables[kind], keys)
        new = np.flatnonzero((rows >= 0) & (places < 0))
        places[new] = count + np.arange(len(new))
        hits.append(run.tables[kind].select(names).take(pa.array(rows[new])).replace_schema_metadata(None))
        count += len(new)
    return pa.concat_tables(hits).take(pa.array(places, mask=places < 0))


def _is_known(history: History, kind: str, keys: NDArray[np.uint64]) -> pa.Array:
    known = np.zeros(len(keys), bool)
    for run in history.runs:
        known |= find(run.tables[kind], keys) >= 0
    return pa.array(known)
