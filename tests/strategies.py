"""What Hypothesis draws from."""

from __future__ import annotations

from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
"""Any text without surrogates."""

WORDS = st.sampled_from(
    ["the", "Minister", "said", "on", "Monday", "that", "42", "people", "left", "Paris", "café"]
)
LINES = st.one_of(
    st.lists(WORDS, min_size=1, max_size=30).map(lambda words: " ".join(words) + "."),
    st.sampled_from(
        [
            "READ Also\u00a0 Another Headline Here",
            "Advertisement",
            "Share this article",
            "By subscribing, you can help us get the story right.",
            "#one #two #three",
            "Markets Rally As Rates Fall",
            "",
            "   ",
            "Written by admin",
            "• an item",
        ]
    ),
)
NEWS = st.lists(LINES, min_size=1, max_size=20).flatmap(
    lambda lines: st.sampled_from(["\n", "\n\n", "\r\n", "\u2028"]).map(lambda gap: gap.join(lines))
)
"""Texts that look like articles with boilerplate and repeats among their lines."""
