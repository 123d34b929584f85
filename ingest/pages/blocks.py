"""The main text of an HTML page as blocks, by resiliparse, and which of them are no part of the article.

A block is a paragraph, a heading, a list item, or text that stands in none of these. What makes a block
suspicious is the same on all sites: it is one link, or stands above the title, or in no paragraph where all
else does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import NamedTuple

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import ElementNode, HTMLTree

from ingest.pages.page import elements, plain

FURNITURE = ("caption", "credit", "newsletter", "gallery", "promo", "teaser", "recirc")
"""Parts of names of classes whose elements are no text of the article on any site."""

SKIPPED = tuple(
    f'[class*="{name}" i]:not(html, body, main, article, :has(h1, main, p ~ p ~ p ~ p))' for name in FURNITURE
)
"""CSS selectors of these elements; what holds the title or four paragraphs side by side is more than that."""

MIN_PROSE = 50  # characters; shorter sentences are as often captions and appeals
PROSE_END = re.compile(r"[.!?…。！？।۔؟][\s\"'”“’»)\]）」』]*$")

_TWEETS = "blockquote.twitter-tweet, blockquote.twitter-video"
_TWEET_SLACK = 40  # characters; a wrapper with more text than this holds more than the tweet
_WRAPPERS = 6  # elements, the tweet included
_MARKUP = re.compile(r"<(/?)(h[1-6]|p|ul|ol|li|pre|br|a)\b[^>]*>|\n+")
_LINKED_SHARE = 0.9  # of a block's characters
_LINKED_MOST = 0.1  # of an article's characters; in lists of articles a third are links
_ARTICLE_PROSE = 250  # characters; a single teaser has less
_LINK_WORDS = 3  # shorter ones are names and labels
_PARAGRAPHS_SHARE = 0.5  # of the characters outside lists; below that, a site does without paragraphs


class Block(NamedTuple):
    """A block of text: one line."""

    kind: str  # p, h1 to h6, li, pre, or empty for text in none of these
    text: str
    linked: int  # characters of it inside links


class Article(NamedTuple):
    """The blocks that belong to the article of a page."""

    blocks: Sequence[Block]
    skipped: Sequence[str]  # CSS selectors of what was left out


def article(tree: HTMLTree) -> Article:
    """Return the blocks that belong to the article of a page.

    Args:
        tree: the page, parsed; quoted posts lose their classes in it.

    Returns:
        The blocks without SKIPPED; or with it, where no prose is left and what was left out reads like an
        article: some sites name the element of their text so.
    """
    _free_tweets(tree)
    found = _blocks(_main_content(tree, SKIPPED))
    if not any(is_prose(block.text) for block in found):
        whole = _blocks(_main_content(tree, ()))
        if _reads_like_article(whole):
            return Article(_kept(whole), ())
    return Article(_kept(found), SKIPPED)


def text_of(blocks: Sequence[Block]) -> str:
    """Return blocks as text, one a line.

    Args:
        blocks: in their order.
    """
    return "\n".join(block.text for block in blocks)


def is_prose(text: str) -> bool:
    """Tell whether a line is a sentence long enough to be the article's.

    Args:
        text: one line.
    """
    return len(text) >= MIN_PROSE and bool(PROSE_END.search(text))


def is_link(text: str, linked: int) -> bool:
    """Tell whether a line is nothing but a link to another article.

    Args:
        text: one line.
        linked: characters of it inside links.
    """
    return linked >= _LINKED_SHARE * len(text) and len(text.split()) >= _LINK_WORDS


def _free_tweets(tree: HTMLTree) -> None:
    """Take the classes off quoted posts and what is wrapped around them: extractors think them buttons."""
    for tweet in elements(tree, _TWEETS):
        length = len(plain(tweet.text))
        element: ElementNode | None = tweet
        for _ in range(_WRAPPERS):
            if not element or element.tag == "body" or len(plain(element.text)) > length + _TWEET_SLACK:
                break
            for attribute in ("class", "id", "style"):
                if element.hasattr(attribute):
                    element.delattr(attribute)
            element = element.parent_element


def _main_content(tree: HTMLTree, skipped: Sequence[str]) -> str:
    return extract_plain_text(
        tree,
        preserve_formatting="minimal_html",
        main_content=True,
        alt_texts=False,
        links=True,
        comments=False,
        post_meta=False,
        skip_elements=list(skipped),
    )


def _kept(blocks: Sequence[Block]) -> list[Block]:
    return _below_title(_in_paragraphs(_unlinked(blocks)))


def _reads_like_article(blocks: Sequence[Block]) -> bool:
    """Tell whether blocks are prose, and not that of a list of articles, whose headings are links."""
    prose = sum(len(block.text) for block in blocks if is_prose(block.text))
    linked, size = sum(block.linked for block in blocks), sum(len(block.text) for block in blocks)
    return prose >= _ARTICLE_PROSE and linked <= _LINKED_MOST * size


def _blocks(markup: str) -> list[Block]:
    return list(_parted(markup))


def _parted(markup: str) -> Iterator[Block]:
    """Yield the blocks in resiliparse's reduced HTML, whose lines end where blocks do."""
    kind, line, linked, in_link = "", "", 0, False
    parts = _MARKUP.split(markup + "\n")
    for piece, closing, tag in zip(parts[0::3], parts[1::3], parts[2::3], strict=False):
        text = unescape(piece)
        line += text
        linked += len(plain(text)) if in_link else 0
        if tag == "a":
            in_link = not closing
            continue
        if not line.isspace() and line:
            yield Block(kind, plain(line), linked)
        line, linked, in_link = "", 0, False
        if tag and tag != "br":
            kind = "" if closing or tag in ("ul", "ol") else tag


def _unlinked(blocks: Sequence[Block]) -> list[Block]:
    """Leave out blocks that are nothing but links to elsewhere; a list may be one of links."""
    return [block for block in blocks if block.kind == "li" or not is_link(block.text, block.linked)]


def _in_paragraphs(blocks: Sequence[Block]) -> list[Block]:
    """Leave out labels and captions: short text outside of paragraphs, where the page has these."""
    loose = sum(len(block.text) for block in blocks if not block.kind)
    paragraphs = sum(len(block.text) for block in blocks if block.kind == "p")
    if paragraphs < _PARAGRAPHS_SHARE * (loose + paragraphs):
        return list(blocks)
    return [block for block in blocks if block.kind or is_prose(block.text)]


def _title_at(blocks: Sequence[Block]) -> int | None:
    """Return where the only heading of the first level stands, if no prose stands before it."""
    titles = [place for place, block in enumerate(blocks) if block.kind == "h1"]
    if len(titles) != 1 or any(is_prose(block.text) for block in blocks[: titles[0]]):
        return None
    return titles[0]


def _below_title(blocks: Sequence[Block]) -> list[Block]:
    """Leave out what stands above the title."""
    return list(blocks[_title_at(blocks) or 0 :])
