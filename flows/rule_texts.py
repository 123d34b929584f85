"""What the commands on rules say to people: a line a rule, a line a failure, a line a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flows.explain import visible

COUNTS = ("lines", "words", "articles", "outlets")
COLUMNS = ("id", "kind", "language", "where", "examples", "pack")


def as_list(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lay rules out as a table, a rule a line.

    Args:
        rows: from `flows.listing.listed`.

    Returns:
        Lines, the last one a sum.
    """
    cells = [[*map(_cell, COLUMNS, [row] * len(COLUMNS)), _state(row)] for row in rows]
    disabled = sum(row["disabled"] for row in rows)
    told = f"{_count(len(rows), 'rules')}{f', {disabled} of them disabled' if disabled else ''}"
    return [*_aligned([[*COLUMNS, ""], *cells]), "", told]


def as_failures(outcome: Mapping[str, Any]) -> list[str]:
    """Say which examples fail, and how many rules pass.

    Args:
        outcome: from `flows.listing.tested`.
    """
    told = [
        ": ".join([each["file"], *([f"rule {each['rule']}"] if each["rule"] else []), each["problem"]])
        for each in outcome["failures"]
    ]
    no_packs = {each["file"] for each in outcome["failures"] if each["rule"] is None}
    left = (
        f"; {len(no_packs):,} of {_count(len(outcome['files']), 'files')} cannot be read" if no_packs else ""
    )
    return [*map(visible, told), f"{_passed(outcome)}{left}"]


def _passed(outcome: Mapping[str, Any]) -> str:
    passed, rules = outcome["passed"], outcome["rules"]
    do, their = ("does", "its") if passed == 1 else ("do", "their")
    examples = _count(outcome["examples"], "examples")
    return f"{passed:,} of {_count(rules, 'rules')} {do} what {their} {examples} say"


def as_trial(outcome: Mapping[str, Any], *, limit: int | None, already: bool) -> list[str]:
    """Say what a rule would remove, what is removed already, and what holds it back.

    Args:
        outcome: from `flows.trials.try_rule`.
        limit: most different lines to show of each sort; null for all.
        already: show those too that are removed already.
    """
    told = [
        ("looked at", _counts(outcome, "articles")),
        ("matched", _counts(outcome["matched"])),
        ("would go", _counts(outcome["new"])),
        ("of these in prose", f"{_counts(outcome['in_prose'])}{_warning(outcome['in_prose'])}"),
        ("removed already", f"{_counts(outcome['already'])}{_shares(outcome['already'])}"),
        ("held back", f"{_counts(outcome['held'])}{_shares(outcome['held'])}"),
    ]
    return [*_aligned(told), *_lists(outcome["lines"], limit=limit, already=already)]


def _lists(lines: Sequence[Mapping[str, Any]], *, limit: int | None, already: bool) -> Iterator[str]:
    sorts = {
        "would go": [line for line in lines if not line["by"] and not line["held"]],
        "held back": [line for line in lines if line["held"]],
        "removed already": [line for line in lines if line["by"]] if already else [],
    }
    for title, shown in sorts.items():
        yield from ("", f"{title}:", *_shown(shown, limit)) if shown else ()


def _shown(lines: Sequence[Mapping[str, Any]], limit: int | None) -> Iterable[str]:
    for line in lines[:limit]:
        reason = line["held"] or line["by"]
        mark = "!" if line["prose"] else " "
        told = f"{line['lines']:>7,} {mark} {line['text']}"
        yield visible(f"{told}  {{{f'{reason}; ' if reason else ''}{line['article_id']}}}")
    if limit is not None and len(lines) > limit:
        yield f"        and {len(lines) - limit:,} more different lines; --limit shows more"


def _counts(counts: Mapping[str, Any], *names: str) -> str:
    return ", ".join(_count(counts[name], name) for name in names or COUNTS if name in counts)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what.removesuffix('s') if number == 1 else what}"


def _warning(in_prose: Mapping[str, int]) -> str:
    return "; marked ! below, look at each" if in_prose["lines"] else ""


def _shares(counts: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name} {lines:,}" for name, lines in counts["by"].items())
    return f": {told}" if told else ""


def _cell(name: str, row: Mapping[str, Any]) -> str:
    if name == "pack":
        return Path(row["pack"]).name if row["pack"] else "configuration"
    return f"{row[name]:,}" if isinstance(row[name], int) else str(row[name])


def _state(row: Mapping[str, Any]) -> str:
    said = {
        "disabled": [""] if row["disabled"] else [],
        "not at": row["disabled_at"],
        "only at": row["outlets"],
        "inside lines": [""] if row["form"] == "inline" else [],
    }
    return "; ".join(f"{name} {', '.join(what)}".strip() for name, what in said.items() if what)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
