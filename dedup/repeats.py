"""Paragraphs that stand twice in one article: the same, nearly the same, or one of them cut short.

Naively, removing repeats destroys interviews, recipes and schedules; so only paragraphs of some length take
part, and a near repeat counts only where nothing differs that carries a fact. Candidates come from hashes;
each pair is verified on its text. What is removed always stands in a paragraph that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.candidates import distinct
from dedup.comparison import Tokens, tokenise
from dedup.echoes import ENDS, WIDTH, echoing
from dedup.facts import is_beginning, same_facts
from dedup.shingles import as_sets, compare, shingle, text_keys
from dedup.signatures import band_keys, rows_per_band, sign
from ingest.survey import column
from ingest.tables import REMOVALS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

NEAR = 0.8  # below it two paragraphs may differ in one place only
TRIES = 5  # of a paragraph, with those it is likest to: more alike ones that differ in facts are a table
# A sentence that stands twice in an article of which nothing else does may be the author's own refrain, or
# the conclusion that takes up the introduction: it counts only if it is long, and as near as pull quotes are.
ALONE_WORDS = 18
ALONE_REACH = 20  # paragraphs
NEIGHBOURS = 64  # compared with a paragraph for one key: a table of thousands must not cost millions
EVIDENCE = np.array(  # where the kept copy is an earlier one, and where it is a later one
    [
        ["the same words as an earlier paragraph", "the same words as a later paragraph"],
        ["nearly the same as an earlier paragraph", "nearly the same as a later paragraph"],
        ["an earlier paragraph, cut short", "the beginning of a later paragraph"],
    ]
)
SAME, NEARLY, CUT = range(len(EVIDENCE))


@dataclass(frozen=True)
class _Chosen:
    """The paragraphs of a chunk that take part, and what is known of each.

    Attributes:
        table: schema `ingest.tables.PARAGRAPHS`.
        index: int64, where they stand among all paragraphs.
        tokens: of the texts.
        signs: string array, the figures, signs and currencies of each text.
        whole: bool, it closes like a sentence; the others can only be the beginning of one that does.
        head: int64, the first of its article with the same words and figures; others stand behind it.
    """

    table: pa.Table
    index: Ints
    tokens: Tokens
    signs: pa.Array
    whole: Bools
    head: Ints


@dataclass(frozen=True)
class _Verdicts:
    """Which paragraph each one repeats (int64, -1: none), how (int64), and their Jaccard index (float64)."""

    kept: Ints
    how: Ints
    jaccard: Floats


def find(paragraphs: pa.Table, removals: pa.Table) -> pa.Table:
    """Find the paragraphs that repeat another one of the same article.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.
        removals: what is claimed already, schema `ingest.tables.REMOVALS`; such paragraphs neither repeat
            nor are repeated.

    Returns:
        Proposed removals of layer `repeat`, schema `ingest.tables.REMOVALS`. Of equals the first is kept,
        of a paragraph and its beginning the longer; no kept copy is itself removed.
    """
    chosen = _choose(paragraphs, ~touched(paragraphs, removals))
    pairs = _compared(chosen, _pairs(chosen))
    near = _near(chosen, pairs)
    of_head = _agreed(near, _cut(chosen, pairs, near))
    stands = (of_head.kept < 0)[chosen.head]
    kept = np.where(stands, chosen.head, of_head.kept[chosen.head])
    how = np.where(stands, SAME, of_head.how[chosen.head])
    jaccard = np.where(stands, 1.0, of_head.jaccard[chosen.head])
    gone = np.flatnonzero(kept != np.arange(len(kept)))
    gone = gone[~_refrains(chosen, gone, kept[gone])]
    return _proposals(chosen.table, gone, _Verdicts(kept[gone], how[gone], jaccard[gone]))


def touched(paragraphs: pa.Table, removals: pa.Table) -> Bools:
    """Tell which paragraphs some removal lies in (bool, one a paragraph)."""
    out = np.zeros(paragraphs.num_rows, np.bool_)
    out[paragraph_of(paragraphs, removals)] = True
    return out


def paragraph_of(paragraphs: pa.Table, removals: pa.Table) -> Ints:
    """Return the index of the paragraph that each removal lies in (int64)."""
    begins = _order(paragraphs["row"].to_numpy(), paragraphs["start"].to_numpy())
    return (
        np.searchsorted(begins, _order(removals["row"].to_numpy(), removals["start"].to_numpy()), "right") - 1
    )


def _order(row: npt.NDArray[np.int32], start: npt.NDArray[np.int32]) -> Ints:
    return (row.astype(np.int64) << 32) + start


def _choose(paragraphs: pa.Table, free: Bools) -> _Chosen:
    index = echoing(paragraphs, free)
    table = paragraphs.take(pa.array(index)).combine_chunks()
    tokens = tokenise(column(table, "text"))
    signs = _signs(table["text"])
    whole = table["sentence"].to_numpy(zero_copy_only=False)
    figures = signs.dictionary_encode().indices.to_numpy().astype(np.int64)
    head = _first_of_its_kind(table["row"].to_numpy(), text_keys(tokens), figures, whole=whole)
    # Without words to compare (rows of emoji), or without an end, none is the same as another.
    alone = ~whole | (tokens.counts < ENDS)
    return _Chosen(table, index, tokens, signs, whole, np.where(alone, np.arange(len(head)), head))


def _first_of_its_kind(row: npt.NDArray[np.int32], keys: Keys, figures: Ints, *, whole: Bools) -> Ints:
    """Return for each paragraph the first of its article with the same comparison form, figures and end."""
    order = np.lexsort((np.arange(len(row)), whole, figures, keys, row))
    new = np.zeros(len(row), np.bool_)
    new[:1] = True
    for values in (row, keys, figures, whole):
        new[1:] |= values[order][1:] != values[order][:-1]
    head = np.empty(len(row), np.int64)
    head[order] = order[np.maximum.accumulate(np.where(new, np.arange(len(row)), 0))]
    return head


def _signs(text: pa.ChunkedArray) -> pa.Array:
    """Return the figures, signs and currencies of each paragraph, a space for all between."""
    signed = pc.replace_substring_regex(text, pattern=r"([\s\p{Z}(])[-–](\p{Nd})", replacement=r"\1−\2")
    bare = pc.replace_substring_regex(signed, pattern=r"[^\p{Sc}%‰+−±\p{Nd}]+", replacement=" ")
    return bare.combine_chunks()


def _pairs(chosen: _Chosen) -> tuple[Ints, Ints]:
    """Return pairs of one article, later and earlier, that share a band, their head or their tail."""
    heads = np.flatnonzero((chosen.head == np.arange(len(chosen.head))) & (chosen.tokens.counts >= ENDS))
    shingles = shingle(chosen.tokens, width=WIDTH)
    first, last = shingles.offsets[heads], shingles.offsets[heads + 1] - 1
    ends = [
        shingles.hashes[one] * np.uint64(3) + shingles.hashes[other]
        for one, other in ((first, first + WIDTH), (last, last - WIDTH))
    ]
    keys = np.column_stack([band_keys(sign(shingles)[heads], rows=rows_per_band(NEAR)), *ends])
    keys += (chosen.table["row"].to_numpy()[heads].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))[:, None]
    size = len(heads) + 1
    coded = distinct(np.concatenate([_sharing(keys[:, i]) for i in range(keys.shape[1])]))
    row = chosen.table["row"].to_numpy()
    later, earlier = heads[coded // size], heads[coded % size]
    return later[row[later] == row[earlier]], earlier[row[later] == row[earlier]]


def _sharing(keys: Keys) -> Ints:
    """Return the pairs with equal keys, as `later * (len(keys) + 1) + earlier`."""
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=keys[order][:1] + np.uint64(1)))
    place = np.arange(len(keys))
    before = np.minimum(place - np.repeat(starts, np.diff(np.append(starts, len(keys)))), NEIGHBOURS)
    later = np.repeat(place, before)
    back = np.arange(len(later)) - np.repeat(np.cumsum(before) - before, before) + 1
    coded: Ints = order[later] * (len(keys) + 1) + order[later - back]
    return coded


def _compared(chosen: _Chosen, pairs: tuple[Ints, Ints]) -> pa.Table:
    """Compare pairs exactly.

    Returns:
        later, earlier (int64), jaccard (float64: index of the two sets of shingles), missing (int64: shingles
        of the smaller set that the other lacks).
    """
    few = distinct(np.concatenate(pairs))
    members = as_sets(shingle(tokenise(column(chosen.table, "text").take(pa.array(few))), width=WIDTH))
    one, other = (np.searchsorted(few, side) for side in pairs)
    jaccard, containment = compare(members, one, other)
    sizes = np.diff(members.offsets)
    missing = np.rint((1 - containment) * np.minimum(sizes[one], sizes[other])).astype(np.int64)
    return pa.table({"later": pairs[0], "earlier": pairs[1], "jaccard": jaccard, "missing": missing})


def _near(chosen: _Chosen, pairs: pa.Table) -> _Verdicts:
    """Decide in order which paragraph is kept: the likest kept one before it that tells the same facts."""
    later, earlier, jaccard = (pairs[name].to_numpy() for name in ("later", "earlier", "jaccard"))
    signs = pc.equal(chosen.signs.take(pa.array(later)), chosen.signs.take(pa.array(earlier)))
    counts = chosen.tokens.counts
    likely = (jaccard >= NEAR) | (np.abs(counts[later] - counts[earlier]) <= 1)
    likely &= chosen.whole[later] & chosen.whole[earlier] & signs.to_numpy(zero_copy_only=False)
    kept, score = np.full(len(counts), -1, np.int64), np.zeros(len(counts))
    tries = np.zeros(len(counts), np.int64)
    text = chosen.table["text"]
    ordered = np.lexsort((earlier, -jaccard, later))
    for i in ordered[likely[ordered]].tolist():
        one, other = int(later[i]), int(earlier[i])
        if kept[one] >= 0 or kept[other] >= 0 or tries[one] >= TRIES:
            continue
        tries[one] += 1
        if same_facts(text[one].as_py(), text[other].as_py(), alike=bool(jaccard[i] >= NEAR)):
            kept[one], score[one] = other, jaccard[i]
    return _Verdicts(kept, np.full(len(counts), NEARLY), score)


def _cut(chosen: _Chosen, pairs: pa.Table, near: _Verdicts) -> _Verdicts:
    """Find paragraphs that are the beginning of a longer one: the likest that is kept, the longest first."""
    later, earlier, jaccard = (pairs[name].to_numpy() for name in ("later", "earlier", "jaccard"))
    counts, letters = chosen.tokens.counts, np.diff(chosen.tokens.starts[chosen.tokens.offsets])
    longer = np.where(
        counts[later] == counts[earlier], letters[later] > letters[earlier], counts[later] > counts[earlier]
    )
    short, long = np.where(longer, earlier, later), np.where(longer, later, earlier)
    kept, score = np.full(len(counts), -1, np.int64), np.zeros(len(counts))
    text, signs = chosen.table["text"], chosen.signs
    ordered = np.lexsort((long, -jaccard, short, -letters[short], -counts[short]))
    likely = chosen.whole[long] & (near.kept[long] < 0)
    likely &= pairs["missing"].to_numpy() <= 1  # the last one, where a word is broken off
    for i in ordered[likely[ordered]].tolist():
        one, other = int(short[i]), int(long[i])
        if kept[one] >= 0 or kept[other] >= 0 or not signs[other].as_py().startswith(signs[one].as_py()):
            continue
        if is_beginning(text[one].as_py(), text[other].as_py()):
            kept[one], score[one] = other, jaccard[i]
    return _Verdicts(kept, np.full(len(counts), CUT), score)


def _agreed(near: _Verdicts, cut: _Verdicts) -> _Verdicts:
    """Take both kinds together so that every kept copy is kept: what a cut one was a copy of is its."""
    is_near = near.kept >= 0
    orphaned = is_near & (cut.kept[near.kept] >= 0)
    is_near &= ~orphaned
    choices = zip((near.kept, near.how, near.jaccard), (cut.kept, cut.how, cut.jaccard), strict=True)
    return _Verdicts(*(np.where(is_near, one, other) for one, other in choices))


def _refrains(chosen: _Chosen, gone: Ints, kept: Ints) -> Bools:
    """Tell which repeats are the only one of their article, and too short or too far from their copy."""
    row = chosen.table["row"].to_numpy()[gone]
    _, group, counts = np.unique(row, return_inverse=True, return_counts=True)
    words = chosen.table["words"].to_numpy()  # of a paragraph cut short those of the whole one count
    short = np.maximum(words[gone], words[kept]) < ALONE_WORDS
    far = np.abs(chosen.index[gone] - chosen.index[kept]) > ALONE_REACH
    alone: Bools = (counts[group] == 1) & (short | far)
    return alone


def _proposals(table: pa.Table, gone: Ints, verdicts: _Verdicts) -> pa.Table:
    taken, first = table.take(pa.array(gone)), table.take(pa.array(verdicts.kept))
    count = len(gone)
    return pa.table(
        {
            "row": taken["row"],
            "start": taken["start"],
            "end": taken["end"],
            "layer": pa.repeat("repeat", count),
            "kind": pa.repeat("paragraph-repeat", count),
            "rule_id": pa.nulls(count, pa.string()),
            "evidence": pa.array(EVIDENCE[verdicts.how, (verdicts.kept > gone).astype(int)], pa.string()),
            "of_start": first["start"],
            "of_end": first["end"],
            "similarity": pa.array(verdicts.jaccard, pa.float32()),
        }
    ).cast(REMOVALS)
