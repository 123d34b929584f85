"""Article and metadata out of an HTML page, by trafilatura, in processes of their own.

Extraction is pure Python, 10 to 20 ms a page, so pages go to worker processes; these also keep a page that
kills its process from taking the run along. Nothing read from a page depends on pages before it or on the
clock: no deduplication caches, no guessing of dates relative to today.
"""

from __future__ import annotations

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
from typing import NamedTuple

from ingest.decode import REPLACEMENT, DecodedPage, Undecodable, decode_page

LOGGER = logging.getLogger(__name__)

_LANGUAGE = re.compile(  # the attribute of the page's first element
    r"""<html\b[^>]*?\s(?:xml:)?lang\s*=\s*["']?\s*([A-Za-z][A-Za-z0-9_-]*)""", re.IGNORECASE
)
_LANGUAGE_CHARACTERS = 4096  # <html> stands at the head of a page, behind a comment or two at most
_DETAIL_CHARACTERS = 300  # some exceptions carry the whole page
_DATES = {
    "original_date": True,
    "extensive_search": False,  # that one guesses, and reads the clock
    "max_date": "2100-01-01",  # today by default: yesterday's result would differ
    "outputformat": "%Y-%m-%dT%H:%M:%S%z",
}


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
Extract = Callable[[Sequence[Page]], list[Outcome]]
GoOn = Callable[[], None]
"""Called again and again; what it raises ends the work."""


def always() -> None:
    """Go on."""


@contextmanager
def extractor(workers: int, *, seconds: float = PAGE_SECONDS, go_on: GoOn = always) -> Iterator[Extract]:
    """Lend a function that extracts pages in worker processes.

    The processes start with the first page, and end with the context or with the process that lent them.

    Args:
        workers: processes at a time.
        seconds: CPU time a page may take.
        go_on: called before each page that is waited for.

    Yields:
        A function from pages to what came out of each, in the same order. A page that kills its worker or
        takes too long is a Failure of reason `extraction_failed`, its neighbours are not.
    """
    pool: ProcessPoolExecutor | None = None

    def extract_all(pages: Sequence[Page]) -> list[Outcome]:
        nonlocal pool
        if pages and pool is None:
            pool = _pool(workers)
        results = _together(pool, pages, seconds=seconds, go_on=go_on) if pool else []
        if None in results and pool:
            pool.shutdown(cancel_futures=True)
            pool = None
            go_on()  # who ends this process may have ended the workers, too
            LOGGER.warning("a worker died among %d pages; the unfinished ones go one by one", len(pages))
            return _one_by_one(pages, results, seconds=seconds, go_on=go_on)
        return [result for result in results if result is not None]

    try:
        yield extract_all
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def extract(page: Page) -> Outcome:
    """Extract one page in this process.

    Args:
        page: bytes are decoded by byte-order mark, by what the page says, then as any text.

    Returns:
        The article, or why there is none.
    """
    try:
        return _extracted(page)
    except Exception as error:  # noqa: BLE001 - whatever the extractor stumbles over is a row, not the end
        detail = f"the extractor stopped with {type(error).__name__}: {error}"
        return Failure("extraction_failed", detail[:_DETAIL_CHARACTERS])


def _extracted(page: Page) -> Outcome:
    decoded = (
        decode_page(page.html, declared=page.charset)
        if isinstance(page.html, bytes)
        else DecodedPage(page.html, mended=False)
    )
    if isinstance(decoded, Undecodable):
        return Failure("undecodable", decoded.detail)
    if not decoded.text.strip():
        return Failure("empty", "the page holds nothing but white space")
    found = _trafilatura(decoded.text, page.url)
    return _unmended(found, page.html) if decoded.mended else found


def _trafilatura(html: str, url: str | None) -> Outcome:
    from trafilatura import bare_extraction  # noqa: PLC0415 - 0.4 s that only worker processes should pay
    from trafilatura.settings import Document  # noqa: PLC0415 - see above

    found = bare_extraction(
        html, url=url, fast=True, include_comments=False, with_metadata=True, date_extraction_params=_DATES
    )
    text = found.text or "" if isinstance(found, Document) else ""
    if not isinstance(found, Document) or not text.strip():
        return Failure("no_text", "the extractor found no article in the page")
    tag = _LANGUAGE.search(html, 0, _LANGUAGE_CHARACTERS)
    extracted = Extracted(text, found.title, found.author, found.url, found.date, tag[1] if tag else None)
    "".join(filter(None, extracted)).encode()  # raises on half characters, which no table can hold
    return extracted


def _unmended(found: Outcome, raw: str | bytes) -> Outcome:
    """Refuse an article with replacement characters that its page does not hold."""
    in_page = isinstance(raw, bytes) and REPLACEMENT.encode() in raw
    if in_page or isinstance(found, Failure) or not any(REPLACEMENT in field for field in found if field):
        return found
    return Failure("undecodable", "some bytes of the article are not valid UTF-8")


def _together(
    pool: ProcessPoolExecutor, pages: Sequence[Page], *, seconds: float, go_on: GoOn
) -> list[Outcome | None]:
    futures: list[Future[Outcome]] = []
    try:
        futures.extend(pool.submit(_in_time, page, seconds) for page in pages)
    except BrokenProcessPool:
        LOGGER.debug("the pool broke after %d pages were handed over", len(futures))
    results = [_result(future, go_on) for future in futures]
    return results + [None] * (len(pages) - len(results))


def _result(future: Future[Outcome], go_on: GoOn) -> Outcome | None:
    go_on()
    try:
        return future.result()
    except BrokenProcessPool:
        return None


def _one_by_one(
    pages: Sequence[Page], results: Sequence[Outcome | None], *, seconds: float, go_on: GoOn
) -> list[Outcome]:
    """Finish what a dead worker left: alone in its process, only the guilty page can fail."""
    finished: list[Outcome] = []
    pool = _pool(1)
    try:
        for page, result in zip(pages, results, strict=True):
            outcome = result or _together(pool, [page], seconds=seconds, go_on=go_on)[0]
            if outcome is None:
                pool.shutdown()
                pool = _pool(1)
                outcome = Failure(
                    "extraction_failed", f"the extractor crashed on the page or took {seconds:g} s"
                )
            finished.append(outcome)
    finally:
        pool.shutdown(cancel_futures=True)
    return finished


def _pool(workers: int) -> ProcessPoolExecutor:
    # A forkserver, since a fork of a process with threads may hang; with this module preloaded a new
    # worker costs milliseconds.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["trafilatura", __name__])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_settle_in)


def _settle_in() -> None:
    """Prepare a worker: no log lines of libraries, no life after the process that started it."""
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)  # to end the process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells all its processes; the parent decides
    for name in ("trafilatura", "htmldate", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _in_time(page: Page, seconds: float) -> Outcome:
    """Extract a page in a worker; past its CPU time the kernel ends the worker, even inside a C library."""
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        return extract(page)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
