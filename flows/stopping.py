"""Signals that ask a run to stop: it ends soon, no commit is cut, and a sentence says what has become of it.

The first SIGINT or SIGTERM raises `Stopped` in the main thread, and steps in other threads raise it where
they `check`; so everything is put away as after any failure. Where that takes too long, or at a second
Ctrl-C, the process ends at once. That loses nothing either: what a killed run leaves, the next one takes up.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS = 8.0  # containers are killed 10 s after they were asked
PATIENCE_SECONDS = 1.0  # some parents pass on a Ctrl-C that has come from the terminal already
AGAIN_SECONDS = 0.02  # until a signal is raised that came where that could not be
_LOCKING = frozenset({"__enter__", "__exit__", "acquire", "release", "_release_save", "_acquire_restore"})

RESUMABLE = "stopped; nothing of this batch is published, and the next run goes on where this one stopped"
NOTHING_WRITTEN = "stopped; nothing was written"
MAINTAINING = "stopped; no row is lost, and the command can be given again"
COMMITTING = "stopped in the midst of the commit; the next run finishes it, or does it again"


class Stopped(BaseException):
    """A signal stops the work; nothing that catches an `Exception` may take it for a failure.

    Attributes:
        code: the exit code that shells know for the signal.
    """

    def __init__(self, number: int, sentence: str) -> None:
        """Say what stopped the work.

        Args:
            number: the signal.
            sentence: what that means for the batch.
        """
        super().__init__(sentence)
        self.code = 128 + number


class _Stop:
    """What is known of a stop; one for the process, as its signals are."""

    def __init__(self) -> None:
        self.heeded = False  # a signal becomes `Stopped`
        self.number = 0  # the signal that came; 0 for none
        self.raised = False
        self.deferred = False  # the commit goes on
        self.sentence = ""
        self.again: threading.Timer | None = None  # brings a signal that was put off


_stop = _Stop()


@contextmanager
def heeded() -> Iterator[None]:
    """Let signals stop the block; outside of the main thread, where Python hears none, do nothing.

    Raises:
        Stopped: a signal came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _begin(heeded=True)
    with ExitStack() as stack:
        stack.callback(_begin, heeded=False)
        stack.enter_context(_watched())
        stack.enter_context(_never_lost())
        stack.enter_context(_handled(_raise))
        try:
            yield
        except BaseException as error:
            if _stop.number and not isinstance(error, Stopped):  # what others have made of the stop
                raise Stopped(_stop.number, _stop.sentence) from error
            raise


@contextmanager
def heard() -> Iterator[None]:
    """Let signals that come to others, as to Prefect during a flow, be known here before they act on them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    others = {number: signal.getsignal(number) for number in SIGNALS}

    def tell(number: int, frame: FrameType | None) -> None:
        _stop.number = _stop.number or number
        other = others[signal.Signals(number)]
        if not _stop.deferred and not _put_off(number, frame):
            (other if callable(other) else _raise)(number, frame)

    with _handled(tell):
        try:
            yield
        finally:
            if not _stop.heeded:
                _begin(heeded=False)


@contextmanager
def deferred(afterwards: str) -> Iterator[None]:
    """Let the block come to its end before a signal stops the work.

    Args:
        afterwards: what a stop means from the end of the block on.

    Raises:
        Stopped: a signal came meanwhile.
    """
    _stop.deferred = True
    say(COMMITTING)
    try:
        yield
        say(afterwards)
    finally:
        _stop.deferred = False
    check()


def say(sentence: str) -> None:
    """Set what a stop means from now on, for the sentence that people get."""
    _stop.sentence = sentence


def check() -> None:
    """End the work of this thread where a signal has asked for it.

    Raises:
        Stopped: it has.
    """
    if _stop.number and not _stop.deferred:
        raise Stopped(_stop.number, _stop.sentence)


def _begin(*, heeded: bool) -> None:
    _stop.number, _stop.raised, _stop.deferred = 0, False, False
    _stop.heeded, _stop.sentence = heeded, "stopped"


def _raise(number: int, frame: FrameType | None) -> None:
    _stop.number = _stop.number or number
    if _stop.deferred or _stop.raised or _put_off(number, frame):
        return  # a second one must not cut what puts things away
    _stop.raised = True
    check()


def _put_off(number: int, frame: FrameType | None) -> bool:
    """Let a signal come again in a moment where raising it now could leave a lock taken for ever.

    Python's own locks of logging, futures and queues are taken by functions in Python; an exception inside
    one of them would hold up every thread that needs the lock, and the stop would wait for those threads.
    """
    locking = frame is not None and frame.f_code.co_name in _LOCKING
    while frame is not None and not locking:
        locking = frame.f_globals.get("__name__") == logging.__name__
        frame = frame.f_back
    if locking:
        _bring_again(number)
    return locking


def _bring_again(number: int) -> None:
    if not (_stop.again and _stop.again.is_alive()):
        main = threading.main_thread().ident  # a call in which it waits ends only where it gets the signal
        _stop.again = threading.Timer(AGAIN_SECONDS, signal.pthread_kill, (main, number))
        _stop.again.daemon = True
        _stop.again.start()


@contextmanager
def _never_lost() -> Iterator[None]:
    """Raise `Stopped` once more where Python drops it: whatever a dying object calls may raise nothing."""
    before = sys.unraisablehook

    def told(dropped: sys.UnraisableHookArgs) -> None:
        if isinstance(dropped.exc_value, Stopped):
            _stop.raised = False
            _bring_again(_stop.number)
        else:
            before(dropped)

    sys.unraisablehook = told
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        if _stop.again:
            _stop.again.cancel()
            _stop.again.join()  # others would not know what to make of it
        for number, other in before.items():
            signal.signal(number, other)


@contextmanager
def _watched() -> Iterator[None]:
    """Let another thread learn of signals, too: the main one may be busy in a library for long."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    watch = threading.Thread(target=_watch, args=(reading,), name="stopping", daemon=True)
    watch.start()
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writing)
        watch.join()
        os.close(reading)


def _watch(reading: int) -> None:
    """Read the numbers of signals, and end the process where a stop takes too long or is asked for again."""
    first, asked = 0, 0.0
    while True:
        left = max(0.0, asked + GRACE_SECONDS - time.monotonic()) if first else None
        if not select.select([reading], [], [], left)[0]:
            break
        told = os.read(reading, 1)
        if not told:
            return
        if not first and told[0] in SIGNALS:
            first, asked = told[0], time.monotonic()
        elif told[0] == signal.SIGINT and time.monotonic() > asked + PATIENCE_SECONDS:
            break
    _give_up(first)


def _give_up(number: int) -> None:
    shown = "\x1b[?25h" if os.isatty(2) else ""  # the cursor, which progress bars hide
    os.write(2, f"{shown}copydesk: {_stop.sentence}\n".encode())
    os._exit(128 + number)
