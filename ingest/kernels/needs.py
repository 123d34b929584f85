"""What rules need of a text, looked for in all texts at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import types

from ingest.kernels.compiling import I64, TO_I64, U8, U32, U64, compiled, part

GRAM = 4  # bytes of a literal by which it is found
HASH_BITS = 17  # of the hash of a gram: a bit each says whether there may be one, 16 kB in all
BUCKET_BITS = 13  # of these, those that say where it is listed
STARTS = 4096  # lists of openings
QUOTE = 0x81  # stands for any quotation mark of U+2018 to U+201F as first letter of an opening
HIGH = 0x80  # a run of white space and, where they are not told apart, of bytes beyond ASCII
SMALL = 0x20  # the bit in which small letters differ from capitals; others that differ in it are mixed up
ONE = np.uint64(1)
STRANGE = np.uint64(1 << 63)  # bit of the bytes with which a strange letter may begin
SPREAD = np.uint32(0x9E3779B1)  # 2^32 divided by the golden ratio, as in Knuth's multiplicative hashing


class Needs(NamedTuple):
    """What to look for, as flat arrays; lists of lists have bounds, one more than there are lists.

    Attributes:
        plain: uint8, what each byte is taken for where literals are compared.
        rough: uint8, likewise for openings.
        before: uint8, 1 for the bytes that may stand in front of an opening.
        seen: uint8, a bit for each hash: a gram has it.
        buckets: int64, bounds of the grams of each bucket, in `keys`.
        keys: uint32, grams in order of their buckets.
        of_gram: int64, bounds of the literals of each gram.
        places: int64, where in each literal its gram stands.
        letters: uint8, of all literals.
        of_literal: int64, bounds of the letters of each literal.
        asking: int64, bounds of the clauses of each literal, in `clauses`.
        clauses: int64.
        initial: int64, bounds of the openings by `start_of` their first three bytes.
        opening: uint8, letters of all openings.
        of_opening: int64, bounds of the letters of each opening.
        opened: int64, clause of each opening.
        rules: int64, rule of each clause.
        needs: int64, clauses of each rule.
        signs: uint64, for each byte its bit, if it is a sign that some clause asks for, or `STRANGE`.
        signed: uint64, for each clause on signs the bits of which one must be there.
        of_signed: int64, number of each such clause.
    """

    plain: npt.NDArray[np.uint8]
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
    signs: npt.NDArray[np.uint64]
    signed: npt.NDArray[np.uint64]
    of_signed: npt.NDArray[np.int64]


_TYPES = types.NamedTuple(  # type: ignore[no-untyped-call] # numba gives it no types
    (U8, U8, U8, U8, I64, U32, I64, I64, U8, I64, I64, I64, I64, U8, I64, I64, I64, I64, U64, U64, I64),
    Needs,
)


@part
def start_of(first: int, second: int, third: int) -> int:
    """Tell where openings are listed that begin so.

    Args:
        first: byte of an opening.
        second: the next one, 0 where there is none.
        third: likewise.

    Returns:
        A number below `STARTS`, the same for some other bytes.
    """
    return (first * 31 ^ second * 167 ^ third * 1049) & STARTS - 1


@part
def _opens(data: np.ndarray, at: int, rough: np.ndarray, opening: np.ndarray, begin: int, end: int) -> bool:
    """Tell whether a text goes on like an opening behind the first letter of both."""
    place = begin + 1
    while place < end and rough[data[at + place - begin]] == opening[place]:
        place += 1
    return place == end


@part
def _strange(data: np.ndarray, start: int, end: int) -> bool:
    """Tell whether a text has a letter that RE2 takes for others: `ingest.literals.Fold.strange`."""
    for at in range(start, end):
        lead = data[at]
        if lead == 0xC5 and data[at + 1] == 0xBF:
            return True
        if lead == 0xE2 and data[at + 1] == 0x84 and data[at + 2] == 0xAA:
            return True
        if lead == 0xE1 and data[at + 1] == 0xB2 and data[at + 2] <= 0x88:
            return True
    return False


@part
def _plainly(
    data: np.ndarray, start: int, end: int, plain: np.ndarray, signs: np.ndarray, line: np.ndarray
) -> tuple[int, np.uint64]:
    """Write a text as literals are compared with it; return its length and the bits of its signs.

    This and `_sift` do the same for each byte, whatever it is: to guess a branch wrongly costs more.
    """
    size, held, last = np.uint64(0), np.uint64(0), np.uint8(0)
    for at in range(np.uint64(start), np.uint64(end)):
        byte = np.uint64(data[at])  # unsigned: numba asks of others whether they count from the end
        letter = plain[byte]
        held |= signs[byte]
        line[size] = letter
        size += np.uint64(letter != HIGH) | np.uint64(last != HIGH)  # of a run one
        last = letter
    return int(size), held


@part
def _sift(line: np.ndarray, size: int, seen: np.ndarray, ends: np.ndarray) -> int:
    """Find the places in a line behind which there may have been a gram, and return how many."""
    found, key = np.uint64(0), np.uint32(0)
    for at in range(np.uint64(size)):
        key = (key >> np.uint32(8)) | (np.uint32(line[at] | np.uint8(SMALL)) << np.uint32(24))
        hashed = np.uint32(key * SPREAD) >> np.uint32(32 - HASH_BITS)
        ends[found] = at + ONE
        found += np.uint64(seen[np.uint64(hashed >> np.uint32(3))] >> np.uint8(hashed & np.uint32(7))) & ONE
    return int(found)


@part
def _gram(line: np.ndarray, end: int) -> np.uint32:
    """Return the gram before a place, as `_sift` has it: zeros stand before the line."""
    key = np.uint32(0)
    for at in range(max(end - GRAM, 0), end):
        key = (key >> np.uint32(8)) | (np.uint32(line[at] | np.uint8(SMALL)) << np.uint32(24))
    return key


@part
def _same(line: np.ndarray, there: int, letters: np.ndarray, begin: int, end: int) -> bool:
    """Tell whether a literal stands in a line: a capital is one, a small letter is of either case."""
    for at in range(begin, end):
        letter, mine = letters[at], line[there + at - begin]
        if mine != letter and not (np.uint8(mine - 65) < 26 and mine | SMALL == letter):
            return False
    return True


@part
def _met(
    clause: int,
    text: int,
    owners: np.ndarray,
    needs: np.ndarray,
    met: np.ndarray,
    last: np.ndarray,
    have: np.ndarray,
    rules: np.ndarray,
    texts: np.ndarray,
    pairs: int,
) -> int:
    """Count a clause of a rule once a text; write down the pair if it was the last one wanting."""
    if met[clause] == text:
        return pairs
    met[clause] = text
    rule = owners[clause]
    have[rule] = have[rule] + 1 if last[rule] == text else 1
    last[rule] = text
    rules[pairs], texts[pairs] = rule, text
    return pairs + int(have[rule] == needs[rule])


_PAIR = types.UniTuple(types.int64, 2)  # type: ignore[no-untyped-call] # likewise


@compiled(_PAIR(U8, I64, I64, _TYPES, types.int64, TO_I64, TO_I64))
def find(
    data: np.ndarray,
    starts: np.ndarray,
    stops: np.ndarray,
    needs: Needs,
    first: int,
    rules: np.ndarray,
    texts: np.ndarray,
) -> tuple[int, int]:
    """Find the texts that have all that a rule needs, from one text on.

    Args:
        data: uint8, valid UTF-8.
        starts: int64, text t is `data[starts[t]:stops[t]]`.
        stops: int64, likewise.
        needs: what to look for.
        first: text to go on from.
        rules: int64, becomes the rule of each pair that is found, in order of the texts; longer than there
            are rules.
        texts: int64, as long; the text of each pair.

    Returns:
        The text to go on from, that is their number once all were looked at; and the number of pairs.
    """
    # Each by itself: handed over together, all would be counted as in use at every call.
    plain, rough, before, seen, buckets = needs.plain, needs.rough, needs.before, needs.seen, needs.buckets
    keys, of_gram, places, letters = needs.keys, needs.of_gram, needs.places, needs.letters
    of_literal, asking, clauses, initial = needs.of_literal, needs.asking, needs.clauses, needs.initial
    opening, of_opening, opened, owners = needs.opening, needs.of_opening, needs.opened, needs.rules
    wanted, signs, signed, of_signed = needs.needs, needs.signs, needs.signed, needs.of_signed
    count = len(wanted)
    met, last, have = np.full(len(owners), -1), np.full(count, -1), np.zeros(count, np.int64)
    room = 1
    for text in range(first, len(starts)):
        room = max(room, stops[text] - starts[text] + 1)
    line, ends = np.empty(room, np.uint8), np.empty(room, np.int64)
    pairs = 0
    for text in range(first, len(starts)):
        if pairs + count >= len(rules):
            return text, pairs
        start, end = starts[text], stops[text]
        at = start
        while at < end:
            letter = int(rough[data[at]])
            if data[at] == 0xE2 and data[at + 1] == 0x80 and data[at + 2] & 0xF8 == 0x98:
                letter = QUOTE
            second = int(rough[data[at + 1]]) if at + 1 < end else 0
            third = int(rough[data[at + 2]]) if at + 2 < end else 0
            for bucket in (
                start_of(letter, 0, 0),
                start_of(letter, second, 0),
                start_of(letter, second, third),
            ):
                for i in range(initial[bucket], initial[bucket + 1]):
                    begin, behind = of_opening[i], of_opening[i + 1]
                    fits = opening[begin] == letter and at + behind - begin <= end
                    if fits and _opens(data, at, rough, opening, begin, behind):
                        pairs = _met(opened[i], text, owners, wanted, met, last, have, rules, texts, pairs)
            if letter == QUOTE or not before[data[at]]:
                break
            at += 1
        size, held = _plainly(data, start, end, plain, signs, line)
        for place in range(_sift(line, size, seen, ends)):
            key = _gram(line, ends[place])
            bucket = int(np.uint32(key * SPREAD) >> np.uint32(32 - BUCKET_BITS))
            for gram in range(buckets[bucket], buckets[bucket + 1]):
                for i in range(of_gram[gram], of_gram[gram + 1] if keys[gram] == key else 0):
                    there = ends[place] - GRAM - places[i]
                    fits = there >= 0 and there + of_literal[i + 1] - of_literal[i] <= size
                    if fits and _same(line, there, letters, of_literal[i], of_literal[i + 1]):
                        for k in range(asking[i], asking[i + 1]):
                            pairs = _met(
                                clauses[k], text, owners, wanted, met, last, have, rules, texts, pairs
                            )
        for i in range(len(signed) if held else 0):
            if held & signed[i]:
                pairs = _met(of_signed[i], text, owners, wanted, met, last, have, rules, texts, pairs)
        if held & STRANGE and _strange(data, start, end):  # for all we know it has everything
            for rule in range(count):
                if last[rule] != text or have[rule] != wanted[rule]:
                    rules[pairs], texts[pairs] = rule, text
                    pairs += 1
    return len(starts), pairs
