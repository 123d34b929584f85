"""Text out of a piece of HTML that is an article and nothing else, as feeds carry it.

An extractor for pages looks for the article in a page. Given only the article it drops lists and headings,
and refuses what is short; here every word stays but scripts and the captions of pictures.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree

_SILENT = frozenset(
    (
        *("figcaption", "head", "iframe", "noscript", "object", "script", "select"),
        *("style", "svg", "template", "textarea", "video", "audio"),
    )
)
_INLINE = frozenset(
    (
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em"),
        *("font", "i", "img", "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small"),
        *("span", "strike", "strong", "sub", "sup", "td", "th", "time", "tt", "u", "var", "wbr"),
    )
)
_CELLS = frozenset(("td", "th"))
_BLANKS = re.compile(r"[ \t\r\n\f]+")  # what HTML takes for one space; no-break spaces are none


_TAG = re.compile(r"""<[A-Za-z](?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')|=)*+""")
_ATTRIBUTE = re.compile(r"""[^\s/>="']++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]++))?""")
_ATTRIBUTES = 5_000  # the parser is quadratic in them: 50,000 take 4 s
_LONG_TAG = 2 * _ATTRIBUTES


class TooDeepError(Exception):
    """The parser would take too long, or not go deep enough."""


def plain(markup: str) -> str:
    """Turn HTML into text.

    Args:
        markup: a piece of HTML, or text without any.

    Returns:
        Its paragraphs, list items, headings and table rows, parted by blank lines; `<br>` is a line break.
        Text without a tag keeps its line breaks.

    Raises:
        TooDeepError: some of it would be lost, or it would take too long.
    """
    if "<" not in markup:
        return html.unescape(markup).strip()
    if any(tag.end() - tag.start() > _LONG_TAG and _attributes(tag[0]) for tag in _TAG.finditer(markup)):
        raise TooDeepError(f"an element has more than {_ATTRIBUTES:,} attributes")
    parser = etree.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)
    root = etree.HTML(markup, parser)
    if any("depth" in entry.message for entry in parser.error_log):
        raise TooDeepError("its elements are nested too deep")
    if root is None:
        return ""
    lines = "".join(_pieces(root)).split("\n")
    text = "\n".join(line.strip(" ") for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def _pieces(root: etree._Element) -> Iterator[str]:
    """Go through a tree without going deeper by calls: text, and the line breaks that elements make."""
    silent = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        step = _break(name)
        if event == "start":
            silent += name in _SILENT
            yield step if name != "br" else ""
            text = element.text
        else:
            silent -= name in _SILENT
            yield step
            text = element.tail
        if text and not silent:
            yield _BLANKS.sub(" ", text)


def _attributes(tag: str) -> bool:
    """Tell whether a tag has too many attributes."""
    return sum(1 for _ in _ATTRIBUTE.finditer(tag)) > _ATTRIBUTES


def _break(name: str) -> str:
    name = name.rpartition(":")[2]
    if name == "br":
        return "\n"
    if name in _CELLS:
        return " "
    return "" if name in _INLINE else "\n\n"
