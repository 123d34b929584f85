"""The engines of extraction: functions from a page to its article.

Both read in the same way what the page says of its article, and leave out what is no part of one on any site.
Nothing they find depends on pages before or on the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from resiliparse.parse.html import HTMLTree

from ingest.pages import blocks, opinions, page
from ingest.pages.blocks import is_link
from ingest.pages.page import Said, elements, plain

_FURNITURE = (  # what trafilatura would drop itself, but only after copying and searching it several times
    *("script", "style", "svg", "template", "iframe", "select", "button", "link", "meta", "canvas", "object"),
    *("embed", "video", "audio", "map", "nav", "footer", "aside", "menu", "dialog"),
)
_FEW = 250  # characters: what trafilatura, too, takes for a failure


class Found(NamedTuple):
    """What an engine found in a page."""

    text: str  # one line a paragraph; empty where there is no article
    said: Said


Engine = Callable[[str], Found]
"""From a page, decoded, to what is in it; two pages with the same bytes give the same, wherever they were."""


def resiliparse(html: str) -> Found:
    """Extract with resiliparse: fast.

    Args:
        html: the page.
    """
    tree = HTMLTree.parse(html)
    said = page.read(tree)
    return Found(_or_body(blocks.text_of(blocks.article(tree).blocks), said), said)


def trafilatura(html: str) -> Found:
    """Extract with trafilatura, and let resiliparse correct it: the better text.

    Args:
        html: the page.
    """
    tree = HTMLTree.parse(html)
    said = page.read(tree)
    article = blocks.article(tree)
    other = blocks.text_of(article.blocks)
    for element in elements(tree, ",".join([*_FURNITURE, *article.skipped])):
        element.decompose()
    text = _by_trafilatura(tree.document.html) if tree.document else ""
    return Found(_or_body(opinions.settled(text, other), said), said)


BY_NAME: Mapping[str, Engine] = {"trafilatura": trafilatura, "resiliparse": resiliparse}
"""The engines by the names of `ingest.pages.extract.ENGINES`."""


def _or_body(text: str, said: Said) -> str:
    """Return the text, or the one that the page has in its metadata, where hardly any was found."""
    body = said.body or ""
    return body if len(text) < _FEW and len(body) > 2 * len(text) else text


def _by_trafilatura(html: str) -> str:
    from lxml.html import HTMLParser, document_fromstring  # noqa: PLC0415 - only workers should pay for it
    from trafilatura import bare_extraction  # noqa: PLC0415 - 0.4 s that only workers should pay for
    from trafilatura.settings import Document  # noqa: PLC0415 - see above

    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    tree = document_fromstring(html.encode(), parser=parser)
    for paragraph in [each for each in tree.iter("p") if _is_link(each)]:
        _take_out(paragraph)
    found = bare_extraction(tree, fast=True, include_comments=False)
    return found.text or "" if isinstance(found, Document) else ""


def _is_link(paragraph: Any) -> bool:
    links = paragraph.findall(".//a[@href]")
    if not links or any(True for _ in paragraph.iterancestors("li", "td", "blockquote")):
        return False
    text = plain(paragraph.text_content())
    return is_link(text, sum(len(plain(link.text_content())) for link in links))


def _take_out(element: Any) -> None:
    """Remove an element, but not the text behind it."""
    parent, before, tail = element.getparent(), element.getprevious(), element.tail or ""
    if before is None:
        parent.text = (parent.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    parent.remove(element)
