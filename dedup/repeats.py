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

from dedup import candidates
from dedup.comparison import Tokens, tokenise
from dedup.shingles import as_sets, compare, shingle, text_keys
from dedup.signatures import band_keys, rows_per_band, sign
from ingest.paragraphs import LIST_ITEM
from ingest.tables import REMOVALS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MIN_WORDS = 12  # of real text .50 % is repeated lines, .022 % with these guards (measured on 1,000 pages)
WIDTH = 3  # one changed word of 20 leaves a Jaccard index of .71 with 3-word shingles, .52 with 5-word ones
NEAR = 0.8
QUESTION = r"[?？؟][\s\p{Z}\"'”“’»)\]）」』]*$"
FIGURES = 5  # a number in every so many words: a recipe, a schedule, a table; such lines recur and are real
FIGURE = r"[\s\p{Z}(]\p{Nd}"
TRIES = 5  # of a paragraph, with those it is likest to: more alike ones that differ in facts are a table
# Words that turn a statement round, or count: few differ so little and say so much.
TURNS = frozenset(
    [
        "no",
        "not",
        "never",
        "none",
        "without",
        "nor",
        "neither",
        "nobody",
        "nothing",
        "cannot",
        "couldn",
        "wouldn",
        "didn",
        "isn",
        "wasn",
        "aren",
        "won",
        "don",
        "doesn",
        "t",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "dozen",
        "hundred",
        "thousand",
        "million",
        "billion",
        "half",
        "nicht",
        "kein",
        "keine",
        "nie",
        "ohne",
        "weder",
        "ne",
        "pas",
        "jamais",
        "sans",
        "aucun",
        "sin",
        "nunca",
        "tampoco",
        "non",
        "mai",
        "senza",
    ]
)
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
    figures = _figures(chosen["text"])
    head = _first_of_its_kind(row, text_keys(tokens), figures)
    near_of, score = _near(chosen, tokens, head, figures)
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


def _first_of_its_kind(row: npt.NDArray[np.int32], keys: npt.NDArray[np.uint64], figures: Ints) -> Ints:
    """Return for each paragraph the first of its article with the same comparison form and figures."""
    order = np.lexsort((np.arange(len(row)), figures, keys, row))
    new = np.zeros(len(row), np.bool_)
    new[:1] = True
    for values in (row, keys, figures):
        new[1:] |= values[order][1:] != values[order][:-1]
    head = np.empty(len(row), np.int64)
    head[order] = order[np.maximum.accumulate(np.where(new, np.arange(len(row)), 0))]
    return head


def _near(
    chosen: pa.Table, tokens: Tokens, head: Ints, figures: Ints
) -> tuple[Ints, npt.NDArray[np.float64]]:
    """Return for each paragraph the one it nearly repeats (-1: none), and their Jaccard index."""
    row = chosen["row"].to_numpy().astype(np.uint64)
    heads = np.flatnonzero(head == np.arange(len(head)))
    shingles = shingle(tokens, width=WIDTH)
    keys = (
        band_keys(sign(shingles), rows=rows_per_band(NEAR)) + (row * np.uint64(0x9E3779B97F4A7C15))[:, None]
    )
    found = candidates.find(candidates.empty(keys.shape[1]), keys[heads], heads)
    later, earlier = found["later"].to_numpy(), found["earlier"].to_numpy()
    near = (row[later] == row[earlier]) & (figures[later] == figures[earlier])
    later, earlier = later[near], earlier[near]
    jaccard = compare(as_sets(shingles), later, earlier)[0] if len(later) else np.empty(0)
    alike = jaccard >= NEAR
    return _keep_first(chosen["text"], later[alike], earlier[alike], jaccard[alike])


def _keep_first(
    text: pa.ChunkedArray, later: Ints, earlier: Ints, jaccard: npt.NDArray[np.float64]
) -> tuple[Ints, npt.NDArray[np.float64]]:
    """Decide in order which paragraph is kept: the likest kept one before it that tells the same facts."""
    kept_of, score = np.full(len(text), -1, np.int64), np.zeros(len(text))
    tries = np.zeros(len(text), np.int64)
    for i in np.lexsort((earlier, -jaccard, later)).tolist():
        one, other = int(later[i]), int(earlier[i])
        if kept_of[one] >= 0 or kept_of[other] >= 0 or tries[one] >= TRIES:
            continue
        tries[one] += 1
        if same_facts(text[one].as_py(), text[other].as_py()):
            kept_of[one], score[one] = other, jaccard[i]
    return kept_of, score


def same_facts(left: str, right: str) -> bool:
    """Tell whether two paragraphs differ in nothing that looks like a number, a name or a denial."""
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
    return not any(
        word[0].isupper() or word.casefold() in TURNS or any(map(str.isdigit, word)) for word in changed
    )


def _figures(text: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return a number for the figures, signs and currencies of each paragraph; equal where these are."""
    signed = pc.replace_substring_regex(text, pattern=r"([\s\p{Z}(])[-–](\p{Nd})", replacement=r"\1−\2")
    bare = pc.replace_substring_regex(signed, pattern=r"[^\p{Sc}%‰+−±\p{Nd}]+", replacement=" ")
    coded: npt.NDArray[np.int64] = (
        bare.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    )
    return coded


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
