from __future__ import annotations

import functools
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import TEXT

from dedup.comparison import UNSPACED_BLOCKS, VARIATION_SELECTORS, Tokens, tokenise
from dedup.kernels.code_points import LONGEST_RUN

NEWS = {
    "English": "The minister’s “zero option” won't pass, officials said; prices rose 3.5% – a record.",
    "French": "Le préfet a déclaré qu’un cœur d’artichaut coûterait 4 € à Noël, d'après l'AFP.",
    "German": "Der Außenminister größte Sorge: Übergangsmaßnahmen könnten im Frühjahr auslaufen.",
    "Spanish": "¿Quién pagará? El señor Núñez aseguró que la inversión llegará en ½ año (nº 3).",
    "Vietnamese": "Thủ tướng nói rằng những người dân ở vùng lũ đã được hỗ trợ trước ngày 5 tháng 9.",
    "Russian": "Сегодня президент подписал чёрный список; новый район получит ещё тёплый приём.",
    "Ukrainian": "Її заявили: європейський договір обіцяє українцям щонайменше об'єднаний ринок.",
    "Greek": "Ο υπουργός είπε ότι οι τιμές αυξήθηκαν· «δεν υπάρχει λόγος ανησυχίας», δήλωσε.",
    "polytonic Greek": "Τῇ ἡμέρᾳ ἐκείνῃ ὁ βασιλεὺς τῷ λαῷ εἶπεν· ᾧ τινι δοκεῖ, ᾄδων ἐλθέτω.",
    "Arabic": "قال الوزير إن الأسعار آخذة في الارتفاع، وأضاف أن المؤتمر سيُعقد يوم ١٢ مايو في الرياض.",
    "Arabic with harakat": "قَالَ الرَّئِيسُ إِنَّ المُؤْتَمَرَ سَيَبْدَأُ غَدًا، وَأَضَافَ أَنَّهُ مُهِمٌّ جِدًّا.",
    "Persian": "رئیس‌جمهور گفت که قیمت‌ها در سال ۱۴۰۳ افزایش می‌یابد؛ مردم خواستار پاسخ‌اند.",
    "Hebrew": "ראש הממשלה אמר כי המשבר יימשך; בְּרֵאשִׁית הדיון נקרא המכתב של צה״ל.",
    "Hindi": "प्रधानमंत्री ने कहा कि पढ़ाई और सड़क के लिए ₹५०० करोड़ की योजना ज़रूरी है।",
    "Bengali": "মন্ত্রী বলেছেন, নতুন বাজেটে কৃষকদের জন্য বড়ো বরাদ্দ থাকছে; ঢাকায় বৃষ্টি হয়েছে।",
    "Tamil": "முதலமைச்சர் நேற்று கோவையில் புதிய மருத்துவமனையைத் திறந்து வைத்தார்.",
    "Thai": "นายกรัฐมนตรีกล่าวว่า น้ำท่วมในพื้นที่ภาคใต้เริ่มคลี่คลายแล้วเมื่อวันที่ ๕ กันยายน",
    "Burmese": "ဝန်ကြီးချုပ်က မြို့တော်တွင် အစည်းအဝေး ကျင်းပမည်ဟု ပြောသည်။",
    "Chinese": "总理昨天在北京表示，今年的经济增长率将达到５％，「比预期好」。",
    "Japanese": "首相は昨日、東京で会議を開き、ガソリン価格の引き下げを発表した（ﾆｭｰｽ）。",
    "Korean": "대통령은 어제 서울에서 열린 회의에서 새로운 정책을 발표했다고 밝혔다.",
    "Georgian": "პრემიერმინისტრმა განაცხადა, რომ არჩევნები ოქტომბერში ჩატარდება.",
    "Amharic": "ጠቅላይ ሚኒስትሩ ትናንት በአዲስ አበባ ስለ አዲሱ ዕቅድ ተናገሩ።",
}

