"""Articles out of HTML pages, in processes of their own.

Extraction is work for one core, 3 to 20 ms a page, so pages go to worker processes; these also keep a page
that kills its process from taking the run along. Which engine does it is a name; engines are functions.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple
from urllib.parse import urljoin

from ingest.decode import REPLACEMENT, DecodedPage, Undecodable, decode_page

LOGGER = logging.getLogger(__name__)

ENGINES = ("trafilatura", "resiliparse")
"""Names of the engines in `ingest.pages.engines`, the default first."""

_BATCH = 4  # pages handed over together: fewer messages, and neither a long wait for the last one
_DETAIL_CHARACTERS = 300  # some exceptions carry the whole page
_ELEMENT = re.compile(r"<[A-Za-z]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ADDRESS_DAY = re.compile(
    rf"/((?:19|20)\d\d)/(0?[1-9]|1[0-2]|{'|'.join(_MONTHS)})/(0?[1-9]|[12]\d|3[01])(?=/|$)"
)
PAGE_SECONDS = 30.0  # of CPU; real pages take a hundredth of one, one with 100,000 attributes took 227


class Page(NamedTuple):
    """An HTML page before extraction."""

    html: str | bytes
    url: str | None
    charset: str | None = None  # of bytes, as told beside them


class Extracted(NamedTuple):
    """What a page says, strings as the page has them."""

    text: str
    title: str | None
    authors: str | None
    url: str | None
    published_at: str | None
    language: str | None


class Failure(NamedTuple):
    """Why nothing came out of a page."""

    reason: str  # one of tables.REASONS
    detail: str


Outcome = Extracted | Failure
Extract = Callable[[Sequence[Page]], Iterator[Outcome]]
"""Hands pages over at once; what came out of each is waited for when it is asked for."""
Work = Callable[[Sequence[Page]], list[Outcome]]
GoOn = Callable[[], None]
"""Called again and again; what it raises ends the work."""


def always() -> None:
    """Go on."""


@contextmanager
def extractor(
    workers: int, *, engine: str = ENGINES[0], seconds: float = PAGE_SECONDS, go_on: GoOn = always
) -> Iterator[Extract]:
    """Lend a function that extracts pages in worker processes.

    The processes start with the first page, and end with the context or with the process that lent them.

    Args:
        workers: processes at a time.
        engine: one of ENGINES.
        seconds: CPU time a page may take.
        go_on: called before each page that is waited for.

    Yields:
        A function from pages to what came out of each, in the same order. Pages with the same bytes are
        extracted once. A page that kills its worker or takes too long is a Failure of reason
        `extraction_failed`, its neighbours are not.
    """
    pool: ProcessPoolExecutor | None = None
    work = partial(_in_time, engine=engine, seconds=seconds)
    given_up = Failure("extraction_failed", f"the extractor crashed on the page or took {seconds:g} s")

    def extract_all(pages: Sequence[Page]) -> Iterator[Outcome]:
        nonlocal pool
        distinct = list(dict.fromkeys(page._replace(url=None) for page in pages))
        batches = [distinct[start : start + _BATCH] for start in range(0, len(distinct), _BATCH)]
        if batches and pool is None:
            pool = _pool(workers, engine)
        futures = _handed_over(pool, batches, work) if pool else []
        return outcomes(pages, batches, futures, pool)

    def outcomes(
        pages: Sequence[Page],
        batches: Sequence[Sequence[Page]],
        futures: Sequence[Future[list[Outcome]]],
        used: ProcessPoolExecutor | None,
    ) -> Iterator[Outcome]:
        nonlocal pool
        found, left = _waited_for(batches, futures, go_on)
        if left and used:
            used.shutdown(cancel_futures=True)
            pool = None if pool is used else pool
            go_on()  # who ends this process may have ended the workers, too
            LOGGER.warning("a worker died; its pages and those behind them, %d, go one by one", len(left))
            found |= _one_by_one(left, work, start=partial(_pool, 1, engine), given_up=given_up, go_on=go_on)
        for page in pages:
            yield _placed(found[page._replace(url=None)], page.url)

    try:
        yield extract_all
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def extract(page: Page, engine: str = ENGINES[0]) -> Outcome:
    """Extract one page in this process.

    Args:
        page: bytes are decoded by byte-order mark, by what the page says, then as any text.
        engine: one of ENGINES.

    Returns:
        The article, or why there is none.
    """
    return _placed(_guarded(page, engine), page.url)


def _guarded(page: Page, engine: str) -> Outcome:
    try:
        return _extracted(page, engine)
    except Exception as error:  # noqa: BLE001 - whatever the extractor stumbles over is a row, not the end
        detail = f"the extractor stopped with {type(error).__name__}: {error}"
        return Failure("extraction_failed", detail[:_DETAIL_CHARACTERS])


def _extracted(page: Page, engine: str) -> Outcome:
    from ingest.pages import engines  # noqa: PLC0415 - only worker processes need them

    decoded = (
        decode_page(page.html, declared=page.charset)
        if isinstance(page.html, bytes)
        else DecodedPage(page.html, mended=False)
    )
    if isinstance(decoded, Undecodable):
        return Failure("undecodable", decoded.detail)
    if not decoded.text.strip():
        return Failure("empty", "the page holds nothing but white space")
    if not _ELEMENT.search(decoded.text):
        return Failure("no_text", "there is no element of HTML in the page")
    text, said = engines.BY_NAME[engine](decoded.text)
    if not text.strip():
        return Failure("no_text", "the extractor found no article in the page")
    found = Extracted(text, *said[: len(Extracted._fields) - 1])
    "".join(filter(None, found)).encode()  # raises on half characters, which no table can hold
    return _unmended(found, page.html) if decoded.mended else found


def _unmended(found: Extracted, raw: str | bytes) -> Outcome:
    """Refuse an article with replacement characters that its page does not hold."""
    in_page = isinstance(raw, bytes) and REPLACEMENT.encode() in raw
    if in_page or not any(REPLACEMENT in field for field in found if field):
        return found
    return Failure("undecodable", "some bytes of the article are not valid UTF-8")


def _placed(found: Outcome, url: str | None) -> Outcome:
    """Complete what a page says of itself by the address it was found at."""
    if isinstance(found, Failure):
        return found
    try:
        address = urljoin(url or "", found.url or "")
    except ValueError:  # half a bracket
        address = url or ""
    address = address if address.startswith(("http://", "https://")) else url or ""
    day = None if found.published_at else _ADDRESS_DAY.search(address)
    return found._replace(
        url=address or None, published_at=_date(*day.groups()) if day else found.published_at
    )


def _date(year: str, month: str, day: str) -> str:
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
    return f"{year}-{number:02}-{int(day):02}"


def _handed_over(
    pool: ProcessPoolExecutor, batches: Sequence[Sequence[Page]], work: Work
) -> list[Future[list[Outcome]]]:
    """Submit batches; the futures are fewer where a worker died meanwhile."""
    futures: list[Future[list[Outcome]]] = []
    try:
        futures.extend(pool.submit(work, batch) for batch in batches)
    except BrokenProcessPool:
        LOGGER.debug("the pool broke after %d batches were handed over", len(futures))
    return futures


def _waited_for(
    batches: Sequence[Sequence[Page]], futures: Sequence[Future[list[Outcome]]], go_on: GoOn
) -> tuple[dict[Page, Outcome], list[Page]]:
    """Return what came out of each page, and the pages that a dead worker left."""
    found: dict[Page, Outcome] = {}
    for batch, future in zip(batches, futures, strict=False):
        go_on()
        try:
            found.update(zip(batch, future.result(), strict=True))
        except BrokenProcessPool:
            continue
    return found, [page for batch in batches for page in batch if page not in found]


def _one_by_one(
    pages: Sequence[Page],
    work: Work,
    *,
    start: Callable[[], ProcessPoolExecutor],
    given_up: Failure,
    go_on: GoOn,
) -> dict[Page, Outcome]:
    """Finish what a dead worker left: alone in its process, only the guilty page can fail."""
    done: dict[Page, Outcome] = {}
    pool = start()
    try:
        for page in pages:
            found, guilty = _waited_for([[page]], _handed_over(pool, [[page]], work), go_on)
            if guilty:
                pool.shutdown()
                pool = start()
                found = {page: given_up}
            done |= found
    finally:
        pool.shutdown(cancel_futures=True)
    return done


def _pool(workers: int, engine: str) -> ProcessPoolExecutor:
    # A forkserver, since a fork of a process with threads may hang; with these modules preloaded a new
    # worker costs milliseconds.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([engine, "ingest.pages.engines", __name__])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_settle_in)


def _settle_in() -> None:
    """Prepare a worker: no log lines of libraries, no life after the process that started it."""
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)  # to end the process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells all its processes; the parent decides
    for name in ("trafilatura", "htmldate", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    gc.freeze()  # what is loaded by now stays: to look through it for garbage costs 5 % of the time
    threading.Thread(target=_follow_parent, daemon=True).start()


def _in_time(pages: Sequence[Page], *, engine: str, seconds: float) -> list[Outcome]:
    """Extract pages in a worker; past its CPU time on one the kernel ends it, even inside a C library."""
    outcomes = []
    for page in pages:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            outcomes.append(_guarded(page, engine))
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return outcomes


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
