"""Names come out of whatever form a source has them in, and no name is torn apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.metadata.bylines import authors


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("By Ann Lee", ["Ann Lee"]),
        ("by: Ann Lee and Bo Ray", ["Ann Lee", "Bo Ray"]),
        ("Ann Lee; Bo Ray;  Cy  Fox ", ["Ann Lee", "Bo Ray", "Cy Fox"]),
        ("Ann Lee, Bo Ray and Cy Fox", ["Ann Lee", "Bo Ray", "Cy Fox"]),
        ("Ann Lee | Bo Ray", ["Ann Lee", "Bo Ray"]),
        ("Ann Lee\n  Bo Ray", ["Ann Lee", "Bo Ray"]),
        ("Ann Lee & Bo Ray", ["Ann Lee", "Bo Ray"]),
        ("Anna Berg und Max Tal", ["Anna Berg", "Max Tal"]),
        ("Jean Val et Anne Pré", ["Jean Val", "Anne Pré"]),
        ("Lee et al.", ["Lee et al."]),
        ("Karl von und zu Berg", ["Karl von und zu Berg"]),
        ("Por Ana Paz", ["Ana Paz"]),
        ("Text: Anna Berg", ["Anna Berg"]),
        ("Doe, Jane", ["Doe, Jane"]),
        ("Ann Lee, Reuters", ["Ann Lee, Reuters"]),
        ("Martin King, Jr.", ["Martin King, Jr."]),
        ("Ferdinand Anderson", ["Ferdinand Anderson"]),
        ("Byron Fox", ["Byron Fox"]),
        ("Staff", ["Staff"]),
        ("ann@example.com (Ann Lee)", ["Ann Lee"]),
        ('"Ann Lee" <ann@example.com>', ["Ann Lee"]),
        ("ann@example.com", ["ann@example.com"]),
        ("https://example.com/people/ann", None),
        (["By Ann Lee", None, "Doe, Jane", "Ann Lee", " "], ["Ann Lee", "Doe, Jane"]),
        (["Ann Lee", "https://example.com/people/ann"], ["Ann Lee"]),
        ({"@type": "Person", "name": "Ann Lee", "url": "https://example.com/ann"}, ["Ann Lee"]),
        (
            [{"name": "Ann Lee"}, {"name": ["Bo Ray", {"name": "Cy Fox"}]}, {}],
            ["Ann Lee", "Bo Ray", "Cy Fox"],
        ),
        ([{"name": None}, {"family": "Lee"}], None),
        ("", None),
        ([], None),
        ({}, None),
        (None, None),
    ],
)
def test_authors(value: object, expected: list[str] | None) -> None:
    assert authors(value) == expected


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        ("Von Anna Berg", "de-AT", "Anna Berg"),
        ("Von Miller", "en", "Von Miller"),
        ("Von Miller", None, "Von Miller"),
        ("von der Berg, Anna", "de", "von der Berg, Anna"),
        ("Par Jean Val", "fr", "Jean Val"),
        ("Par Berg", "sv", "Par Berg"),
        ("Av Anna Berg", "sv", "Anna Berg"),
        ("Door Jan Dam", "nl", "Jan Dam"),
    ],
)
def test_words_before_a_name_go_where_the_language_has_them(
    value: str, language: str | None, expected: str
) -> None:
    assert authors(value, language) == [expected]


json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "x"]), inner),
)


@given(value=json)
def test_whatever_comes_is_a_list_of_tidy_names_or_null(value: object) -> None:
    names = authors(value)
    assert names is None or (names and len(names) == len(set(names)))
    assert all(name == " ".join(name.split()) and "\0" not in name for name in names or ())
