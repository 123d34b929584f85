"""What begins as a pattern says, as RE2 finds it in every text by itself."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import compiled
from ingest.beginnings import Beginning, begin, may_begin
from ingest.guards import EMBARGO, LABELLED_CORRECTION
from ingest.marks import CLOCK, CORRECTION, UPDATE
from ingest.openings import openings
from ingest.patterns import START

ALL = {
    "correction": CORRECTION,
    "guard": LABELLED_CORRECTION,
    "update": UPDATE,
    "embargo": EMBARGO,
    "clock": CLOCK,
}
PIECES = st.sampled_from(
    [
        *(
            "Correction: it was 3.",
            "errata corrige -",
            "ſ",
            "\u212aorrektur:",
            "ſous embargo jusqu",
            "hiſ",
            "Thi\u017f article was updated",
            "Précision, 3 mai :",
            "fe de errores: x",
        ),
        *(
            "更正：",
            "訂正",
            "Исправление: 3.",
            "उ",
            "अपडेट: अबकखग घङचछ",
            "تصحيح:",
            "Update 2-Ferry has left",
            "UPDATE: ",
        ),
        *(
            "This article was updated",
            "The report has been updated",
            "the ",
            "Embargoed until",
            "sous embargo jusqu",
        ),
        *(
            "10:42 a.m.",
            "02.02 Uhr",
            "24h",
            "9 p.m.",
            "1",
            ":",
            " ",
            "\n",
            "\u00a0",
            "(",
            "[",
            "*",
            "（",
            "【",
            "<",
            "«",
        ),
        *("“", "•", "０", "\u3000", "é", "É", "x", "not for publication before", "эмбарго до ", "."),
    ]
)
TEXTS = st.lists(st.lists(PIECES, max_size=4).map("".join), max_size=8)


@pytest.mark.parametrize("beginning", ALL.values(), ids=ALL)
@given(texts=TEXTS, where=st.integers(0, 255))
def test_a_text_begins_so_where_the_pattern_matches(
    beginning: Beginning, texts: list[str], where: int
) -> None:
    column = pa.array(["before", *texts], pa.string()).slice(1)
    matched = compiled.matched([text.encode() for text in texts], beginning.pattern)
    assert begin(column, beginning).tolist() == matched.tolist()
    asked = [bool(where >> number & 1) for number in range(len(texts))]
    some = begin(column, beginning, pa.array(asked, pa.bool_()).to_numpy(zero_copy_only=False))
    assert some.tolist() == [one and other for one, other in zip(matched, asked, strict=True)]


@pytest.mark.parametrize("beginning", ALL.values(), ids=ALL)
def test_other_texts_are_told_by_their_first_bytes(beginning: Beginning) -> None:
    news = ["The ferry left at noon.", "“It left,” she said.", "• a bullet", "* a star", "  a blank", ""]
    assert not may_begin(pa.array(news), beginning).any()
    words = openings(f"(?i:{START}(?:{beginning.words}))")
    assert words, "nothing is known of how it begins"
    assert not any(sign.encode() == word[:1] for word in words for sign in beginning.signs)
