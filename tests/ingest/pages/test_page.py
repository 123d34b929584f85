"""What a page says of its article is taken as it stands there, from the place that is most to be trusted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resiliparse.parse.html import HTMLTree

from ingest.pages.page import Said, read

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["@type", "@graph", "author", "name"]), inner)
    ),
)


def said(head: str = "", body: str = "", root: str = "<html>") -> Said:
    return read(HTMLTree.parse(f"{root}<head>{head}</head><body>{body}</body></html>"))


def described(value: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>The ferry leaves - Gazette</title>", "", "The ferry leaves"),
        ("<title>The ferry leaves - Gazette</title>", "<h1>The  ferry\nleaves</h1>", "The ferry leaves"),
        (meta("og:title", "The ferry leaves | Gazette"), "<h1>The ferry leaves</h1>", "The ferry leaves"),
        (meta("og:title", "Opinion | Keep the ferry"), "<h1>Keep the ferry</h1>", "Keep the ferry"),
        (meta("og:title", "The ferry leaves"), "<h1>Gazette</h1>", "The ferry leaves"),
        (meta("og:title", "The ferry leaves"), "<h1>The ferry leaves</h1><h1>More</h1>", "The ferry leaves"),
        (
            described({"@type": "NewsArticle", "headline": "Fish &amp; chips"}),
            "<h1>Menu</h1>",
            "Fish & chips",
        ),
        ("", "", None),
        (described({"@type": "Organization", "headline": "Not an article"}), "", None),
    ],
)
def test_the_title_is_the_articles_and_not_the_sites(head: str, body: str, title: str | None) -> None:
    assert said(head, body).title == title


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ann Lee", "Ann Lee"),
        ({"@type": "Person", "name": "Ann Lee"}, "Ann Lee"),
        ([{"name": "Ann Lee"}, {"name": ["Bo Ek", "Ann Lee"]}], "Ann Lee; Bo Ek"),
        ([{"name": "https://example.com/ann"}, {"url": "x"}, 7, None], None),
    ],
)
def test_authors_are_read_from_all_forms_of_json_ld(author: object, names: str | None) -> None:
    for wrapped in (
        {"@graph": [{"@type": "Article", "author": author}]},
        [{"@type": "Article", "author": author}],
    ):
        assert said(described(wrapped)).authors == names


def test_authors_are_looked_for_in_the_head_and_then_in_the_page() -> None:
    element = '<span itemprop="author"><a itemprop="name" href="/ann">Ann Lee</a>, 20 November 2026</span>'
    assert said(meta("author", "Bo Ek"), element).authors == "Bo Ek"
    assert said(meta("author", "https://example.com/bo"), element).authors == "Ann Lee"


@pytest.mark.parametrize(
    ("head", "body", "moment"),
    [
        (
            described({"@type": ["BlogPosting"], "datePublished": "2026-11-20T06:30:00+02:00"}),
            "",
            "2026-11-20T06:30:00+02:00",
        ),
        (meta("article:published_time", "20 Nov 2026 06:30 GMT"), "", "20 Nov 2026 06:30 GMT"),
        (meta("datePublished", "0001-01-01T00:00:00Z") + meta("date", "2026-11-20"), "", "2026-11-20"),
        ("", '<article><time datetime="2026-11-20">Friday</time></article>', "2026-11-20"),
        (described({"@graph": [{"@type": "WebPage", "datePublished": "2026-11-20"}]}), "", "2026-11-20"),
        (
            "",
            '<time datetime="2026-11-20">Friday</time><time datetime="2026-11-20">20/11</time>',
            "2026-11-20",
        ),
        ("", '<time datetime="2026-11-20">Friday</time><time datetime="2026-11-19">Other</time>', None),
        (meta("article:modified_time", "2026-11-20"), "<p>Published 20 November 2026</p>", None),
    ],
)
def test_the_date_is_one_that_is_marked_as_such(head: str, body: str, moment: str | None) -> None:
    assert said(head, body).published_at == moment


def test_address_and_language() -> None:
    both = '<link rel="canonical" href=" https://example.com/a "><meta property="og:url" content="https://b">'
    assert said(both).url == "https://example.com/a"
    assert said(meta("og:url", "https://example.com/b")).url == "https://example.com/b"
    assert said(root='<html lang="pt-BR">').language == "pt-BR"
    assert said('<meta http-equiv="content-language" content="de">').language == "de"
    assert said() == Said(None, None, None, None, None, None)


@given(JSON)
def test_no_json_ld_is_too_odd(value: object) -> None:
    found = said(
        described(value) + '<script type="application/ld+json">{"@type": </script>', "<h1>Title</h1>"
    )
    assert found.title == "Title"


def test_articles_with_other_headlines_than_the_page_s_are_those_of_others() -> None:
    teaser = {
        "@type": "NewsArticle",
        "headline": "The bridge is closed",
        "author": "Bo Ray",
        "datePublished": "2024-01-01",
        "articleBody": "Nobody may cross.",
    }
    own = {"@type": "NewsArticle", "headline": "The ferry leaves", "author": "Ann Lee"}
    page = {"@type": "WebPage", "datePublished": "2024-03-03"}
    for head in ("", meta("og:title", "The ferry leaves | Gazette")):
        found = said(head + described([teaser, own, page]), "<h1>The ferry leaves</h1>" + described(teaser))
        assert (found.title, found.authors) == ("The ferry leaves", "Ann Lee")
        assert (found.published_at, found.body) == ("2024-03-03", None)


def test_authors_are_those_of_one_description() -> None:
    first, second = ({"@type": "Article", "author": name} for name in ("Ann Lee", "Gazette"))
    assert said(described([first, second])).authors == "Ann Lee"


def test_nested_json_ld_costs_nothing() -> None:
    for opening, closing in (("[", "]"), ('{"@graph":', "}")):
        deep = f'<script type="application/ld+json">{opening * 50_000}1{closing * 50_000}</script>'
        assert said(deep, "<h1>Title</h1>").title == "Title"
