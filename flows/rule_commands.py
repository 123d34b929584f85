"""The commands that work on rules: what is in force, whether the examples hold, what a new rule would do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from flows import stopping
from flows.commands import EXAMPLE, FAILED, HERE, json_option, log_level_option
from flows.progress import reporting

config_option = click.option(
    "--config", metavar="FILE", help="Configuration.  [default: ./copydesk.toml, if it is there]"
)
PLACES = ["any", "head", "tail", "edge", "outside", "before"]
LINES_SHOWN = 20


@click.group(
    short_help="List, test and try rules.",
    epilog=f"{EXAMPLE}copydesk rules try '^read next:' --in warehouse",
)
def rules() -> None:
    """Work on the rules that say what boilerplate is: list those in force, test packs, try a new rule."""


@rules.command(
    "list",
    short_help="List the rules in force.",
    epilog=f"{EXAMPLE}copydesk rules list --language de --kind related-link",
)
@click.option("--language", metavar="CODE", help="Only rules of packs of that language, such as de or any.")
@click.option("--kind", metavar="KIND", help="Only rules that remove this kind.")
@click.option("--outlet", metavar="NAME", help="Only rules that are for articles of that outlet.")
@config_option
@json_option
@log_level_option
def list_(*, config: str | None, as_json: bool, log_level: str, **wanted: str | None) -> None:
    """List the rules in the order in which they are tried; those that are disabled are marked."""
    from flows.configuration import find
    from flows.listing import listed
    from flows.rule_texts import as_list
    from ingest.tables import KINDS

    if wanted["kind"] not in (None, *KINDS):
        raise click.UsageError(f"--kind: {wanted['kind']!r} is none of {', '.join(KINDS)}")
    with reporting(log_level):
        rows = listed(find(config), **wanted)
    _tell({"rules": rows}, as_list(rows), as_json=as_json)


@rules.command(
    short_help="Run the examples of rule packs.",
    epilog=f"{EXAMPLE}copydesk rules test my.toml",
)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@config_option
@json_option
@log_level_option
def test(files: tuple[Path, ...], *, config: str | None, as_json: bool, log_level: str) -> None:
    """Run every example of rule packs, and say which ones fail.

    FILE is a pack; where none is named, all packs in force are tested, bundled ones too.

    Exit code 1 where an example fails.
    """
    from flows.configuration import find
    from flows.listing import tested
    from flows.rule_texts import as_failures

    with reporting(log_level):
        outcome = tested(files, find(config))
    _tell(outcome, as_failures(outcome), as_json=as_json)
    if outcome["failures"]:
        raise click.exceptions.Exit(FAILED)


@rules.command(
    "try",
    short_help="Show what a new rule would remove.",
    epilog=f"{EXAMPLE}copydesk rules try '^read next:' --max-words 20 --in warehouse",
)
@click.argument("match", metavar="PATTERN")
@click.option("--in", "warehouse", metavar="WAREHOUSE", help=f"Where to look.  {HERE}")
@click.option(
    "--where", type=click.Choice(PLACES), default="any", show_default=True, help="Where in an article."
)
@click.option("--max-words", type=click.IntRange(min=1), metavar="N", help="Only lines of at most N words.")
@click.option(
    "--sentence/--no-sentence",
    default=None,
    help="Only lines that do, or do not, end like a sentence.  [default: both]",
)
@click.option("--section", is_flag=True, help="The line is a heading; what stands below it goes with it.")
@click.option("--case", is_flag=True, help="Upper and lower case differ.")
@click.option(
    "--inline", is_flag=True, help="The pattern is for the inside of lines, with a group (?P<cut>...)."
)
@click.option(
    "--language", metavar="CODE", default="any", show_default=True, help="Language of the rule's pack."
)
@click.option("--outlet", metavar="NAME", help="The rule is for articles of that outlet alone.")
@click.option(
    *("--limit", "limit"),
    type=click.IntRange(min=1),
    default=LINES_SHOWN,
    show_default=True,
    metavar="N",
    help="Show at most N different lines of each sort.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Show all different lines, also those removed already."
)
@config_option
@json_option
@log_level_option
def try_(*, as_json: bool, log_level: str, limit: int, everything: bool, **asked: Any) -> None:
    """Show what a rule with this pattern would remove from the articles that are stored. Nothing is written.

    The rule is tried behind those in force, in the same way as in a run. PATTERN is written as in a pack.
    """
    of_lines = {"where": "any", "max_words": None, "sentence": None, "section": False}
    if asked["inline"] and any(asked[name] != value for name, value in of_lines.items()):
        raise click.UsageError(
            "--where, --max-words, --sentence and --section are for whole lines, --inline is not"
        )
    stopping.say(stopping.NOTHING_WRITTEN)
    from flows.configuration import find
    from flows.rule_texts import as_trial
    from flows.trials import Asked, try_rule

    warehouse, config = asked.pop("warehouse"), asked.pop("config")
    with reporting(log_level):
        settings = find(config)
        outcome = try_rule(warehouse or settings.warehouse, Asked(**asked), settings)
    shown = as_trial(outcome, limit=None if everything else limit, already=everything)
    _tell(outcome, shown, as_json=as_json)


def _tell(outcome: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    click.echo(json.dumps(outcome, ensure_ascii=False) if as_json else "\n".join(lines))
