"""Is every character of the extracted texts accounted for: in the clean text, or in exactly one removal?"""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from dedup.identity import content_ids
from storage.findings import Batch, Finding, wrong_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHARD_BYTES = 64 << 20  # of compressed text looked at together: about a gigabyte of memory
_HEX = "0123456789abcdef"

Span = tuple[int, int]
Cut = tuple[int, int, str]  # start, end, text


def check_texts(batch: Batch) -> list[Finding]:
    """Rebuild every clean text of a batch from its original and its removals.

    Args:
        batch: The batch; each of its articles has one original.

    Returns:
        One finding for each kind of contradiction.
    """
    found: list[Finding] = []
    for where in _shards(batch):
        columns = ["article_id", "text", "paragraph_spans", "content_id"]
        articles = pa.concat_tables(
            [batch.read(table, columns, where=where) for table in ("articles", "duplicates")]
        ).combine_chunks()
        originals = batch.read("originals", ["article_id", "extracted"], where=where)
        removals = batch.read("removals", ["article_id", "start", "end", "text"], where=where)
        found += _check_shard(batch, articles, originals, removals=removals)
    return found


def _shards(batch: Batch) -> Iterator[ds.Expression | None]:
    """Cut a large batch up by the first digits of the ids, so that not all texts are in memory at once."""
    texts = ("articles", "duplicates", "originals")
    size = sum(entry.bytes for name in texts for entry in batch.files[name])
    digits = 0 if size <= SHARD_BYTES else 1 if size <= SHARD_BYTES * len(_HEX) else 2
    for prefix in product(_HEX, repeat=digits):
        yield pc.starts_with(ds.field("article_id"), "".join(prefix)) if digits else None


def _check_shard(
    batch: Batch, articles: pa.Table, originals: pa.Table, *, removals: pa.Table
) -> list[Finding]:
    ids = articles.column("article_id")
    place = pc.index_in(ids, value_set=originals.column("article_id").combine_chunks())
    extracted = originals.column("extracted").take(place)
    cuts = _by_article(removals, ids)
    # The rows of one article at a time: Arrow has no code points cut out of strings row by row.
    problems = pa.array(
        [
            _problem(whole.as_py(), text.as_py(), spans=_spans(spans), cuts=cuts.get(row, []))
            for row, (whole, text, spans) in enumerate(
                zip(extracted, articles.column("text"), articles.column("paragraph_spans"), strict=True)
            )
        ],
        pa.string(),
    )
    where = f"batch={batch.batch_id}"
    wrong_id = pc.not_equal(articles.column("content_id"), content_ids(articles.column("text")))
    found = wrong_rows("texts", where, "content_id is not that of the text", wrong=wrong_id, ids=ids)
    for problem in pc.unique(problems.drop_null()).to_pylist():
        wrong = pc.fill_null(pc.equal(problems, problem), False)
        found += wrong_rows("texts", where, problem, wrong=wrong, ids=ids)
    return found


def _by_article(removals: pa.Table, ids: pa.ChunkedArray) -> dict[int, list[Cut]]:
    """Group the removals by the row of their article, in order of their start."""
    row = pc.index_in(removals.column("article_id"), value_set=ids.combine_chunks())
    known = removals.append_column("row", row).filter(row.is_valid())
    known = known.sort_by([("row", "ascending"), ("start", "ascending")])
    rows = known.column("row").to_numpy()
    bounds = np.flatnonzero(np.diff(rows, prepend=-1, append=-1)).tolist()
    columns = (known.column(name).to_pylist() for name in ("start", "end", "text"))
    cuts = list(zip(*columns, strict=True))
    return {int(rows[first]): cuts[first:behind] for first, behind in pairwise(bounds)}


def _spans(spans: pa.ListScalar) -> list[Span]:
    return [(span["start"], span["end"]) for span in spans.as_py()]


def _problem(extracted: str | None, text: str, *, spans: Sequence[Span], cuts: Sequence[Cut]) -> str | None:
    """Say what is wrong with one article, or nothing."""
    if extracted is None:
        return "there is no original"
    problem = _removal_problem(extracted, cuts)
    return problem or _text_problem(_blanked(extracted, cuts), text, spans=spans)


def _removal_problem(extracted: str, cuts: Sequence[Cut]) -> str | None:
    if not _in_order([cut[:2] for cut in cuts], len(extracted)):
        return "removals overlap, are empty, or lie outside of the extracted text"
    if any(extracted[start:end] != removed for start, end, removed in cuts):
        return "a removal's text is not what stands at its place"
    return None


def _text_problem(left: str, text: str, *, spans: Sequence[Span]) -> str | None:
    paragraphs = text.split("\n\n") if text else []
    if _bare(left) != _bare(text):
        return "text and removals together are not the extracted text"
    if any(not paragraph or " ".join(paragraph.split()) != paragraph for paragraph in paragraphs):
        return "white space in the text is not put in order"
    if len(paragraphs) != len(spans) or not _in_order(spans, len(left)):
        return "paragraph_spans are not one a paragraph, in order"
    if any(_bare(left[slice(*span)]) != _bare(each) for span, each in zip(spans, paragraphs, strict=True)):
        return "paragraph_spans do not point to the paragraphs"
    return None


def _in_order(spans: Sequence[Span], length: int) -> bool:
    inside = all(0 <= start < end <= length for start, end in spans)
    return inside and all(one[1] <= other[0] for one, other in pairwise(spans))


def _blanked(extracted: str, cuts: Sequence[Cut]) -> str:
    pieces, reached = [], 0
    for start, end, _ in cuts:
        pieces += [extracted[reached:start], " " * (end - start)]
        reached = end
    return "".join([*pieces, extracted[reached:]])


def _bare(text: str) -> str:
    return "".join(text.split())
