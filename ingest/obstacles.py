"""Why a rule leaves a line alone: the guards that hold any rule back, and what one rule asks for in vain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest import compiled, guards
from ingest.paragraphs import split
from ingest.patterns import Rule, Rules
from ingest.survey import column, edges, look, prose_bounds, survey, touchable

QUOTATION, CORRECTION, EMBARGO, ITEM = "quotation", "correction", "embargo", "item"

IN_WORDS = {
    QUOTATION: "it is held back as a quotation, which no rule touches",
    CORRECTION: "it is held back as a correction, which no rule touches",
    EMBARGO: "it is held back as an embargo, which no rule touches",
    ITEM: "it is held back as an item of a list amid the article, which no rule touches",
}


def guard(texts: pa.Array, touchable: pa.Array) -> pa.Array:
    """Name what holds texts back from any rule.

    Args:
        texts: string array.
        touchable: from `ingest.survey.touchable`, one boolean a text.

    Returns:
        String array: the name of a guard, null for what may be touched.
    """
    reason = pc.if_else(pa.array(guards.untouchable(texts)), QUOTATION, ITEM)
    for name, held in ((EMBARGO, guards.embargoed(texts)), (CORRECTION, guards.corrected(texts))):
        reason = pc.if_else(pa.array(held), name, reason)
    return pc.if_else(touchable, pa.scalar(None, pa.string()), reason)


def unmet(rule: Rule, article: str, start: int) -> str:
    """Say why a rule does not take a line.

    Args:
        rule: the rule.
        article: the text that the line stands in.
        start: where the line begins, in code points.

    Returns:
        Half a sentence on the first thing that the rule asks for in vain.
    """
    paragraphs = split(pa.array([article], pa.string()))
    starts = paragraphs["start"].to_numpy()
    if start not in starts:
        return "it is not read as a line of its own: it is blank, indented, or text of a fixed width"
    at = int(np.searchsorted(starts, start))
    return next(_reasons(rule, paragraphs, at), "it looks as the rule says, but is not found")


def _reasons(rule: Rule, paragraphs: pa.Table, at: int) -> Iterator[str]:
    if not compiled.matched([paragraphs["text"][at].as_py().encode()], rule.pattern)[0]:
        below = ", and it is no link below a heading that the rule takes" if rule.section else ""
        yield f"the pattern does not match it{below}"
    words = paragraphs["words"][at].as_py()
    if rule.max_words is not None and words > rule.max_words:
        yield f"it has {words} words, and max_words is {rule.max_words}"
    closed = paragraphs["sentence"][at].as_py()
    if rule.sentence is not None and closed != rule.sentence:
        ends = "ends" if closed else "does not end"
        yield f"it {ends} like a sentence, and sentence is {str(rule.sentence).lower()}"
    if not _stands(rule, paragraphs, at):
        yield f"it does not stand where the rule looks, and where is {rule.where}"
    hits = survey(paragraphs, look(paragraphs, pa.nulls(1, pa.string()), Rules((rule,), (), "")))
    mine = np.flatnonzero(hits.index == at)
    held = guard(column(paragraphs, "text").take(pa.array([at] * len(mine))), pa.array(touchable(hits, mine)))
    yield from (IN_WORDS[name] for name in held.drop_null().to_pylist())


def _stands(rule: Rule, paragraphs: pa.Table, at: int) -> bool:
    head, tail = (bool(edge[at]) for edge in edges(paragraphs))
    first, last = prose_bounds(paragraphs)
    before, behind = bool(at < first[at]), bool(at > last[at])
    places = {"any": True, "head": head, "tail": tail, "edge": head or tail}
    return {**places, "outside": before or behind, "before": before}[rule.where]
