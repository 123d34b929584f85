"""What rules need of a text, looked for in all texts at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import types

from ingest.kernels.compiling import F64, I64, TO_I64, U8, U32, U64, compiled, part

GRAM = 4  # bytes of a literal by which it is found
HASH_BITS = 17  # of the hash of a gram: a bit each says whether there may be one, 16 kB in all
BUCKET_BITS = 13  # of these, those that say where it is listed
QUOTE = 0x81  # stands for any quotation mark of U+2018 to U+201F as first letter of an opening
SPREAD = np.uint32(0x9E3779B1)  # 2^32 divided by the golden ratio, as in Knuth's multiplicative hashing


class Needs(NamedTuple):
    """What to look for, as flat arrays; lists of lists have bounds, one more than there are lists.

    Attributes:
        fold: uint8, what each byte is taken for where literals are compared.
        rough: uint8, likewise for openings.
        before: uint8, 1 for the bytes that may stand in front of an opening.
        seen: uint8, a bit for each hash: a gram has it.
        buckets: int64, bounds of the grams of each bucket, in `keys`.
        keys: uint32, grams in order of their buckets.
        of_gram: int64, bounds of the literals of each gram.
        places: int64, where in each literal its gram stands.
        letters: uint8, of all literals, folded.
        of_literal: int64, bounds of the letters of each literal.
        asking: int64, bounds of the clauses of each literal, in `clauses`.
        clauses: int64.
        initial: int64, bounds of the openings of each folded first byte.
        opening: uint8, letters of all openings.
        of_opening: int64, bounds of the letters of each opening.
        opened: int64, clause of each opening.
        rules: int64, rule of each clause.
        needs: int64, clauses of each rule.
        longest: float64, words of the longest text that each rule is for.
        at_edge: uint8, 1 where a rule is for texts at the edge alone.
        signs: uint64, for each byte its bit, if it is a sign that some clause asks for.
        signed: uint64, for each clause on signs the bits of which one must be there.
        of_signed: int64, number of each such clause.
    """

    fold: npt.NDArray[np.uint8]
    rough: npt.NDArray[np.uint8]
    before: npt.NDArray[np.uint8]
    seen: npt.NDArray[np.uint8]
    buckets: npt.NDArray[np.int64]
    keys: npt.NDArray[np.uint32]
    of_gram: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    letters: npt.NDArray[np.uint8]
    of_literal: npt.NDArray[np.int64]
    asking: npt.NDArray[np.int64]
    clauses: npt.NDArray[np.int64]
    initial: npt.NDArray[np.int64]
    opening: npt.NDArray[np.uint8]
    of_opening: npt.NDArray[np.int64]
    opened: npt.NDArray[np.int64]
    rules: npt.NDArray[np.int64]
    needs: npt.NDArray[np.int64]
    longest: npt.NDArray[np.float64]
    at_edge: npt.NDArray[np.uint8]
    signs: npt.NDArray[np.uint64]
    signed: npt.NDArray[np.uint64]
    of_signed: npt.NDArray[np.int64]


_TYPES = types.NamedTuple(  # type: ignore[no-untyped-call] # numba gives it no types
    (
        U8,
        U8,
        U8,
        U8,
        I64,
        U32,
        I64,
        I64,
        U8,
        I64,
        I64,
        I64,
        I64,
        U8,
        I64,
        I64,
        I64,
        I64,
        F64,
        U8,
        U64,
        U64,
        I64,
    ),
    Needs,
)


@part
def _is_strange(data: np.ndarray, at: int) -> bool:
    """Tell whether a letter stands there that RE2 takes for others: `ingest.literals.Fold.strange`."""
    lead = data[at]
    if lead == 0xC5:
        return bool(data[at + 1] == 0xBF)
    if lead == 0xE2:
        return bool(data[at + 1] == 0x84 and data[at + 2] == 0xAA)
    return bool(lead == 0xE1 and data[at + 1] == 0xB2 and data[at + 2] <= 0x88)


@part
def _met(
    clause: int,
    text: int,
    owners: np.ndarray,
    needs: np.ndarray,
    met: np.ndarray,
    last: np.ndarray,
    have: np.ndarray,
) -> np.int64:
    """Count a clause of a rule once a text; return the rule if it was the last one wanting, else -1."""
    if met[clause] == text:
        return np.int64(-1)
    met[clause] = text
    rule = np.int64(owners[clause])
    if last[rule] != text:
        last[rule] = text
        have[rule] = 0
    have[rule] += 1
    return rule if have[rule] == needs[rule] else np.int64(-1)


_PAIR = types.UniTuple(types.int64, 2)  # type: ignore[no-untyped-call] # likewise


@compiled(_PAIR(U8, I64, F64, U8, _TYPES, types.int64, TO_I64, TO_I64))
def find(
    data: np.ndarray,
    offsets: np.ndarray,
    words: np.ndarray,
    edge: np.ndarray,
    needs: Needs,
    first: int,
    rules: np.ndarray,
    texts: np.ndarray,
) -> tuple[int, int]:
    """Find the texts that have all that a rule needs, from one text on.

    Args:
        data: uint8, valid UTF-8.
        offsets: int64, text t is `data[offsets[t]:offsets[t + 1]]`.
        words: float64, of each text.
        edge: uint8, 1 for texts at the edge.
        needs: what to look for.
        first: text to go on from.
        rules: int64, becomes the rule of each pair that is found, in order of the texts; longer than there
            are rules.
        texts: int64, as long; the text of each pair.

    Returns:
        The text to go on from, that is their number once all were looked at; and the number of pairs.
    """
    # Each by itself: handed over together, all would be counted as in use at every call.
    fold, rough, before, seen, buckets, keys = (
        needs.fold,
        needs.rough,
        needs.before,
        needs.seen,
        needs.buckets,
        needs.keys,
    )
    of_gram, places, letters, of_literal = needs.of_gram, needs.places, needs.letters, needs.of_literal
    asking, clauses, initial, opening = needs.asking, needs.clauses, needs.initial, needs.opening
    of_opening, opened, owners, wanted = needs.of_opening, needs.opened, needs.rules, needs.needs
    longest, at_edge, signs, signed, of_signed = (
        needs.longest,
        needs.at_edge,
        needs.signs,
        needs.signed,
        needs.of_signed,
    )
    count = len(wanted)
    met = np.full(len(owners), -1, np.int64)
    last, have = np.full(count, -1, np.int64), np.zeros(count, np.int64)
    pairs = 0
    for text in range(first, len(offsets) - 1):
        if pairs + count > len(rules):
            return text, pairs
        start, end = offsets[text], offsets[text + 1]
        length, inside = words[text], edge[text] == 0
        at = start
        while at < end:
            letter = np.int64(rough[data[at]])
            if data[at] == 0xE2 and data[at + 1] == 0x80 and data[at + 2] & 0xF8 == 0x98:
                letter = np.int64(QUOTE)
            for i in range(initial[letter], initial[letter + 1]):
                begin, size = of_opening[i], of_opening[i + 1] - of_opening[i]
                same = at + size <= end
                j = 1
                while same and j < size:
                    same = rough[data[at + j]] == opening[begin + j]
                    j += 1
                rule = _met(opened[i], text, owners, wanted, met, last, have) if same else np.int64(-1)
                if rule >= 0 and length <= longest[rule] and not (inside and at_edge[rule]):
                    rules[pairs], texts[pairs] = rule, text
                    pairs += 1
            if letter == QUOTE or not before[data[at]]:
                break
            at += 1
        strange = False
        key, held = np.uint32(0), np.uint64(0)
        for at in range(start, end):
            byte = data[np.uint64(at)]  # unsigned: numba asks of others whether they count from the end
            key = (key >> np.uint32(8)) | (np.uint32(fold[np.uint64(byte)]) << np.uint32(24))
            held |= signs[np.uint64(byte)]
            if byte >= 0xC5:
                strange |= _is_strange(data, at)
            hashed = np.uint32(key * SPREAD) >> np.uint32(32 - HASH_BITS)
            if not seen[np.uint64(hashed >> np.uint32(3))] >> np.uint8(hashed & np.uint32(7)) & 1:
                continue
            bucket = np.int64(hashed >> np.uint32(HASH_BITS - BUCKET_BITS))
            for gram in range(buckets[bucket], buckets[bucket + 1]):
                if keys[gram] != key:
                    continue
                for i in range(of_gram[gram], of_gram[gram + 1]):
                    begin, size = of_literal[i], of_literal[i + 1] - of_literal[i]
                    there = at + 1 - GRAM - places[i]
                    same = there >= start and there + size <= end
                    j = 0
                    while same and j < size:
                        same = fold[np.uint64(data[np.uint64(there + j)])] == letters[np.uint64(begin + j)]
                        j += 1
                    for k in range(asking[i], asking[i + 1] if same else asking[i]):
                        rule = _met(clauses[k], text, owners, wanted, met, last, have)
                        if rule >= 0 and length <= longest[rule] and not (inside and at_edge[rule]):
                            rules[pairs], texts[pairs] = rule, text
                            pairs += 1
        for i in range(len(signed) if held else 0):
            rule = (
                _met(of_signed[i], text, owners, wanted, met, last, have)
                if held & signed[i]
                else np.int64(-1)
            )
            if rule >= 0 and length <= longest[rule] and not (inside and at_edge[rule]):
                rules[pairs], texts[pairs] = rule, text
                pairs += 1
        for each in range(count if strange else 0):  # for all we know it has everything
            rule = np.int64(each)
            if last[rule] == text and have[rule] == wanted[rule]:
                continue
            if length <= longest[rule] and not (inside and at_edge[rule]):
                rules[pairs], texts[pairs] = rule, text
                pairs += 1
    return len(offsets) - 1, pairs
