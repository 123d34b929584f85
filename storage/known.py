"""What has been dealt with: input files, records, articles; derived from a batch's tables, and asked for.

- `files`     source, how it was read, and content hash of a file read to its end → how many records it holds;
              not those of a batch whose inputs are to be read again
- `records`   source and content hash of a kept or duplicate record; of a rejected one, with how it was read
- `articles`  article_id of a kept or duplicate article, and of one that was forgotten
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from storage.errors import SchemaMismatch
from storage.keys import find, hex_keys, keyed_table, source_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from storage.history import History

KNOWN_COLUMNS = {
    "batches": ("inputs", "reread", "forgotten"),
    "articles": ("article_id", "source"),
    "duplicates": ("article_id", "source"),
    "originals": ("article_id", "content_hash"),
    "rejects": ("source", "reading", "content_hash"),
}
"""The columns of each table that `known_rows` reads."""


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
            "files": _file_rows(read("batches", ["inputs", "reread"])),
            "records": _record_rows(read),
            "articles": keyed_table(hex_keys(_ids(read))),
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
    keys = source_keys(_read_as(sources, readings), hashes)
    found, records = np.zeros(len(keys), bool), np.zeros(len(keys), np.int64)
    for run in history.runs:
        rows = find(run.tables["files"], keys)
        new = np.flatnonzero((rows >= 0) & ~found)
        records[new] = run.tables["files"].column("records").take(pa.array(rows[new])).to_numpy()
        found[new] = True
    return pa.array(records, mask=~found)


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


def come_records(records: pa.Table, rejects: pa.Table) -> pa.Table:
    """Key the records of a batch before it is committed, as the kind `records` has them.

    Args:
        records: `source` and `content_hash` of those that become articles.
        rejects: The same of rejects, and `reading`.

    Returns:
        A keyed table.
    """
    rejected = source_keys(_read_as(rejects["source"], rejects["reading"]), rejects["content_hash"])
    return keyed_table(np.concatenate([source_keys(records["source"], records["content_hash"]), rejected]))


def any_lost(before: Iterable[pa.Table], after: Sequence[pa.Table]) -> bool:
    """Tell whether a key was there that is nowhere any more.

    Args:
        before: Keyed tables.
        after: Keyed tables.
    """
    for batch in (batch for table in before for batch in table.to_batches()):
        keys = np.column_stack([batch.column(name).to_numpy() for name in ("high", "low")])
        lost = np.ones(len(keys), bool)
        for table in after:
            lost &= find(table, keys) < 0
        if lost.any():
            return True
    return False


def _file_rows(batches: pa.Table) -> pa.Table:
    inputs = pc.list_flatten(batches.filter(pc.invert(batches.column("reread"))).column("inputs"))
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


def _ids(read: Callable[[str, Sequence[str]], pa.Table]) -> pa.ChunkedArray:
    published = _articles(read, ["article_id"]).column("article_id")
    forgotten = pc.list_flatten(read("batches", ["forgotten"]).column("forgotten"))
    return pa.chunked_array([*published.chunks, *forgotten.chunks], pa.string())


def _articles(read: Callable[[str, Sequence[str]], pa.Table], columns: list[str]) -> pa.Table:
    return pa.concat_tables([read(table, columns).select(columns) for table in ("articles", "duplicates")])


def _is_known(history: History, kind: str, keys: NDArray[np.uint64]) -> pa.Array:
    known = np.zeros(len(keys), bool)
    for run in history.runs:
        known |= find(run.tables[kind], keys) >= 0
    return pa.array(known)
