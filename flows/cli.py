"""The command line: it parses, calls, prints, and turns errors into one sentence and an exit code."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from flows import commands, rule_commands, stopping
from flows.commands import EXAMPLE, json_option, log_level_option, show
from flows.progress import reporting

if TYPE_CHECKING:
    from flows.prefect_server import Server
    from flows.run import Options
    from flows.summary import Summary

logger = logging.getLogger(__name__)

FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="copydesk")
def cli() -> None:
    """Raw copy becomes clean copy: ingest news, strip boilerplate and repeats, find copies, write Parquet."""


@cli.command(
    short_help="Ingest, clean, find copies, commit a batch.",
    epilog=f"{EXAMPLE}copydesk run incoming/ 'feeds/**/*.jsonl.gz' --outlet example.com",
)
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@click.option("--to", metavar="WAREHOUSE", help="Where the Parquet goes.  [default: ./warehouse]")
@click.option("--config", metavar="FILE", help="Configuration.  [default: ./copydesk.toml, if it is there]")
@click.option("--source", metavar="NAME", help="The source to take, or the name to give the inputs.")
@click.option("--outlet", metavar="NAME", help="Outlet of records that name none.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Take at most N new records.")
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Threads and processes.  [default: one a core]"
)
@click.option("--batch", metavar="ID", help="Id of the batch, to sort by time.  [default: time and 8 digits]")
@click.option("--replace", is_flag=True, help="Do the batch of that id again, and swap it in one commit.")
@click.option("--format", "stdin_format", default="auto", metavar="FORMAT", help="What standard input holds.")
@click.option("--dry-run", is_flag=True, help="Do all the work, write nothing.")
@click.option("--direct", is_flag=True, help="Without Prefect, for a quick look.")
@json_option
@log_level_option
def run(*, as_json: bool, log_level: str, direct: bool, **asked: Any) -> None:
    """Ingest what is new in INPUT (files, folders, globs), clean it, find copies, and commit one batch.

    INPUT - is standard input. Without INPUT the sources of the configuration are taken; without a
    configuration, the bundled seeds; with --replace what the batch had read.
    """
    stopping.say(stopping.NOTHING_WRITTEN if asked["dry_run"] else stopping.RESUMABLE)
    from flows.run import Options

    options = Options(**asked)
    with reporting(log_level):
        summary = _directly(options) if direct else _through_prefect(options)
    if as_json:
        click.echo(summary.model_dump_json())
    else:
        from flows.summary import as_rich

        show(as_rich(summary), whole_lines=True)


for command in (
    *(commands.explain, commands.check, commands.compact),
    *(commands.rebuild, commands.forget, commands.config, rule_commands.rules),
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; the entry point of `copydesk`."""
    sys.exit(_guarded(lambda: cli.main(standalone_mode=False)))


def _guarded(command: Callable[[], Any]) -> int:
    """Run a command and turn what it raises into a sentence and an exit code."""
    try:
        with stopping.heeded():
            return command() or 0
    except stopping.Stopped as stop:
        click.echo(f"copydesk: {stop}", err=True)
        return stop.code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: a person gets a sentence
        from flows.explain import visible

        click.echo(f"copydesk: {visible(_sentence(error))}", err=True)
        return WRONG_USE if isinstance(error, _wrong_use()) else FAILED


def _wrong_use() -> tuple[type[Exception], ...]:
    from flows.settings import SettingsError
    from ingest.errors import IngestError

    return (SettingsError, IngestError)


def _sentence(error: Exception) -> str:
    from flows.explain import NotThere
    from flows.prefect_server import ServerError
    from storage.errors import StorageError

    if isinstance(error, (*_wrong_use(), NotThere, ServerError, StorageError)):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {error.strerror or error}"
    if logging.getLogger("flows").isEnabledFor(logging.DEBUG):
        traceback.print_exception(error)
    return (
        f"unexpected {type(error).__name__}: {error}; this is a fault of ours, --log-level debug shows where"
    )


def _directly(options: Options) -> Summary:
    from flows.pipeline import direct, process

    return process(options, direct())


def _through_prefect(options: Options) -> Summary:
    from flows import prefect_server
    from flows.run import preflight

    prefect_server.quiet_environment()
    preflight(options)  # what a person has to mend is said before a server starts
    server = prefect_server.start()  # it comes up beside the imports
    try:
        return _as_flow(options, server)
    finally:
        if server is not None:
            prefect_server.stop(server)


def _as_flow(options: Options, server: Server | None) -> Summary:
    from flows import prefect_server

    step = {"step": "start Prefect", "total": 1}
    logger.info("starting Prefect", extra={**step, "done": 0})
    from flows.batch import batch
    from flows.summary import Summary

    with prefect_server.running(server):
        logger.info("Prefect is up", extra={**step, "done": 1})
        try:
            return Summary(
                **batch(**{**options.model_dump(exclude={"kind", "forget"}), "inputs": list(options.inputs)})
            )
        except RuntimeError as error:
            unreachable = _unreachable(error)
            if unreachable is None:
                raise
            raise unreachable from error


def _unreachable(error: RuntimeError) -> Exception | None:
    """Say what to do where the user's own Prefect server does not answer."""
    from flows.prefect_server import ServerError

    said = str(error).removesuffix(".")
    if not said.startswith("Failed to reach API"):
        return None
    return ServerError(
        f"{said}: start that Prefect server; or unset PREFECT_API_URL (or what names it in the Prefect "
        "profile), to have one for the length of the run; or run with --direct"
    )
