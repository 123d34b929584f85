from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from dedup.lines import END_REACH, closes
from ingest.words import SENTENCE_END

ENDS = st.text(
    st.sampled_from("ab.!?…。؟ \t\u00a0\u200e'’”»)]】\x85") | st.characters(codec="utf-8"), min_size=1
)


@given(st.lists(ENDS, max_size=6))
def test_the_last_byte_tells_what_the_pattern_says(texts: list[str]) -> None:
    column = pa.array(["first.", *texts], pa.string()).slice(1)
    ends = pc.utf8_slice_codeunits(column, -END_REACH)
    assert closes(column).tolist() == pc.match_substring_regex(ends, pattern=SENTENCE_END).to_pylist()