CODE_POINTS = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
CHARACTERS = [point for point in CODE_POINTS if unicodedata.category(point) not in {"Cn", "Co"}]
MARKS = [point for point in CHARACTERS if unicodedata.category(point)[0] == "M"]
IN_NEED_OF_COMPANY = [  # what Unicode's own functions change, move or join, and a few that they leave alone
    *MARKS,
    *map(chr, range(0x1100, 0x1200)),
    *(c for c in CHARACTERS if not "가" <= c <= "힣" and unicodedata.normalize("NFKD", c.casefold()) != c),
    *"aAeiouk<= 1.\n漢가각",
]
TROUBLE = st.lists(
    st.tuples(st.sampled_from(IN_NEED_OF_COMPANY), st.text(st.sampled_from(MARKS), max_size=4)).map("".join),
    max_size=12,
).map("".join)


@functools.cache
def kind(character: str) -> str:
    """The documented recipe, for one character of the form."""
    point, category = ord(character), unicodedata.category(character)
    if category == "Cf" or any(first <= point <= last for first, last in VARIATION_SELECTORS):
        return "dropped"
    if category[0] not in "LNM":
        return "separator"
    unspaced = any(first <= point <= last for first, last in UNSPACED_BLOCKS)
    return "mark" if category[0] == "M" else "unspaced" if unspaced else "letter"


def plain_python(text: str) -> list[str]:
    """The documented recipe, word for word."""
    form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    tokens: list[str] = []
    state = "outside"
    for character in form:
        this = kind(character)
        if this == "dropped":
            continue
        if this == "separator":
            state = "outside"
        elif this == "mark" and state != "outside":
            tokens[-1] += character
        elif this == "unspaced":
            tokens.append(character)
            state = "closed"
        elif state == "inside":
            tokens[-1] += character
        else:
            tokens.append(character)
            state = "inside"
    return tokens


def as_lists(tokens: Tokens) -> list[list[str]]:
    words = bytes(tokens.data).decode().split(" ")[:-1]
    lengths = [len(word.encode()) + 1 for word in words]
    assert tokens.starts.tolist() == [0, *np.cumsum(lengths).tolist()]
    return [words[a:b] for a, b in zip(tokens.offsets[:-1], tokens.offsets[1:], strict=True)]


def assert_as_in_plain_python(texts: list[str]) -> Tokens:
    tokens = tokenise(pa.array(texts, pa.string()))
    for text, got in zip(texts, as_lists(tokens), strict=True):
        assert got == plain_python(text), ascii(text)
    return tokens


@given(st.lists(st.one_of(TEXT, TROUBLE), max_size=5))
def test_tokens_are_those_of_the_recipe(texts: list[str]) -> None:
    assert_as_in_plain_python(texts)


@given(TROUBLE, TROUBLE)
def test_a_text_has_the_same_tokens_in_any_company(left: str, right: str) -> None:
    together = as_lists(tokenise(pa.array([left, right])))
    assert together == [as_lists(tokenise(pa.array([text])))[0] for text in (left, right)]


def test_every_code_point_alone_and_between_letters() -> None:
    tokens = assert_as_in_plain_python([f"{point} a{point}b" for point in CODE_POINTS])
    assert tokens.slow == 1  # the iota subscript under a


@pytest.mark.parametrize("pattern", ["é{0}̣x {0}̖̀", "\u1100{0}\u11a8 가{0}\u1161\u11a8", "{0}{0} {0}ͅ {0}̸"])
def test_every_character_beside_marks_and_jamo(pattern: str) -> None:
    marked = unicodedata.normalize("NFD", pattern)
    assert_as_in_plain_python([marked.format(point) for point in CHARACTERS])


def test_every_character_taken_apart() -> None:
    assert_as_in_plain_python(
        [
            f"{unicodedata.normalize('NFD', point)} o{unicodedata.normalize('NFKD', point)}\u0301"
            for point in CHARACTERS
        ]
    )


