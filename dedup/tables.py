"""The tables born in this folder, as Arrow schemas."""

from __future__ import annotations

import pyarrow as pa

from dedup.signatures import PERMUTATIONS
from ingest.tables import RECORDS, REMOVALS, TIMESTAMP

SPAN = pa.struct([pa.field("start", pa.int32(), nullable=False), pa.field("end", pa.int32(), nullable=False)])

METADATA_MAP = pa.map_(pa.string(), pa.string())

REMOVED = pa.schema(
    [
        *REMOVALS,
        pa.field("text", pa.string(), nullable=False),
        pa.field("words", pa.int32(), nullable=False),
    ]
)
"""Removals that were carried out, with the words they took."""

CLEANED = pa.schema(
    [
        *[field for field in RECORDS if field.name != "text"],
        pa.field("extracted", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),  # what is left, paragraphs joined by a blank line
        pa.field("word_count", pa.int32(), nullable=False),
        pa.field("paragraph_spans", pa.list_(SPAN), nullable=False),
        pa.field("content_id", pa.string(), nullable=False),
        pa.field("marks", pa.list_(pa.string()), nullable=False),
        pa.field("metadata", METADATA_MAP, nullable=False),
    ]
)
"""One row for each cleaned article of a chunk."""

FINGERPRINTS = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("locator", pa.string(), nullable=False),
        pa.field("content_hash", pa.string(), nullable=False),
        pa.field("published_at", TIMESTAMP),
        pa.field("outlet", pa.string()),
        pa.field("canonical_url", pa.string()),
        pa.field("content_id", pa.string(), nullable=False),
        # Hashes of what articles may share; 0 where there is nothing to hash.
        pa.field("text_key", pa.uint64(), nullable=False),  # comparison form; if empty, the text
        pa.field("title_key", pa.uint64(), nullable=False),  # outlet and the title's comparison form
        pa.field("url_key", pa.uint64(), nullable=False),  # canonical URL
        pa.field("tokens", pa.int32(), nullable=False),
        pa.field("signature", pa.binary(4 * PERMUTATIONS), nullable=False),
        pa.field("passages", pa.list_(pa.uint64()), nullable=False),  # some of its shingles, see dedup.passages
        pa.field("chunk", pa.int64(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),  # in its chunk
    ]
)
"""One row for each cleaned article of a batch: what matching holds in memory."""

PARAGRAPH_KEYS = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),  # article in its chunk, ascending
        pa.field("start", pa.int32(), nullable=False),  # in the extracted text, code points
        pa.field("end", pa.int32(), nullable=False),
        pa.field("tokens", pa.int32(), nullable=False),
        pa.field("key", pa.uint64(), nullable=False),  # XXH64 of the paragraph's comparison form
    ]
)
"""One row for each paragraph of the clean texts of a chunk that has `dedup.settings.MIN_PARAGRAPH` tokens."""

PAIRS = pa.schema(
    [pa.field("later", pa.int64(), nullable=False), pa.field("earlier", pa.int64(), nullable=False)]
)
"""Candidate pairs: rows of two texts in order of publication, `earlier < later`, in ascending order."""

MATCHES = pa.schema(
    [
        *PAIRS,
        pa.field("jaccard", pa.float64(), nullable=False),
        pa.field("containment", pa.float64(), nullable=False),
    ]
)
"""Pairs that were compared exactly, on their text."""

DECISIONS = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("chunk", pa.int64(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),  # kept, duplicate, known
        pa.field("copies", pa.int32(), nullable=False),
        pa.field("of_article_id", pa.string()),  # from here on null unless a duplicate
        pa.field("match", pa.string()),
        pa.field("jaccard", pa.float64()),
        pa.field("containment", pa.float64()),
        pa.field("same_outlet", pa.bool_()),
        pa.field("same_url", pa.bool_()),
        pa.field("in_history", pa.bool_()),
    ]
)
"""What becomes of each cleaned article of a batch."""
