"""Which paragraphs each rule may match: few, found without running its pattern.

Rules of a language are looked for in articles of that language alone. Most patterns demand literals, and all
of these are looked for at once; the others are joined to a few combined patterns.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demands import demands
from ingest.literals import FINE, LETTERS, ROUGH, Fold, search, strangers
from ingest.patterns import START
from ingest.prefilter import combine
from ingest.words import utf8

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ANY_LANGUAGE = "any"
EVERYWHERE = frozenset({ANY_LANGUAGE, "en"})  # languages of packs that apply to all articles: decision 0017
SHORT_WORDS = (16, 40)  # rules for short lines need not be tried on long ones, where all the bytes are


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


@dataclass(frozen=True)
class _Place:
    """Paragraphs in which something is looked for."""

    texts: pa.Array
    words: Ints
    edge: Bools
    latin: Bools  # has a letter of ASCII


def prospects(
    paragraphs: pa.Table, languages: pa.Array, sought: Sequence[Sought], *, edge: Bools
) -> list[Ints]:
    """Find the paragraphs that patterns may match.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        languages: string array from `primary_subtags`, one an article row of the chunk.
        sought: what to look for.
        edge: one boolean a paragraph: it stands at the head or at the tail of its article.

    Returns:
        For each of `sought` positions of paragraphs (int64, ascending): all that it matches, and some more.
    """
    found = [np.zeros(0, np.int64)] * len(sought)
    texts = paragraphs["text"].combine_chunks()
    whole = _Place(texts, paragraphs["words"].to_numpy(), edge, _latin(texts))
    row = paragraphs["row"].to_numpy()
    for numbers, applies in _by_language(sought, languages):
        group = [sought[number] for number in numbers]
        place = np.flatnonzero(applies[row] & _reach(whole, group))
        for number, at in zip(numbers, _found(_part(whole, place), group), strict=True):
            found[number] = place[at]
    return found


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


def _reach(place: _Place, group: Sequence[Sought]) -> Bools:
    """Tell which paragraphs any of a group may be about."""
    longest = {edge: max((one.longest for one in group if one.edge == edge), default=0) for edge in (0, 1)}
    mask: Bools = (place.words <= longest[0]) | (place.edge & (place.words <= longest[1]))
    return mask


def _part(place: _Place, at: Ints) -> _Place:
    if len(at) == len(place.texts):
        return place
    return _Place(place.texts.take(pa.array(at)), place.words[at], place.edge[at], place.latin[at])


def _found(place: _Place, group: Sequence[Sought]) -> list[Ints]:
    """Return for each of a group the positions in a place where it may match."""
    found = [np.zeros(0, np.int64)] * len(group)
    for (way, latin, _, _), numbers in _by_way(place, group).items():
        some = [group[number] for number in numbers]
        at = np.flatnonzero(_reach(place, some) & (place.latin if latin else True))
        part = _part(place, at)
        told = _holding(part, some, way) if way else _combined(part, some)
        for number, mine in zip(numbers, told, strict=True):
            found[number] = at[mine[_right(part, group[number], mine)]]
    return found


_Way = tuple[Fold | None, bool, bool, int]
"""How patterns are looked for: by literals folded so, or else as patterns; only in paragraphs with a letter
of ASCII; at the edge; in paragraphs how short."""


def _by_way(place: _Place, group: Sequence[Sought]) -> dict[_Way, list[int]]:
    ways: dict[_Way, list[int]] = {}
    everywhere_latin = bool(place.latin.all())  # the fewer ways, the cheaper
    for number, one in enumerate(group):
        fold = _fold(one)
        latin = not everywhere_latin and bool(demands(one.pattern, LETTERS))
        place_of = (False, 0) if fold is ROUGH else (one.edge, bisect_left(SHORT_WORDS, one.longest))
        ways.setdefault((fold, latin, *place_of), []).append(number)
    return ways


def _fold(one: Sought) -> Fold | None:
    """Tell how the literals are folded that a pattern demands; null where it demands none."""
    if demands(one.pattern, ROUGH):
        return ROUGH
    # Rules for all articles would cost a second look at all bytes.
    if one.language in EVERYWHERE or one.pattern.replace(START, "").isascii():
        return None
    return FINE if demands(one.pattern, FINE) else None


def _right(place: _Place, one: Sought, at: Ints) -> Bools:
    mask: Bools = place.words[at] <= one.longest
    return mask & place.edge[at] if one.edge else mask


def _holding(place: _Place, group: Sequence[Sought], fold: Fold) -> list[Ints]:
    """Return for each of a group the positions of texts that hold what its pattern demands."""
    asked = [demands(one.pattern, fold) for one in group]
    words = {word for clauses in asked for clause in clauses for word in clause}
    held = search(place.texts, words, fold)
    strange = strangers(place.texts, fold)
    holds = np.zeros(len(place.texts), np.bool_)  # all false between two clauses
    found = []
    for first, *others in asked:
        at = np.unique(np.concatenate([held[word] for word in first]))
        for clause in others if len(at) else ():
            told = np.concatenate([held[word] for word in clause])
            holds[told] = True
            at = at[holds[at]]
            holds[told] = False
        found.append(np.union1d(at, strange) if len(strange) else at)
    return found


def _combined(place: _Place, group: Sequence[Sought]) -> list[Ints]:
    """Return for each of a group where any of its patterns may match, by a few combined patterns."""
    mask = np.zeros(len(place.texts), np.bool_)
    for combined in combine([one.pattern for one in group]) if len(mask) else ():
        mask |= pc.match_substring_regex(place.texts, pattern=combined).to_numpy(zero_copy_only=False)
    return [np.flatnonzero(mask)] * len(group)


def _latin(texts: pa.Array) -> Bools:
    """Tell which texts have a letter of ASCII, or one that RE2 takes for such a letter."""
    mask = np.asarray(pc.string_is_ascii(texts).to_numpy(zero_copy_only=False), np.bool_)
    others = np.flatnonzero(~mask)
    some = texts.take(pa.array(others))
    offsets, values = utf8(some)
    letters = np.flatnonzero((values | 0x20) - ord("a") < len(ascii_lowercase))
    mask[others[np.searchsorted(offsets, letters, "right") - 1]] = True
    mask[others[strangers(some, LETTERS)]] = True
    return mask
