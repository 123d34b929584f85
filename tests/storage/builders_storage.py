"""Small batches, right in every column, for the tests of storage."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import xxhash

from dedup.identity import content_ids
from storage.commit import commit, stage, writer
from storage.contract import TABLES
from storage.durable import checksum
from storage.manifest import encode, load
from storage.publish import Staging, writing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from storage.manifest import FileEntry, Manifest
    from storage.warehouse import Warehouse

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
APPEAL = "Subscribe to our evening letter."


@dataclass(frozen=True)
class Piece:
    """An article as a test speaks of it; its paragraphs are joined by a blank line."""

    text: str
    of: str | None = None  # text of the kept article it copies
    of_history: bool = False
    source: str = "wire"
    outlet: str = "example.com"
    appeal: bool = True  # a line behind the text that the rules removed

    @property
    def article_id(self) -> str:
        return digest(f"{self.source}/{self.outlet}/{self.text}/{self.of}")

    @property
    def extracted(self) -> str:
        return f"{self.text}\n\n{APPEAL}" if self.appeal else self.text


def digest(text: str) -> str:
    return xxhash.xxh3_128_hexdigest(text.encode())


def batch_tables(
    batch_id: str, pieces: Sequence[Piece], *, rejects: int = 0, known: int = 0
) -> dict[str, pa.Table]:
    """All published tables of one batch."""
    kept = [piece for piece in pieces if piece.of is None]
    copies = [piece for piece in pieces if piece.of is not None]
    rows: dict[str, list[dict[str, object]]] = {
        "articles": [_article(batch_id, piece, copies) for piece in kept],
        "duplicates": [_duplicate(batch_id, piece) for piece in copies],
        "originals": [_original(batch_id, piece) for piece in pieces],
        "removals": [_removal(batch_id, piece) for piece in pieces if piece.appeal],
        "rejects": [_reject(batch_id, number) for number in range(rejects)],
        "reuse": [],
        "relations": [],
        "batches": [_batch(batch_id, kept=len(kept), duplicates=len(copies), rejected=rejects, known=known)],
    }
    return {name: pa.Table.from_pylist(rows[name], TABLES[name]) for name in TABLES}


def commit_tables(warehouse: Warehouse, tables: Mapping[str, pa.Table], *, locked: bool = False) -> Manifest:
    """Commit the tables as one batch, in two chunks each."""
    if not locked:
        with writing(warehouse):
            return commit_tables(warehouse, tables, locked=True)
    batch_id = tables["batches"].column("batch_id")[0].as_py()
    staging = stage(warehouse, batch_id)
    counts = {"kept": tables["articles"].num_rows}
    return commit(staging, tables=written(staging, tables), counts=counts, settings="0f", now=NOW)


def written(staging: Staging, tables: Mapping[str, pa.Table]) -> dict[str, list[FileEntry]]:
    """Write the tables of a batch, in two chunks each, and say which files they are."""
    entries = {}
    for name, table in tables.items():
        with writer(staging, name) as out:
            middle = table.num_rows // 2
            out.write(table.slice(0, middle))
            out.write(table.slice(middle))
            entries[name] = out.close()
    return entries


def changed(table: pa.Table, column: str, values: list[object]) -> pa.Table:
    """The table with one column's values replaced."""
    place = table.schema.get_field_index(column)
    field = table.schema.field(column)
    return table.set_column(place, field, pa.array(values, field.type))


def _paragraph_spans(text: str) -> list[dict[str, int]]:
    spans, start = [], 0
    for paragraph in text.split("\n\n"):
        spans.append({"start": start, "end": start + len(paragraph)})
        start += len(paragraph) + 2
    return spans


