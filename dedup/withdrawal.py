"""What belongs to the site taken out of articles that are clean by themselves, and put back for matching."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.arbiter import BRAKE
from dedup.identity import content_ids
from dedup.lines import PROSE
from dedup.tables import REMOVED, SPAN
from ingest.paragraphs import PROSE_WORDS
from ingest.survey import column
from ingest.words import SENTENCE_END, count_words, tidied

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LAYER = "template"
_NAMES = ["row", "start", "end", "text"]
BRAKED = ("rule", "inline", "judge")  # whose words count beside those of templates; repeats lose nothing


def withdraw(articles: pa.Table, removals: pa.Table, found: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Take lines of the site out of the articles of a chunk.

    Where all that is removed would be too much of an article's prose, or all of its text, its lines stay and
    it is marked `review`.

    Args:
        articles: table of schema `dedup.tables.CLEANED`.
        removals: table of schema `dedup.tables.REMOVED`.
        found: lines that are paragraphs of the clean texts: row, start, end, and what is known of them.

    Returns:
        Articles and removals of the same schemas.
    """
    lines = _paragraphs(articles)
    gone = _gone(lines, found, removals)
    held = _held_back(lines, gone, removals, articles.num_rows)
    gone &= ~held[lines["row"].to_numpy()]
    taken = _removals(lines.filter(pa.array(gone)), found, column(articles, "extracted"))
    both = pa.concat_tables([removals, taken]).sort_by([("row", "ascending"), ("start", "ascending")])
    return _without(articles, lines, gone, held), both.combine_chunks()


def _paragraphs(articles: pa.Table) -> pa.Table:
    """Return the paragraphs of clean texts: row, start, end, text; a text of nothing has none."""
    texts = column(articles, "text")
    lines = pc.split_pattern(texts, "\n\n")
    row = pc.list_parent_indices(lines)
    there = pc.not_equal(texts, "").take(row)
    spans = column(articles, "paragraph_spans").flatten()
    text, row = lines.flatten().filter(there), row.filter(there).cast(pa.int32())
    return pa.table([row, spans.field("start"), spans.field("end"), text], names=_NAMES)


def _codes(table: pa.Table) -> Ints:
    codes: Ints = (table["row"].to_numpy().astype(np.int64) << 32) + table["start"].to_numpy()
    return codes


def _gone(lines: pa.Table, found: pa.Table, removals: pa.Table) -> Bools:
    """Tell which paragraphs go: those found, but for one from whose midst something is removed already."""
    codes, cuts = _codes(lines), np.sort(_codes(removals))
    ends = codes - lines["start"].to_numpy() + lines["end"].to_numpy()
    whole: Bools = np.searchsorted(cuts, codes) == np.searchsorted(cuts, ends)
    return whole & np.isin(codes, _codes(found))


def _held_back(lines: pa.Table, gone: Bools, removals: pa.Table, articles: int) -> Bools:
    """Tell which articles would lose too much (bool, one an article)."""
    row = lines["row"].to_numpy()
    touched = np.zeros(articles, np.bool_)
    touched[row[gone]] = True
    before = removals.filter(pa.array(touched).take(removals["row"]))
    left, taken = _prose(column(lines, "text")), _prose(column(before, "text"))
    braked = pc.is_in(before["layer"], value_set=pa.array(BRAKED)).to_numpy(zero_copy_only=False)
    of = before["row"].to_numpy()
    total = np.bincount(row, left, articles) + np.bincount(of[braked], taken[braked], articles)
    claimed = np.bincount(row[gone], left[gone], articles) + np.bincount(of[braked], taken[braked], articles)
    emptied = np.bincount(row[~gone], minlength=articles) == 0
    held: Bools = touched & ((claimed > BRAKE * total) | emptied)
    return held


def _prose(texts: pa.Array) -> npt.NDArray[np.float64]:
    """Return the words of texts that are prose, 0 of others."""
    words = count_words(texts).to_numpy()
    closed = pc.match_substring_regex(texts, pattern=SENTENCE_END).to_numpy(zero_copy_only=False)
    return np.where(closed & (words >= PROSE_WORDS), words, 0).astype(np.float64)


def _removals(some: pa.Table, found: pa.Table, extracted: pa.Array) -> pa.Table:
    place = pc.index_in(pa.array(_codes(some)), value_set=pa.array(_codes(found)))
    of, count, text = found.take(place), some.num_rows, _as_they_came(some, extracted)
    columns = {
        **{name: some[name] for name in ("row", "start", "end")},
        "text": text,
        "layer": pa.repeat(LAYER, count),
        "kind": _kinds(text, of),
        "evidence": _evidence(of),
        "words": count_words(text),
    }
    arrays = [columns[each.name] if each.name in columns else pa.nulls(count, each.type) for each in REMOVED]
    return pa.table(arrays, names=REMOVED.names).cast(REMOVED)


