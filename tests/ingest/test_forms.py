from __future__ import annotations

import unicodedata

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from strategies import TEXT

from ingest import forms

ANY = st.lists(TEXT.filter(bool), min_size=1, max_size=5)


@given(ANY)
def test_counts_are_those_of_one_character_after_the_other(texts: list[str]) -> None:
    found = forms.look(pa.array(texts))
    for at, text in enumerate(texts):
        assert found["commas"][at] == sum(character in ",;،؛、，；" for character in text)
        assert found["colons"][at] == sum(character in ":：" for character in text)
        digits = sum(unicodedata.category(character)[0] == "N" for character in text)
        solid = sum(unicodedata.category(character)[0] not in "ZC" for character in text)
        assert found["figures"][at] == 100 * digits // max(1, solid)


@given(ANY)
def test_texts_are_looked_at_one_by_one(texts: list[str]) -> None:
    together = forms.look(pa.array(texts))
    for at, text in enumerate(texts):
        alone = forms.look(pa.array([text]))
        assert {name: values[at] for name, values in together.items()} == {
            name: values[0] for name, values in alone.items()
        }


def test_capitals_are_those_of_words() -> None:
    found = forms.look(pa.array(["Harbour of the North", "don't Look-Up", "港口 重新 开放", "SHIP ahoy"]))
    assert found["capitals"].tolist() == [50, 66, -1, 50]
    assert found["small"].tolist() == [2, 1, -1, 1]
    assert found["shouting"].tolist()[2:] == [-1, 50]


def test_the_end_of_a_sentence_may_stand_in_quotes() -> None:
    texts = ["He said so.”", "Really?", "(no)", "Follow us:", "5 boats", "・メニュー", "終わり。"]
    found = forms.look(pa.array(texts))
    assert found["sentence"].tolist() == [1, 1, 0, 0, 0, 0, 1]
    assert found["open_end"].tolist() == [0, 0, 0, 0, 1, 1, 0]
    assert found["colon_end"].tolist() == [0, 0, 0, 1, 0, 0, 0]


def test_a_chunk_without_lines() -> None:
    assert {len(values) for values in forms.look(pa.array([], pa.string())).values()} == {0}
