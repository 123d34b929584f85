"""A Prefect server for the length of one run: started early, gone with its parent.

Prefect starts a temporary server by itself where no API is configured, but only once the first flow is
called, after importing its whole server into the caller, and a killed caller leaves it behind. Here
`start` returns at once and needs nothing of Prefect, so that the server comes up on the second core while
the caller imports Prefect, numba and pyarrow; `running` waits for it and stops it. Figures and choices:
docs/decisions/0002-prefect-start.md.

The same file is the server process: it is run as a script, holds a socket that already listens and reads
its standard input, a pipe from the caller. The end of that pipe, by `stop` or by any death of the caller,
is the order to finish. A run's record is written to the user's own Prefect database.
"""

from __future__ import annotations

import gc
import http.client
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
# A first migration of the database took 17 s on two busy cores; CI machines are slower still.
STARTUP_SECONDS = 120.0
# The last states are on disk after 0.3 s, but a first migration takes 6 s and must not be cut off.
FINISH_SECONDS = 30.0
RECORD_SECONDS = 10.0  # 300 task runs of no length in 3 s leave a backlog of 6 s

_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # Only the console is silenced: the run's log still reaches the run's record. Errors are reported by the
    # command line in one sentence; Prefect would print a traceback.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    # For a flow that is called without `running`, where Prefect starts its own server: its 20 s are too few.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}
_SERVER = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "ERROR",  # goes to no console, but into our own error message
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_API_BASE_PATH": "/api",
    "PY_KEY_VALUE_DISABLE_BEARTYPE": "true",  # run-time type checks of a dependency: 0.2 s of its import
}


class ServerError(Exception):
    """The temporary Prefect server did not come up."""


@dataclass(frozen=True)
class Server:
    """A temporary server: its process, the port it answers on, and what it wrote to standard error."""

    process: subprocess.Popen[bytes]
    port: int
    errors: IO[bytes]

    @property
    def url(self) -> str:
        """Address of the Prefect API."""
        return f"http://{HOST}:{self.port}/api"


def quiet_environment() -> None:
    """Make Prefect silent on the console and send no analytics, unless the user's environment says otherwise.

    To be called before Prefect is imported, which reads its settings once.
    """
    for name, value in _QUIET.items():
        if name != "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL" or "PREFECT_LOGGING_LEVEL" not in os.environ:
            os.environ.setdefault(name, value)


def start() -> Server | None:
    """Start the server process and return at once, before it answers.

    The caller listens on a free port and hands the socket over, so no port can be taken in between. A
    server that turns out not to be needed ends by itself.

    Returns:
        The server, to be given to `running`; None where PREFECT_API_URL names a server of the user's own.
    """
    if os.environ.get("PREFECT_API_URL"):
        return None
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the server; `stop` closes it
    with socket.create_server((HOST, 0), backlog=128) as listening:
        process = subprocess.Popen(  # noqa: S603 - this very file, by the running interpreter
            # -P: the folder of this file must not come first on sys.path, where it would shadow modules
            [sys.executable, "-P", __file__, str(listening.fileno())],
            stdin=subprocess.PIPE,
            stdout=errors,
            stderr=errors,
            env={**os.environ, **_SERVER},
            pass_fds=[listening.fileno()],
            start_new_session=True,  # Ctrl-C is for the run, which still has its last state to record
        )
        return Server(process, listening.getsockname()[1], errors)


@contextmanager
def running(server: Server | None) -> Iterator[str | None]:
    """Let Prefect use the server within the block, and stop it at the end.

    Args:
        server: what `start` gave.

    Yields:
        Address of the temporary server's API; None where Prefect's settings (environment, profile,
        prefect.toml, .env) name a server of the user's own, which is then used instead.

    Raises:
        ServerError: It did not answer within two minutes, or died.
    """
    if server is None:
        yield None
        return
    # Imported here because it takes seconds, in which the server comes up.
    from prefect.settings import get_current_settings, temporary_settings  # noqa: PLC0415 - see above

    try:
        if get_current_settings().api.url:
            yield None
            return
        wait(server)
        _bypass_proxies()
        # Heartbeats tell a lasting server that a run has died; this one dies with the run, and their thread
        # would hold up the end of each run by up to a second.
        with temporary_settings({"api.url": server.url, "flows.heartbeat_frequency": None}):
            try:
                yield server.url
            finally:
                _send_what_is_queued()
    finally:
        stop(server)


