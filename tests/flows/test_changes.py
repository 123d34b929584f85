from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flows.changes import Piece, changes

PARAGRAPH = st.lists(
    st.sampled_from(["The", "mill", "shut", "on", "Monday.", "12", "people"]), min_size=1
).map(" ".join)
TEXT = st.lists(PARAGRAPH, min_size=1, max_size=5).map("\n\n".join)


@given(TEXT, TEXT)
def test_the_pieces_give_both_texts(before: str, after: str) -> None:
    pieces = changes(before, after)
    assert "".join(piece.before for piece in pieces) == before
    assert "".join(piece.after for piece in pieces) == after
    assert all(one.same != other.same for one, other in pairwise(pieces))


def test_one_word_is_one_piece() -> None:
    before = "The mill shut.\n\nIt had 12 workers on Monday.\n\nMore soon."
    assert changes(before, before.replace("12", "14")) == [
        Piece("The mill shut.\n\nIt had ", "The mill shut.\n\nIt had "),
        Piece("12", "14"),
        Piece(" workers on Monday.\n\nMore soon.", " workers on Monday.\n\nMore soon."),
    ]
