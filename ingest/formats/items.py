"""Items of feeds: from their XML to the fields of a record."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from html.entities import html5
from typing import Any, NamedTuple

from lxml import etree

from ingest.decode import Undecodable, decode
from ingest.formats.markup import TooDeepError, plain
from ingest.formats.payloads import Damage

_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_DC = "http://purl.org/dc/elements/1.1/"
_TERMS = "http://purl.org/dc/terms/"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/XML/1998/namespace"
_CONVENTIONAL = {"content": _CONTENT, "dc": _DC, "dcterms": _TERMS, "atom": _ATOM[0], "rdf": _RDF}
_PLAIN = frozenset(  # namespaces whose names mean what they do in RSS without any
    (
        "",
        *_ATOM,
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://channel.netscape.com/rdf/simple/0.9/",
        "http://backend.userland.com/rss2",
        "http://backend.userland.com/RSS2",
        "http://blogs.law.harvard.edu/tech/rss",
    )
)
_SHORT = {_DC: "dc:", _TERMS: "dcterms:", _CONTENT: "content:"}
_BODIES = ("content:encoded", "content", "description", "summary")  # the first that says something counts
_DATES = (
    "pubDate",
    "published",
    "dc:date",
    "issued",
    "dcterms:issued",
    "dcterms:created",
    "updated",
    "modified",
)

_HTML_TYPES = ("html", "xhtml", "text/html", "application/xhtml+xml", "escaped")
_TEXT_TYPES = ("text", "text/plain")
_INLINE_TAG = re.compile(r"</?(?:a|b|em|i|span|strong|sub|sup|u)(?:\s[^<>]*)?>", re.IGNORECASE)
_PREFIX = re.compile(r"(?:</?|\s)([A-Za-z_][\w.-]*):[A-Za-z_]", re.ASCII)
_PLACE = re.compile(r", line \d+, column \d+$")  # in what is parsed, not in the file
_PREFIXES = 64  # looked for in an item; the parser is quadratic in them
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_ENTITY = re.compile(r"&(?!#\d+;|#[xX][0-9a-fA-F]+;)([A-Za-z][A-Za-z0-9]*;)?")
_OF_XML = frozenset(("amp;", "lt;", "gt;", "quot;", "apos;"))
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MAIL_AND_NAME = re.compile(r"[^\s(@]+@[^\s(]+\s*+\((.+)\)")
_WEB = ("http://", "https://")


class Channel(NamedTuple):
    """What a feed says of all its items."""

    encoding: str | None
    namespaces: Mapping[str, str]  # by prefix
    language: str | None


def fields_of(raw: bytes, channel: Channel) -> dict[str, Any] | Damage:
    """Read an item.

    Args:
        raw: the item, tags and all.
        channel: what holds for it.

    Returns:
        Its fields `id`, `url`, `title`, `authors`, `published_at`, `language` and `text`, those that are
        there; or what is wrong with it.
    """
    text = decode(raw, channel.encoding)
    if isinstance(text, Undecodable):
        return Damage("undecodable", text.detail)
    try:
        item = _parsed(text, channel.namespaces)
        given = {
            "id": _id(item),
            "url": _url(item),
            "title": _title(item),
            "authors": _authors(item),
            "published_at": next(filter(None, (_said(item, name) for name in _DATES)), ""),
            "language": item.get(f"{{{_XML}}}lang") or _said(item, "dc:language") or channel.language,
            "text": _text(item),
        }
    except etree.XMLSyntaxError as error:
        return Damage("malformed", f"the item is no XML: {_PLACE.sub('', error.msg)}")
    except TooDeepError as error:
        return Damage("malformed", f"the item cannot be read: {error}")
    return {name: value for name, value in given.items() if value}


def _parsed(text: str, namespaces: Mapping[str, str]) -> etree._Element:
    """Parse an item by itself: no document type, so no entities but those of XML."""
    found = sorted({*_PREFIX.findall(text)} - {"xml", "xmlns"})[:_PREFIXES]
    undeclared = {prefix: f"urn:undeclared:{prefix}" for prefix in found}
    bound = {**undeclared, **_CONVENTIONAL, **namespaces}
    named = "".join(
        f' xmlns{":" * bool(prefix)}{prefix}="{uri}"' for prefix, uri in bound.items() if uri or not prefix
    )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        return etree.fromstring(f"<feed{named}>{text}</feed>", parser)[0]
    except etree.XMLSyntaxError:
        return etree.fromstring(f"<feed{named}>{_mended(text)}</feed>", parser)[0]


def _mended(text: str) -> str:
    """Mend what feeds get wrong every day: bare ampersands, entities of HTML, control characters."""
    text = _CONTROLS.sub("", text)
    mended, place = [], 0
    # Not a pattern: it would run to the end from each beginning that has none.
    while (begin := text.find(_CDATA, place)) >= 0 and (end := text.find(_CDATA_END, begin)) >= 0:
        mended += [_ENTITY.sub(_escaped, text[place:begin]), text[begin:end]]
        place = end
    return "".join([*mended, _ENTITY.sub(_escaped, text[place:])])


def _escaped(entity: re.Match[str]) -> str:
    name = entity[1] or ""
    if name in _OF_XML:
        return entity[0]
    return html5.get(name, entity[0]) if name else "&amp;"


def _children(item: etree._Element, name: str) -> Iterator[etree._Element]:
    for child in item:
        if isinstance(child.tag, str) and _short_name(child.tag) == name:
            yield child


def _short_name(tag: str) -> str | None:
    namespace, _, local = tag.removeprefix("{").rpartition("}")
    return local if namespace in _PLAIN else _SHORT.get(namespace, "other:") + local


def _said(item: etree._Element, name: str) -> str:
    """Return the first that an item says under a name."""
    return next(filter(None, ("".join(child.itertext()).strip() for child in _children(item, name))), "")


def _id(item: etree._Element) -> str:
    return _said(item, "guid") or _said(item, "id") or _said(item, "dc:identifier")


def _url(item: etree._Element) -> str:
    linked = [
        child.get("href", "")
        for child in _children(item, "link")
        if child.get("rel", "alternate") == "alternate"
    ]
    told = [_said(item, "link"), *linked, item.get(f"{{{_RDF}}}about", ""), _permalink(item)]
    return next(filter(None, (url.strip() for url in told)), "")


def _permalink(item: etree._Element) -> str:
    guid = next(_children(item, "guid"), None)
    is_one = guid is not None and guid.get("isPermaLink", "true") == "true"
    return _said(item, "guid") if is_one and _said(item, "guid").startswith(_WEB) else ""


def _title(item: etree._Element) -> str:
    title = next((child for name in ("title", "dc:title") for child in _children(item, name)), None)
    if title is None:
        return ""
    if title.get("type", "text") in _HTML_TYPES:
        return " ".join(plain(_markup(title)).split())
    return " ".join(html.unescape(_INLINE_TAG.sub("", "".join(title.itertext()))).split())


def _authors(item: etree._Element) -> list[str]:
    people = [
        _said(person, "name") or _without_mail("".join(person.itertext()))
        for name in ("author", "dc:creator")
        for person in _children(item, name)
    ]
    return list(dict.fromkeys(filter(None, people)))


def _without_mail(author: str) -> str:
    """Take the name out of `ann@example.com (Ann Lee)`, as RSS asks for; a bare address is none."""
    found = _MAIL_AND_NAME.fullmatch(author.strip())
    name = found[1] if found else author
    return "" if "@" in name else " ".join(name.split())


def _text(item: etree._Element) -> str:
    bodies = (body for name in _BODIES for body in _children(item, name))
    return next(filter(None, (_body_text(body) for body in bodies)), "")


def _body_text(body: etree._Element) -> str:
    told = body.get("type", "html").lower()
    if told in _TEXT_TYPES:
        return "".join(body.itertext()).strip()
    return plain(_markup(body)) if told in _HTML_TYPES else ""


def _markup(element: etree._Element) -> str:
    """Return the HTML that an element holds: escaped, as is usual, or as elements of its own."""
    inside = [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return (element.text or "") + "".join(inside)
