"""What texts of a group have in common, counted by brute force; and that no repeat escapes for it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.comparison import tokenise
from dedup.echoes import ENDS, MIN_WORDS, WIDTH, echoing, shared
from dedup.shingles import Shingles, in_common
from ingest.paragraphs import split

SENTENCE = "The council of the town met on a rainy evening to speak about the old bridge once more."
groups = st.lists(st.lists(st.lists(st.integers(0, 9), max_size=8), max_size=5), max_size=5)
# What is the same in comparison form, what nearly is, and what acts upon its neighbours.
LETTERS = ["a", "A", "ab", "AB", "é", "É", "e", "ß", "ss", "ﬁ", "fi", "½", "1⁄2", "к", "К", "𝐀", "ﷺ"]
ALONE = ["中", "文", "ไ", "ไ\u0e48", "ไ\u0e31", "㌖", "ㇰ"]
ACTING = ["a\u00adb", "e\u0301", "а\u0301", "ह\u093f", "\u0345", "\u200b", "\ufe0f", "\u1161"]
SIGNS = [" ", " ", "\u00a0", "’", "—", "…", "..."]
TEXTS = st.lists(st.sampled_from([*LETTERS, *ALONE, *ACTING, *SIGNS, *SIGNS]), max_size=12).map("".join)
pages = st.lists(st.lists(st.tuples(TEXTS, st.booleans()), max_size=4), max_size=3)


@given(groups=groups)
def test_shared_shingles_are_those_another_text_of_the_group_has(groups: list[list[list[int]]]) -> None:
    rows = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    texts = [text for group in groups for text in group]
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    hashes = np.array([value for text in texts for value in text], np.uint64)
    wanted = []
    for group in groups:
        for at, text in enumerate(group):
            others = {value for other in group[:at] + group[at + 1 :] for value in other}
            wanted.append(sum(value in others for value in text))
    assert in_common(rows, Shingles(hashes, offsets)).tolist() == wanted


@settings(max_examples=examples(60))
@given(pages=pages)
def test_what_texts_share_is_told_by_their_comparison_form(pages: list[list[tuple[str, bool]]]) -> None:
    row = np.repeat(np.arange(len(pages)), [len(page) for page in pages])
    texts, part = [text for page in pages for text, _ in page], [takes for page in pages for _, takes in page]
    common, counts = shared(row, pa.array(texts, pa.string()), np.flatnonzero(np.array(part, np.bool_)))
    wanted = []
    for page in pages:
        shingles = [_shingles(text) for text, takes in page if takes]
        for at, some in enumerate(shingles):
            others = {one for other in shingles[:at] + shingles[at + 1 :] for one in other}
            wanted.append((sum(one in others for one in some), len(some)))
    assert list(zip(common.tolist(), counts.tolist(), strict=True)) == wanted


def _shingles(text: str) -> list[tuple[str, ...]]:
    """Return the runs of `WIDTH` tokens, or all tokens where there are fewer."""
    words = tokenise(pa.array([text])).data.tobytes().decode().split(" ")[:-1]
    return [tuple(words[at : at + WIDTH]) for at in range(max(len(words) - WIDTH + 1, len(words) > 0))]


def test_only_articles_with_a_copy_are_looked_into() -> None:
    other = "Nobody of those present could say who had built it, or what it had cost the people back then."
    near = SENTENCE.replace("rainy", "windy")
    paragraphs = split(pa.array([f"{SENTENCE}\n\n{other}\n\n{near}", f"{SENTENCE}\n\n{other}", SENTENCE]))
    assert echoing(paragraphs, np.ones(len(paragraphs), np.bool_)).tolist() == [0, 2]
    assert not len(echoing(paragraphs, np.zeros(len(paragraphs), np.bool_)))


@given(changed=st.integers(0, MIN_WORDS - 1), longer=st.integers(0, 60))
def test_a_paragraph_with_one_change_and_its_copy_are_both_found(changed: int, longer: int) -> None:
    words = [f"word{chr(97 + number)}" for number in range(MIN_WORDS)]
    copy = [*words[:changed], "another", *words[changed + 1 :]]
    rest = [f"rest{chr(97 + number % 26)}{number}" for number in range(longer)]
    text = " ".join([*words, *rest]) + ".\n\n" + " ".join(copy) + "."
    paragraphs = split(pa.array([text]))
    assert ENDS > WIDTH
    assert echoing(paragraphs, np.ones(2, np.bool_)).tolist() in ([0, 1], [1])
