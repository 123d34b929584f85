"""The published tables: names, columns and their meaning, schema version.

Downstream teams read these by glob; a change of any of them is a change of `SCHEMA_VERSION` and a line
in CHANGELOG.md.
"""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = "3"
TIMESTAMP = pa.timestamp("us", tz="UTC")


def _column(name: str, kind: pa.DataType, description: str, *, null: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=null, metadata={"description": description})


def _schema(description: str, columns: list[pa.Field]) -> pa.Schema:
    return pa.schema(
        columns, metadata={"description": description, "copydesk.schema_version": SCHEMA_VERSION}
    )


_SPAN = pa.struct(
    [pa.field("start", pa.int32(), nullable=False), pa.field("end", pa.int32(), nullable=False)]
)
_COUNT = pa.int64()

MATCH_KINDS = {
    "exact": "the clean texts are the same",
    "revision": "another version of the kept article: same canonical URL, or same outlet and title, and "
    "Jaccard index or containment at least 0.5",
    "near": "Jaccard index at least the setting `near`",
    "contained": "wholly inside the longer kept article: containment at least the setting `contained`",
}
"""Why a duplicate is a copy: a closed list."""

RELATION_KINDS = {
    "series": "alike, but from one template about other facts: both stay",
    "revision": "another version of an article of an earlier batch; it is a duplicate too",
    "contained": "an article of an earlier batch that lies wholly inside this longer one: both stay",
}
"""How two articles resemble each other: a closed list."""

MARKS = {
    "correction": "a line of it tells of a correction",
    "embargo": "it asks to be held back until some time",
    "live-blog": "several of its paragraphs are headed by a time of day; the times stay in the text",
    "review": "so much was proposed for removal that all of it was kept; look at it",
    "series": "one of several from one template; `relations` names another",
    "update": "it says that it was updated",
}
"""What a reader of an article should know of it: a closed list."""

_ARTICLE = [
    _column(
        "article_id",
        pa.string(),
        "128-bit hash, hex, of the record itself: source, its id or URL, title, date, text",
    ),
    _column("batch_id", pa.string(), "the batch that wrote the row"),
    _column("source", pa.string(), "name of the source it came from"),
    _column("source_id", pa.string(), "the id the source gave", null=True),
    _column("locator", pa.string(), "file, and record in it, that it came from"),
    _column(
        "outlet",
        pa.string(),
        "who published it: as the source says, else the URL's domain",
        null=True,
    ),
    _column("url", pa.string(), "address as given", null=True),
    _column(
        "canonical_url",
        pa.string(),
        "the address in its one form: no tracking, fragment or www",
        null=True,
    ),
    _column("title", pa.string(), "title given by the source or found at the head of the text", null=True),
    _column("authors", pa.list_(pa.string()), "authors given by the source", null=True),
    _column("published_at", TIMESTAMP, "date of publication; null where it is not sure", null=True),
    _column(
        "language",
        pa.string(),
        "given by the source, or else told from the text; null where not clear",
        null=True,
    ),
    _column(
        "text",
        pa.string(),
        "clean text; paragraphs joined by a blank line, runs of white space made one space",
    ),
    _column("word_count", pa.int32(), "words of the clean text"),
    _column(
        "paragraph_spans",
        pa.list_(_SPAN),
        "where each paragraph of the clean text lies in the extracted text",
    ),
    _column("content_id", pa.string(), "128-bit hash, hex, of the clean text"),
    _column("cluster_id", pa.string(), "article_id of the kept copy; its own where it is kept"),
    _column("copies", pa.int32(), "duplicates of it in its own batch"),
    _column("marks", pa.list_(pa.string()), "what to know of it; see the list of marks"),
    _column("metadata", pa.map_(pa.string(), pa.string()), "dateline, agency, hashtags, cms_author, ..."),
    _column("ingested_at", TIMESTAMP, "when the batch was made"),
    _column("pipeline", pa.string(), "version of copydesk and fingerprint of the settings"),
]

ARTICLES = _schema("One row for each kept article", _ARTICLE)

DUPLICATES = _schema(
    "One row for each article judged a copy of a kept one",
    [
        *_ARTICLE,
        _column("of_article_id", pa.string(), "the kept article it is a copy of"),
        _column("match", pa.string(), "exact, revision, near or contained; see the list of matches"),
        _column("jaccard", pa.float64(), "exact Jaccard index of the two sets of word shingles"),
        _column("containment", pa.float64(), "share of the smaller set of shingles that is in the other"),
        _column("same_outlet", pa.bool_(), "both have the same outlet"),
        _column("same_url", pa.bool_(), "both have the same canonical URL"),
        _column("in_history", pa.bool_(), "the kept copy stands in another batch"),
    ],
)

ORIGINALS = _schema(
    "One row for each kept or duplicate article: what offsets refer to",
    [
        _column("article_id", pa.string(), "the article"),
        _column("batch_id", pa.string(), "the batch that wrote the row"),
        _column("extracted", pa.string(), "the extracted text, untouched"),
        _column("content_hash", pa.string(), "128-bit hash, hex, of the raw input record"),
    ],
)

