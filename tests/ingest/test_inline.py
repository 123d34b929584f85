from __future__ import annotations

from unicodedata import category

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import inline, packs
from ingest.paragraphs import split
from ingest.patterns import Cut, Rules, translate
from ingest.tables import METADATA, REMOVALS

BUNDLED = packs.load(packs.bundled())
WIDGET = "{name}{name}Harbour towns fear for the ferry Senators clash MORE"


def _left(text: str, rules: Rules = BUNDLED) -> str:
    """Return what the cuts leave of a text."""
    found = inline.propose(split(pa.array([text])), pa.nulls(1, pa.string()), rules)
    assert found.schema == REMOVALS
    for row in reversed(found.to_pylist()):
        text = text[: row["start"]] + text[row["end"] :]
    return text


def _cut(match: str, *, doubled: bool = False) -> Rules:
    return Rules((), (Cut("a.cut", "related-link", "any", translate(match, case=True), doubled),), "")


@pytest.mark.parametrize(
    "name", ["Jane Doe", "Jane Q. Doe", "Ana Ñúñez-Łoś", "John O’Brien Jr.", "J. K. Doe"]
)
def test_a_doubled_name_loses_its_widget(name: str) -> None:
    text = f"“Änd so,” said 🚢 captain {WIDGET.format(name=name)} (D-Mich.) on Monday."
    assert _left(text) == f"“Änd so,” said 🚢 captain {name} (D-Mich.) on Monday."


def test_two_widgets_in_one_paragraph() -> None:
    text = f"Both {WIDGET.format(name='Jane Doe')} and {WIDGET.format(name='John Roe')} left."
    assert _left(text) == "Both Jane Doe and John Roe left."


@pytest.mark.parametrize(
    "text",
    [
        "Said Jane Doe Jane Doe wants MORE ferries.",  # not glued
        "Said JaneJaneThe town wants MORE ferries.",  # one word is no name
        "Said Jane DoeJane DoeThe town wants more ferries.",  # no token MORE
        "Said Jane DoeJane DoeThe town is EVERMORE quiet.",
        "Said jane doejane doeThe town wants MORE ferries.",
        f"Said Jane DoeJane Doe{'The town is quiet. ' * 30}MORE ferries.",  # too far
    ],
)
def test_what_is_no_widget_stays(text: str) -> None:
    assert _left(text) == text


def test_brackets_and_labels_are_cut_out_of_sentences() -> None:
    assert (
        _left("The pier fell. (READ MORE: Who owns the pier now?) Nobody was hurt.")
        == "The pier fell.  Nobody was hurt."
    )
    assert _left("It fell.Story continues below advertisementNobody was hurt.") == "It fell.Nobody was hurt."


def test_evidence_rule_and_layer() -> None:
    found = inline.propose(
        split(pa.array(["a (READ MORE: Who owns it?) b"])), pa.nulls(1, pa.string()), BUNDLED
    )
    assert found.select(["layer", "kind", "rule_id", "evidence"]).to_pylist() == [
        {
            "layer": "inline",
            "kind": "related-link",
            "rule_id": "en.inline.read-more-bracket",
            "evidence": "the words “(READ MORE: Who owns it?)”",
        }
    ]


def test_named_groups_become_metadata() -> None:
    credit = "Reporting by Jane Doe in Harbourtown; Editing by John Roe"
    texts = [
        "No credit.",
        f"The ferry is late.\nIt sails no more. ({credit})",
        f"It is late. ({credit}) he read.",
    ]
    paragraphs, unknown = split(pa.array(texts)), pa.nulls(len(texts), pa.string())
    found = inline.facts(paragraphs, inline.propose(paragraphs, unknown, BUNDLED), BUNDLED)
    assert found.to_pylist() == [{"row": 1, "key": "credit", "value": credit}]
    assert found.schema == METADATA


def test_a_cut_never_overlaps_another() -> None:
    one, two = _cut("(?P<cut>b+c)").cuts[0], _cut("(?P<cut>c d)").cuts[0]
    found = inline.propose(
        split(pa.array(["a bbc d e"])), pa.nulls(1, pa.string()), Rules((), (two, one), "")
    )
    assert list(zip(found["start"].to_pylist(), found["end"].to_pylist(), strict=True)) == [(2, 5)]


def test_no_rules_no_paragraphs() -> None:
    assert len(inline.propose(split(pa.array(["a b"])), pa.nulls(1, pa.string()), Rules((), (), ""))) == 0
    assert len(inline.propose(split(pa.array([], pa.string())), pa.array([], pa.string()), BUNDLED)) == 0


@settings(deadline=None)
@given(st.text("aä.🚢 ()x", max_size=40))
def test_cuts_leave_words_whole(text: str) -> None:
    """What is left is made of the words of the text, none halved and no two joined."""
    left = _left(text, _cut(r"(?P<cut>\(x[^()]*\)|x+)"))
    assert set(_words(left)) <= set(_words(text))


def test_a_pattern_that_matches_anything_comes_to_an_end() -> None:
    assert _left("ab cd", _cut(r".(?P<cut>[^k ]+)")) == "ab cd"
    assert _left("a (b) (c) d", _cut(r"[^k]?(?P<cut>\([^k)]*\))")) == "a   d"


PIECES = st.sampled_from(
    [
        "ok",
        "cut",
        "\u0301",
        "نص",
        "\u064b",
        "\u200f",
        "कि",
        "\u094d",
        "ष",
        "漢",
        "👩",
        "\u200d",
        "🚀",
        "👍",
        "🏽",
        "❤",
        "\ufe0f",
    ]
)
PIECES |= st.sampled_from(["\U0001f1eb", "\U0001f1f7", " ", "(", ")", "\u200c"])


@settings(deadline=None)
@given(
    st.lists(PIECES, max_size=14).map("".join),
    st.sampled_from([r"(?P<cut>cut.?)", r".(?P<cut>[^k ]+)", "(?P<cut>👩)"]),
)
def test_cuts_leave_characters_whole(text: str, match: str) -> None:
    """A mark, a joiner or a colour stands behind the same character before and after, and none is new."""
    left = _left(text, _cut(match))
    clusters, rest = _clusters(text), iter(_clusters(text))
    assert all(cluster in rest for cluster in _clusters(left)), (clusters, left)


def _clusters(text: str) -> list[str]:
    """Return what readers see as one character; a run of flags' letters as one."""
    found = [""]
    for character in text:
        extends = category(character)[0] == "M" or character in "\u200d\u200c" or "🏻" <= character <= "🏿"
        flag = "\U0001f1e6" <= character <= "\U0001f1ff" and "\U0001f1e6" <= found[-1][-1:] <= "\U0001f1ff"
        if extends or flag or found[-1].endswith("\u200d"):
            found[-1] += character
        else:
            found.append(character)
    return [cluster for cluster in found if cluster.strip()]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("हिंदी", "(?P<cut>ह)"),  # its vowel would be left
        ("कष्ट", "क(?P<cut>ष)"),
        ("e\u0301a", "(?P<cut>e)"),
        ("كتابًا", "(?P<cut>ا)$"),
        ("👩\u200d🚀", "(?P<cut>👩)"),
        ("👩\u200d🚀", "👩.(?P<cut>🚀)"),
        ("👍🏽", "(?P<cut>👍)"),
        ("🇫🇷", "(?P<cut>🇫)"),
        ("कि (x) षि".replace(" ", ""), r"(?P<cut>\(x\))"),  # would join two words
    ],
)
def test_no_cut_in_the_midst_of_a_character_or_word(text: str, match: str) -> None:
    assert _left(text, _cut(match)) == text


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).split()
