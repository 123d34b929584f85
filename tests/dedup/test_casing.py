from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import NEWS, TEXT

from dedup.casing import Words, find_words
from dedup.comparison import UNSPACED_BLOCKS, VARIATION_SELECTORS
from dedup.kernels import casing as kernels


def within(letter: str, blocks: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(letter) <= last for first, last in blocks)


def kind(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cf" or within(letter, VARIATION_SELECTORS):
        return "ignored"
    if category[0] == "M":
        return "mark"
    if category[0] == "L" or category in ("Nl", "No"):
        unspaced = category in ("Lo", "Lm", "Nl", "No") and within(letter, UNSPACED_BLOCKS)
        return "sign" if unspaced else "letter"
    return "letter" if category == "Nd" else "separator"


def fold(letter: str) -> str:
    folded = letter.casefold()
    return folded if len(folded) == 1 else letter


def tokens(text: str) -> Counter[str]:
    """Count tokens in plain Python; a sign right behind another counts with it."""
    found: list[str] = []
    signs: list[str] = []  # of each token the sign that it is, marks left out; empty for a word
    inside = False
    for letter in unicodedata.normalize("NFKC", text):
        what = kind(letter)
        if what == "ignored":
            continue
        if what == "separator":
            inside = False
            continue
        goes_on = inside and (what == "mark" or (what == "letter" and not signs[-1]))
        if goes_on:
            found[-1] += fold(letter)
        else:
            linked = inside and what == "sign" and bool(signs[-1])
            found.append((signs[-1] if linked else "") + fold(letter))
            signs.append(fold(letter) if what == "sign" else "")
        inside = True
    return Counter(found)


def names(words: Words, text: int = 0) -> list[str]:
    """Return the words of a text that look like names."""
    return [
        words.spell(word)
        for word in range(words.offsets[text], words.offsets[text + 1])
        if words.bits[word] & (kernels.CAPITAL | kernels.SMALL) == kernels.CAPITAL
    ]


def assigned(text: str) -> bool:
    """Python and Arrow carry other versions of Unicode."""
    return all(unicodedata.category(letter) != "Cn" for letter in text)


@given(st.lists(st.one_of(TEXT, NEWS).filter(assigned), max_size=5))
@example(["", "新河市议会 2 新河", "กำลังจะมา", "e\u0301te\u0301 ÉTÉ", "a\u00adb", "１２ ½ ǅ"])
def test_words_are_those_of_plain_python(texts: list[str]) -> None:
    words = find_words(pa.array(texts, pa.string()))
    for text, (first, behind) in zip(texts, zip(words.offsets, words.offsets[1:], strict=False), strict=True):
        expected = tokens(text)
        assert sorted(words.counts[first:behind].tolist()) == sorted(expected.values())
        assert len(set(words.hashes[first:behind].tolist())) == len(expected)


@given(TEXT, TEXT)
def test_words_are_the_same_in_any_company_and_in_a_slice(one: str, other: str) -> None:
    alone = find_words(pa.array([other]))
    among = find_words(pa.array(["First.", one, other], pa.large_string()).slice(1))
    first, behind = among.offsets[1], among.offsets[2]
    for name in ("hashes", "counts", "bits"):
        assert np.array_equal(getattr(alone, name), getattr(among, name)[first:behind]), name
    assert [alone.spell(word) for word in range(len(alone.hashes))] == [
        among.spell(word) for word in range(first, behind)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yesterday Anna met Karl in Lyon. Nobody else came.", ["Anna", "Karl", "Lyon"]),
        ("He asked Gov. Brown and Sen. Keller to leave.", ["Gov", "Brown", "Sen", "Keller"]),
        ("He left. Brown stayed! Keller too? Berg did: Marlow did not.", []),
        ("They call it The Hall, and the hall is The Hall.", []),
        ("COUNCIL OF HARWICK VOTES and then it left.", []),
        ("The FBI and the BBC said so.", ["FBI", "BBC"]),
        ("Harwick Council Votes\n\nThe meeting was long, said Anna Berg.", ["Anna", "Berg"]),
        ("By Anna Berg\n\nThe meeting was long.", []),
        ("the letter of J. Smith to Q.", ["Smith"]),
        ("l'avis de Marseille et l'ÉTÉ d'Élise", ["Marseille", "ÉTÉ", "Élise"]),
        ("LYON is far, and to go to Lyon takes long.", ["Lyon"]),
        ("Вчера Анна была в Москве с Иваном.", ["Анна", "Москве", "Иваном"]),
        ("", []),
    ],
)
def test_a_name_has_a_capital_where_none_is_due(text: str, expected: list[str]) -> None:
    assert names(find_words(pa.array([text]))) == expected


def test_words_tell_numbers_and_scripts_without_capitals() -> None:
    words = find_words(pa.array(["It cost 1,250.5 euros, 4th of F16. قال المجلس 新河 "]))
    seen = {words.spell(word): int(words.bits[word]) for word in range(len(words.hashes))}
    assert {name for name, bits in seen.items() if bits & kernels.NUMBER} == {"1,250.5", "4th", "F16"}
    assert {name for name, bits in seen.items() if bits & kernels.QUIET} == {"قال", "المجلس"}
    assert {name for name, bits in seen.items() if bits & kernels.SIGN} == {"新", "新河"}


def test_no_texts_have_no_words() -> None:
    assert find_words(pa.array([], pa.string())).offsets.tolist() == [0]
    assert find_words(pa.array(["", " \n"])).offsets.tolist() == [0, 0, 0]