@pytest.mark.parametrize("language", NEWS)
def test_ordinary_news_needs_tables_alone(language: str) -> None:
    text = NEWS[language]
    assert assert_as_in_plain_python([text]).slow == 0


def test_text_taken_apart_needs_tables_alone_but_for_an_iota_subscript() -> None:
    apart = [unicodedata.normalize("NFD", text) for text in NEWS.values()]
    assert assert_as_in_plain_python(apart).slow == sum("\u0345" in text for text in apart) == 1


def test_what_tables_cannot_tell_is_counted_and_right() -> None:
    odd = ["α\u0316\u0345\u0301", "a" + "\u0301" * LONGEST_RUN, "\u1fb3\u0316 ok"]
    texts = ["Before, and", *odd, "after: naïve.", odd[0] * 1000, ""]
    assert assert_as_in_plain_python(texts).slow == len(odd) + 1


@pytest.mark.parametrize("text", ["ﷺ", "㌀", "a", "漢", "½", "\U0002f800", "α\u0345\u0345"])
def test_room_is_made_for_whatever_grows(text: str) -> None:
    assert_as_in_plain_python([text * 1000, "x", text * 10, *[text] * 50])


def test_any_array_of_strings_will_do() -> None:
    texts = list(NEWS.values())
    expected = [plain_python(text) for text in texts]
    for kind_of_array in (pa.string(), pa.large_string()):
        array = pa.array(["not this é", *texts, "nor this"], kind_of_array)
        assert as_lists(tokenise(array.slice(1, len(texts)))) == expected
        for i, words in enumerate(expected):
            assert as_lists(tokenise(array.slice(i + 1, 1))) == [words]
        assert as_lists(tokenise(array.slice(3, 0))) == []


@given(st.permutations(list(NEWS.values())))
def test_the_order_of_texts_changes_nothing(texts: list[str]) -> None:
    assert as_lists(tokenise(pa.array(texts))) == [plain_python(text) for text in texts]


def test_threads_do_not_disturb_each_other() -> None:
    chunks = [pa.array([text * 50, *NEWS.values()]) for text in NEWS.values()]
    with ThreadPoolExecutor(4) as pool:
        together = [as_lists(tokens) for tokens in pool.map(tokenise, chunks)]
    assert together == [as_lists(tokenise(chunk)) for chunk in chunks]


@pytest.mark.parametrize("raw", [b"\xff", b"caf\xc3", b"\xed\xa0\x80", b"\xc3a", b"\xf4\x90\x80\x80"])
def test_what_is_not_utf8_is_refused(raw: bytes) -> None:
    with pytest.raises(pa.ArrowInvalid, match="UTF8"):
        tokenise(pa.array([b"fine", raw], pa.binary()).view(pa.string()))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("The “zero option,” he said", "the 'Zero Option' he said"),
        ("ﬁnal oﬀer", "final offer"),
        ("co\u00adoperation", "cooperation"),
        ("STRASSE", "straße"),
        ("re\u0301sume\u0301", "résumé"),
        ("１２３", "123"),
        ("a\u00a0b", "a b"),
    ],
)
def test_spellings_of_one_text_share_their_form(left: str, right: str) -> None:
    forms = as_lists(tokenise(pa.array([left, right])))
    assert forms[0] == forms[1] != []


def test_scripts_without_spaces_give_a_token_a_character() -> None:
    assert as_lists(tokenise(pa.array(["東京で会議", "ไป", "한국 뉴스"]))) == [
        ["東", "京", "で", "会", "議"],
        ["ไ", "ป"],
        ["한국", "뉴스"],
    ]


def test_nothing_gives_no_tokens() -> None:
    assert as_lists(tokenise(pa.array([], pa.string()))) == []
    assert as_lists(tokenise(pa.array(["", "--- !!", "\x1e"]))) == [[], [], []]
