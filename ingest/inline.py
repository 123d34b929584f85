"""Inline cuts: widgets glued into a sentence that is kept.

A cut is a span inside a paragraph, found by patterns with a group `cut`. Its ends are moved so that it never
leaves half a word or character and never joins two words.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from unicodedata import category

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest import compiled
from ingest.outlets import used_at
from ingest.patterns import START, Cut, Rules
from ingest.prefilter import combine
from ingest.rules import evidence, told
from ingest.survey import Likely, column, look
from ingest.tables import METADATA, REMOVALS

Found = tuple[int, int, int, Cut]
"""Position of the paragraph, start and end of the span in it, and the cut that found it."""

# Two capitalised words or more, doubled without a space; RE2 has no back-references, so Python looks for the
# second copy in the few paragraphs that RE2 finds. Twelve words bound the search.
_WORD = r"[^\W\d_a-z][\w.'’-]*"
DOUBLED = re.compile(rf"(?<!\w)(?P<name>{_WORD}(?: {_WORD}){{1,11}})(?P<second>(?P=name))(?=[^\W_])")

JOINERS = "\u200d\u200c"  # one joins emoji, both stand inside words of Persian and Hindi
FLAGS = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # two of these letters are a flag
SKINS = "".join(map(chr, range(0x1F3FB, 0x1F400)))

logger = logging.getLogger(__name__)


def propose(
    paragraphs: pa.Table, languages: pa.Array, rules: Rules, *, outlets: pa.Array | None = None
) -> pa.Table:
    """Propose cuts inside paragraphs.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        languages: string array, one an article row of the chunk; null where unknown.
        rules: the rules in force.
        outlets: string array from `ingest.outlets.keys`, one an article row; left out where none is known.

    Returns:
        As `propose_among`.
    """
    return propose_among(paragraphs, look(paragraphs, languages, rules, outlets=outlets))


def propose_among(paragraphs: pa.Table, likely: Likely) -> pa.Table:
    """Propose cuts inside the paragraphs where they may match.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        likely: from `ingest.survey.look`.

    Returns:
        Removals of layer `inline` (schema `REMOVALS`), in order of the paragraphs; they never overlap.
    """
    texts, row = column(paragraphs, "text"), paragraphs["row"].to_numpy()
    numbers, places = likely.cuts
    found: list[Found] = []
    for number in np.unique(numbers).tolist():
        cut, mine = likely.rules.cuts[number], places[numbers == number]
        mine = mine[used_at(likely.outlets.take(pa.array(row[mine])), cut)]
        found += [(int(mine[at]), *span, cut) for at, span in _spans(texts.take(pa.array(mine)), cut)]
    chosen = _apart(found)
    logger.debug("inline: %d paragraphs, %d cuts", len(paragraphs), len(chosen))
    return _table(paragraphs, texts, chosen)


def facts(paragraphs: pa.Table, cuts: pa.Table, rules: Rules) -> pa.Table:
    """Return what the named groups of cuts tell of the article, beside the group `cut`.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.
        cuts: removals that `propose` has made of them.
        rules: the rules in force.

    Returns:
        Schema `METADATA`, in order of the cuts.
    """
    telling = {cut.id: cut.pattern for cut in rules.cuts if cut.pattern.count("(?P<") > 1}
    few = cuts.filter(pc.is_in(cuts["rule_id"], value_set=pa.array(list(telling), pa.string())))
    texts = column(paragraphs, "text").take(pa.array(_paragraph_of(paragraphs, few)))
    rows = [
        {"row": row, "key": key, "value": value}
        for row, rule_id, text in zip(few["row"].to_pylist(), few["rule_id"].to_pylist(), texts, strict=True)
        for _, named in [compiled.groups(text.as_py().encode(), telling[rule_id]) or ("", {})]
        for key, value in told(named)
    ]
    return pa.Table.from_pylist(rows, schema=METADATA)


def _paragraph_of(paragraphs: pa.Table, cuts: pa.Table) -> npt.NDArray[np.int64]:
    """Return the index of the paragraph that each cut lies in."""
    begins, places = (
        (table["row"].to_numpy().astype(np.int64) << 32) + table["start"].to_numpy()
        for table in (paragraphs, cuts)
    )
    index: npt.NDArray[np.int64] = np.searchsorted(begins, places, "right") - 1
    return index


def _spans(texts: pa.Array, cut: Cut) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield (position in `texts`, (start, end) in code points) for each span that a cut may take."""
    spans = _doubled_spans if cut.doubled else _plain_spans
    for at, text, first, last in spans(texts, cut.pattern):
        start, end = _trimmed(text, first, last)
        if start < end and _leaves_words_whole(text, start, end, glued=cut.doubled):
            yield at, (start, end)


