"""What an HTML page says of its article: title, authors, address, date, language, as strings.

It is said in the head, in JSON-LD (schema.org), and by a few elements. The page's own words are handed on
as they are; what they mean is decided elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import unescape
from typing import Any, NamedTuple

from resiliparse.parse.html import ElementNode, HTMLTree

Values = Mapping[str, Sequence[str]]

TITLES = ("og:title", "headline", "twitter:title", "dc.title", "title")
DATES = (
    *("article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date"),
    *("sailthru.date", "article.published", "dc.date.issued", "dcterms.created", "dc.date", "publish-date"),
    *("publication_date", "publishdate", "pubdate", "cxenseparse:recs:publishtime", "date"),
)
AUTHORS = ("author", "byl", "parsely-author", "sailthru.author", "dc.creator", "article:author", "authors")
"""Names of `<meta>` elements, in lower case, the most reliable first."""

_ARTICLE = re.compile(r"(?:Article|Posting|Report)\b")  # types of schema.org: NewsArticle, BlogPosting ...
_PAGE = re.compile(r"(?:WebPage|Review)\b")  # what has the date where there is no article
_CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage")  # where JSON-LD has the article inside something
_DEPTH = 4  # of containers; more is no article but a trap
_TAG = re.compile(r"<[^<>]*>")
_SITE = re.compile(r"^(.{15,}?)\s+[|–—·»-]\s+[^|–—·»]{2,40}$")  # what sites append to `<title>`
_YEAR = re.compile(r"(?:19|20)\d\d|\d{10}")  # 0001-01-01 is how some systems write that they do not know
_TIMES = '[itemprop="datePublished"][datetime], time[pubdate][datetime], article time[datetime]'
_AUTHOR_ELEMENTS = ('[itemprop="author"] [itemprop="name"]', '[rel="author"]', '[itemprop="author"]')
_AUTHOR_CHARACTERS = 100  # more is a biography
_NOT_IN_NAMES = re.compile(r"://|^@|\d")
_AUTHORS = 10  # a longer list is that of the whole newsroom


class Said(NamedTuple):
    """What a page says of its article; None where it says nothing."""

    title: str | None
    authors: str | None  # names with semicolons between them
    url: str | None
    published_at: str | None
    language: str | None
    body: str | None  # the article's text, which some pages have in their JSON-LD


def read(tree: HTMLTree) -> Said:
    """Read what a page says of its article.

    Args:
        tree: the parsed page.

    Returns:
        The page's own words, white space made plain.
    """
    metas = _metas(tree)
    described = list(_articles(tree))
    title = _title(tree, metas, [item for item in described if _is(item, _ARTICLE)])
    described = _without_teasers(described, title)
    articles = [item for item in described if _is(item, _ARTICLE)]
    return Said(
        title=title,
        authors=_authors(tree, metas, articles),
        url=_address(tree, metas),
        published_at=_date(tree, metas, [*articles, *described]),
        language=_language(tree, metas, articles),
        body=_body(articles),
    )


def elements(tree: HTMLTree, selector: str) -> list[ElementNode]:
    """Return the elements of a page that a CSS selector names, in their order.

    Args:
        tree: the parsed page.
        selector: one or more, with commas between them.
    """
    document = tree.document
    return list(document.query_selector_all(selector).values()) if document else []


def plain(text: str | None) -> str:
    """Return a text on one line, every run of white space one space.

    Args:
        text: any, or None for an empty one.
    """
    return " ".join((text or "").split())


def _metas(tree: HTMLTree) -> Values:
    """Return the contents of all `<meta>` elements by name, in lower case and in their order."""
    found: dict[str, list[str]] = {}
    for element in elements(tree, "meta[content]"):
        content = plain(element.getattr("content"))
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = element.getattr(attribute)
            if name and content:
                found.setdefault(name.strip().lower(), []).append(content)
    return found


def _articles(tree: HTMLTree) -> Iterator[Mapping[str, Any]]:
    """Yield the articles and pages that JSON-LD describes."""
    for script in elements(tree, 'script[type="application/ld+json"]'):
        try:
            value = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _described(value, _DEPTH)


def _described(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if not depth:
        return
    for item in _as_list(value):
        if not isinstance(item, dict):
            continue
        if _is(item, _ARTICLE) or _is(item, _PAGE):
            yield item
        for container in _CONTAINERS:
            yield from _described(item.get(container), depth - 1)


def _is(item: Mapping[str, Any], types: re.Pattern[str]) -> bool:
    return any(isinstance(kind, str) and types.search(kind) for kind in _as_list(item.get("@type")))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _strings(articles: Iterable[Mapping[str, Any]], key: str) -> Iterator[str]:
    for article in articles:
        for value in _as_list(article.get(key)):
            if isinstance(value, str) and plain(value):
                yield plain(unescape(value))


def _named(metas: Values, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from metas.get(name, ())


def _texts(tree: HTMLTree, selector: str) -> list[str]:
    return [text for text in (plain(element.text) for element in elements(tree, selector)) if text]


def _title(tree: HTMLTree, metas: Values, articles: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the title: what the head says, without what the site puts around it."""
    headings, headlines = _texts(tree, "h1"), list(_strings(articles, "headline"))
    only = headings if len(headings) == 1 else []
    head = next(_named(metas, TITLES), None)
    if head is not None:
        return next((other for other in (*only, *headlines) if _same_title(head, other)), head)
    confirmed = [each for each in headlines if only and _same_title(only[0], each)]
    return next(iter([*confirmed, *headlines, *only, *_bare_title(plain(tree.title)), *headings]), None)


