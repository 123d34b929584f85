"""Names of encodings: what a label means, what bytes look like, and what a label cannot mean.

Labels are read as browsers read them (encoding.spec.whatwg.org): many name an older, smaller encoding than
the one that was used.
"""

from __future__ import annotations

import codecs

import chardet

_ALIASES = {  # labels of that standard which Python does not know
    "csgb2312": "gbk",
    "csiso88596e": "iso8859-6",
    "csiso88596i": "iso8859-6",
    "csiso88598e": "iso8859-8",
    "csiso88598i": "iso8859-8",
    "csisolatin9": "iso8859-15",
    "csksc56011987": "euc_kr",
    "csmacintosh": "mac-roman",
    "cseucpkdfmtjapanese": "euc_jp",
    "cseuckr": "euc_kr",
    "cn-big5": "big5",
    "dos-874": "cp874",
    "gb_2312": "gbk",
    "gb_2312-80": "gbk",
    "iso-8859-6-e": "iso8859-6",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-8-i": "iso8859-8",
    "iso-ir-149": "euc_kr",
    "iso885911": "cp874",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "koi8-ru": "koi8-u",
    "ks_c_5601-1989": "euc_kr",
    "ksc_5601": "euc_kr",
    "logical": "iso8859-8",
    "mac": "mac-roman",
    "sun_eu_greek": "iso8859-7",
    "visual": "iso8859-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "x-mac-ukrainian": "mac-cyrillic",
    "x-sjis": "cp932",
    "x-unicode20utf8": "utf-8",
    "x-x-big5": "big5",
    "utf8mb4": "utf-8",  # what a database calls it
    **{f"iso8859{part}": f"iso8859-{part}" for part in range(1, 17)},
}
_SUPERSETS = {  # the encoding that was used where one of these is named; each byte of the smaller is the same
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_NO_TEXT = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7", "undefined"})

_WITH_TYPOGRAPHY = {  # what an ISO encoding is that has bytes in its unused range, 80 to 9F
    "iso8859-2": "cp1250",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-13": "cp1257",
}
_UNUSED = bytes(range(0x80, 0xA0))

_WIDE_CHARACTERS = 32  # fewer, and random bytes may look like a script
_WIDE_SAMPLE = 4_096  # characters that are looked at
_WIDE_SHARE = 0.97  # of the characters; random pairs of bytes are in these ranges every other time
_SCRIPTS = (  # Latin to Arabic, Indic, Thai and Lao; typographic marks; kana; Han; Hangul; full-width forms
    (0x20, 0x6FF),
    (0x900, 0xEFF),
    (0x2010, 0x203F),
    (0x3000, 0x30FF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xFF00, 0xFF9F),
)


def codec(label: str) -> str:
    """Return Python's name of the encoding that a label stands for.

    Args:
        label: as a header or a page has it, in any case, quoted or not.

    Returns:
        The codec's name, of the larger encoding where the label names a part of one; empty where the label
        means nothing, or nothing that is safe to read.
    """
    plain = label.strip(" \t\r\n\f\"'").lower()
    for name in (plain, plain.removeprefix("x-")):
        try:
            known = codecs.lookup(_ALIASES.get(name, name)).name
        except (LookupError, ValueError):
            continue
        return "" if known in _NO_TEXT else _SUPERSETS.get(known, known)
    return ""


def is_rather_utf8(raw: bytes, label: str) -> bool:
    """Tell whether bytes are UTF-8, whatever their label says.

    Text in a legacy encoding hardly ever forms sequences of UTF-8 by accident. In those of East Asia two
    bytes are a character, so there a sequence of two shows nothing.

    Args:
        raw: bytes that are valid in the encoding of the label.
        label: a name that `codec` gave.

    Returns:
        Whether they are valid UTF-8 beyond ASCII.
    """
    if raw.isascii():
        return False
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return _is_single_byte(label) or max(text) > "\u07ff"


def detect(raw: bytes) -> tuple[str, str]:
    """Tell from bytes alone in which encoding they are.

    Args:
        raw: bytes of a text.

    Returns:
        Python's name of the encoding, empty where none can be told; and what chardet takes the bytes for.
    """
    found = chardet.detect(raw, exclude_encodings=("utf-7",))
    # Not chardet's prefer_superset: it takes windows-1251 for one of ISO-8859-5, which shares no letter.
    name = codec(found["encoding"] or "")
    if name in _WITH_TYPOGRAPHY and len(raw.translate(None, _UNUSED)) < len(raw):
        name = _WITH_TYPOGRAPHY[name]
    if not name or name.startswith("utf-16"):  # of Thai and Devanagari chardet tells the wrong order of bytes
        name = _wide(raw) or name
    return name, found["mime_type"] or "unknown"


def _is_single_byte(name: str) -> bool:
    return name.startswith(("cp125", "iso8859", "koi8", "mac", "cp874", "cp866", "cp437", "cp85"))


def _wide(raw: bytes) -> str:
    """Tell UTF-16 of scripts beyond Latin, whose bytes look like none."""
    likely = [name for name in ("utf-16-le", "utf-16-be") if _is_one_script(raw, name)]
    return likely[0] if len(likely) == 1 else ""


def _is_one_script(raw: bytes, name: str) -> bool:
    try:
        text = raw.decode(name)[:_WIDE_SAMPLE]
    except UnicodeDecodeError:
        return False
    known = sum(any(low <= ord(sign) <= high for low, high in _SCRIPTS) for sign in text if sign > "\r")
    return len(text) >= _WIDE_CHARACTERS and known >= _WIDE_SHARE * len(text)
