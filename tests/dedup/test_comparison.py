from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import TEXT

from dedup.comparison import UNSPACED_BLOCKS, VARIATION_SELECTORS, Tokens, tokenise


def plain_python(text: str) -> list[str]:
    """The documented recipe, word for word."""
    form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    tokens: list[str] = []
    state = "outside"
    for character in form:
        point, category = ord(character), unicodedata.category(character)
        if category == "Cf" or any(first <= point <= last for first, last in VARIATION_SELECTORS):
            continue
        if category[0] not in "LNM":
            state = "outside"
        elif category[0] == "M" and state != "outside":
            tokens[-1] += character
        elif category[0] != "M" and any(first <= point <= last for first, last in UNSPACED_BLOCKS):
            tokens.append(character)
            state = "closed"
        elif state == "inside":
            tokens[-1] += character
        else:
            tokens.append(character)
            state = "inside"
    return tokens


def as_lists(tokens: Tokens) -> list[list[str]]:
    words = [
        bytes(tokens.data[start : end - 1]).decode()
        for start, end in zip(tokens.starts[:-1], tokens.starts[1:], strict=True)
    ]
    return [words[a:b] for a, b in zip(tokens.offsets[:-1], tokens.offsets[1:], strict=True)]


@given(st.lists(TEXT, max_size=5))
def test_tokens_are_those_of_the_recipe(texts: list[str]) -> None:
    assert as_lists(tokenise(pa.array(texts, pa.string()))) == [plain_python(text) for text in texts]


@given(TEXT, TEXT)
def test_a_text_has_the_same_tokens_in_any_company(left: str, right: str) -> None:
    together = as_lists(tokenise(pa.array([left, right])))
    assert together == [as_lists(tokenise(pa.array([text])))[0] for text in (left, right)]


def test_every_code_point_alone_and_between_letters() -> None:
    points = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    texts = [f"{point} a{point}b" for point in points]
    step = 100_000
    for at in range(0, len(texts), step):
        some = texts[at : at + step]
        assert as_lists(tokenise(pa.array(some))) == [plain_python(text) for text in some]


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
