from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.patterns import complaint, translate

WHITE = [" ", "\u00a0", "\u202f", "\t", "\u3000", "\u2009", "\u200b", " \u00a0 "]


def _matches(pattern: str, text: str) -> bool:
    return bool(pc.match_substring_regex(pa.array([text]), pattern=pattern)[0].as_py())


@given(st.sampled_from(WHITE), st.sampled_from(WHITE))
def test_a_space_stands_for_any_run_of_white_space(one: str, two: str) -> None:
    pattern = translate("^read more now$", case=False)
    assert _matches(pattern, f"Read{one}more{two}now")
    assert not _matches(pattern, f"Read{one}morenow")


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_an_apostrophe_stands_for_both(apostrophe: str) -> None:
    assert _matches(translate("don't [']", case=False), f"don{apostrophe}t {apostrophe}")


@pytest.mark.parametrize("bullet", ["", "• ", "→ ", "- ", "»", "▶ ", "◆", "・", "\u200f", "\u202b• "])
def test_a_leading_caret_skips_a_bullet_and_holds_for_every_alternative(bullet: str) -> None:
    pattern = translate("^share|print$", case=False)
    assert _matches(pattern, f"{bullet}Share")
    assert _matches(pattern, f"{bullet}print")
    assert not _matches(pattern, f"a {bullet}print")


def test_spaces_in_classes_and_optional_spaces() -> None:
    assert _matches(translate("^a[ ,]b$", case=False), "a\u00a0b")
    assert _matches(translate("^a ?b$", case=False), "ab")
    assert _matches(translate(r"^a\[ b$", case=False), "a[ b")


@pytest.mark.parametrize("mark", ["\u200f", "\u200e", "\u061c", "\u202c", "\u2069\u200f"])
def test_marks_of_direction_may_stand_around_lines_and_words_from_right_to_left(mark: str) -> None:
    pattern = translate("^شارك المقال$|^شاركها$", case=False)
    for line in (
        f"{mark}شارك المقال",
        f"شارك المقال{mark}",
        f"شارك{mark} المقال",
        f"شارك {mark}المقال{mark}",
    ):
        assert _matches(pattern, line)
    assert not _matches(pattern, f"شارك المقال{mark} اليوم")


@pytest.mark.parametrize("letter", ["\u095d", "\u0922\u093c", "\u0922"])
@pytest.mark.parametrize("written", ["\u095d", "\u0922\u093c"])
def test_a_nukta_is_one_code_point_or_two_or_missing(written: str, letter: str) -> None:
    assert _matches(translate(f"^प{written}ें$", case=False), f"प{letter}ें")
    assert not _matches(translate(f"^प{written}ें$", case=False), "पड़ें")


def test_case_matters_only_where_it_is_said() -> None:
    assert _matches(translate("MORE", case=False), "more")
    assert not _matches(translate("MORE", case=True), "more")


@pytest.mark.parametrize("wrong", ["a(?=b)", "(a", "[a", "*a", r"(a)\1"])
def test_what_re2_refuses_is_a_complaint(wrong: str) -> None:
    assert "RE2 refuses" in str(complaint(translate(wrong, case=False)))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("(a b", "(missing ))"),
        ("a b)", "(unexpected ))"),
        ("[a b", "(missing ])"),
        ("a b** c", "(bad repetition operator: **)"),
        ("^a(?=b c)", "(invalid perl operator: (?=)"),
        ("(?P<a b>x)", "(invalid named capture group)"),
    ],
)
def test_a_complaint_names_only_what_somebody_wrote(wrong: str, told: str) -> None:
    said = complaint(translate(wrong, case=False), written=wrong)
    assert said == f"RE2 refuses the pattern {told}"


@pytest.mark.parametrize("empty", ["a*", "^a?$", "", "(?:a|)"])
def test_a_pattern_that_matches_nothing_at_all_is_a_complaint(empty: str) -> None:
    assert "empty string" in str(complaint(translate(empty, case=False)))


def test_a_good_pattern_is_no_complaint() -> None:
    assert complaint(translate("^a+$", case=False)) is None
