"""What matching knows of an article: keys of all that two articles may share, and a sketch of the text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import Tokens, tokenise
from dedup.lines import site_lines
from dedup.passages import passages
from dedup.settings import MIN_PARAGRAPH, WIDTH
from dedup.shingles import hash_texts, shingle, text_keys
from dedup.signatures import sign
from dedup.tables import FINGERPRINTS, PARAGRAPH_KEYS
from ingest.survey import booleans, column

Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Fingerprints:
    """A chunk of articles, fingerprinted.

    Attributes:
        articles: table of schema `dedup.tables.FINGERPRINTS`, in the order of the articles.
        paragraphs: table of schema `dedup.tables.PARAGRAPH_KEYS`.
        lines: table of schema `dedup.tables.LINES`.
    """

    articles: pa.Table
    paragraphs: pa.Table
    lines: pa.Table


def fingerprint(articles: pa.Table, *, chunk: int) -> Fingerprints:
    """Fingerprint the clean text of every article of a chunk, and its paragraphs.

    Args:
        articles: table with the columns of `dedup.tables.CLEANED` that `FINGERPRINTS` names, and `text`,
            `title`, `paragraph_spans`.
        chunk: number of the chunk.
    """
    texts = column(articles, "text")
    # An article's tokens are those of its paragraphs, one behind the other: no token spans a line's end.
    lines = pc.split_pattern(texts, "\n\n")
    first = lines.offsets.to_numpy()
    by_line = tokenise(lines.flatten())
    tokens = Tokens(by_line.data, by_line.starts, by_line.offsets[first - first[0]])
    shingles = shingle(tokens, width=WIDTH)
    signatures = sign(shingles)
    chosen = passages(shingles)
    columns = {
        "text_key": _text_keys(tokens, texts),
        "title_key": _title_keys(articles),
        "url_key": hash_texts(column(articles, "canonical_url")),
        "tokens": pa.array(tokens.counts, pa.int32()),
        "signature": pa.Array.from_buffers(
            FINGERPRINTS.field("signature").type, len(signatures), [None, pa.py_buffer(signatures)]
        ),
        "passages": pa.ListArray.from_arrays(pa.array(chosen.offsets, pa.int32()), pa.array(chosen.hashes)),
        "chunk": pa.repeat(pa.scalar(chunk, pa.int64()), articles.num_rows),
        "row": pa.array(np.arange(articles.num_rows), pa.int32()),
    }
    table = [columns[name] if name in columns else articles[name] for name in FINGERPRINTS.names]
    return Fingerprints(
        pa.table(table, schema=FINGERPRINTS),
        _paragraphs(articles, lines, by_line),
        site_lines(articles, lines, by_line.counts),
    )


def _text_keys(tokens: Tokens, texts: pa.Array) -> Keys:
    """Return one key for all words of each text; of its bytes where it has none."""
    keys = text_keys(tokens)
    wordless = tokens.counts == 0
    keys[wordless] = hash_texts(texts.filter(pa.array(wordless)))
    return keys


def _title_keys(articles: pa.Table) -> Keys:
    """Return one key for outlet and title together; 0 where either is missing or has no word."""
    titles = pc.fill_null(column(articles, "title"), "")
    outlets = hash_texts(column(articles, "outlet"))
    keys = text_keys(tokenise(titles))
    return np.where((keys != 0) & (outlets != 0), keys ^ outlets, np.uint64(0))


def _paragraphs(articles: pa.Table, lines: pa.ListArray, by_line: Tokens) -> pa.Table:
    spans = column(articles, "paragraph_spans")
    flat = spans.flatten()
    there = booleans(pc.not_equal(lines.flatten(), ""))  # a text of nothing has no paragraph
    counts, keys = by_line.counts[there], text_keys(by_line)[there]
    row = np.repeat(np.arange(articles.num_rows), np.diff(spans.offsets.to_numpy()))
    long = np.flatnonzero(counts >= MIN_PARAGRAPH)
    columns = [row, flat.field("start"), flat.field("end"), counts, keys]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, PARAGRAPH_KEYS, strict=True)]
    return pa.table([array.take(pa.array(long)) for array in arrays], schema=PARAGRAPH_KEYS)
