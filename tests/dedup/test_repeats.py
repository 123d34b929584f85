from __future__ import annotations

import pyarrow as pa
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from dedup.echoes import MIN_WORDS
from dedup.facts import is_beginning, same_facts, words
from dedup.repeats import ALONE_REACH, ALONE_WORDS, find
from ingest.paragraphs import split
from ingest.tables import REMOVALS

LONG = (
    "The minister told the assembly in Vienna that the new law on water would help farmers in every district."
)
FULL = f"{LONG} Farmers had asked for it since the dry summers began, she said on Monday."
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


@pytest.mark.parametrize(
    "copy",
    [
        FULL.replace("assembly", "asembly"),
        FULL.replace("farmers", "framers"),
        FULL.replace("summers", "summer’s"),
        FULL.replace("minister", "official"),
        FULL.replace("for it", "forit"),
    ],
)
def test_one_word_or_letter_off_is_a_near_repeat(copy: str) -> None:
    [(removed, kept, similarity)] = repeats(f"{FULL}\n{sentence(1)}\n{copy}")
    assert (removed, kept) == (copy, FULL)
    assert 0.6 < similarity < 1


def test_a_copy_that_says_more_stays() -> None:
    text = " ".join([FULL, sentence(1, 40)])
    more = text.replace("help farmers", "help farmers and those who buy what they grow")
    assert repeats(f"{text}\n{more}") == []
    assert [kept for _, kept, _ in repeats(f"{more}\n{text}")] == [more]


CUT = [
    FULL[: FULL.index("would help")] + "...",
    FULL[: FULL.index("would help")].strip() + "…",
    FULL[: FULL.index("would help")] + "[…]",
    FULL[: FULL.index("would help")].strip(),
    FULL[: FULL.index("mers had asked")],
    FULL[: FULL.index("day.")] + " [...]",
    LONG,
]


@pytest.mark.parametrize("copy", CUT)
def test_a_paragraph_cut_short_goes_wherever_it_stands(copy: str) -> None:
    for lines in ([copy, sentence(1), FULL], [FULL, sentence(1), copy]):
        [row] = find(split(pa.array(["\n".join(lines)])), NONE).to_pylist()
        text = "\n".join(lines)
        assert text[row["start"] : row["end"]] == copy.strip()
        assert text[row["of_start"] : row["of_end"]] == FULL
        later = row["of_start"] > row["start"]
        assert row["evidence"] == (
            "the beginning of a later paragraph" if later else "an earlier paragraph, cut short"
        )


def test_all_that_is_cut_short_points_to_one_kept_copy() -> None:
    lines = [*CUT, FULL, sentence(1), FULL, *CUT]
    assert {(removed, kept) for removed, kept, _ in repeats("\n".join(lines))} == {
        *((copy.strip(), FULL) for copy in CUT),
        (FULL, FULL),
    }


def test_the_similarity_of_what_is_cut_short_is_that_of_its_shingles() -> None:
    def shingles(text: str) -> set[tuple[str, ...]]:
        said = [word.casefold() for word in words(text)]
        return {tuple(said[i : i + 3]) for i in range(len(said) - 2)}

    [(_, _, similarity)] = repeats(f"{CUT[0]}\n{FULL}")
    left, right = shingles(CUT[0]), shingles(FULL)
    assert similarity == round(len(left & right) / len(left | right), 3)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (LONG[: LONG.index("that")] + "...", "too short"),
        (f"• {CUT[0]}", "a list item"),
        (f"“{CUT[0]}", "a quotation"),
        (LONG.removesuffix("."), "a heading"),
        (LONG[: LONG.index(" in every")] + ".", "a sentence in its own right"),
        (CUT[0].replace("Vienna", "Geneva"), "another name"),
        (CUT[3] + " for the whole of the", "other words"),
    ],
)
def test_a_line_that_is_not_cut_short_stays(line: str, why: str) -> None:
    assert repeats(f"{line}\n{FULL}") == [], why
    assert repeats(f"{FULL}\n{line}") == [], why


def test_what_loses_its_kept_copy_stays_or_finds_another() -> None:
    near = LONG.replace("assembly", "asembly")  # a near repeat of what is itself cut short
    found = repeats(f"{LONG}\n{near}\n{FULL}")
    assert [(removed, kept) for removed, kept, _ in found] == [(LONG, FULL)]


