"""What a crawler got from a server: is it a page, and what is its HTML?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ingest.formats.payloads import Damage, unpack

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_HTML = ("text/html", "application/xhtml+xml")
_UNTOLD = ("", "*/*", "unknown/unknown", "application/octet-stream")  # types that tell nothing
_LOOKS_LIKE_HTML = re.compile(rb"[\s\xef\xbb\xbf]*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_CHARSET = re.compile(r""";\s*+charset\s*+=\s*+["']?+\s*+([^\s"';,]+)""", re.IGNORECASE)
_SUCCESS = range(200, 300)
_PART_OF_IT = 206  # a piece of a page is none


class Content(NamedTuple):
    """A page as its server meant it."""

    body: bytes
    charset: str | None  # as the server tells it


def headers(head: bytes) -> dict[str, str]:
    """Read header lines.

    Args:
        head: a first line, then `Name: value` lines; a line that begins with a space goes on with the last.

    Returns:
        The values by names in lower case, the first where a name comes twice.
    """
    named: dict[str, list[str]] = {}
    lines: list[str] = []  # of the last header
    for line in head.decode("utf-8", "replace").replace("\r", "").split("\n")[1:]:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t"):
            lines.append(line.strip())
        elif colon:
            lines = [value.strip()]
            named.setdefault(name.strip().lower(), lines)
    return {name: " ".join(values) for name, values in named.items()}


def is_page(named: Mapping[str, str], begin: bytes) -> bool:
    """Tell whether a record of a crawl is a page.

    Args:
        named: its WARC headers, names in lower case.
        begin: its block, as far as its HTTP headers and a little more.
    """
    kind = named.get("warc-type", "").lower()
    if kind not in ("response", "resource") or not _is_of_the_web(named):
        return False
    status = _STATUS.match(begin)
    if kind == "resource" or not status:
        return _is_html(named.get("content-type", ""), begin)
    end = _HEAD_END.search(begin)
    told = headers(begin[: end.end()] if end else begin).get("content-type", "")
    if int(status[1]) not in _SUCCESS or int(status[1]) == _PART_OF_IT:
        return False
    return _is_html(told or named.get("warc-identified-payload-type", ""), begin[end.end() :] if end else b"")


def open_response(named: Mapping[str, str], block: bytes, limit: int) -> Content | Damage:
    """Take the HTML of a page.

    Args:
        named: its WARC headers, names in lower case.
        block: what stands behind them.
        limit: bytes the HTML may have.

    Returns:
        The HTML as bytes, or what is wrong with it.
    """
    end = _HEAD_END.search(block)
    if not _STATUS.match(block):
        return Content(block, _charset(named.get("content-type", "")))
    if not end:
        return Damage("malformed", "the HTTP headers do not end")
    told = headers(block[: end.end()])
    body = unpack(
        block[end.end() :],
        transfer=told.get("transfer-encoding", ""),
        encoding=told.get("content-encoding", ""),
        limit=limit,
        truncated="warc-truncated" in named,
    )
    return body if isinstance(body, Damage) else Content(body, _charset(told.get("content-type", "")))


def _is_of_the_web(named: Mapping[str, str]) -> bool:
    return named.get("warc-target-uri", "").strip("<> ").lower().startswith(("http://", "https://", "file:"))


def _is_html(media_type: str, begin: bytes) -> bool:
    told = media_type.partition(";")[0].strip().lower()
    return told in _HTML or (told in _UNTOLD and bool(_LOOKS_LIKE_HTML.match(begin)))


def _charset(media_type: str) -> str | None:
    found = _CHARSET.search(media_type)
    return found[1] if found else None
