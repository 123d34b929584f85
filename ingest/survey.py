"""Which paragraphs rules may be about, and where they stand in their article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demands import STRANGE_LETTERS, Clause, demands
from ingest.guards import untouchable
from ingest.literals import search
from ingest.patterns import Rule
from ingest.prefilter import combine

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ANY_LANGUAGE = "any"
EVERYWHERE = frozenset({ANY_LANGUAGE, "en"})  # languages of packs that apply to all articles: decision 0017
SHORT_WORDS = 16  # rules for short lines need not be tried on long ones, where all the bytes are
FIRST_FEW = 6  # paragraphs that count as head even behind prose: a standfirst comes before the byline
LAST_FEW = 6  # paragraphs that count as tail even where prose follows
BULLET_WORDS = 3  # a bullet within prose with no more words than these is an item, whatever its words
BULLET = r"^[•‣◦▪■●·*–—-].*[^–—-]$"  # `- so -` is no item


@dataclass(frozen=True)
class Hits:
    """The paragraphs that any rule may match, with what rules ask about them."""

    index: Ints  # position in the table of paragraphs
    code: Ints  # position in `texts`
    texts: pa.Array  # distinct
    words: Ints
    sentence: Bools
    head: Bools
    tail: Bools
    outside: Bools  # before the first prose or behind the last
    open: Bools  # no guard forbids to touch it
    languages: pa.Array  # primary subtag of the article's language, null where unknown
    outlets: pa.Array  # key of the article's outlet, null where unknown
    possible: Mapping[Rule, Ints]  # positions in `index` of what each rule may match


def survey(
    paragraphs: pa.Table, languages: pa.Array, rules: Sequence[Rule], *, outlets: pa.Array | None = None
) -> Hits:
    """Find the paragraphs that any rule may match, and where they stand.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        languages: string array, one an article row of the chunk; null where unknown.
        rules: those in force.
        outlets: string array from `ingest.outlets.keys`, one an article row; left out where none is known.

    Returns:
        The hits of the combined pattern.
    """
    at_head, at_tail = edges(paragraphs)
    possible = _possible(paragraphs, rules, at_head | at_tail)
    index = np.flatnonzero(np.logical_or.reduce([np.zeros(len(paragraphs), np.bool_), *possible.values()]))
    encoded = column(paragraphs, "text").take(pa.array(index)).dictionary_encode()
    chosen = paragraphs.select(["row", "words", "sentence"]).take(pa.array(index))
    head, tail = at_head[index], at_tail[index]
    first, last = prose_bounds(paragraphs)
    code = encoded.indices.to_numpy().astype(np.int64)
    words = chosen["words"].to_numpy().astype(np.int64)
    item = booleans(pc.match_substring_regex(encoded.dictionary, pattern=BULLET))[code]
    return Hits(
        index=index,
        code=code,
        texts=encoded.dictionary,
        words=words,
        sentence=booleans(chosen["sentence"]),
        head=head,
        tail=tail,
        outside=(index < first[index]) | (index > last[index]),
        open=~booleans(untouchable(encoded.dictionary))[code]
        & ~(item & (words <= BULLET_WORDS) & ~head & ~tail),
        languages=primary_subtags(languages).take(column(chosen, "row")),
        outlets=pa.nulls(len(index), pa.string()) if outlets is None else outlets.take(column(chosen, "row")),
        possible={rule: np.flatnonzero(mask[index]) for rule, mask in possible.items()},
    )


def candidates(texts: pa.Array, patterns: Sequence[str]) -> Bools:
    """Tell which texts any of the patterns may match, by a few combined patterns.

    Args:
        texts: string array.
        patterns: plain RE2, from `ingest.patterns.translate`.

    Returns:
        One boolean a text; true at least wherever one of the patterns matches.
    """
    mask = np.zeros(len(texts), np.bool_)
    for combined in combine(patterns):
        mask |= booleans(pc.match_substring_regex(texts, pattern=combined))
    return mask


def edges(paragraphs: pa.Table) -> tuple[Bools, Bools]:
    """Tell which paragraphs stand at the head and at the tail of their article.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.

    Returns:
        Head: before the first prose, or among the first few paragraphs.
        Tail: behind the last prose, or among the last few paragraphs.
    """
    row = paragraphs["row"].to_numpy()
    position = np.arange(len(row))
    first, last = prose_bounds(paragraphs)
    opens = np.searchsorted(row, row)
    closes = np.searchsorted(row, row, "right")
    return (
        (position < first) | (position < opens + FIRST_FEW),
        (position > last) | (position >= closes - LAST_FEW),
    )


def prose_bounds(paragraphs: pa.Table, without: Bools | None = None) -> tuple[Ints, Ints]:
    """Tell for each paragraph where the first and the last prose of its article stand.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        without: paragraphs that do not count as prose, one boolean each.

    Returns:
        Positions in the table of paragraphs; where an article has no prose, its first is the number of all
        paragraphs and its last -1.
    """
    row = paragraphs["row"].to_numpy()
    prose = booleans(paragraphs["prose"])
    place = np.flatnonzero(prose if without is None else prose & ~without)
    count = int(row.max(initial=-1)) + 1
    first, last = np.full(count, len(row)), np.full(count, -1)
    first[row[place[::-1]]] = place[::-1]  # the last one written stays
    last[row[place]] = place
    return first[row], last[row]


def primary_subtags(languages: pa.Array) -> pa.Array:
    """Reduce language tags to their first part: `en-GB` to `en`; null where nothing is said.

    Args:
        languages: string array of tags as sources gave them.

    Returns:
        String array of the same length.
    """
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(pc.cast(languages, pa.string())))
    primary = pc.replace_substring_regex(lower, pattern="[-_].*$", replacement="")
    unknown = pc.is_in(primary, value_set=pa.array(["", "und"]))
    return pc.if_else(unknown, pa.scalar(None, pa.string()), primary)


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
    return booleans(pc.fill_null(pc.equal(languages, language), True))


def column(table: pa.Table, name: str) -> pa.Array:
    """Return a column of a table as one array.

    Args:
        table: any table.
        name: one of its columns.

    Returns:
        The column in one piece.
    """
    chunks = table[name]
    return chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()


def booleans(mask: pa.Array | pa.ChunkedArray) -> Bools:
    """Return a boolean Arrow array as numpy's.

    Args:
        mask: boolean array without nulls.

    Returns:
        The same values.
    """
    return np.asarray(mask.to_numpy(zero_copy_only=False), np.bool_)


def _possible(paragraphs: pa.Table, rules: Sequence[Rule], at_edge: Bools) -> dict[Rule, Bools]:
    """Tell which paragraphs each rule may match, each tried only where it may be right."""
    texts = column(paragraphs, "text")
    words = paragraphs["words"].to_numpy()
    asked = {rule: demands(rule.pattern) for rule in rules}
    found = {
        rule: mask & (words <= (rule.max_words or np.inf)) & (at_edge if rule.where != "any" else True)
        for rule, mask in _holding(
            texts, {rule: clauses for rule, clauses in asked.items() if clauses}
        ).items()
    }
    groups: dict[tuple[bool, bool], list[Rule]] = {}
    for rule in (rule for rule, clauses in asked.items() if not clauses):
        short = rule.max_words is not None and rule.max_words <= SHORT_WORDS
        groups.setdefault((rule.where != "any", short), []).append(rule)
    for (edge, _), group in groups.items():
        longest = max(np.inf if rule.max_words is None else rule.max_words for rule in group)
        mask = (words <= longest) & (at_edge if edge else True)
        some = texts.filter(pa.array(mask))
        mask[mask] = candidates(some, [rule.pattern for rule in group])
        found |= dict.fromkeys(group, mask)
    return found


def _holding(texts: pa.Array, asked: Mapping[Rule, Sequence[Clause]]) -> dict[Rule, Bools]:
    """Tell which texts hold what the patterns of rules demand."""
    held = search(texts, {word for clauses in asked.values() for clause in clauses for word in clause})
    others = np.flatnonzero(~booleans(pc.string_is_ascii(texts)))
    strange = pc.match_substring_regex(texts.take(pa.array(others)), pattern=STRANGE_LETTERS)
    always = np.zeros(len(texts), np.bool_)
    always[others] = booleans(strange)
    found = {}
    for rule, clauses in asked.items():
        masks = [np.zeros(len(texts), np.bool_) for _ in clauses]
        for mask, clause in zip(masks, clauses, strict=True):
            for word in clause:
                mask[held[word]] = True
        found[rule] = np.logical_and.reduce(masks) | always
    return found