def test_rows_of_signs_are_not_the_same_words() -> None:
    assert repeats("⚡️ " * 14 + ".\n" + "❤️ " * 14 + ".") == []


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
    text = "\n".join(sentence(number, 20) for number in numbers)
    removed = [one for one, _, _ in repeats(text)]
    assert removed == [sentence(n, 20) for i, n in enumerate(numbers) if n in numbers[:i]]


SHORT = sentence(0, ALONE_WORDS - 2)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"{SHORT}\n{sentence(1)}\n{SHORT}", 0),
        (f"{SHORT}\n{LONG}\n{SHORT}\n{LONG}", 2),
        (f"{SHORT}\n{sentence(1)}\n{SHORT}\n{sentence(2)}\n{SHORT}", 2),
        ("\n".join([LONG, *map(sentence, range(1, ALONE_REACH)), LONG]), 1),
        ("\n".join([LONG, *map(sentence, range(1, ALONE_REACH + 1)), LONG]), 0),
        ("\n".join([LONG, SHORT, *map(sentence, range(1, ALONE_REACH + 1)), LONG, SHORT]), 2),
    ],
)
def test_the_only_repeat_of_an_article_is_long_and_near_its_copy(text: str, count: int) -> None:
    assert len(repeats(text)) == count


STEMS = [f"{sentence(n, 16)} {sentence(n + 10, 12)} So said the minister." for n in range(3)]
VARIANTS = [
    lambda text: text,
    lambda text: text.upper(),
    lambda text: text[: len(text) * 2 // 3] + "...",
    lambda text: text[: len(text) * 3 // 4].strip(),
    lambda text: text.removesuffix(" So said the minister."),
    lambda text: text.replace("said", "sayd"),
    lambda text: text.replace("minister", "ministr"),
    lambda text: text.replace("So", "And so it was that the people there"),
    lambda text: f"• {text}",
]
ARTICLES = st.lists(
    st.builds(lambda make, text: make(text), st.sampled_from(VARIANTS), st.sampled_from(STEMS)),
    min_size=1,
    max_size=12,
)


@given(ARTICLES)
def test_nothing_is_lost_and_no_kept_copy_goes(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = find(split(pa.array([text])), NONE).to_pylist()
    gone = {(row["start"], row["end"]) for row in found}
    assert len(gone) == len(found)
    for row in found:
        copy, kept = text[row["start"] : row["end"]], text[row["of_start"] : row["of_end"]]
        assert (row["of_start"], row["of_end"]) not in gone
        one, other = ([word.casefold() for word in words(side)] for side in (copy, kept))
        assert (
            one == other[: len(one)]
            or (one[:-1] == other[: len(one) - 1] and other[len(one) - 1].startswith(one[-1]))
            or any(
                same_facts(line, kept, alike=row["similarity"] >= 0.8)
                for line in lines  # the copy itself, or the same words in small letters, which tell names
                if [word.casefold() for word in words(line)] == one
            )
        )


@given(ARTICLES)
def test_no_beginning_of_a_kept_paragraph_is_kept(lines: list[str]) -> None:
    text = "\n".join(lines)
    paragraphs = split(pa.array([text])).to_pylist()
    gone = {row["start"] for row in find(split(pa.array([text])), NONE).to_pylist()}
    left = [
        p
        for p in paragraphs
        if p["start"] not in gone and p["words"] >= MIN_WORDS and not p["text"].startswith("•")
    ]
    assert not any(
        is_beginning(one["text"], other["text"]) for one in left for other in left if other["sentence"]
    )


@given(st.lists(ARTICLES, min_size=2, max_size=4))
def test_an_article_is_judged_the_same_in_any_company(articles: list[list[str]]) -> None:
    texts = ["\n".join(lines) for lines in articles]
    together = find(split(pa.array(texts)), NONE).to_pylist()
    for row, text in enumerate(texts):
        alone = find(split(pa.array([text])), NONE).to_pylist()
        assert [{**one, "row": row} for one in alone] == [one for one in together if one["row"] == row]
