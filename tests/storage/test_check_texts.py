from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.check_texts import Cut, Span, _problem

WORDS = st.text("ab.é😀", min_size=1, max_size=5)
PARAGRAPHS = st.lists(
    st.tuples(st.lists(WORDS, min_size=1, max_size=5), st.booleans()), min_size=1, max_size=6
)


@st.composite
def cleaned(draw: st.DrawFn) -> tuple[str, str, list[Span], list[Cut]]:
    """An extracted text with odd white space, some paragraphs removed, and what should be stored of it."""
    extracted, kept, spans, cuts = "", [], [], []
    for words, goes in draw(PARAGRAPHS):
        extracted += draw(st.sampled_from(["", "\n", "\r\n\u2003"]))
        paragraph = draw(st.sampled_from([" ", "\u00a0 ", "\t"])).join(words)
        span = (len(extracted), len(extracted) + len(paragraph))
        extracted += paragraph + "\n"
        if goes:
            cuts.append((*span, paragraph))
        else:
            kept.append(" ".join(words))
            spans.append(span)
    return extracted, "\n\n".join(kept), spans, cuts


@given(cleaned())
def test_whatever_is_cleaned_rightly_passes(case: tuple[str, str, list[Span], list[Cut]]) -> None:
    extracted, text, spans, cuts = case
    assert _problem(extracted, text, spans=spans, cuts=cuts) is None


@given(cleaned(), st.data())
def test_a_letter_lost_or_changed_anywhere_is_found(
    case: tuple[str, str, list[Span], list[Cut]], data: st.DataObject
) -> None:
    extracted, text, spans, cuts = case
    letters = [place for place, letter in enumerate(extracted) if not letter.isspace()]
    place = data.draw(st.sampled_from(letters))
    other = data.draw(st.sampled_from(["", "x", "\u3042"]))
    assert (
        _problem(extracted[:place] + other + extracted[place + 1 :], text, spans=spans, cuts=cuts) is not None
    )
