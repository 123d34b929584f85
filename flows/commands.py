"""The commands that work on a warehouse, and the options that all commands share."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows import stopping
from flows.progress import reporting

if TYPE_CHECKING:
    from flows.summary import Summary

FAILED = 1
LOG_LEVELS = ["debug", "info", "warning", "error"]
HERE = "[default: that of ./copydesk.toml, else ./warehouse]"
EXAMPLE = "\b\nExample:\n  "

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object; all else goes to stderr."
)
log_level_option = click.option(
    "--log-level",
    type=click.Choice(LOG_LEVELS),
    default="warning",
    show_default=True,
    help="What is logged to stderr.",
)


@click.command(
    short_help="Show what was removed from an article, and why.",
    epilog=f"{EXAMPLE}copydesk explain https://example.com/story --in warehouse",
)
@click.argument("name", metavar="ID")
@click.option("--in", "warehouse", metavar="WAREHOUSE", help=f"Where to look.  {HERE}")
@json_option
@log_level_option
def explain(name: str, *, warehouse: str | None, as_json: bool, log_level: str) -> None:
    """Show one article: what was removed from it and why, and what it matches.

    ID is an article_id, a source_id or a URL.
    """
    from flows.explain import as_rich
    from flows.explain import explain as account_for

    with reporting(log_level):
        accounts = account_for(warehouse or configured(), name)
    if as_json:
        click.echo(json.dumps({"articles": accounts}, default=str, ensure_ascii=False))
    else:
        for account in accounts:
            show(as_rich(account))


@click.command(
    short_help="Prove that nothing stored is lost or broken.",
    epilog=f"{EXAMPLE}copydesk check warehouse",
)
@click.argument("warehouse", required=False)
@json_option
@log_level_option
def check(warehouse: str | None, *, as_json: bool, log_level: str) -> None:
    """Prove on what is stored that nothing is lost and everything fits: checksums, counts, spans, references.

    WAREHOUSE is that of ./copydesk.toml, else ./warehouse, where none is named.

    Exit code 1 where a law is broken.
    """
    from flows.checking import check_warehouse

    with reporting(log_level):
        place = Path(warehouse or configured()).absolute()
        findings = check_warehouse(place)
    if as_json:
        click.echo(json.dumps({"warehouse": str(place), "findings": findings}, ensure_ascii=False))
    else:
        click.echo("\n".join([finding["sentence"] for finding in findings] or [f"{place}: everything fits"]))
    if findings:
        raise click.exceptions.Exit(FAILED)


@click.command(
    short_help="Put larger files in the place of small ones.",
    epilog=f"{EXAMPLE}copydesk compact warehouse",
)
@click.argument("warehouse", required=False)
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    metavar="HOURS",
    help="How long files stay that others took the place of, for readers who have begun with them.",
)
@json_option
@log_level_option
def compact(warehouse: str | None, *, grace: float, as_json: bool, log_level: str) -> None:
    """Put larger files in the place of small ones, and one history run in the place of many.

    No row changes. WAREHOUSE is that of ./copydesk.toml, else ./warehouse, where none is named. What was
    superseded by an earlier compaction is deleted once the time of grace is over.
    """
    stopping.say(stopping.MAINTAINING)
    from flows.compacting import compact_warehouse

    with reporting(log_level):
        place = Path(warehouse or configured()).absolute()
        done = compact_warehouse(place, grace=timedelta(hours=grace))
    if as_json:
        click.echo(json.dumps(done))
    else:
        click.echo(
            f"{place}: {done['files_before']} files are {done['files_after']} now, "
            f"{done['runs_before']} history runs {done['runs_after']}, {done['dropped']} old folders deleted"
        )


@click.command(
    short_help="Decide on all articles anew.",
    epilog=f"{EXAMPLE}copydesk rebuild warehouse",
)
@click.argument("warehouse", required=False)
@click.option("--config", metavar="FILE", help="Configuration.  [default: ./copydesk.toml, if it is there]")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Threads.  [default: one a core]")
@click.option("--dry-run", is_flag=True, help="Do all the work, write nothing.")
@json_option
@log_level_option
def rebuild(warehouse: str | None, *, as_json: bool, log_level: str, **asked: Any) -> None:
    """Clean all articles again from their originals, and decide on them anew, in one batch and one commit.

    The rules and settings are those of today. WAREHOUSE is that of ./copydesk.toml, else ./warehouse, where
    none is named. A rebuild that was stopped goes on where it was.
    """
    stopping.say(stopping.NOTHING_WRITTEN if asked["dry_run"] else stopping.RESUMABLE)
    from flows import maintaining

    with reporting(log_level):
        summary = maintaining.rebuild(warehouse or configured(asked["config"]), **asked)
    _tell(summary, as_json=as_json)


@click.command(
    short_help="Take articles out of everything.",
    epilog=f"{EXAMPLE}copydesk forget warehouse --url https://example.com/story",
)
@click.argument("warehouse", required=False)
@click.option("--id", "ids", multiple=True, metavar="ID", help="article_id or source_id; may be repeated.")
@click.option("--url", "urls", multiple=True, metavar="URL", help="URL of an article; may be repeated.")
@click.option("--config", metavar="FILE", help="Configuration.  [default: ./copydesk.toml, if it is there]")
@click.option("--dry-run", is_flag=True, help="Do all the work, write nothing.")
@json_option
@log_level_option
def forget(warehouse: str | None, *, as_json: bool, log_level: str, **asked: Any) -> None:
    """Take articles out of every table, the history and the account of what was removed.

    Every article of a name goes. Of the copies of a kept one, one takes its place. Only the ids and the date
    stay, in the table batches, so that the articles are not taken in again. The files they came from are
    yours: nothing happens to them.
    """
    if not asked["ids"] and not asked["urls"]:
        raise click.UsageError("name the articles with --id or --url")
    stopping.say(stopping.NOTHING_WRITTEN if asked["dry_run"] else stopping.MAINTAINING)
    from flows import maintaining

    with reporting(log_level):
        summary = maintaining.forget(warehouse or configured(asked["config"]), **asked)
    _tell(summary, as_json=as_json)


@click.command(
    short_help="Check the configuration, or show it.",
    epilog=f"{EXAMPLE}COPYDESK_MATCH_NEAR=0.85 copydesk config --show",
)
@click.option("--config", metavar="FILE", help="Configuration.  [default: ./copydesk.toml, if it is there]")
@click.option("--show", "shown", is_flag=True, help="Show all settings in force, and where each came from.")
@json_option
@log_level_option
def config(*, config: str | None, shown: bool, as_json: bool, log_level: str) -> None:
    """Check the configuration: keys, values, rule packs; with --show print what is in force.

    Over the defaults stands the file, over that the environment: COPYDESK_WAREHOUSE, or a table and a key, as
    COPYDESK_MATCH_NEAR.
    """
    from flows import in_force, run
    from flows.configuration import in_force as put_together

    with reporting(log_level):
        found = put_together(config)
        run.rules_of(found.settings)
    if as_json:
        click.echo(json.dumps(in_force.as_json(found), ensure_ascii=False))
    elif shown:
        click.echo(in_force.as_toml(found))
    else:
        click.echo(f"{found.file or 'no configuration file, all defaults'}: everything fits")


def _tell(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        click.echo(summary.model_dump_json())
    else:
        from flows.summary import as_rich

        show(as_rich(summary), whole_lines=True)


def configured(config: str | None = None) -> str:
    """Return the warehouse of the configuration in the working folder, or the default."""
    from flows.configuration import find

    return find(config).warehouse


def show(renderable: Any, *, whole_lines: bool = False) -> None:
    """Print for people; `whole_lines` leaves paths and commands to the terminal's own wrapping."""
    from rich.console import Console

    Console(highlight=False).print(renderable, soft_wrap=whole_lines)
