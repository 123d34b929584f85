"""The examples of rules, and whether the rules do what they say.

An example of one line stands where the rule looks. An example of several lines is a small article, and the
line that begins with `> ` is the one in question. In examples of inline rules `<<` and `>>` mark the cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from ingest import inline
from ingest.obstacles import unmet
from ingest.paragraphs import split
from ingest.patterns import Cut, Rule, Rules
from ingest.rules import matching
from ingest.sections import below
from ingest.survey import look, survey, touchable

MARK = "> "
CUT_BEGINS, CUT_ENDS = "<<", ">>"

Examples = Mapping[str, Sequence[str]]
"""Examples by the id of their rule."""


@dataclass(frozen=True)
class Failure:
    """A rule that does not do what its examples say.

    Attributes:
        rule: id of the rule.
        example: the example; null where the rule itself is wrong.
        sentence: half a sentence that says what happened instead, and what to do.
    """

    rule: str
    example: str | None
    sentence: str


@dataclass(frozen=True)
class _Case:
    rule: str
    example: str
    article: str
    start: int  # of the line in question, in code points
    removed: bool


def failures(rules: Rules, *, remove: Examples, keep: Examples) -> Iterator[Failure]:
    """Run the examples of rules.

    Args:
        rules: the rules.
        remove: what each rule must remove.
        keep: what each rule must leave alone.

    Yields:
        Every failure, in order of the rules: those on lines, then cuts.
    """
    yield from _line_failures(rules, remove, keep)
    for cut in rules.cuts:
        yield from _cut_failures(cut, remove[cut.id], keep[cut.id])


def _line_failures(rules: Rules, remove: Examples, keep: Examples) -> Iterator[Failure]:
    cases = [
        _case(rule.id, example, removed=removed)
        for rule in rules.lines
        for removed, given in ((True, remove), (False, keep))
        for example in given[rule.id]
    ]
    paragraphs = split(pa.array([case.article for case in cases], pa.string()))
    unknown = pa.nulls(len(cases), pa.string())
    hits = survey(paragraphs, look(paragraphs, unknown, replace(rules, cuts=())))
    matched_by, at = matching(hits, rules.lines)
    free = touchable(hits, at)  # of all at once: its patterns cost more to compile than to run
    order = np.argsort(matched_by[free], kind="stable")
    ends = np.cumsum(np.bincount(matched_by[free], minlength=len(rules.lines)))[:-1]
    found_by = np.split(hits.index[at[free][order]], ends)
    places = list(zip(paragraphs["row"].to_pylist(), paragraphs["start"].to_pylist(), strict=True))
    by_rule = {rule.id: (number, rule) for number, rule in enumerate(rules.lines)}
    hit_by: dict[str, set[tuple[int, int]]] = {}
    for row, case in enumerate(cases):
        if case.rule not in hit_by:
            number, rule = by_rule[case.rule]
            found = found_by[number]
            links, _ = below(paragraphs, found, found) if rule.section else (found[:0], None)
            hit_by[case.rule] = {places[at] for at in (*found, *links)}
        if ((row, case.start) in hit_by[case.rule]) != case.removed:
            yield Failure(case.rule, case.example, _sentence(case, by_rule[case.rule][1]))


def _case(rule: str, example: str, *, removed: bool) -> _Case:
    """Find the line in question: the marked one, or the only one."""
    lines = example.strip().split("\n")
    marked = next((number for number, line in enumerate(lines) if line.startswith(MARK)), None)
    if len(lines) > 1 and marked is not None:
        start = sum(len(line) + 1 for line in lines[:marked])
        lines[marked] = lines[marked].removeprefix(MARK)
        return _Case(rule, example, "\n".join(lines), start, removed)
    return _Case(rule, example, example.strip(), 0, removed)


def _sentence(case: _Case, rule: Rule) -> str:
    if not case.removed:
        mend = "narrow its match, where, max_words or sentence, or mend the example"
        return f"it removes “{case.example}”, which it must keep; {mend}"
    told = f"it does not remove its example “{case.example}”"
    if "\n" in case.article and case.article == case.example.strip():
        return f"{told}: none of its lines is marked; put “{MARK}” before the one that must go"
    why = unmet(rule, case.article, case.start)
    return f"{told}: {why}; mend the rule or the example"


def _cut_failures(cut: Cut, remove: Sequence[str], keep: Sequence[str]) -> Iterator[Failure]:
    examples = [*remove, *keep]
    texts, wanted = zip(*map(_marked_spans, examples), strict=True)
    paragraphs = split(pa.array(texts, pa.string()))
    found = inline.propose(paragraphs, pa.nulls(len(texts), pa.string()), Rules((), (cut,), ""))
    spans: dict[int, list[tuple[int, int]]] = {}
    for row, start, end in zip(*(found[name].to_pylist() for name in ("row", "start", "end")), strict=True):
        spans.setdefault(row, []).append((start, end))
    for row, (example, text) in enumerate(zip(examples, texts, strict=True)):
        cuts = spans.get(row, [])
        if cuts != wanted[row] or bool(cuts) != (row < len(remove)):
            told = ", ".join(f"“{text[start:end]}”" for start, end in cuts) or "nothing"
            yield Failure(
                cut.id,
                example,
                f"in “{example}” it cuts {told}; mend the pattern or the marks << >> of the example",
            )


def _marked_spans(example: str) -> tuple[str, list[tuple[int, int]]]:
    """Return an example without its marks, and the spans between them."""
    text, spans = "", []
    for number, part in enumerate(example.replace(CUT_ENDS, CUT_BEGINS).split(CUT_BEGINS)):
        if number % 2:
            spans.append((len(text), len(text) + len(part)))
        text += part
    return text, spans
