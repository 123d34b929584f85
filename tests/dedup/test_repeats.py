from __future__ import annotations

import pyarrow as pa
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from dedup.repeats import find, same_facts
from ingest.paragraphs import split
from ingest.tables import REMOVALS

LONG = (
    "The minister told the assembly in Vienna that the new law on water would help farmers in every district."
)
NONE = REMOVALS.empty_table()


def repeats(*texts: str) -> list[tuple[str, str, float]]:
    """Return removed text, kept copy and similarity of every repeat."""
    found = find(split(pa.array(texts)), NONE).to_pylist()
    return [
        (
            texts[row["row"]][row["start"] : row["end"]],
            texts[row["row"]][row["of_start"] : row["of_end"]],
            round(row["similarity"], 3),
        )
        for row in found
    ]


def test_the_first_copy_is_kept() -> None:
    text = "\n".join([LONG, sentence(1), LONG, LONG])
    found = find(split(pa.array([text])), NONE).to_pylist()
    assert [(row["start"], row["of_start"]) for row in found] == [
        (text.index(LONG, 10), 0),
        (text.rindex(LONG), 0),
    ]


@pytest.mark.parametrize(
    "copy",
    [
        LONG.upper(),
        LONG.replace(" ", "  "),
        LONG.replace("new law", "“new law”"),
        f"“{LONG}”",
    ],
)
def test_case_quotes_and_spaces_make_no_difference(copy: str) -> None:
    assert repeats(f"{LONG}\n{sentence(1)}\n{copy}") == [(copy, LONG, 1.0)]


def test_one_changed_word_in_a_long_paragraph_is_a_near_repeat() -> None:
    copy = " ".join([LONG, LONG.replace("water", "soil"), LONG.replace("farmers", "growers")])
    changed = copy.replace("told", "informed", 1)
    [(removed, kept, similarity)] = repeats(f"{copy}\n{sentence(1)}\n{changed}")
    assert (removed, kept) == (changed, copy)
    assert 0.8 <= similarity < 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("He did not answer.", "too short"),
        ("Did the minister tell the assembly in Vienna that the new law would help farmers?", "a question"),
        ("• The minister told the assembly in Vienna that the new law would help farmers.", "a list item"),
        ("3. The minister told the assembly in Vienna that the new law would help farmers.", "a list item"),
        ("The minister told the assembly in Vienna that the new law would help farmers", "no sentence end"),
        ("Mix 2 cups of flour, 3 eggs, 1 spoon of salt and 4 spoons of oil.", "a recipe"),
    ],
)
def test_what_recurs_in_real_text_stays(line: str, why: str) -> None:
    assert repeats(f"{line}\n{LONG}\n{line}") == [], why


def test_another_number_or_name_is_another_fact() -> None:
    base = " ".join([LONG, LONG.replace("water", "soil")])
    assert repeats(f"{base} It cost 12 euros.\n{base} It cost 13 euros.") == []
    assert repeats(f"{base} So said Anna Berg.\n{base} So said Karl Berg.") == []
    assert not same_facts("It rose by 3 percent", "It rose by 4 percent")
    assert not same_facts("They will sign it", "They will not sign it")
    assert not same_facts("The two sides met", "The three sides met")
    assert same_facts("It was a large sum", "It was a big sum")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The city council of Lyon will pay every household $50 a month for two years.", ("$", "€")),
        ("Forecasters for the northern valleys expect +5 degrees on the morning of the vote.", ("+", "-")),
        ("Turnout in the northern valleys was 50 percent in the morning hours of the vote.", ("50", "5 0")),
    ],
)
def test_the_same_words_with_another_sign_or_currency_are_no_repeat(one: str, other: tuple[str, str]) -> None:
    assert repeats(f"{one}\n{LONG}\n{one.replace(*other)}") == []


def test_many_paragraphs_that_differ_in_a_name_take_no_time() -> None:
    text = "\n".join(
        f"{LONG} {LONG.replace('water', 'soil')} So said {'ABCDEFGHIJ'[i % 10]}mir {i}." for i in range(400)
    )
    assert repeats(text) == []


def test_other_articles_do_not_matter() -> None:
    assert repeats(LONG, LONG, f"{sentence(1)}\n{LONG}") == []


def test_claimed_paragraphs_neither_repeat_nor_are_repeated() -> None:
    paragraphs = split(pa.array([f"{LONG}\n{LONG}\n{LONG}"]))
    claim = {"row": 0, "start": 0, "end": len(LONG), "layer": "rule", "kind": "social", "evidence": "x"}
    claims = pa.Table.from_pylist([claim], schema=REMOVALS)
    found = find(paragraphs, claims).to_pylist()
    assert [(row["start"], row["of_start"]) for row in found] == [(2 * len(LONG) + 2, len(LONG) + 1)]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=10))
def test_exactly_the_further_copies_are_found(numbers: list[int]) -> None:
    text = "\n".join(sentence(number) for number in numbers)
    removed = [one for one, _, _ in repeats(text)]
    assert removed == [sentence(n) for i, n in enumerate(numbers) if n in numbers[:i]]
