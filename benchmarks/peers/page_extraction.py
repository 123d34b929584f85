"""Articles out of pages, by trafilatura alone or by an engine of ours, in this process or in workers."""

import argparse
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import trafilatura
from exchange import answer, once, stay_on_one_core

from ingest.decode import DecodedPage, decode_page
from ingest.formats import Raw, open_records
from ingest.pages.extract import ENGINES, Page, extract, extractor

WARM_UP = 20  # pages: what is built or loaded once a process is no part of the figure


def main() -> None:
    """Extract all pages, some before the clock runs, and answer with the time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("input", type=Path)
    parser.add_argument("--who", choices=["defaults", "metadata", *ENGINES], required=True)
    parser.add_argument("--workers", type=int, default=0, help="0: in this process, on one core")
    parser.add_argument("--passes", type=int, default=1)
    asked = parser.parse_args()
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    pages = pages_of(asked.input)
    if not asked.workers:
        stay_on_one_core()
        work = one_by_one(asked.who)
        work(pages[:WARM_UP])
        _, spent = once(lambda: [work(pages) for _ in range(asked.passes)])
    else:
        with extractor(asked.workers, engine=asked.who) as extract_all:
            list(extract_all(pages[:WARM_UP]))
            # Handed over one behind the other, as the pipeline does, before the first is waited for.
            _, spent = once(
                lambda: [list(each) for each in [extract_all(pages) for _ in range(asked.passes)]]
            )
    answer(**spent, items=len(pages) * asked.passes)


def pages_of(path: Path) -> list[Page]:
    """Return the pages of a file, decoded."""
    with path.open("rb") as stream:
        records = [record for record in open_records(path, stream, limit=1 << 30) if isinstance(record, Raw)]
    pages = [(record.fields.get("html"), record.fields.get("url"), record.charset) for record in records]
    decoded = [
        (decode_page(html, declared=charset) if isinstance(html, bytes) else html, url)
        for html, url, charset in pages
    ]
    texts = [(page.text if isinstance(page, DecodedPage) else page, url) for page, url in decoded]
    return [Page(text, url) for text, url in texts if isinstance(text, str)]


def one_by_one(who: str) -> Callable[[Sequence[Page]], object]:
    """Return what extracts pages in this process."""
    if who == "defaults":
        return lambda pages: [trafilatura.extract(page.html, url=page.url) for page in pages]
    if who == "metadata":
        return lambda pages: [
            trafilatura.bare_extraction(page.html, url=page.url, with_metadata=True) for page in pages
        ]
    return lambda pages: [extract(page, who) for page in pages]


if __name__ == "__main__":
    main()