def _article(batch_id: str, piece: Piece, copies: Sequence[Piece]) -> dict[str, object]:
    mine = sum(copy.of == piece.text and not copy.of_history for copy in copies)
    return {
        "article_id": piece.article_id,
        "batch_id": batch_id,
        "source": piece.source,
        "locator": f"in/{piece.article_id}.txt",
        "outlet": piece.outlet,
        "canonical_url": f"https://{piece.outlet}/{digest(piece.text)[:8]}",
        "authors": ["A. Writer"],
        "published_at": NOW - timedelta(days=1),
        "text": piece.text,
        "word_count": len(piece.text.split()),
        "paragraph_spans": _paragraph_spans(piece.text),
        "content_id": content_ids(pa.array([piece.text]))[0].as_py(),
        "cluster_id": piece.article_id,
        "copies": mine,
        "marks": [],
        "metadata": [("agency", "Example Wire")],
        "ingested_at": NOW,
        "pipeline": "0.1.0 0f",
    }


def _duplicate(batch_id: str, piece: Piece) -> dict[str, object]:
    kept = Piece(piece.of or "")
    exact = piece.text == piece.of
    return {
        **_article(batch_id, piece, []),
        "cluster_id": kept.article_id,
        "of_article_id": kept.article_id,
        "match": "exact" if exact else "near",
        "jaccard": 1.0 if exact else 0.9,
        "containment": 1.0 if exact else 0.95,
        "same_outlet": piece.outlet == kept.outlet,
        "same_url": piece.outlet == kept.outlet and exact,
        "in_history": piece.of_history,
    }


def _original(batch_id: str, piece: Piece) -> dict[str, object]:
    return {
        "article_id": piece.article_id,
        "batch_id": batch_id,
        "extracted": piece.extracted,
        "content_hash": digest(f"raw {piece.article_id}"),
    }


def _removal(batch_id: str, piece: Piece) -> dict[str, object]:
    return {
        "article_id": piece.article_id,
        "batch_id": batch_id,
        "start": len(piece.text) + 2,
        "end": len(piece.extracted),
        "text": APPEAL,
        "layer": "rule",
        "kind": "subscription",
        "rule_id": "en-subscribe",
        "evidence": "an appeal to subscribe",
    }


READING = "5" * 16
"""How the sources of these batches are read."""


def _reject(batch_id: str, number: int) -> dict[str, object]:
    return {
        "batch_id": batch_id,
        "source": "wire",
        "locator": f"in/{number}.txt",
        "reason": "empty",
        "detail": "the file holds nothing",
        "sample": "",
        "content_hash": digest(f"reject {batch_id} {number}"),
        "reading": READING,
    }


def _batch(batch_id: str, *, kept: int, duplicates: int, rejected: int, known: int) -> dict[str, object]:
    records = kept + duplicates + rejected + known
    file = {"source": "wire", "locator": "in/a", "content_hash": digest(f"file {batch_id}"), "bytes": 9}
    file["reading"] = READING
    return {
        "batch_id": batch_id,
        "started_at": NOW,
        "committed_at": NOW,
        "inputs": [{**file, "records": records}],
        "records": records,
        "kept": kept,
        "duplicates": duplicates,
        "rejected": rejected,
        "known": known,
        "taken_over": 0,
        "gone": 0,
        "forgotten": [],
        "reread": False,
        "ignored": 0,
        "words_removed": [("rule", 5 * (kept + duplicates))],
        "settings": json.dumps({}),
        "versions": [("copydesk", "0.1.0")],
    }


def bless(manifest: Path, path: Path, *, rows: int | None = None) -> None:
    """Let a manifest tell the present size and checksum of a file, and its rows where they are others."""

    def told(entries: Sequence[FileEntry]) -> tuple[FileEntry, ...]:
        return tuple(
            replace(
                entry,
                rows=entry.rows if rows is None else rows,
                bytes=path.stat().st_size,
                xxh3_128=checksum(path),
            )
            if path.as_posix().endswith(entry.path)
            else entry
            for entry in entries
        )

    said = load(manifest)
    tables = {name: told(entries) for name, entries in said.tables.items()}
    manifest.write_bytes(encode(replace(said, tables=tables, index=told(said.index))))
