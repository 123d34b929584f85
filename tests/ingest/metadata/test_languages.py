"""A language is what the source says, in one spelling."""

from __future__ import annotations

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from ingest.metadata.languages import tag


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("en", "en"),
        ("EN_us", "en-US"),
        ("en_US.UTF-8", "en-US"),
        ("eng", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("zh_hant_tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        (" de ", "de"),
        ("English", "en"),
        ("FRENCH", "fr"),
        ("Deutsch", "de"),
        ("日本語", "ja"),
        ("iw", "he"),
        ("nor", "no"),
        ("jp", None),  # a country
        ("und", None),
        ("mul", None),
        ("zxx", None),
        ("C", None),
        ("en,fr", None),
        ("Klingon B", None),
        ("", None),
        (None, None),
    ],
)
def test_tags(value: str | None, expected: str | None) -> None:
    assert tag(value) == expected


@given(value=st.text())
def test_no_language_is_null_and_never_an_exception(value: str) -> None:
    found = tag(value)
    assert found is None or tag(found) == found


@pytest.mark.parametrize("code", ["de", "en", "fr", "ja", "pt", "zh"])
def test_every_code_is_read_by_its_english_name(code: str) -> None:
    assert tag(Locale("en").languages[code]) == code
