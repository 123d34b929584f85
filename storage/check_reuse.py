"""Does every row of reuse name two paragraphs with the same words?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import tokenise
from dedup.shingles import text_keys
from storage.findings import Batch, Finding, Published, wrong_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS = 2_000  # rows looked at together, with the texts of both articles
_COLUMNS = ["article_id", "start", "end", "of_article_id", "of_start", "of_end", "occurrences"]


def check_reuse(batch: Batch, published: Published) -> list[Finding]:
    """Check that both paragraphs of every row are there, and have the same comparison form.

    Args:
        batch: The batch, whose references are in order.
        published: All articles.
    """
    found: list[Finding] = []
    rows = batch.read("reuse", _COLUMNS)
    for first in range(0, rows.num_rows, _ROWS):
        some = rows.slice(first, _ROWS).combine_chunks()
        keys, there = _keys(some, "", published)
        of_keys, of_there = _keys(some, "of_", published)
        problems = {
            "no paragraph of the text lies at start and end": ~there,
            "no paragraph of the other text lies at of_start and of_end": ~of_there,
            "the two paragraphs do not have the same words": there
            & of_there
            & ((keys != of_keys) | (keys == 0)),
            "fewer than two articles have the paragraph": some.column("occurrences").to_numpy() < 2,
        }
        for problem, wrong in problems.items():
            found += wrong_rows(
                "reuse", batch.place("reuse"), problem, wrong=pa.array(wrong), ids=some.column("article_id")
            )
    return found


def _keys(rows: pa.Table, prefix: str, published: Published) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Return the key of each row's paragraph in the clean text, and whether there is such a paragraph."""
    ids = pc.unique(rows.column(f"{prefix}article_id"))
    texts = published.rows(pa.chunked_array([ids]), ["text", "paragraph_spans"])
    # A text of nothing has no paragraph, but would be split into an empty one.
    lines = pc.split_pattern(texts.column("text").filter(pc.not_equal(texts.column("text"), "")), "\n\n")
    spans = texts.column("paragraph_spans").combine_chunks()
    article = pc.list_parent_indices(spans).to_numpy().astype(np.int64)
    starts, ends = (spans.flatten().field(name).to_numpy() for name in ("start", "end"))
    # Spans of an article ascend, so these do: one number tells article and place.
    places = article << 32 | starts
    start, end = (rows.column(f"{prefix}{name}").to_numpy() for name in ("start", "end"))
    asked = pc.index_in(rows.column(f"{prefix}article_id"), value_set=ids).to_numpy().astype(np.int64)
    wanted = asked << 32 | start
    if not len(places):
        return np.zeros(rows.num_rows, np.uint64), np.zeros(rows.num_rows, bool)
    found = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
    there: NDArray[np.bool_] = (places[found] == wanted) & (ends[found] == end)
    paragraphs = pc.list_flatten(lines).take(pa.array(found)).combine_chunks()
    return text_keys(tokenise(paragraphs)), there
