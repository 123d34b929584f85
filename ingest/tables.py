"""The tables born in this folder, as Arrow schemas.

A chunk is a few thousand articles. Every step takes tables of a chunk and returns tables; judgements
stand beside the text, never inside it. Spans count Unicode code points of `RECORDS.text`, end exclusive.
"""

from __future__ import annotations

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")

RECORDS = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),  # ingest.identity.article_ids
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_id", pa.string()),
        pa.field("locator", pa.string(), nullable=False),  # file, and line or record in it
        pa.field("outlet", pa.string()),
        pa.field("url", pa.string()),
        pa.field("canonical_url", pa.string()),
        pa.field("title", pa.string()),  # as the source gave it; null where it gave none
        pa.field("authors", pa.list_(pa.string())),
        pa.field("published_at", TIMESTAMP),
        pa.field("language", pa.string()),  # as the source gave it
        pa.field("text", pa.string(), nullable=False),  # the extracted text: what all spans refer to
        pa.field("content_hash", pa.string(), nullable=False),  # xxh3_128 of the raw record, hex
    ]
)
"""One row for each record that was read and extracted."""

REJECTS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("locator", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),  # one of REASONS
        pa.field("detail", pa.string(), nullable=False),
        pa.field("sample", pa.string(), nullable=False),  # first bytes, escaped
        pa.field("content_hash", pa.string(), nullable=False),  # so that a known reject is not news
    ]
)
"""One row for each input that could not be an article."""

REASONS = {
    "unreadable": "the file is there, but cannot be opened or read",
    "undecodable": "the bytes are no text in any encoding that can be told",
    "empty": "the file or the text field holds nothing but white space",
    "malformed": "the record breaks the rules of its format",
    "too_large": "the record is larger than the limit on one, or a compressed file expands as no text does",
    "no_text": "the record has no text field, or the page no article in it",
    "extraction_failed": "the extractor stopped on the page",
}
"""Why an input could not be an article: a closed list."""

PARAGRAPHS = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),  # the article's row in its chunk
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("text", pa.string(), nullable=False),  # text[start:end] as it came; line breaks all "\n"
        pa.field("words", pa.int32(), nullable=False),
        pa.field("sentence", pa.bool_(), nullable=False),  # closes like a sentence
        pa.field("prose", pa.bool_(), nullable=False),  # a sentence end, and words enough for one
        pa.field("tidy", pa.bool_(), nullable=False),  # all its white space is single spaces
    ]
)
"""The paragraphs of a chunk, in order of `row` and `start`; trimmed, never empty."""

REMOVALS = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("layer", pa.string(), nullable=False),  # rule, inline, judge, title, repeat; later template
        pa.field("kind", pa.string(), nullable=False),  # one of KINDS
        pa.field("rule_id", pa.string()),
        pa.field("evidence", pa.string(), nullable=False),
        pa.field("of_start", pa.int32()),  # the kept copy, for repeats
        pa.field("of_end", pa.int32()),
        pa.field("similarity", pa.float32()),
    ]
)
"""Proposed (and, once the arbiter has spoken, decided) removals."""

METADATA = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("value", pa.string(), nullable=False),
    ]
)
"""Facts found in the text: dateline, agency, hashtags, cms_author, ..."""

KINDS = {
    "title": "the title's own line, moved into `title`",
    "title-repeat": "the title once more in the text",
    "paragraph-repeat": "a paragraph that stands in the article already",
    "related-link": "a line that points to another article",
    "related-heading": "the heading of a box of links",
    "sources": "a list of sources behind the text",
    "person-widget": "links to other articles glued to a name inside a sentence",
    "subscription": "an appeal to subscribe, register or donate",
    "newsletter": "an appeal to sign up for a newsletter or for alerts",
    "social": "buttons and appeals to share or to follow",
    "comments": "counters of comments and appeals to comment",
    "rating-widget": "a widget that asks for a rating",
    "advertisement": "a label of an advertisement, or a note on commissions",
    "navigation": "links and labels that lead around the site",
    "cookies": "a notice on cookies, scripts or browsers",
    "legal": "a copyright, licence or terms line",
    "cms-byline": "a role account of the publishing system in place of an author",
    "author-box": "the heading or the remains of a box about the author",
    "byline": "a line that names author or agency and nothing else",
    "timestamp": "a line that gives a date or a reading time and nothing else",
    "hashtags": "a line of hashtags",
    "caption-credit": "a line that credits a picture and nothing else",
    "media": "labels and hints of a player or a gallery",
    "furniture": "a line of the page around the article, told by its form and place alone",
    "outlet-line": "a line that the settings name as boilerplate of its outlet",
    "site-label": "a short line that recurs over the articles of an outlet",
    "site-notice": "sentences that recur over the articles of an outlet and are no part of any",
}
"""What a removed span was: a closed list, published in docs/tables.md."""