def _as_they_came(lines: pa.Table, extracted: pa.Array) -> pa.Array:
    row, whole, out = -1, "", []
    for at, start, end in zip(*(lines[name].to_pylist() for name in ("row", "start", "end")), strict=True):
        if at != row:  # lines come in order, and each text is decoded once
            row, whole = at, extracted[at].as_py()
        out.append(whole[start:end])
    return pa.array(out, pa.string())


def _kinds(text: pa.Array, of: pa.Table) -> pa.Array:
    heading = pc.match_substring_regex(text, pattern="[:：]$")
    return pc.case_when(
        pc.make_struct(of["is_title"], heading, of["dated"], pc.equal(of["form"], PROSE)),
        *("related-link", "related-heading", "timestamp", "site-notice", "site-label"),
    )


def _evidence(of: pa.Table) -> pa.Array:
    """Say how many articles have a line and since when; no other article is named, as it may be forgotten."""
    on = pc.coalesce(
        pc.binary_join_element_wise("on", pc.strftime(of["first"], "%Y-%m-%d"), " "), "without a date"
    )
    outlet = pc.binary_join_element_wise(of["outlet"], "copies not counted", "first", ", ")
    seen = pc.binary_join_element_wise(
        *("seen in", of["frequency"].cast(pa.string()), "of", of["articles"].cast(pa.string())),
        *("articles of", outlet, on, " "),
    )
    title = pc.binary_join_element_wise("the title of another article of", of["outlet"], " ")
    return pc.if_else(of["is_title"], title, seen)


def _without(articles: pa.Table, lines: pa.Table, gone: Bools, held: Bools) -> pa.Table:
    """Return articles without some of their paragraphs, and the mark `review` on those held back."""
    words = count_words(column(lines, "text")).to_numpy()
    lost = np.bincount(lines["row"].to_numpy()[gone], words[gone], articles.num_rows).astype(np.int32)
    left = _of_paragraphs(articles, lines.filter(pa.array(~gone)))
    made = {
        "word_count": pc.subtract(column(articles, "word_count"), pa.array(lost)),
        "marks": _marked(column(articles, "marks"), held),
    }
    arrays = [made[name] if name in made else left[name] for name in articles.column_names]
    return pa.table(arrays, names=articles.column_names).cast(articles.schema)


def _of_paragraphs(articles: pa.Table, lines: pa.Table) -> pa.Table:
    """Return articles with the texts that paragraphs make, given in their order."""
    offsets = pa.array(np.searchsorted(lines["row"].to_numpy(), np.arange(articles.num_rows + 1)), pa.int32())
    spans = pa.StructArray.from_arrays([column(lines, "start"), column(lines, "end")], fields=list(SPAN))
    text = pc.binary_join(pa.ListArray.from_arrays(offsets, column(lines, "text")), "\n\n")
    made = {
        "text": text,
        "paragraph_spans": pa.ListArray.from_arrays(offsets, spans),
        "content_id": content_ids(text) if "content_id" in articles.column_names else None,
    }
    arrays = [made[name] if name in made else articles[name] for name in articles.column_names]
    return pa.table(arrays, names=articles.column_names)


def _marked(marks: pa.Array, held: Bools) -> pa.Array:
    if not held.any():
        return marks
    both = [
        sorted({*own, "review"}) if one else own for own, one in zip(marks.to_pylist(), held, strict=True)
    ]
    return pa.array(both, marks.type)


def put_back(articles: pa.Table, removals: pa.Table) -> pa.Table:
    """Return articles as they were matched: with the lines that templates have taken out of them.

    Args:
        articles: columns `article_id`, `text`, `paragraph_spans`, and others.
        removals: `article_id`, `start`, `end`, `text` of layer `template`, of these articles or others.

    Returns:
        The same columns; `content_id`, where it is there, is that of the text that was matched.
    """
    place = pc.index_in(removals["article_id"], value_set=column(articles, "article_id"))
    own = removals.filter(place.is_valid())
    if not own.num_rows:
        return articles
    touched = np.unique(place.drop_null().to_numpy())
    some = articles.take(pa.array(touched)).combine_chunks()
    row = pa.array(np.searchsorted(touched, place.drop_null().to_numpy()), pa.int32())
    back = pa.table([row, own["start"], own["end"], tidied(column(own, "text"))], names=_NAMES)
    lines = pa.concat_tables([_paragraphs(some), back]).sort_by(
        [("row", "ascending"), ("start", "ascending")]
    )
    whole = _of_paragraphs(some, lines)
    order = np.arange(articles.num_rows)
    order[touched] = articles.num_rows + np.arange(len(touched))
    return pa.concat_tables([articles, whole.cast(articles.schema)]).take(pa.array(order))
