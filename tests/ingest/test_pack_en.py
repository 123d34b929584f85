"""The English pack on sentences written for this test: what must go, and real text that looks like it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from ingest import packs, rules
from ingest.paragraphs import split

BUNDLED = packs.load(packs.bundled())
PROSE = "The council of the harbour town met on Tuesday and talked for hours about the price of the ferry."
BODY = "\n".join([PROSE] * 8)


def _gone(article: str) -> list[str]:
    removals, _ = rules.propose(split(pa.array([article])), pa.array(["en"]), BUNDLED)
    return [article[row["start"] : row["end"]] for row in removals.to_pylist()]


@pytest.mark.parametrize(
    "line",
    [
        "The mayor did not respond to a request for comment.",
        "Councillors did not immediately respond to requests for comment on Monday.",
        "“Subscribe to our newsletter,” the sign on the pier said.",
        "“We use cookies,” she told the court, “and we always will.”",
        "He asked readers to “sign up for our newsletter” in a leaflet, police said.",
        "Correction: An earlier version of this article misstated the age of the captain.",
        "Clarification: This story has been updated to say that the ferry sank in 1999.",
        "LONDON (AP) — The ferry left the harbour on Monday with nobody aboard but the captain.",
        "WASHINGTON – Lawmakers want to share the cost of the ferry with the towns on the coast.",
        "The company said its cookies are baked in the harbour and sold on the ferry.",
        "Shares of the ferry company fell 3 percent on Monday after the strike began.",
        "Comments by the mayor drew laughter from the captains in the hall.",
        "More than 300 people waited on the quay for the last ferry of the year.",
        "Related costs rose by a third, according to the report of the council.",
        "By Monday the ferry was back, and so were the tourists.",
        "Read more books, the teacher said, and the children laughed.",
        "Follow the river to the sea and there is the harbour, quiet and grey.",
        "Advertisement revenue at the newspaper fell for the ninth year in a row.",
        "The newspaper has 300 subscribers and a newsletter that goes out at noon.",
        "Officials published the report on December 22, 2023, after months of delay.",
        "She writes about the sea and is the author of three novels.",
        "Copyright law is older than the ferry, the judge wrote in his ruling.",
        "Photo finishes are rare in ferry races.",
        "• Share",
        "• Sports",
    ],
)
def test_real_text_stays(line: str) -> None:
    assert _gone(f"{BODY}\n{line}\n{BODY}") == []


@pytest.mark.parametrize(
    "line", ["The mayor did not respond to a request for comment.", "Doe said she would appeal."]
)
def test_real_text_stays_at_the_end_as_well(line: str) -> None:
    assert _gone(f"{BODY}\n{line}") == []


@pytest.mark.parametrize(
    "line",
    [
        "Read more: The long goodbye of the harbour",
        "READ ALSO  Captains call off the strike",
        "RELATED: Who pays for the ferry?",
        "Advertisement",
        "Story continues below advertisement",
        "Sign up for our free weekly newsletter with the best of the coast",
        "Follow us on Facebook, Instagram and X.",
        "Click here to read our ferry special",
        "4 Comments",
        "This website uses cookies to give you a better experience.",
        "© 2024 Harbour Courier. All rights reserved.",
        "Photo: Jane Doe/Harbour Courier",
        "Jane Doe/Getty Images",
        "2 hours ago",
        "7 min read",
    ],
)
def test_boilerplate_goes_wherever_it_stands(line: str) -> None:
    for article in (f"{line}\n{BODY}", f"{BODY}\n{line}\n{BODY}", f"{BODY}\n{line}"):
        assert _gone(article) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "Trusted journalism is needed now more than ever, and it is as important as the ferry.",
        "By donating, you can help us report from the harbour.",
        "Jane Doe is a staff reporter for the Harbour Courier.",
        "John Roe contributed to this report.",
        "Reach her at jane@example.org or follow her on Twitter.",
        "Tags: ferry, harbour",
        "Privacy Policy",
        "See our privacy policy for details.",
    ],
)
def test_boilerplate_of_the_tail_goes_only_there(line: str) -> None:
    assert _gone(f"{BODY}\n{line}") == [line]
    assert _gone(f"{BODY}\n{line}\n{BODY}") == []


@pytest.mark.parametrize(
    "line", ["By Jane Doe", "By JANE DOE and John van der Roe, Staff Writers", "December 22, 2023 10:39 AM"]
)
def test_bylines_and_dates_go_at_the_head(line: str) -> None:
    assert _gone(f"{line}\n{BODY}") == [line]
    assert _gone(f"{BODY}\n{line}\n{BODY}") == []
