"""What came of a run, for people and for machines."""

from __future__ import annotations

import shlex

from pydantic import BaseModel, ConfigDict
from rich.console import Group
from rich.table import Table
from rich.text import Text

from flows.explain import visible


class Summary(BaseModel):
    """What came of a run.

    Attributes:
        batch_id: id of the committed batch; None where nothing was new, or nothing was to be written.
        inputs: input records; with taken_over: kept + duplicates + rejected + known.
        kept: articles kept.
        duplicates: articles that are copies of kept ones.
        rejected: records that could not be articles.
        rejects: how many records could not be articles, by reason, the commonest first.
        commonest_reject: the commonest reason, with the detail of one record; None where there is none.
        known: records that an earlier batch has dealt with, or that came twice.
        taken_over: articles of earlier batches that were decided on again.
        ignored: files passed over for their extension or a leading dot.
        unknown_fields: values in fields that nobody asked for.
        passed_over: parts of crawls that are no pages, such as requests and pictures.
        words_removed: words removed from articles, by layer.
        example: an article of the batch worth explaining: one with removals, if there is one.
        warehouse: where the Parquet is.
        dry_run: nothing was written.
        kind: `batch`, `replace`, `rebuild` or `forget`.
        forgotten: ids of the articles that were forgotten.
        seconds: how long it took.
    """

    model_config = ConfigDict(frozen=True)

    batch_id: str | None
    inputs: int
    kept: int
    duplicates: int
    rejected: int
    rejects: dict[str, int]
    commonest_reject: str | None
    known: int
    taken_over: int
    ignored: int
    unknown_fields: int
    passed_over: int
    words_removed: dict[str, int]
    example: str | None
    warehouse: str
    dry_run: bool
    kind: str
    forgotten: list[str]
    seconds: float


LAYERS = {
    "title": "titles and their repeats",
    "rule": "phrase rules",
    "inline": "inline cuts",
    "judge": "lines that the judge knew by form and place",
    "repeat": "repeated paragraphs",
    "template": "lines of the site",
}


def headline(summary: Summary) -> str:
    """Say in one sentence what came of a run."""
    if summary.dry_run:
        would = f" Would be forgotten: {', '.join(summary.forgotten)}." if summary.forgotten else ""
        return f"Dry run: nothing was written.{would}"
    if summary.batch_id is None:
        return "Nothing new: no batch was committed."
    done = {
        "batch": f"Batch {summary.batch_id} committed.",
        "replace": f"Batch {summary.batch_id} done again, and replaced.",
        "rebuild": f"Rebuilt: all articles are in batch {summary.batch_id} now.",
        "forget": f"Forgotten: {', '.join(summary.forgotten)}.",
    }
    return done[summary.kind]


def next_step(summary: Summary) -> tuple[str, str]:
    """Say what a person may want to do next, and the command for it."""
    if not summary.inputs and summary.kind == "batch":
        return "Nothing was found to read. Files, folders and globs can be named:", "copydesk run --help"
    if summary.dry_run:
        return "To commit, run it again without", "--dry-run"
    if summary.batch_id is None or summary.example is None:
        return "To prove that all of it fits together:", f"copydesk check {shlex.quote(summary.warehouse)}"
    where = shlex.quote(summary.warehouse)
    return "To see what was removed, and why:", f"copydesk explain {summary.example} --in {where}"


def rows(summary: Summary) -> list[tuple[str, str]]:
    """Return the figures of a run, each with its name."""
    figures = [
        ("articles in", summary.inputs),
        ("kept", summary.kept),
        ("duplicates", summary.duplicates),
        ("rejected", summary.rejected),
        ("already known", summary.known),
        ("files ignored", summary.ignored),
    ]
    if summary.passed_over:
        figures.append(("parts of crawls passed over", summary.passed_over))
    if summary.forgotten:
        figures.insert(1, ("forgotten", len(summary.forgotten)))
    if summary.taken_over:
        figures.insert(1, ("taken over from earlier batches", summary.taken_over))
    words = [(f"words removed: {LAYERS.get(layer, layer)}", n) for layer, n in summary.words_removed.items()]
    return [(name, f"{count:,}") for name, count in [*figures, *words]]


def _warning(summary: Summary) -> list[str]:
    """Say why, where most of what is new could not be articles."""
    new = summary.inputs - summary.known
    if summary.commonest_reject is None or summary.rejected * 2 <= new:
        return []
    share = "All" if summary.rejected == new else "Most"
    return [visible(f"{share} new records were rejected, most often as {summary.commonest_reject}")]


def as_rich(summary: Summary) -> Group:
    """Lay the summary out for a terminal."""
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in rows(summary):
        table.add_row(name, value)
    words, command = next_step(summary)
    parquet = "Parquet would go to" if summary.dry_run else "Parquet"
    # A path and a command stay on one line each, so that they can be copied.
    lines = [*_warning(summary), f"{parquet}: {summary.warehouse}", words, f"  {command}"]
    title = Text(f"{headline(summary)} ({summary.seconds:.1f} s)", style="bold")
    return Group(title, table, *(Text(line, no_wrap=True, overflow="ignore") for line in lines))


def as_markdown(summary: Summary) -> str:
    """Lay the summary out as Markdown, for a Prefect artifact."""
    lines = [f"| {name} | {value} |" for name, value in rows(summary)]
    return "\n".join(
        [f"**{headline(summary)}**", "", "| | |", "|---|---:|", *lines, "", f"Parquet: `{summary.warehouse}`"]
    )
