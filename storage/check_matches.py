"""Is every duplicate a copy of a kept article, as its row says?"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from storage.findings import Batch, Finding, wrong_rows
from storage.matched import matched_ids

KEPT_COLUMNS = ("article_id", "batch_id", "content_id", "outlet", "canonical_url")

_COLUMNS = (
    *("article_id", "content_id", "cluster_id", "outlet", "canonical_url", "of_article_id"),
    *("match", "jaccard", "containment", "same_outlet", "same_url", "in_history", "copies"),
)


def check_matches(batch: Batch, *, kept: pa.Table) -> list[Finding]:
    """Check what the duplicates of a batch say of themselves and of the articles they copy.

    Args:
        batch: The batch.
        kept: `KEPT_COLUMNS` of the articles of this batch, of those before it, and of those done again since;
            content ids are those of the texts that were matched.

    Returns:
        One finding for each rule that is broken.
    """
    rows = matched_ids(batch, "duplicates", batch.read("duplicates", _COLUMNS))
    place = pc.index_in(rows.column("of_article_id"), value_set=kept.column("article_id").combine_chunks())
    found = wrong_rows(
        "matches",
        batch.place("duplicates"),
        "of_article_id names no article kept by this batch or before",
        wrong=pc.is_null(place),
        ids=rows.column("article_id"),
    )
    known = rows.filter(place.is_valid())
    for problem, wrong in _broken(batch, known, kept.take(place.drop_null())).items():
        found += wrong_rows(
            "matches", batch.place("duplicates"), problem, wrong=wrong, ids=known.column("article_id")
        )
    return [*found, *_check_kept(batch, rows)]


def _broken(batch: Batch, rows: pa.Table, heads: pa.Table) -> dict[str, pa.Array]:
    """For each rule, which of the duplicates break it; `heads` are the kept articles, row by row."""
    exact = pc.equal(rows.column("match"), "exact")
    alike = pc.and_(pc.equal(rows.column("jaccard"), 1), pc.equal(rows.column("containment"), 1))
    elsewhere = pc.not_equal(heads.column("batch_id"), batch.batch_id)
    same = {
        name: pc.fill_null(pc.equal(rows.column(name), heads.column(name)), False)
        for name in ("content_id", "outlet", "canonical_url")
    }
    return {
        "cluster_id is not of_article_id": pc.not_equal(
            rows.column("cluster_id"), rows.column("of_article_id")
        ),
        "match is exact where the texts differ, or another where they are the same": pc.xor(
            exact, same["content_id"]
        ),
        "match is exact, but jaccard and containment are not 1": pc.and_not(exact, alike),
        "in_history is wrong": pc.xor(rows.column("in_history"), elsewhere),
        "same_outlet is wrong": pc.xor(rows.column("same_outlet"), same["outlet"]),
        "same_url is wrong": pc.xor(rows.column("same_url"), same["canonical_url"]),
        "a duplicate has copies": pc.not_equal(rows.column("copies"), 0),
    }


def _check_kept(batch: Batch, duplicates: pa.Table) -> list[Finding]:
    """Check the two columns of the kept articles that speak of their copies."""
    articles = batch.read("articles", ["article_id", "cluster_id", "copies"])
    ids = articles.column("article_id")
    inside = duplicates.filter(pc.invert(duplicates.column("in_history")))
    counted = pc.value_counts(inside.column("of_article_id"))
    places = pc.index_in(ids, value_set=counted.field("values"))
    copies = pc.fill_null(counted.field("counts").take(places.combine_chunks()), 0)
    rules = {
        "cluster_id of a kept article is not its own id": pc.not_equal(articles.column("cluster_id"), ids),
        "copies is not the number of its duplicates in the batch": pc.not_equal(
            articles.column("copies"), copies
        ),
    }
    return [
        finding
        for problem, wrong in rules.items()
        for finding in wrong_rows("matches", batch.place("articles"), problem, wrong=wrong, ids=ids)
    ]