def _plain_spans(texts: pa.Array, pattern: str) -> Iterator[tuple[int, str, int, int]]:
    """Yield every match of a pattern, also the later ones in a text: RE2 tells only the first."""
    originals = texts.cast(pa.binary()).to_pylist()
    left = list(enumerate(originals))
    reached = [0] * len(originals)
    while left:
        spans = [compiled.span(seen, pattern, "cut") for _, seen in left]
        again = []
        for (at, seen), span in zip(left, spans, strict=True):
            if span is None or span[0] < reached[at]:  # a pattern may match what was put in place of the past
                continue
            reached[at] = span[1]
            whole, (start, end) = originals[at], span
            yield at, whole.decode(), len(whole[:start].decode()), len(whole[:end].decode())
            again.append((at, b"\0" * end + seen[end:]))  # as long, so that offsets stay and `^` is past
        left = again


def _doubled_spans(texts: pa.Array, pattern: str) -> Iterator[tuple[int, str, int, int]]:
    """Yield what a pattern matches directly behind the first copy of a doubled name."""
    plain = texts.cast(pa.binary()).to_pylist()
    hooked = [compiled.matched(plain, hook) for hook in combine([pattern.replace(START, "", 1)])]
    likely = np.flatnonzero(np.logical_or.reduce(hooked))
    places = [
        (int(at), text, name.start("second"))
        for at, text in zip(likely, texts.take(pa.array(likely)).to_pylist(), strict=True)
        for name in DOUBLED.finditer(text)
    ]
    for at, text, start in places:
        rest = text[start:].encode()
        span = compiled.span(rest, pattern, "cut")
        if span is not None:
            yield at, text, start + len(rest[: span[0]].decode()), start + len(rest[: span[1]].decode())


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave white space at the ends of a cut to the text, where it keeps the neighbours apart."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))


def _leaves_words_whole(text: str, start: int, end: int, *, glued: bool) -> bool:
    """Tell whether a cut leaves no half word or character and joins no two words."""
    before, after = text[start - 1 : start], text[end : end + 1]
    joins = _in_word(before) and _in_word(after)
    halves = _one_word(text[end - 1 : end], after) or (
        not glued and _one_word(before, text[start : start + 1])
    )
    return not joins and not halves and not _inside(text, start) and not _inside(text, end)


def _one_word(left: str, right: str) -> bool:
    """Tell whether two neighbours belong to one word; a capital behind a small letter begins another."""
    return _in_word(left) and _in_word(right) and not (left.islower() and right.isupper())


def _in_word(character: str) -> bool:
    """Tell whether a character is part of a word: marks are, and letters of flags."""
    return character != "" and (
        character.isalnum() or category(character)[0] == "M" or character in JOINERS or character in FLAGS
    )


def _inside(text: str, at: int) -> bool:
    """Tell whether a place is inside what readers see as one character: at a mark, a joiner, a colour."""
    right = text[at : at + 1]
    marks = right != "" and (category(right)[0] == "M" or right in JOINERS or right in SKINS)
    return at > 0 and (marks or text[at - 1] == JOINERS[0])


def _apart(found: list[Found]) -> list[Found]:
    """Return the cuts in order, without those that overlap an earlier one."""
    chosen: list[Found] = []
    for one in sorted(found, key=lambda one: one[:2]):
        if not chosen or chosen[-1][0] != one[0] or chosen[-1][2] <= one[1]:
            chosen.append(one)
    return chosen


def _table(paragraphs: pa.Table, texts: pa.Array, chosen: list[Found]) -> pa.Table:
    of = (
        paragraphs.select(["row", "start"]).take(pa.array([one[0] for one in chosen], pa.int64())).to_pylist()
    )
    rows = [
        {
            "row": place["row"],
            "start": place["start"] + start,
            "end": place["start"] + end,
            "layer": "inline",
            "kind": cut.kind,
            "rule_id": cut.id,
            "evidence": evidence(texts[at].as_py()[start:end]),
        }
        for place, (at, start, end, cut) in zip(of, chosen, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=REMOVALS)
