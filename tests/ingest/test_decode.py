"""Text comes back as it was written, or not at all."""

from __future__ import annotations

import codecs
import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode import BYTE_ORDER_MARKS, DecodedPage, Undecodable, byte_order_mark, decode, decode_page

FRENCH = "Le ministre a déclaré hier que l’été serait chaud. « C’est sûr », a-t-il ajouté à Genève.\r\n" * 8
RUSSIAN = "Президент заявил вчера, что в стране всё хорошо и будет ещё лучше. Жители согласны.\n" * 8
JAPANESE = "首相は本日、記者会見で新しい計画について述べた。詳細は来週発表される予定である。\n" * 8
ENGLISH = "The council voted on Tuesday to close the road. Nobody was surprised.\n" * 8

printable = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1)


@given(text=st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\x1b\ufeff")))
def test_utf8_comes_back_unless_it_is_mostly_controls(text: str) -> None:
    decoded = decode(text.encode())
    controls = sum((ord(c) < 32 and c not in "\t\n\v\f\r") or c == "\x7f" for c in text)
    assert decoded == text or (isinstance(decoded, Undecodable) and controls > 0)


@given(text=printable, mark=st.sampled_from(BYTE_ORDER_MARKS))
def test_a_byte_order_mark_is_believed_and_dropped(text: str, mark: tuple[bytes, str]) -> None:
    assert decode(mark[0] + text.encode(mark[1])) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [ENGLISH, FRENCH, RUSSIAN])
def test_utf16_is_recognised_without_its_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "cp1252"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (JAPANESE, "iso2022_jp"),
    ],
)
def test_legacy_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_nul_characters_are_dropped() -> None:
    assert decode(b"The council\0 voted.\0\0") == "The council voted."
    assert decode(codecs.BOM_UTF16_LE + "a\0b".encode("utf-16-le")) == "ab"


def test_line_breaks_stay_as_they_came() -> None:
    assert decode(b"a\r\nb\rc\n") == "a\r\nb\rc\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 9, 9, 8, 2, 0, 0, 0)
        + zlib.compress(bytes(999)),
        random.Random(1).randbytes(4000),
        zlib.compress(ENGLISH.encode() * 20),
        bytes(range(1, 9)) * 50,
        b"%PDF-1.4\n" + random.Random(2).randbytes(2000),
        codecs.BOM_UTF16_LE + b"\x00\xd8a\0",
        FRENCH.encode() + b"\xff",
    ],
    ids=["png", "random", "zlib", "controls", "pdf", "half-character", "broken-utf8"],
)
def test_what_is_no_text_is_said_to_be_none(raw: bytes) -> None:
    assert isinstance(decode(raw), Undecodable)


@given(raw=st.binary(max_size=400))
def test_whatever_the_bytes_no_replacement_is_invented_and_tables_can_hold_the_text(raw: bytes) -> None:
    text = decode(raw)
    if isinstance(text, str):
        assert "\0" not in text
        assert (
            "\ufffd" not in text
            or raw.decode("utf-8", "ignore").count("\ufffd")
            or b"\xfd\xff" in raw
            or b"\xff\xfd" in raw
        )
        text.encode()


def test_a_mark_that_is_not_there() -> None:
    assert byte_order_mark(b"abc") == ("", 0)
    assert byte_order_mark(b"") == ("", 0)


@pytest.mark.parametrize(
    ("text", "label", "encoding"),
    [
        (FRENCH, "iso-8859-1", "cp1252"),  # as browsers read it
        (RUSSIAN, "windows-1251", "cp1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (FRENCH, "utf-8", "utf-8"),
        (FRENCH, "utf-8", "cp1252"),  # a page may be wrong about itself
        (FRENCH, "no-such-thing", "cp1252"),
        (FRENCH, "hex", "utf-8"),  # a codec, but none of text
        (FRENCH, "idna", "utf-8"),
        (FRENCH, "utf-16", "utf-8"),  # who can read this label is not reading UTF-16
    ],
)
def test_a_page_is_believed_about_its_encoding_as_far_as_it_goes(
    text: str, label: str, encoding: str
) -> None:
    page = f'<html><head><meta charset="{label}"></head><body><p>{text}</p></body></html>'
    assert decode_page(page.encode(encoding)) == DecodedPage(page, mended=False)


def test_a_byte_order_mark_outranks_what_the_page_says() -> None:
    page = f'<html><meta charset="iso-8859-1"><p>{FRENCH}</p></html>'
    assert decode_page(codecs.BOM_UTF8 + page.encode()) == DecodedPage(page, mended=False)


def test_a_bad_byte_in_a_utf8_page_is_marked_as_mended() -> None:
    page = f"<html><script>\xff</script><p>{FRENCH}</p></html>".encode().replace("\xff".encode(), b"\xff")
    decoded = decode_page(page)
    assert isinstance(decoded, DecodedPage)
    assert decoded.mended
    assert FRENCH in decoded.text