def wait(server: Server, *, seconds: float = STARTUP_SECONDS) -> None:
    """Wait until the server answers.

    Args:
        server: what `start` gave.
        seconds: how long to wait at most.

    Raises:
        ServerError: It did not answer in time, or died.
    """
    began = time.monotonic()
    connection = http.client.HTTPConnection(HOST, server.port, timeout=seconds)
    try:
        # The socket listens since `start`: the request waits in its queue, so there is nothing to poll.
        connection.request("GET", "/api/health")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        raise ServerError(_why_not(server, seconds)) from error
    finally:
        connection.close()
    _log.info("temporary Prefect server answers at %s, waited %.1f s", server.url, time.monotonic() - began)


def stop(server: Server) -> None:
    """Let the server finish what it was sent, and end it.

    Args:
        server: what `start` gave; stopping it twice does nothing.
    """
    if server.process.stdin is not None:
        server.process.stdin.close()
    try:
        server.process.wait(timeout=FINISH_SECONDS + 1)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
    server.errors.close()


def _why_not(server: Server, seconds: float) -> str:
    try:
        code = server.process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return (
            f"the temporary Prefect server gave no answer within {seconds:.0f} s; try again on a less busy "
            "machine, or start one with `prefect server start` and set PREFECT_API_URL to its address"
        )
    server.errors.seek(0)
    said = server.errors.read().decode(errors="replace").strip().splitlines()
    reason = next((line for line in reversed(said) if "Error" in line), "it gave no reason")
    return (
        f"the temporary Prefect server ended with exit code {code}: {reason.strip()}; see whether "
        "`prefect server start` works here, or set PREFECT_API_URL to a server that does"
    )


def _bypass_proxies() -> None:
    """Keep a proxy of the environment from being asked for our own machine; both spellings are read."""
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if HOST not in known.split(","):
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = f"{known},{HOST}" if known else HOST


def _send_what_is_queued() -> None:
    """Empty Prefect's queues of log lines and events, among them the last states of task runs."""
    from prefect.events.worker import EventsWorker  # noqa: PLC0415 - Prefect is imported late here
    from prefect.logging.handlers import APILogWorker  # noqa: PLC0415 - the same

    APILogWorker.drain_all(timeout=5)
    EventsWorker.drain_all(timeout=5)


def _serve(descriptor: int) -> None:
    """Be the server process: serve on a listening socket until standard input ends.

    Args:
        descriptor: file descriptor of the socket.
    """
    gc.disable()  # what is imported stays: collecting in between is 0.3 s of wasted work
    # Only the server process pays for these imports.
    import uvicorn  # noqa: PLC0415

    config = uvicorn.Config(
        _create_app, factory=True, log_level="error", lifespan="on", timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_finish_with_parent, args=(server,), daemon=True).start()
    from prefect.settings import get_current_settings  # noqa: PLC0415

    if get_current_settings().api.url:
        return  # the user has a server: nothing may touch the local database
    config.load()
    gc.freeze()
    gc.enable()
    try:
        server.run(sockets=[socket.socket(fileno=descriptor)])
    except SystemExit:  # uvicorn's word for a failed start, already told on standard error
        os._exit(1)  # the threads of a database that failed would keep the process
    os._exit(0)  # all is recorded: nothing is left for the interpreter to tidy up


def _create_app() -> FastAPI:
    """Make Prefect's app, and let only one server at a time migrate the database: two at once break it."""
    from filelock import FileLock  # noqa: PLC0415 - only the server process needs these
    from prefect.server.api.server import create_app  # noqa: PLC0415
    from prefect.settings import get_current_settings  # noqa: PLC0415

    app = create_app(ephemeral=True, final=True)
    prefects_own = app.router.lifespan_context

    @asynccontextmanager
    async def one_at_a_time(app: FastAPI) -> AsyncIterator[Any]:
        with FileLock(get_current_settings().home / "copydesk-server.lock") as starting:
            async with prefects_own(app) as state:
                starting.release()
                yield state

    app.router.lifespan_context = one_at_a_time
    return app


def _finish_with_parent(server: uvicorn.Server) -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing is ever written: this returns when the caller is gone
    if not server.config.loaded:
        os._exit(0)  # nothing has begun
    try:
        _record_what_was_received()
    finally:
        server.should_exit = True  # also in the middle of a migration, which must not be cut off
    time.sleep(FINISH_SECONDS)
    os._exit(1)


def _record_what_was_received() -> None:
    """Wait until the events received so far are in the database: the last states of task runs are events."""
    from prefect.server.utilities.messaging.memory import METRICS  # noqa: PLC0415 - server process only

    end = time.monotonic() + RECORD_SECONDS
    while time.monotonic() < end and any(
        seen["published"] > seen["consumed"] for seen in [*METRICS.values()]
    ):
        time.sleep(0.05)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
