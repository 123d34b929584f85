"""What comes out of a page depends on that page alone, and a page can harm nobody but itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ingest.pages.extract import ENGINES, Extract, Extracted, Failure, Outcome, Page, extractor
from tests.builders import ROOT, story
from tests.builders_pages import HEAD

Extraction = Callable[[Sequence[Page]], list[Outcome]]


def page(number: int, *, body: str | None = None) -> Page:
    paragraphs = "".join(f"<p>{part}</p>" for part in (body or story(number)).split("\n\n"))
    head = HEAD.format(title=f"Story-{number}")
    return Page(f"{head}<body><nav>Home</nav><article>{paragraphs}</article></body></html>", None)


def listed(extract: Extract) -> Extraction:
    return lambda pages: list(extract(pages))


@pytest.fixture(scope="module", params=ENGINES)
def extract_all(request: pytest.FixtureRequest) -> Iterator[Extraction]:
    with extractor(2, engine=request.param) as function:
        yield listed(function)


def test_text_and_metadata(extract_all: Extraction) -> None:
    (found,) = extract_all([page(1)])
    assert isinstance(found, Extracted)
    assert found.text.split() == story(1).split()
    assert found._replace(text="") == Extracted(
        "", "Story-1", "Ann Lee", "https://example.com/Story-1", "2026-11-20T06:30:00+02:00", "en-GB"
    )


def test_results_do_not_depend_on_earlier_pages_or_their_order(extract_all: Extraction) -> None:
    shared = story(99)  # the same paragraphs on every page: what deduplication caches would drop
    pages = [page(number, body=f"{story(number)}\n\n{shared}") for number in range(6)]
    alone = [extract_all([one])[0] for one in pages]
    assert extract_all(pages * 2) == alone * 2
    assert extract_all(pages[::-1]) == alone[::-1]
    assert [isinstance(one, Extracted) and shared.split()[-1] in one.text for one in alone] == [True] * 6


def test_neither_workers_nor_neighbours_nor_their_number_change_an_outcome(extract_all: Extraction) -> None:
    pages = [page(number) for number in range(23)] + [Page("", None), page(3)]
    for engine in ENGINES:
        with extractor(1, engine=engine) as one, extractor(3, engine=engine) as three:
            outcomes = list(one(pages))
            assert list(three(pages[::-1])) == outcomes[::-1]
            parts = [three(pages[:9]), three(pages[9:])]  # handed over both, before any is waited for
            assert [outcome for part in parts for outcome in part] == outcomes


def test_a_page_is_extracted_once_wherever_it_was_found(caplog: pytest.LogCaptureFixture) -> None:
    killer = Killer()
    addresses = [None, "https://example.com/a", "https://example.com/2026/11/3/b"]
    pages = [page(1)._replace(html=killer, url=url) for url in addresses]  # type: ignore[arg-type] # no page
    with extractor(2) as extract, caplog.at_level("WARNING"):
        assert len(list(extract(pages))) == len(pages)
    assert [record.args for record in caplog.records] == [(1,)]


def test_an_address_completes_what_the_page_says(extract_all: Extraction) -> None:
    html = page(1).html
    assert isinstance(html, str)
    relative = html.replace("https://example.com/Story-1", "/stories/1?a=b")
    silent = relative.replace("/stories/1?a=b", "").replace("article:published_time", "other")
    found = "https://example.org/2026/3/09/found"
    named = "https://example.org/2026/mar/9/found"
    pages = [
        Page(relative, found),
        Page(silent, found),
        Page(silent, named),
        Page(relative, None),
        Page(html, found),
    ]
    said = [(each.url, each.published_at) for each in extract_all(pages) if isinstance(each, Extracted)]
    moment = "2026-11-20T06:30:00+02:00"
    assert said == [
        ("https://example.org/stories/1?a=b", moment),
        (found, "2026-03-09"),
        (named, "2026-03-09"),
        (None, moment),
        ("https://example.com/Story-1", moment),
    ]


def test_bytes_and_text_give_the_same(extract_all: Extraction) -> None:
    html = (
        str(page(1).html)
        .replace("<head>", '<head><meta charset="windows-1252">')
        .replace("w1000x1 ", "café ")
    )
    from_bytes, from_text = extract_all([Page(html.encode("cp1252"), None), Page(html, None)])
    assert from_bytes == from_text
    assert isinstance(from_text, Extracted)
    assert "café" in from_text.text


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("", "empty"),
        (b" \n", "empty"),
        ("no page at all", "no_text"),
        ("<html><body><script>x</script></body></html>", "no_text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "undecodable"),
    ],
)
def test_a_page_without_an_article_says_why(extract_all: Extraction, html: str | bytes, reason: str) -> None:
    (failure,) = extract_all([Page(html, None)])
    assert isinstance(failure, Failure)
    assert failure.reason == reason
    assert failure.detail


def test_a_bad_byte_costs_the_page_only_where_it_is_in_the_article(extract_all: Extraction) -> None:
    text = "Zoë’s café in Genève is “très bien”. "
    html = str(page(1, body=story(1) + "\n\n" + text * 9).html)
    in_script = html.replace("<body>", "<body><script>BAD</script>").encode().replace(b"BAD", b"\xff")
    in_text = html.replace("w1000x1 ", "BAD ").encode().replace(b"BAD", b"\xff")
    harmless, harmful = extract_all([Page(in_script, None), Page(in_text, None)])
    assert isinstance(harmless, Extracted)
    assert text.strip() in harmless.text
    assert isinstance(harmful, Failure)
    assert harmful.reason == "undecodable"


def test_an_exception_is_a_failure_of_its_page_alone(extract_all: Extraction) -> None:
    broken = Page(b"", None)._replace(html=7)  # type: ignore[arg-type] # what no decoder expects
    good, bad, also_good = extract_all([page(1), broken, page(2)])
    assert isinstance(good, Extracted)
    assert isinstance(also_good, Extracted)
    assert isinstance(bad, Failure)
    assert bad.reason == "extraction_failed"


class Killer:
    """A page that kills the process it arrives in, as a crash in a C library would."""

    def __reduce__(self) -> tuple[object, ...]:
        return eval, ("__import__('os').kill(__import__('os').getpid(), 9)",)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_killed_worker_costs_the_guilty_page_alone(engine: str) -> None:
    killer = page(0)._replace(html=Killer())  # type: ignore[arg-type] # it never becomes a page
    pages = [page(1), killer, page(2), page(3), killer, *(page(number) for number in range(4, 12))]
    with extractor(2, engine=engine) as extract:
        behind = extract([page(12)])  # it was handed over before, and is asked for when the pool is gone
        outcomes = list(extract(pages))
        again = list(extract([page(1)]))
        assert [isinstance(outcome, Extracted) for outcome in behind] == [True]
    reasons = [outcome.reason if isinstance(outcome, Failure) else "" for outcome in outcomes]
    assert reasons == ["", "extraction_failed", "", "", "extraction_failed", *[""] * 8]
    texts = [outcome.text.split() for outcome in outcomes if isinstance(outcome, Extracted)]
    assert texts == [story(number).split() for number in range(1, 12)]
    assert again == outcomes[:1]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_page_that_takes_too_long_is_given_up(engine: str) -> None:
    many = " ".join(f"a{number}=1" for number in range(50_000))  # parsers are quadratic in attributes
    slow = page(0)._replace(html=str(page(0).html).replace("<p>", f"<p {many}>", 1))
    with extractor(2, engine=engine, seconds=1) as extract:
        good, bad, also_good = extract([page(1), slow, page(2)])
    assert isinstance(good, Extracted)
    assert isinstance(also_good, Extracted)
    assert isinstance(bad, Failure)
    assert bad.reason == "extraction_failed"
    assert "took 1 s" in bad.detail


def test_without_a_page_no_process_starts_and_trafilatura_stays_away() -> None:
    script = (
        "import pathlib, sys\n"
        "from ingest.pages.extract import extractor\n"
        "with extractor(2) as extract:\n"
        "    assert list(extract([])) == []\n"
        "    started = [p.read_text() for p in pathlib.Path('/proc/self/task').glob('*/children')]\n"
        "print(''.join(started), 'trafilatura' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.split() == ["False"]


def test_workers_do_not_outlive_a_killed_run(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(
        "import os, signal\n"
        "from ingest.pages.extract import Page, extractor\n"
        "if __name__ == '__main__':\n"
        "    with extractor(2) as extract:\n"
        "        list(extract([Page(f'<p>{number}</p>', None) for number in range(40)]))\n"
        "        print(os.getpid(), flush=True)\n"
        "        signal.pause()\n"
    )
    marker = f"COPYDESK_TEST_MARK={tmp_path.name}{os.getpid()}"
    name, _, value = marker.partition("=")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), name: value}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment) as run:
        assert run.stdout is not None
        assert run.stdout.readline()
        assert len(marked(marker)) >= 3  # the run, the fork server, a worker or two
        run.kill()
    deadline = time.monotonic() + 20
    while marked(marker) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert marked(marker) == []


def marked(marker: str) -> list[int]:
    """Find the living processes that carry a mark in their environment."""
    living = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "environ").read_bytes():
                living.append(int(folder.name))
        except OSError:
            continue
    return living
