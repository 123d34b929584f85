"""Which paragraphs each rule may match: few, found without running its pattern.

Rules of a language are looked for in articles of that language alone. Most patterns demand literals, and all
of these are looked for at once; the others are joined to a few combined patterns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest import compiled
from ingest.demands import best_demands, demands
from ingest.literals import FINE, ROUGH, Fold
from ingest.needs import Place, Wanted, needing, signs_needed
from ingest.openings import openings
from ingest.prefilter import combine

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ANY_LANGUAGE = "any"
EVERYWHERE = frozenset({ANY_LANGUAGE, "en"})  # languages of packs that apply to all articles: decision 0017
LENGTHS = (-1, 40, 90, np.inf)  # words; most rules are for short lines, most bytes are in long ones


@dataclass(frozen=True)
class Sought:
    """What is looked for: a pattern, and where it can be right.

    Attributes:
        pattern: plain RE2, from `ingest.patterns.translate`.
        language: of its pack.
        edge: only at the head or at the tail of an article.
        longest: words of the longest paragraph, infinite where there is no limit.
    """

    pattern: str
    language: str
    edge: bool = False
    longest: float = np.inf


def prospects(
    paragraphs: pa.Table, languages: pa.Array, sought: Sequence[Sought], *, edge: Bools
) -> tuple[Ints, Ints]:
    """Find the paragraphs that patterns may match.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        languages: string array from `primary_subtags`, one an article row of the chunk.
        sought: what to look for.
        edge: one boolean a paragraph: it stands at the head or at the tail of its article.

    Returns:
        Pairs of one of `sought` and a paragraph, as positions (int64), ascending: all that match, and some
        more.
    """
    chunks = paragraphs["text"]
    texts = chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()
    words, row = paragraphs["words"].to_numpy(), paragraphs["row"].to_numpy()
    found = [np.zeros(0, np.int64)]
    for numbers, applies in _by_language(sought, languages):
        for least, most in pairwise(LENGTHS):
            some = [number for number in numbers if sought[number].longest > least]
            group = [sought[number] for number in some]
            place = np.flatnonzero(
                applies[row] & (words > least) & (words <= most) & _reach(words, edge, group)
            )
            which, at = _found(Place(texts, place, words[place], edge[place]), group)
            found.append(np.array(some, np.int64)[which] * len(paragraphs) + place[at])
    pairs = np.sort(np.concatenate(found))
    return pairs // max(1, len(paragraphs)), pairs % max(1, len(paragraphs))


def spoken_in(languages: pa.Array, language: str) -> Bools:
    """Tell to which articles the rules of a language apply: its own, and those of unknown language.

    English ones apply to all: its labels and appeals stand on pages of every language.

    Args:
        languages: string array from `primary_subtags`.
        language: the language of a pack.

    Returns:
        One boolean an article.
    """
    if language in EVERYWHERE:
        return np.ones(len(languages), np.bool_)
    own = pc.fill_null(pc.equal(languages, language), True)
    return np.asarray(own.to_numpy(zero_copy_only=False), np.bool_)


def _by_language(sought: Sequence[Sought], languages: pa.Array) -> Iterator[tuple[list[int], Bools]]:
    """Yield the numbers of what is looked for in the same articles, and those articles."""
    groups: dict[str, list[int]] = {}
    for number, one in enumerate(sought):
        language = ANY_LANGUAGE if one.language in EVERYWHERE else one.language
        groups.setdefault(language, []).append(number)
    for language, numbers in groups.items():
        applies = spoken_in(languages, language)
        if applies.any():
            yield numbers, applies


def _reach(words: Ints, edge: Bools, group: Sequence[Sought]) -> Bools:
    """Tell which paragraphs any of a group may be about."""
    longest = {side: max((one.longest for one in group if one.edge == side), default=0) for side in (0, 1)}
    mask: Bools = (words <= longest[0]) | (edge & (words <= longest[1]))
    return mask


def _found(place: Place, group: Sequence[Sought]) -> tuple[Ints, Ints]:
    """Return pairs of one of a group and a text that it may match, as positions."""
    found: list[tuple[Ints, Ints]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for (fold, _), numbers in _by_way(group).items() if len(place.at) else ():
        some = [group[number] for number in numbers]
        if fold is not None:
            wanted = tuple(Wanted(one.pattern, one.edge, one.longest) for one in some)
            which, at = needing(place, wanted, fold)
        else:
            which, at = _everywhere(place, some)
        found.append((np.array(numbers, np.int64)[which], at))
    which, at = (np.concatenate(side) for side in zip(*found, strict=True))
    return which, at


_Way = tuple[Fold | None, bool]
"""How patterns are looked for: by what they need, folded so; or else in all texts, or those at the edge."""


def _by_way(group: Sequence[Sought]) -> dict[_Way, list[int]]:
    ways: dict[_Way, list[int]] = {}
    for number, one in enumerate(group):
        fold = _fold(one)
        ways.setdefault((fold, fold is None and one.edge), []).append(number)
    return ways


def _fold(one: Sought) -> Fold | None:
    """Tell how the literals are folded that a pattern needs; null where it needs none."""
    if best_demands(one.pattern, ROUGH):
        return ROUGH
    # Rules for all articles would cost a second look at all bytes.
    if one.language not in EVERYWHERE and demands(one.pattern, FINE):
        return FINE
    return ROUGH if openings(one.pattern) or signs_needed(one.pattern) else None


def _everywhere(place: Place, group: Sequence[Sought]) -> tuple[Ints, Ints]:
    """Return pairs of each of a group and the texts where it is looked for and any of them may match."""
    which = np.repeat(np.arange(len(group)), len(place.at))
    at = np.tile(np.arange(len(place.at)), len(group))
    longest, edge = (np.array([getattr(one, name) for one in group]) for name in ("longest", "edge"))
    right = (place.words[at] <= longest[which]) & (place.edge[at] | ~edge[which])
    which, at = which[right], at[right]
    stands = _matching_any(place.texts, place.at[at], group)
    return which[stands], at[stands]


def _matching_any(texts: pa.Array, at: Ints, group: Sequence[Sought]) -> Bools:
    """Tell which of some texts any of a group may match: a few combined patterns, compiled once."""
    some, of = np.unique(at, return_inverse=True)
    encoded = texts.take(pa.array(some)).dictionary_encode()
    plain = encoded.dictionary.cast(pa.binary()).to_pylist()
    mask = np.zeros(len(plain), np.bool_)
    for combined in combine([one.pattern for one in group]) if plain else ():
        mask |= compiled.matched(plain, combined)
    told: Bools = mask[encoded.indices.to_numpy()][of]
    return told
