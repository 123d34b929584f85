"""Text comes back as it was written, or not at all."""

from __future__ import annotations

import codecs
import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import charsets
from ingest.decode import BYTE_ORDER_MARKS, DecodedPage, Undecodable, byte_order_mark, decode, decode_page

FRENCH = "Le ministre a déclaré hier que l’été serait chaud. « C’est sûr », a-t-il ajouté à Genève.\r\n" * 8
RUSSIAN = "Президент заявил вчера, что в стране всё хорошо и будет ещё лучше. Жители согласны.\n" * 8
JAPANESE = "首相は本日、記者会見で新しい計画について述べた。詳細は来週発表される予定である。\n" * 8
ENGLISH = "The council voted on Tuesday to close the road. Nobody was surprised.\n" * 8

SAMPLES = {  # sentences of an article, with letters that encodings disagree on
    "fr": FRENCH,
    "de": "Der Gemeinderat beschloss, die Straße für größere Fahrzeuge zu sperren. „Kein Wunder“, hieß es.\n",
    "es": "El alcalde anunció que la próxima reunión será en otoño. Nadie explicó qué pasará otro año.\n",
    "ru": "Президент заявил вчера, что в стране всё хорошо. Жители согласны, но ждут отчёта о расходах.\n",
    "uk": "Міська рада ухвалила рішення про ремонт дороги. Мешканці їхніх будинків чекають на роботи.\n",
    "pl": "Rada zdecydowała, że ulica zostanie zamknięta. Kupcy obawiają się o obroty i żądają wyjaśnień.\n",
    "cs": "Rada rozhodla, že ulice bude uzavřena. Obchodníci se obávají o své tržby a žádají vysvětlení.\n",
    "hu": "A tanács úgy döntött, hogy lezárják az utcát. A kereskedők féltik bevételüket, választ kérnek.\n",
    "el": "Το συμβούλιο αποφάσισε την Τρίτη να κλείσει τον δρόμο. Οι έμποροι ανησυχούν για τα έσοδά τους.\n",
    "tr": "Belediye meclisi caddeyi kapatmaya karar verdi. Esnaf gelirinden endişeli, yanıt istiyor.\n",
    "he": "מועצת העיר החליטה ביום שלישי לסגור את הרחוב. התושבים מרוצים, אך הסוחרים חוששים להכנסותיהם.\n",
    "ar": "قرر مجلس المدينة يوم الثلاثاء إغلاق الشارع. السكان راضون لكن التجار يطالبون بتوضيح.\n",
    "zh": "市议会周二决定关闭这条道路。居民们表示满意，但商人担心收入减少，并要求市长作出解释。\n",
    "tw": "市議會週二決定關閉這條道路。居民們表示滿意，但商人擔心收入減少，並要求市長作出解釋。\n",
    "ja": JAPANESE,
    "ko": "시의회는 화요일에 도로를 폐쇄하기로 결정했다. 주민들은 만족했지만 상인들은 걱정하고 있다.\n",
    "th": "สภาเมืองมีมติเมื่อวันอังคารให้ปิดถนนสายนี้ ชาวบ้านพอใจ แต่พ่อค้ากังวลเรื่องรายได้\n",
    "hi": "नगर परिषद ने मंगलवार को सड़क बंद करने का फैसला किया। निवासी संतुष्ट हैं, पर व्यापारी चिंतित हैं।\n",
}
ENCODINGS = {
    "fr": "cp1252 iso-8859-15 mac-roman",
    "de": "cp1252 latin-1",
    "es": "cp1252 latin-1",
    "ru": "cp1251 koi8-r iso-8859-5 cp866 mac-cyrillic",
    "uk": "cp1251 koi8-u",
    "pl": "cp1250 iso-8859-2",
    "cs": "cp1250 iso-8859-2",
    "hu": "cp1250 iso-8859-2",
    "el": "cp1253 iso-8859-7",
    "tr": "cp1254 iso-8859-9",
    "he": "cp1255 iso-8859-8",
    "ar": "cp1256 iso-8859-6",
    "zh": "gb18030 gbk gb2312",
    "tw": "big5",
    "ja": "shift_jis euc-jp iso2022_jp",
    "ko": "euc-kr cp949",
    "th": "cp874 tis-620",
}
LEGACY = [(language, name) for language, names in ENCODINGS.items() for name in names.split()]


