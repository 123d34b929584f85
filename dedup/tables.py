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
        pa.field(
            "passages", pa.list_(pa.uint64()), nullable=False
        ),  # some of its shingles, see dedup.passages
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

SLOTS = 8  # of the sketch of a line: lines that share most of them are near enough

LINES = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),  # article in its chunk, ascending
        pa.field("start", pa.int32(), nullable=False),  # in the extracted text, code points
        pa.field("end", pa.int32(), nullable=False),
        pa.field("block", pa.int32(), nullable=False),  # of lines between two prose paragraphs
        pa.field("size", pa.int32(), nullable=False),  # lines in the block, whatever they are
        pa.field("zone", pa.uint8(), nullable=False),  # see dedup.lines
        pa.field("form", pa.uint8(), nullable=False),
        pa.field("depth", pa.int32(), nullable=False),  # prose paragraphs between it and the nearer end
        pa.field("tail", pa.bool_(), nullable=False),  # the nearer end is that of the article
        pa.field("words", pa.int32(), nullable=False),
        pa.field("dated", pa.bool_(), nullable=False),  # a date or a time, and nothing else
        pa.field("key", pa.uint64(), nullable=False),  # outlet and comparison form; 0: not counted
        pa.field("near", pa.list_(pa.uint64()), nullable=False),  # slots of a sketch; none of a short line
        pa.field("title_key", pa.uint64(), nullable=False),  # as FINGERPRINTS.title_key; 0: too short
        pa.field("rest_key", pa.uint64(), nullable=False),  # likewise, of what stands behind a colon
    ]
)
"""One row for each line of the clean texts of a chunk that may belong to its site."""

RECURRING = pa.schema(
    [
        pa.field("line", pa.int64(), nullable=False),  # row of the lines
        pa.field("frequency", pa.int64(), nullable=False),  # articles of the outlet that have it
        pa.field("articles", pa.int64(), nullable=False),  # of the outlet, so far
        pa.field("first", pa.int64(), nullable=False),  # of the batch; negative: -1 - one before
        pa.field("is_title", pa.bool_(), nullable=False),  # `first` is the article whose title it is
    ]
)
"""Lines that belong to the site."""

FIELD = pa.schema(
    [
        FINGERPRINTS.field(name)
        for name in (
            *("article_id", "published_at", "outlet", "canonical_url", "content_id"),
            *("text_key", "title_key", "url_key", "tokens"),
        )
    ]
)
"""What deciding needs of an article, of this batch or an earlier one."""

HITS = pa.schema(
    [
        pa.field("later", pa.int64(), nullable=False),  # article of the batch, as a row of the field
        pa.field(
            "earlier", pa.int64(), nullable=False
        ),  # kept one of an earlier batch, as a row of the field
        pa.field("kind", pa.uint8(), nullable=False),  # what they share, see dedup.kernels.groups
    ]
)
"""One row for each key that an article shares with a kept one of an earlier batch."""

PAIRS = pa.schema(
    [pa.field("later", pa.int64(), nullable=False), pa.field("earlier", pa.int64(), nullable=False)]
)
"""Candidate pairs: an article, and one before it in the order of decisions; in ascending order."""

MATCHES = pa.schema(
    [
        *PAIRS,
        pa.field("jaccard", pa.float64(), nullable=False),
        pa.field("containment", pa.float64(), nullable=False),
    ]
)
"""Pairs that were compared exactly, on their text."""

COMPARED = pa.schema(
    [
        *MATCHES,
        pa.field("later_size", pa.int64(), nullable=False),  # distinct shingles
        pa.field("earlier_size", pa.int64(), nullable=False),
    ]
)
"""All pairs that were compared, alike or not."""

JUDGED = pa.schema(
    [
        *COMPARED,
        pa.field("match", pa.string()),  # what makes the later a copy of the earlier; null: nothing
        pa.field("swallows", pa.bool_(), nullable=False),  # the later holds the earlier, and much more
        pa.field("series", pa.string()),  # why they are no copies though alike enough; null: they are not
    ]
)
"""Compared pairs, and what is thought of them."""

COPIES = pa.schema(
    [
        pa.field("article", pa.int64(), nullable=False),  # row of the field
        pa.field("of", pa.int64(), nullable=False),  # row of the kept one
        pa.field("match", pa.string(), nullable=False),
        pa.field("jaccard", pa.float64(), nullable=False),
        pa.field("containment", pa.float64(), nullable=False),
    ]
)
"""One row for each article that is a copy of a kept one."""

RELATED = pa.schema(
    [
        pa.field("article", pa.int64(), nullable=False),
        pa.field("of", pa.int64(), nullable=False),
        pa.field("relation", pa.string(), nullable=False),
        pa.field("jaccard", pa.float64(), nullable=False),
        pa.field("containment", pa.float64(), nullable=False),
        pa.field("evidence", pa.string(), nullable=False),
    ]
)
"""One row for each resemblance that is not a plain copy."""

REUSED = pa.schema(
    [
        pa.field("article", pa.int64(), nullable=False),  # place in the order of publication
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("key", pa.uint64(), nullable=False),
        pa.field("of", pa.int64(), nullable=False),  # who had it first; negative: of an earlier batch
        pa.field("of_start", pa.int32(), nullable=False),
        pa.field("of_end", pa.int32(), nullable=False),
        pa.field("occurrences", pa.int64(), nullable=False),  # articles up to this one that have it
    ]
)
"""One row for each paragraph that another article had before."""

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
        pa.field("series", pa.bool_(), nullable=False),  # to be marked as one of a series
    ]
)
"""What becomes of each cleaned article of a batch."""