def _without_teasers(described: Sequence[Mapping[str, Any]], title: str | None) -> list[Mapping[str, Any]]:
    """Leave out what has another headline than the page's title, where something has that one."""
    headlines = [list(_strings([item], "headline")) for item in described]
    called = [any(_same_title(title or "", headline) for headline in each) for each in headlines]
    own = [item for item, each, is_it in zip(described, headlines, called, strict=True) if is_it or not each]
    return own if any(called) else list(described)


def _same_title(head: str, heading: str) -> bool:
    """Tell whether the head gives a heading with the name of a site or a section around it."""
    short, long = sorted((head.casefold(), heading.casefold()), key=len)
    return short in long and 2 * len(short) >= len(long)


def _bare_title(title: str) -> list[str]:
    found = _SITE.match(title)
    return [found[1]] if found else [title] if title else []


def _authors(tree: HTMLTree, metas: Values, articles: Sequence[Mapping[str, Any]]) -> str | None:
    said = (list(_names(article.get("author"))) for article in articles)
    names = next(filter(None, said), None) or [name for name in _named(metas, AUTHORS) if _is_name(name)]
    for selector in _AUTHOR_ELEMENTS:
        names = names or [name for name in _texts(tree, selector) if _is_name(name)]
    return "; ".join(list(dict.fromkeys(names))[:_AUTHORS]) or None


def _names(author: Any) -> Iterator[str]:
    """Yield the names in an `author` of JSON-LD: strings or people, one or several."""
    for one in _as_list(author):
        for name in _as_list(one.get("name") if isinstance(one, dict) else one):
            if isinstance(name, str) and _is_name(plain(unescape(name))):
                yield plain(unescape(name))


def _is_name(text: str) -> bool:
    return 1 < len(text) <= _AUTHOR_CHARACTERS and not _NOT_IN_NAMES.search(text)


def _address(tree: HTMLTree, metas: Values) -> str | None:
    """Return the address that the page calls its own; it may be relative."""
    links = (plain(link.getattr("href")) for link in elements(tree, 'link[rel="canonical"][href]'))
    return next((found for found in (*links, *_named(metas, ("og:url",))) if found), None)


def _date(tree: HTMLTree, metas: Values, articles: Sequence[Mapping[str, Any]]) -> str | None:
    times = [plain(element.getattr("datetime")) for element in elements(tree, _TIMES)]
    moments = [*_strings(articles, "datePublished"), *_named(metas, DATES), *times]
    if not moments:  # several times are those of other articles, too
        only = {plain(element.getattr("datetime")) for element in elements(tree, "time[datetime]")}
        moments = list(only) if len(only) == 1 else []
    return next((moment for moment in moments if _YEAR.search(moment)), None)


def _language(tree: HTMLTree, metas: Values, articles: Sequence[Mapping[str, Any]]) -> str | None:
    for root in elements(tree, "html"):
        language = plain(root.getattr("lang")) or plain(root.getattr("xml:lang"))
        if language:
            return language
    return next(_named(metas, ("content-language",)), None) or next(_strings(articles, "inLanguage"), None)


def _body(articles: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the text of the first article that has one, without markup, one line a paragraph."""
    bodies = (article.get("articleBody") for article in articles)
    body = next((body for body in bodies if isinstance(body, str) and body.strip()), "")
    lines = _TAG.sub("\n", unescape(body)).split("\n")
    return "\n".join(line for line in map(plain, lines) if line) or None
