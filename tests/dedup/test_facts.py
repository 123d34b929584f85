from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.comparison import normalise, tokenise
from dedup.facts import STOP, is_beginning, items, same_facts, words

LONG = (
    "The council in Lyon will plant trees along the river, because the old ones fell in the winter storm, "
    "the mayor wrote."
)


SCRIPTS = [
    "The Straße of “Zürich” cost 3.5 million – it's ﬁne.",
    "Президент сказал, что закон №5 принят.",
    "قالت الوزيرة إن القانون الجديد سيساعد المزارعين.",
    "मंत्री ने कहा कि नया कानून किसानों की मदद करेगा।",
    "部长说，新法律将帮助ABC公司２０００人。",
    "大臣は「新しい法律」と述べた。",
    "장관은 새 법이 농민을 도울 것이라고 말했다.",
]


@given(
    st.one_of(
        st.sampled_from(SCRIPTS), st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cc", "M"]))
    )
)
def test_words_are_those_of_the_comparison_form(text: str) -> None:
    tokens = tokenise(pa.array([text]))
    said = bytes(tokens.data[: tokens.starts[-1]]).decode().split(" ")[:-1]
    assert [normalise(word) for word in words(text)] == said


def test_stops_stand_among_the_items() -> None:
    assert items("She came… “Late!” he said.") == ["She", "came", *3 * STOP, "Late", STOP, "he", "said", STOP]
    assert words("部长说。好") == ["部", "长", "说", "好"]


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("council", "city"),  # another word
        ("council", "counciil"),  # a letter too many
        ("because", "becuase"),  # two swapped
        ("winter", "vinter"),
        ("the mayor", "mayor"),
        ("winter storm", "winterstorm"),
        ("along", "a-long"),
        ("trees", "trees,"),
    ],
)
def test_a_word_of_no_weight_may_differ(word: str, other: str) -> None:
    assert same_facts(LONG.replace(word, other), LONG, alike=False)
    assert same_facts(LONG, LONG.replace(word, other), alike=False)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("will plant", "will not plant"),
        ("Lyon", "Metz"),
        ("Lyon", "Lion"),
        ("trees", "12 trees"),
        ("old", "two"),
        ("fell", "rose"),
        ("along", "before"),
        ("likely", "unlikely"),
        ("the mayor", "the Mayor of Lyon"),
        ("because the old ones", "because all of the beautiful old ones"),
        ("council", "mairie des amis"),
    ],
)
def test_what_carries_a_fact_may_not_differ(word: str, other: str) -> None:
    text = LONG.replace("wrote", "thinks likely")
    assert not same_facts(text.replace(word, other), text, alike=True)


@pytest.mark.parametrize(
    ("text", "word", "other"),
    [
        (
            "La réunion du comité sur le budget de la ville est prévue pour ce lundi, a dit une voix.",
            "lundi",
            "mardi",
        ),
        ("市政府决定明年春天在河边种植新的树木因为旧的树木在冬天的风暴中倒下了", "春", "秋"),
        (
            "قالت الوزيرة إن القانون الجديد سيساعد المزارعين في كل منطقة من مناطق البلاد بعد سنوات من الجفاف",
            "الوزيرة",
            "المديرة العامة",
        ),
        ("मंत्री ने कहा कि नया कानून देश के हर जिले में किसानों की मदद करेगा और पानी बचाएगा", "मदद", "चिंता"),
    ],
)
def test_names_and_days_without_capitals_are_not_mistaken(text: str, word: str, other: str) -> None:
    assert word in text
    assert not same_facts(text.replace(word, other), text, alike=True)
    assert same_facts(text, text, alike=True)


def test_a_short_sentence_bears_a_typo_only() -> None:
    short = "The council will plant trees along the river before the end of the year."
    assert same_facts(short.replace("council", "concil"), short, alike=True)
    assert not same_facts(short.replace("council", "owners"), short, alike=True)
    assert not same_facts(short.replace("council", "concil").replace("river", "rivver"), short, alike=False)


def test_a_long_paragraph_bears_a_change_in_twenty_words() -> None:
    text = " ".join([LONG] * 3)
    changed = text.replace("council", "board", 1)[::-1].replace("council"[::-1], "board"[::-1], 1)[::-1]
    assert same_facts(changed, text, alike=True)
    assert not same_facts(changed, text, alike=False)
    assert not same_facts(changed.replace("river", "water").replace("old", "tall"), text, alike=True)


@pytest.mark.parametrize(
    ("copy", "kept"),
    [
        ("The price rose to 3", "The price rose to 3.5 euros."),
        ("The price rose to 1...", "The price rose to 12 euros."),
        ("The price rose to 3.", "The price rose to 3.5 euros. It fell later."),
        ("She will come on Mon.", "She will come on Monday. He will not."),
        ("The price rose.", "The price rose. " * 4),
        ("The points are these:", "The points are these: one. Two."),
        ("The price rose.", "The price rose."),
        ("The price rose and fell...", "The price rose"),
    ],
)
def test_what_is_no_beginning(copy: str, kept: str) -> None:
    assert not is_beginning(copy, kept)


def test_a_beginning_in_a_script_without_spaces() -> None:
    kept = "市政府决定明年春天在河边种植新的树木。旧的树木在冬天倒下了。"
    assert is_beginning("市政府决定明年春天在河边种…", kept)
    assert is_beginning("市政府决定明年春天在河边种植新的树木。", kept)
    assert not is_beginning("市政府决定明年秋天在河边种…", kept)


@given(st.lists(st.sampled_from(["water", "Vienna", "law", "said", "said.", "Then"]), min_size=4), st.data())
def test_any_cut_with_an_ellipsis_is_a_beginning(said: list[str], data: st.DataObject) -> None:
    text = " ".join(said)
    cut = data.draw(st.integers(1, len(text) - 1))
    whole = len(words(text[:cut])) < len(words(text)) or text[:cut].rstrip(". ") != text.rstrip(". ")
    assert is_beginning(text[:cut] + " ...", text) == whole
