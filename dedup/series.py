"""Texts of one template about different facts: alike by their shingles, yet no copies.

Grant notices, match reports, earnings, the weather, the stages of a bill. Most are told by outlet and date of
publication. For the rest those words count that only one of the two texts has: a copy that was edited has
other words, a series other names and numbers, and on both sides.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.casing import Words, find_words
from dedup.kernels import casing
from dedup.kernels import series as kernels

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

DAYS = 5  # of 358 pairs read, those of one outlet that lie as far apart told of another day's facts
MICROSECONDS = 86_400_000_000  # in a day
PAIRS_AT_ONCE = 2_000  # the words of 4,000 texts take some tens of megabytes

# What another word weighs as another fact. Of two numbers one may be corrected; a name is seldom.
NAME, NOUN, NUMBER, QUIET, SIGN = 8, 2, 4, 2, 1
LOUD = 0.3  # share of capitals from which they tell no names: English has .03 to .29, German .31 to .46
# Words of a text, and the weight that makes a series of it: one name or number in a stub, three in more.
SHORT, MEDIUM = 75, 150
ENOUGH_SHORT, ENOUGH_MEDIUM, ENOUGH = 4, 16, 24
ONE_IN = 100  # and in an article one token in so many, or a corrected contact would make a series of a letter
MANY_NAMES = 5  # so many swapped are a form filled in, however long; two people to write to are four names
ENTITY = 6  # weight beside a repeated word where capitals tell no name: a number, or two words more
NEAR = 0.8  # Jaccard index; below it a text was rewritten unless most that differs has no counterpart

CALENDAR = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sept sep oct nov dec "
    "monday tuesday wednesday thursday friday saturday sunday "
    "januar februar märz mai juni juli oktober dezember "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag "
    "janvier février mars avril juin juillet août septembre octobre novembre décembre "
    "lundi mardi mercredi jeudi vendredi samedi dimanche "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    "lunes martes miércoles jueves viernes sábado domingo "
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica "
    "janeiro fevereiro março maio junho julho setembro outubro dezembro "
    "segunda terça quarta quinta sexta feira "
    "januari februari maart mei augustus maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"
)  # no names, as a text may be sent again on another day
CORRECTION = (
    "correct corrects corrected correcting correction corrections clarification clarifies misstated "
    "korrektur korrigiert berichtigt berichtigung rectificatif rectifie corrige corrigé corrección corregido "
    "correzione corretto correção rectificatie"
)  # says itself what it is
BILL = "bill legislation resolution amendment amendments act measure"
STAGES = {
    "introduced": "introduce introduces introduced introducing introduction",
    "subcommittee": "subcommittee subcommittees",
    "committee": "committee panel markup",
    "passed": "passes passed passage",
    "approved": "approve approves approved approval",
    "adopted": "adopt adopts adopted adoption",
    "final": "final finally",
    "conference": "conference conferees",
    "signed": "sign signs signed signature signing",
    "enacted": "enact enacts enacted enactment",
    "vetoed": "veto vetoes vetoed",
}  # of a bill; the article on one stage repeats the article on the one before

# Bits of what a text has of the lists above.
_LISTS = (CALENDAR, CORRECTION, BILL, *STAGES.values())
_CORRECTION, _BILL, _FIRST_STAGE = 1, 2, 3


@dataclass(frozen=True)
class Contrast:
    """What only one text of each pair has.

    Attributes:
        words: of all texts.
        counts: int64 of shape (pairs, 2, kernels.COUNTS).
        examples: int64 of shape (pairs, 2, kernels.EXAMPLES): words; -1 where there is none.
        size: int64, words of the longer text.
        loud: bool, capitals tell no names.
        listed: int64 of shape (pairs, 2), a bit for each of `_LISTS` of which the text has a word.
        jaccard: float64.
    """

    words: Words
    counts: Ints
    examples: Ints
    size: Ints
    loud: Bools
    listed: Ints
    jaccard: Floats


def apart(pairs: pa.Table, articles: pa.Table) -> Bools:
    """Tell which pairs are a series by outlet and dates alone.

    Args:
        pairs: table with the columns of `dedup.tables.PAIRS`, rows of `articles`.
        articles: table with the columns `outlet` (string) and `published_at` (timestamp[us]).

    Returns:
        bool, one a pair: true where both are of one outlet that is known, and `DAYS` days or more apart.
    """
    return _same_outlet(pairs, articles) & (_days(pairs, articles) >= DAYS)


def judge(pairs: pa.Table, articles: pa.Table, texts: pa.Array, members: Ints) -> pa.Array:
    """Tell which pairs of articles that resemble one another are a series, and why.

    Each pair is judged for itself, and alike whichever of the two is the later one.

    Args:
        pairs: table of schema `dedup.tables.MATCHES`, rows of `articles`.
        articles: table with the columns `outlet` (string) and `published_at` (timestamp[us]).
        texts: string array, clean texts of the articles in `pairs`; those that only `apart` pairs name may
            be left out.
        members: int64, ascending: which row of `articles` each of `texts` is.

    Returns:
        string array, one a pair: the evidence (what the later one has first); null where it is no series.
    """
    evidence = np.full(pairs.num_rows, None, np.object_)
    same, days = _same_outlet(pairs, articles), _days(pairs, articles)
    far = np.flatnonzero(same & (days >= DAYS))
    evidence[far] = [f"same outlet, {int(gap)} days apart" for gap in days[far]]
    close = np.flatnonzero(same & ~(days >= DAYS))
    for start in range(0, len(close), PAIRS_AT_ONCE):
        block = close[start : start + PAIRS_AT_ONCE]
        some = pairs.take(pa.array(block))
        named = np.concatenate([some[name].to_numpy() for name in ("later", "earlier")])
        needed, place = np.unique(np.searchsorted(members, named), return_inverse=True)
        left, right = np.split(place, 2)
        chosen = texts.take(pa.array(needed))
        evidence[block] = _compare(_contrast(chosen, left, right, some["jaccard"].to_numpy()))
    return pa.array(evidence, pa.string())


def _same_outlet(pairs: pa.Table, articles: pa.Table) -> Bools:
    one, other = (articles["outlet"].take(pairs[name]) for name in ("later", "earlier"))
    return np.asarray(pc.fill_null(pc.equal(one, other), False), np.bool_)


def _days(pairs: pa.Table, articles: pa.Table) -> Floats:
    """Return the days between the articles of each pair, NaN where a date is not known."""
    one, other = (
        articles["published_at"].take(pairs[name]).cast(pa.int64()) for name in ("later", "earlier")
    )
    apart_by = pc.cast(pc.abs(pc.subtract(one, other)), pa.float64(), safe=False)
    return np.asarray(pc.fill_null(apart_by, np.nan), np.float64) / MICROSECONDS


def _contrast(texts: pa.Array, left: Ints, right: Ints, jaccard: Floats) -> Contrast:
    """Compare the words of two texts of each pair (`left`, `right`: int64, positions in `texts`)."""
    words = find_words(texts)
    codes = _codes(words)
    bits = words.bits | np.where(codes >= 0, casing.LISTED, 0).astype(np.uint8)
    counts = np.zeros((2 * len(left), kernels.COUNTS), np.int64)
    examples = np.full((2 * len(left), kernels.EXAMPLES), -1, np.int64)
    spans = (words.data, words.hashes, words.starts, words.ends, words.counts, bits, words.offsets)
    kernels.contrast(*spans, left, right, counts, examples)
    size = words.sums(words.counts) - words.sums(words.counts * (words.bits == casing.SIGN)) // 2
    case = words.bits & (casing.CAPITAL | casing.SMALL)
    capitals, cased = words.sums(case == casing.CAPITAL), words.sums(case > 0)
    return Contrast(
        words=words,
        counts=counts.reshape(-1, 2, kernels.COUNTS),
        examples=examples.reshape(-1, 2, kernels.EXAMPLES),
        size=np.maximum(size[left], size[right]),  # two signs make about a word
        loud=capitals[left] + capitals[right] >= LOUD * (cased[left] + cased[right]),
        listed=_listed(words, codes)[np.stack([left, right], axis=1)],
        jaccard=jaccard,
    )


@functools.cache
def _lists() -> tuple[npt.NDArray[np.uint64], Ints]:
    """Return the hashes of all listed words, ascending, and which list each is of."""
    words = find_words(pa.array(_LISTS))
    order = np.argsort(words.hashes, kind="stable")
    return words.hashes[order], np.repeat(np.arange(len(_LISTS)), np.diff(words.offsets))[order]


def _codes(words: Words) -> Ints:
    """Return the list that each word is of, -1 for none."""
    hashes, lists = _lists()
    place = np.minimum(np.searchsorted(hashes, words.hashes), len(hashes) - 1)
    return np.where(hashes[place] == words.hashes, lists[place], -1)


def _listed(words: Words, codes: Ints) -> Ints:
    """Return the lists that each text has a word of, as bits."""
    found = np.flatnonzero(codes >= 0)
    listed = np.zeros(len(words.offsets) - 1, np.int64)
    np.bitwise_or.at(listed, np.searchsorted(words.offsets, found, side="right") - 1, 1 << codes[found])
    return listed


def _compare(found: Contrast) -> list[str | None]:
    """Return the evidence for each pair, null where it is no series."""
    swapped, staged = _swapped(found), _staged(found)
    spelt: dict[int, str] = {-1: ""}
    for word in np.unique(found.examples[swapped]).tolist():
        if word >= 0:
            spelt[word] = found.words.spell(word)
    evidence: list[str | None] = [None] * len(found.jaccard)
    fewer = found.counts.min(axis=1)
    for pair in np.flatnonzero(swapped).tolist():
        evidence[pair] = _say_swapped(fewer[pair].tolist(), found.examples[pair].tolist(), spelt)
    for pair in np.flatnonzero(staged & ~swapped).tolist():
        evidence[pair] = _say_staged(*found.listed[pair].tolist())
    return evidence


def _swapped(found: Contrast) -> Bools:
    """Tell where other facts stand on both sides."""
    fewer = found.counts.min(axis=1)
    weight = (
        np.where(found.loud, NOUN, NAME) * fewer[:, kernels.NAMES]
        + NUMBER * fewer[:, kernels.NUMBERS]
        + QUIET * fewer[:, kernels.QUIETS]
        + SIGN * fewer[:, kernels.SIGNS]
    )
    needed = np.select([found.size <= SHORT, found.size <= MEDIUM], [ENOUGH_SHORT, ENOUGH_MEDIUM], ENOUGH)
    dense = (found.size <= MEDIUM) | (fewer[:, kernels.ALONE] * ONE_IN >= found.size)
    dense |= ~found.loud & (fewer[:, kernels.NAMES] >= MANY_NAMES)
    alone, differing = found.counts[:, :, kernels.ALONE], found.counts[:, :, kernels.DIFFERING]
    edited = (found.jaccard < NEAR) & (2 * alone < differing).any(axis=1)
    corrected = (found.listed[:, 0] ^ found.listed[:, 1]) & (1 << _CORRECTION) > 0
    swapped: Bools = ((weight >= needed) & dense | _entity(found, weight)) & ~edited & ~corrected
    return swapped


def _entity(found: Contrast, weight: Ints) -> Bools:
    """Tell where one side repeats a name where the other repeats another."""
    names, quiets, signs, words = (
        found.counts[:, :, kind + 1] for kind in (kernels.NAMES, kernels.QUIETS, kernels.SIGNS, kernels.WORDS)
    )
    any_word = names + quiets + signs + words + found.counts[:, :, kernels.MORE]
    unsure = names + quiets + signs
    named: Bools = ~found.loud & (names.max(axis=1) > 0) & (any_word.min(axis=1) > 0)
    other: Bools = (unsure.min(axis=1) > 0) & (weight >= ENTITY)
    return named | other


def _staged(found: Contrast) -> Bools:
    """Tell where two texts about a bill speak of other stages, and not as a cut alone would make them."""
    differ = (found.listed[:, 0] ^ found.listed[:, 1]) >> _FIRST_STAGE > 0
    bill = (found.listed >> _BILL & 1).all(axis=1)
    both = found.counts[:, :, kernels.ALONE].min(axis=1) >= 2
    staged: Bools = differ & bill & both & (found.jaccard >= NEAR)
    return staged


def _say_swapped(fewer: list[int], examples: list[list[int]], spelt: dict[int, str]) -> str:
    names = fewer[kernels.NAMES]
    others = (("numbers", kernels.NUMBERS), ("words", kernels.QUIETS), ("signs", kernels.SIGNS))
    parts = [f"{names} name{'s' * (names > 1)}"] * (names > 0) + [
        name for name, kind in others if fewer[kind]
    ]
    left, right = (", ".join(dict.fromkeys(spelt[word] for word in side if word >= 0)) for side in examples)
    return f"same outlet, {' and '.join(parts) or 'names'} swapped: {left} / {right}"


def _say_staged(left: int, right: int) -> str:
    one, other = (
        ", ".join(name for bit, name in enumerate(STAGES, _FIRST_STAGE) if mine & ~theirs & 1 << bit)
        for mine, theirs in ((left, right), (right, left))
    )
    return f"same outlet, stages: {one or 'none'} / {other or 'none'}"