def written(language: str, encoding: str, times: int = 6) -> str:
    """A text of the language, less the few marks that the encoding lacks."""
    return (SAMPLES[language] * times).encode(encoding, "ignore").decode(encoding)


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
@pytest.mark.parametrize("language", SAMPLES)
def test_utf16_is_recognised_without_its_mark(language: str, encoding: str) -> None:
    text = SAMPLES[language]
    assert decode(text.encode(encoding)) == text
    assert decode((ENGLISH + text).encode(encoding)) == ENGLISH + text


@pytest.mark.parametrize(("language", "encoding"), LEGACY)
def test_legacy_encodings_are_told_from_the_bytes(language: str, encoding: str) -> None:
    text = written(language, encoding)
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(("language", "encoding"), LEGACY)
def test_what_is_declared_decides_however_short_the_text(language: str, encoding: str) -> None:
    text = written(language, encoding, 1)[:12]
    assert decode(text.encode(encoding), encoding.replace("_", "-").upper()) == text
    page = f"<html><head><title>{text}</title></head></html>"
    for declared in (encoding, f' "{encoding}" '):
        assert decode_page(page.encode(encoding), declared) == DecodedPage(page, mended=False)


@given(
    text=st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\x1b\ufeff"), min_size=1)
)
def test_utf8_declared_as_a_single_byte_encoding_is_still_utf8(text: str) -> None:
    raw = text.encode()
    for label in ("iso-8859-1", "windows-1251", "koi8-r", "utf-16", "utf-16be", "x-no-such-thing", ""):
        assert decode(raw, label) == decode(raw)


@pytest.mark.parametrize("label", ["gb2312", "shift_jis", "euc-kr", "big5"])
@pytest.mark.parametrize("language", ["zh", "ja", "ko"])
def test_utf8_declared_as_an_encoding_of_east_asia_is_still_utf8(language: str, label: str) -> None:
    assert decode(SAMPLES[language].encode(), label) == SAMPLES[language]


@pytest.mark.parametrize(
    ("label", "encoding"),
    [
        ("iso-8859-1", "cp1252"),  # as browsers read it
        ("us-ascii", "cp1252"),
        ("x-cp1252", "cp1252"),
        ("iso88591", "cp1252"),
        ("gb_2312-80", "gb18030"),
        ("x-gbk", "gb18030"),
        ("x-sjis", "cp932"),
        ("windows-31j", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("x-mac-cyrillic", "mac-cyrillic"),
        ("iso-8859-8-i", "iso8859-8"),
        ("windows-874", "cp874"),
        ("utf8", "utf-8"),
        ("unicode_escape", ""),
        ("utf-7", ""),
        ("x-user-defined", ""),
        ("\0", ""),
    ],
)
def test_labels_mean_what_browsers_take_them_for(label: str, encoding: str) -> None:
    assert charsets.codec(label) == encoding


@given(label=st.text())
def test_no_label_is_an_exception(label: str) -> None:
    assert decode(FRENCH.encode(), label) == FRENCH


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_header_may_declare_utf16(encoding: str) -> None:
    page = f"<p>{SAMPLES['zh']}</p>"
    assert decode_page(page.encode(encoding), encoding) == DecodedPage(page, mended=False)


def test_a_header_outranks_what_the_page_says_unless_it_cannot_be_true() -> None:
    page = f'<html><meta charset="windows-1251"><p>{SAMPLES["ru"]}</p></html>'
    assert decode_page(page.encode("koi8-r"), "koi8-r") == DecodedPage(page, mended=False)
    assert decode_page(page.encode("cp1251"), "utf-8") == DecodedPage(page, mended=False)


@pytest.mark.parametrize("text", ["CafÃ© Ã\xa0 GenÃ¨ve", "â€œQuoteâ€\x9d", "ÐŸÑ€ÐµÐ·Ð¸Ð´ÐµÐ½Ñ‚"])
def test_what_came_garbled_is_kept_as_it_came(text: str) -> None:
    assert decode(text.encode()) == text
    assert decode(text.encode(), "utf-8") == text


def test_nul_characters_are_dropped() -> None:
    assert decode(b"The council\0 voted.\0\0") == "The council voted."
    assert decode(codecs.BOM_UTF16_LE + "a\0b".encode("utf-16-le")) == "ab"


def test_line_breaks_stay_as_they_came() -> None:
    breaks = "a\r\nb\rc\nd\x0be\x0cf\x85g\u2028h\u2029i\n"
    assert decode(breaks.encode()) == breaks
    assert decode(codecs.BOM_UTF16_BE + breaks.encode("utf-16-be")) == breaks


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
        (FRENCH, "iso-8859-1", "utf-8"),
        (JAPANESE, "shift_jis", "cp932"),
        (JAPANESE, "iso-2022-jp", "iso2022_jp"),
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
