"""Bytes to text, or the reason why not.

The order is: byte-order mark, strict UTF-8, then chardet. What decodes is not always text: NULs, escape
sequences and many control characters make valid UTF-8 suspicious, since UTF-16 and ISO-2022 of plain
English are valid UTF-8 too.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import chardet

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
_WIDE = ("utf-16", "utf-32", "iso-2022", "hz")  # encodings whose bytes may be valid UTF-8 by accident

_META_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
_META_BYTES = 4096  # the HTML standard asks for the first 1,024; real pages are late
_META_SUPERSETS = {  # what browsers read under these labels (encoding.spec.whatwg.org)
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "tis-620": "cp874",
    "utf-7": "",  # browsers refuse it
    "utf-16": "utf-8",  # whoever can read the label is not reading UTF-16
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}


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


def decode(raw: bytes) -> str | Undecodable:
    """Decode a text whose encoding nobody told.

    Args:
        raw: all bytes of the text.

    Returns:
        The text without byte-order mark and NUL characters, line breaks as they came; or why it is none.
        A replacement character in it stood in the input.
    """
    encoding, skip = byte_order_mark(raw)
    if encoding:
        text = _strict(raw[skip:], encoding)
        no_text = Undecodable(f"the byte-order mark says {encoding}, the bytes behind it are not")
        return no_text if text is None else _text(text)
    text = _strict(raw, "utf-8")
    if text is None and is_broken_utf8(raw):
        return Undecodable("most of it is UTF-8, but some bytes are not")
    if text is not None and not _is_suspicious(raw):
        return text
    return _detected(raw, text)


def decode_page(raw: bytes) -> DecodedPage | Undecodable:
    """Decode an HTML page: byte-order mark, then what the page says of itself, then as any text.

    Args:
        raw: all bytes of the page.

    Returns:
        The page, or why it is no text. A bad byte in a UTF-8 page becomes a replacement character, since
        it may well stand in a script; whoever takes text from a mended page must refuse those in it.
    """
    label = "" if byte_order_mark(raw)[0] else _meta_charset(raw)
    text = _strict(raw, label) if label else None
    if text is not None and not _is_suspicious(raw):
        return DecodedPage(text, mended=False)
    if not byte_order_mark(raw)[0] and _strict(raw, "utf-8") is None and is_broken_utf8(raw):
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


def _is_suspicious(raw: bytes) -> bool:
    return b"\0" in raw or b"\x1b" in raw or _is_rubbish(raw)


def _is_rubbish(raw: bytes) -> bool:
    return len(raw) - len(raw.translate(None, _CONTROLS)) > _CONTROLS_SHARE * len(raw)


def _text(text: str) -> str | Undecodable:
    if _is_rubbish(text.encode("utf-8", "replace")):
        return Undecodable("it is mostly control characters")
    return text.replace("\0", "")


def _detected(raw: bytes, as_utf8: str | None) -> str | Undecodable:
    found = chardet.detect(raw, prefer_superset=True, exclude_encodings=("utf-7",))
    encoding = found["encoding"] or ""
    if as_utf8 is not None and not encoding.lower().startswith(_WIDE):
        return _text(as_utf8)
    if not encoding:
        return Undecodable(f"the bytes are no text in any encoding that can be told ({found['mime_type']})")
    text = _strict(raw, encoding)
    if text is None:
        return Undecodable(f"it looks like {encoding}, but some bytes are not")
    try:
        text.encode()
    except UnicodeEncodeError:  # lone surrogates, which some legacy codecs let through
        return Undecodable(f"read as {encoding} it holds half characters")
    return _text(text)


def _meta_charset(raw: bytes) -> str:
    found = _META_CHARSET.search(raw, 0, _META_BYTES)
    if not found:
        return ""
    label = found[1].decode("ascii", "replace")
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    return _META_SUPERSETS.get(name, name)
