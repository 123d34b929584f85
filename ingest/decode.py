"""Bytes to text, or the reason why not.

The order is: byte-order mark, what is declared, strict UTF-8, then what the bytes look like. A declaration
that cannot be true is passed over. What decodes is not always text: NULs, escape sequences and many control
characters make valid UTF-8 suspicious, since UTF-16 and ISO-2022 of plain English are valid UTF-8 too.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ingest import charsets

BYTE_ORDER_MARKS = (  # the mark of UTF-32-LE begins with that of UTF-16-LE, so it stands first
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
REPLACEMENT = "\ufffd"

_CONTROLS = bytes({*range(1, 9), *range(14, 32), 127})  # all but NUL, tab, line breaks, form feed
_CONTROLS_SHARE = 0.05  # random bytes hold 11 % of them, text next to none
_BROKEN_UTF8 = 3  # bytes of good sequences for each bad byte; legacy encodings hardly ever form one
_WIDE = ("utf-16", "utf-32", "iso2022", "hz")  # encodings whose bytes may be valid UTF-8 by accident

_META_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
_META_BYTES = 4096  # the HTML standard asks for the first 1,024; real pages are late


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Why bytes are no text, in one sentence."""

    detail: str


@dataclass(frozen=True, slots=True)
class DecodedPage:
    """An HTML page as text; mended where replacement characters stand for bytes that are no UTF-8."""

    text: str
    mended: bool


def byte_order_mark(head: bytes) -> tuple[str, int]:
    """Tell the encoding that a byte-order mark announces.

    Args:
        head: the first bytes of a text, four or more where there are as many.

    Returns:
        The codec's name and the length of the mark in bytes; `("", 0)` where there is none.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    return "", 0


def decode(raw: bytes, declared: str | None = None) -> str | Undecodable:
    """Decode a text.

    Args:
        raw: all bytes of the text.
        declared: the name of an encoding that came with it, such as the charset of an HTTP header.

    Returns:
        The text without byte-order mark and NUL characters, line breaks as they came; or why it is none.
        A replacement character in it stood in the input.
    """
    encoding, skip = byte_order_mark(raw)
    if encoding:
        text = _strict(raw[skip:], encoding)
        no_text = Undecodable(f"the byte-order mark says {encoding}, the bytes behind it are not")
        return no_text if text is None else _text(text)
    text = _as_declared(raw, declared)
    if text is not None:
        return _text(text)
    text = _strict(raw, "utf-8")
    if text is None and is_broken_utf8(raw):
        return Undecodable("most of it is UTF-8, but some bytes are not")
    if text is not None and not _is_suspicious(raw):
        return text
    return _detected(raw, text)


def decode_page(raw: bytes, declared: str | None = None) -> DecodedPage | Undecodable:
    """Decode an HTML page: byte-order mark, what came with it, what it says of itself, then as any text.

    Args:
        raw: all bytes of the page.
        declared: the name of an encoding that came with it, such as the charset of its HTTP header.

    Returns:
        The page, or why it is no text. A bad byte in a UTF-8 page becomes a replacement character, since
        it may well stand in a script; whoever takes text from a mended page must refuse those in it.
    """
    marked = bool(byte_order_mark(raw)[0])
    for label in () if marked else (declared, _meta_charset(raw)):
        text = _as_declared(raw, label)
        if text is not None:
            return DecodedPage(text.replace("\0", ""), mended=False)
    if not marked and _strict(raw, "utf-8") is None and is_broken_utf8(raw):
        return DecodedPage(raw.decode("utf-8", "replace"), mended=True)
    decoded = decode(raw)
    return decoded if isinstance(decoded, Undecodable) else DecodedPage(decoded, mended=False)


def is_broken_utf8(raw: bytes) -> bool:
    """Tell whether bytes that are not UTF-8 were meant to be.

    Args:
        raw: bytes that strict UTF-8 refuses.

    Returns:
        Whether well-formed sequences of several bytes far outnumber the bytes in none.
    """
    good = raw.decode("utf-8", "ignore").encode()
    sequences = len(good) - len(good.translate(None, bytes(range(128, 256))))
    return sequences >= _BROKEN_UTF8 * (len(raw) - len(good))


def _strict(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _is_suspicious(raw: bytes, name: str = "") -> bool:
    escapes = b"\x1b" in raw and not name.startswith("iso2022")
    return b"\0" in raw or escapes or _is_rubbish(raw)


def _is_rubbish(raw: bytes) -> bool:
    return len(raw) - len(raw.translate(None, _CONTROLS)) > _CONTROLS_SHARE * len(raw)


def _text(text: str) -> str | Undecodable:
    if _is_rubbish(text.encode("utf-8", "replace")):
        return Undecodable("it is mostly control characters")
    return text.replace("\0", "")


def _as_declared(raw: bytes, label: str | None) -> str | None:
    """Decode as declared, unless the bytes show that the declaration is wrong or means nothing."""
    name = charsets.codec(label or "")
    if not name:
        return None
    if name.startswith(_WIDE[:2]):  # bytes as they are of most other texts would be valid: ask for NULs
        text = _strict(raw, "utf-16-le" if name == "utf-16" else name) if b"\0" in raw else None
        return None if text is None or _is_rubbish(text.encode()) else text
    text = _strict(raw, name)
    if text is None or _is_suspicious(raw, name) or (name != "utf-8" and charsets.is_rather_utf8(raw, name)):
        return None
    return text if _is_whole(text) else None


def _detected(raw: bytes, as_utf8: str | None) -> str | Undecodable:
    name, looks_like = charsets.detect(raw)
    if as_utf8 is not None and not name.startswith(_WIDE):
        return _text(as_utf8)
    if not name:
        return Undecodable(f"the bytes are no text in any encoding that can be told ({looks_like})")
    text = _strict(raw, name)
    if text is None:
        return Undecodable(f"it looks like {name}, but some bytes are not")
    return _text(text) if _is_whole(text) else Undecodable(f"read as {name} it holds half characters")


def _is_whole(text: str) -> bool:
    """Tell whether a text has no lone surrogates, which some legacy codecs let through."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _meta_charset(raw: bytes) -> str:
    found = _META_CHARSET.search(raw, 0, _META_BYTES)
    label = found[1].decode("ascii", "replace") if found else ""
    # Whoever can read the label is not reading UTF-16.
    return "utf-8" if charsets.codec(label).startswith("utf-16") else label
