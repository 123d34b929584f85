"""Paragraphs that stand twice in one article: found by hash and by MinHash, verified, guarded.

Naively, removing repeats destroys interviews, recipes and schedules; so only full sentences of some
length take part, and a near repeat counts only where no number and no name differs.
"""

from __future__ import annotations

import difflib
import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import candidates, kernels
from dedup.comparison import Tokens, tokenise
from dedup.shingles import as_sets, compare, shingle, text_keys
from dedup.signatures import band_keys, rows_per_band, sign
from ingest.tables import REMOVALS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MIN_WORDS = 12  # of real text .50 % is repeated lines, .022 % with these guards (measured on 1,000 pages)
WIDTH = 3  # one changed word of 20 leaves a Jaccard index of .71 with 3-word shingles, .52 with 5-word ones
NEAR = 0.8
QUESTION = r"[?？؟][\s\p{Z}\"'”“’»)\]）」』]*$"
FIGURES = 5  # a number in every so many words: a recipe, a schedule, a table; such lines recur and are real
FIGURE = r"[\s\p{Z}(]\p{Nd}"
LIST_ITEM = r"^(?:[•·*\-–—▪●◦‣]|\p{Nd}+[.)]|[\p{L}][.)])[\s\p{Z}]"
_WORD = re.compile(r"\w+")


def find(paragraphs: pa.Table, removals: pa.Table) -> pa.Table:
    """Find the paragraphs that repeat an earlier one of the same article.

    Args:
        paragraphs: table of schema `ingest.tables.PARAGRAPHS`.
        removals: what is claimed already, schema `ingest.tables.REMOVALS`; such paragraphs neither repeat
            nor are repeated.

    Returns:
        Proposed removals of layer `repeat`, schema `ingest.tables.REMOVALS`; the first copy is kept.
    """
    eligible = np.flatnonzero(_eligible(paragraphs) & ~touched(paragraphs, removals))
    chosen = paragraphs.take(pa.array(eligible)).combine_chunks()
    row = chosen["row"].to_numpy()
    tokens = tokenise(chosen["text"].combine_chunks() if chosen.num_rows else pa.array([], pa.string()))
    head = _first_of_its_kind(row, text_keys(tokens))
    near_of, score = _near(chosen, tokens, head)
    kept = np.where(near_of[head] >= 0, near_of[head], head)
    copies = np.flatnonzero(kept != np.arange(len(kept)))
    return _proposals(chosen, copies, kept[copies], np.where(near_of[head] >= 0, score[head], 1.0)[copies])


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


def _eligible(paragraphs: pa.Table) -> Bools:
    text = paragraphs["text"]
    sentence = paragraphs["sentence"].to_numpy(zero_copy_only=False)
    question = pc.match_substring_regex(text, pattern=QUESTION).to_numpy()
    item = pc.match_substring_regex(text, pattern=LIST_ITEM).to_numpy()
    words = paragraphs["words"].to_numpy()
    figures = pc.count_substring_regex(text, pattern=FIGURE).to_numpy() * FIGURES > words
    eligible: Bools = sentence & ~question & ~item & ~figures & (words >= MIN_WORDS)
    return eligible


def _first_of_its_kind(row: npt.NDArray[np.int32], keys: npt.NDArray[np.uint64]) -> Ints:
    """Return for each paragraph the first of its article with the same comparison form."""
    order = np.lexsort((np.arange(len(row)), keys, row))
    new = np.ones(len(row), np.bool_)
    new[1:] = (row[order][1:] != row[order][:-1]) | (keys[order][1:] != keys[order][:-1])
    head = np.empty(len(row), np.int64)
    head[order] = order[np.maximum.accumulate(np.where(new, np.arange(len(row)), 0))]
    return head


def _near(chosen: pa.Table, tokens: Tokens, head: Ints) -> tuple[Ints, npt.NDArray[np.float64]]:
    """Return for each paragraph the one it nearly repeats (-1: none), and their Jaccard index."""
    row = chosen["row"].to_numpy().astype(np.uint64)
    heads = np.flatnonzero(head == np.arange(len(head)))
    shingles = shingle(tokens, width=WIDTH)
    keys = (
        band_keys(sign(shingles), rows=rows_per_band(NEAR)) + (row * np.uint64(0x9E3779B97F4A7C15))[:, None]
    )
    found = candidates.find(candidates.empty(keys.shape[1]), keys[heads], heads)
    later, earlier = found["later"].to_numpy(), found["earlier"].to_numpy()
    near = row[later] == row[earlier]
    later, earlier = later[near], earlier[near]
    jaccard, containment = compare(as_sets(shingles), later, earlier) if len(later) else (np.empty(0),) * 2
    alike = np.flatnonzero(jaccard >= NEAR)
    text = chosen["text"]
    alike = np.array(
        [i for i in alike if same_facts(text[int(later[i])].as_py(), text[int(earlier[i])].as_py())], np.int64
    )
    kept_of, match_of = np.full(len(head), -1, np.int64), np.full(len(head), -1, np.int64)
    kernels.keep_first(later[alike], earlier[alike], jaccard[alike], containment[alike], kept_of, match_of)
    score = np.zeros(len(head))
    score[match_of >= 0] = jaccard[alike][match_of[match_of >= 0]]
    return kept_of, score


def same_facts(left: str, right: str) -> bool:
    """Tell whether two paragraphs differ in nothing that looks like a number or a name."""
    a, b = _WORD.findall(left), _WORD.findall(right)
    matcher = difflib.SequenceMatcher(
        None, [word.casefold() for word in a], [word.casefold() for word in b], autojunk=False
    )
    changed = [
        word
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
        for word in a[i1:i2] + b[j1:j2]
    ]
    return not any(word[0].isupper() or any(map(str.isdigit, word)) for word in changed)


def _proposals(chosen: pa.Table, copies: Ints, kept: Ints, score: npt.NDArray[np.float64]) -> pa.Table:
    taken, first = chosen.take(pa.array(copies)), chosen.take(pa.array(kept))
    count = len(copies)
    evidence = np.where(
        score == 1, "the same words as an earlier paragraph", "nearly the same as an earlier paragraph"
    )
    return pa.table(
        {
            "row": taken["row"],
            "start": taken["start"],
            "end": taken["end"],
            "layer": pa.repeat("repeat", count),
            "kind": pa.repeat("paragraph-repeat", count),
            "rule_id": pa.nulls(count, pa.string()),
            "evidence": evidence,
            "of_start": first["start"],
            "of_end": first["end"],
            "similarity": pa.array(score, pa.float32()),
        }
    ).cast(REMOVALS)