REMOVALS = _schema(
    "One row for each span removed from a kept or duplicate article",
    [
        _column("article_id", pa.string(), "the article"),
        _column("batch_id", pa.string(), "the batch that wrote the row"),
        _column("start", pa.int32(), "first code point of the span in the extracted text"),
        _column("end", pa.int32(), "code point behind the span"),
        _column("text", pa.string(), "the span, untouched"),
        _column("layer", pa.string(), "title, rule, inline, judge, repeat or template"),
        _column("kind", pa.string(), "what the span was; see the list of kinds"),
        _column("rule_id", pa.string(), "the rule that proposed it", null=True),
        _column("evidence", pa.string(), "why, in words"),
        _column("of_start", pa.int32(), "repeats: first code point of the kept copy", null=True),
        _column("of_end", pa.int32(), "repeats: code point behind the kept copy", null=True),
        _column("similarity", pa.float32(), "repeats: exact Jaccard index of the two", null=True),
    ],
)

REUSE = _schema(
    "One row for each kept paragraph seen before in another article",
    [
        _column("article_id", pa.string(), "the article"),
        _column("batch_id", pa.string(), "the batch that wrote the row"),
        _column("start", pa.int32(), "first code point of the paragraph in the extracted text"),
        _column("end", pa.int32(), "code point behind it"),
        _column("of_article_id", pa.string(), "the article that had it first"),
        _column("of_start", pa.int32(), "first code point of it there"),
        _column("of_end", pa.int32(), "code point behind it there"),
        _column("similarity", pa.float32(), "exact Jaccard index of the two"),
        _column("occurrences", pa.int32(), "articles that have it so far"),
    ],
)

RELATIONS = _schema(
    "One row for each verified resemblance that is not a plain copy",
    [
        _column("article_id", pa.string(), "the article; of an earlier batch where a later one contains it"),
        _column("batch_id", pa.string(), "the batch that wrote the row"),
        _column("of_article_id", pa.string(), "the article it resembles"),
        _column("relation", pa.string(), "series, revision or contained; see the list of relations"),
        _column("jaccard", pa.float64(), "exact Jaccard index of the two sets of word shingles"),
        _column("containment", pa.float64(), "share of the smaller set of shingles that is in the other"),
        _column("evidence", pa.string(), "why, in words"),
    ],
)

REJECTS = _schema(
    "One row for each input that could not be an article",
    [
        _column("batch_id", pa.string(), "the batch that wrote the row"),
        _column("source", pa.string(), "name of the source it came from"),
        _column("locator", pa.string(), "file, and record in it"),
        _column("reason", pa.string(), "why; see the list of reasons"),
        _column("detail", pa.string(), "why, in words"),
        _column("sample", pa.string(), "the first bytes, escaped"),
        _column("content_hash", pa.string(), "128-bit hash, hex, of the raw input record"),
        _column("reading", pa.string(), "fingerprint of how its source was read: field names and limits"),
    ],
)

_INPUT = pa.struct(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("locator", pa.string(), nullable=False),
        pa.field("content_hash", pa.string(), nullable=False),
        pa.field("bytes", _COUNT, nullable=False),
        pa.field("records", _COUNT, nullable=False),
        pa.field("reading", pa.string(), nullable=False),
    ]
)

BATCHES = _schema(
    "One row for each committed batch",
    [
        _column("batch_id", pa.string(), "sorts by time"),
        _column("started_at", TIMESTAMP, "when the run began"),
        _column("committed_at", TIMESTAMP, "when its files were sealed for the commit"),
        _column(
            "inputs",
            pa.list_(_INPUT),
            "input files read to their end: content hash, bytes, records, and how they were read",
        ),
        _column(
            "records", _COUNT, "input records; with taken_over: kept + duplicates + rejected + known + gone"
        ),
        _column("kept", _COUNT, "rows of articles"),
        _column("duplicates", _COUNT, "rows of duplicates"),
        _column("rejected", _COUNT, "rows of rejects"),
        _column("known", _COUNT, "records that were known already"),
        _column("taken_over", _COUNT, "articles of earlier batches that were decided on again here"),
        _column("gone", _COUNT, "articles that were here: forgotten, or taken over by a later batch"),
        _column(
            "forgotten", pa.list_(pa.string()), "article_id of each article that was forgotten by this batch"
        ),
        _column("reread", pa.bool_(), "inputs are read again when given: records known in them have gone"),
        _column("ignored", _COUNT, "files passed over: unknown extensions and dot-files"),
        _column("words_removed", pa.map_(pa.string(), _COUNT), "words removed, by layer"),
        _column("settings", pa.string(), "the settings in force, as JSON"),
        _column(
            "versions", pa.map_(pa.string(), pa.string()), "versions of copydesk and of what it rests on"
        ),
    ],
)

TABLES = {
    "articles": ARTICLES,
    "duplicates": DUPLICATES,
    "originals": ORIGINALS,
    "removals": REMOVALS,
    "reuse": REUSE,
    "relations": RELATIONS,
    "rejects": REJECTS,
    "batches": BATCHES,
}
"""Name and schema of every published table."""

_BY_OUTLET = ("outlet", "published_at", "article_id")

ORDER = {
    "articles": _BY_OUTLET,
    "duplicates": _BY_OUTLET,
    "originals": ("article_id",),
    "removals": ("article_id", "start"),
    "reuse": ("article_id", "start"),
    "relations": ("article_id", "of_article_id", "relation"),
}
"""Columns that the rows of a batch are sorted by, nulls last; `rejects` stand as they were read."""
