"""The texts that have what patterns need, held against the same question asked in plain Python."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_literals import holds
from oracle_openings import opens

from ingest.demands import best_demands
from ingest.literals import FINE, ROUGH, Fold
from ingest.needs import Place, Wanted, needing, signs_needed
from ingest.openings import openings
from ingest.patterns import translate

ATOMS = "read also~sign up~tip~log in~@~[(]~читайте~延伸阅读~^by ~^tip~^“~.{0,9}~#x~(?-i:READ)~ +~é"
PATTERNS = st.lists(st.sampled_from(ATOMS.split("~")), min_size=1, max_size=3).map("".join)
WANTED = st.builds(
    Wanted,
    PATTERNS.map(lambda match: translate(match, case=False)),
    st.booleans(),
    st.sampled_from([1.0, 3.0, np.inf]),
)
PIECES = ["READ also", "sign\u00a0up", "tip", "log in", "@", "(", "Читайте", "延伸阅读", "by "]
PIECES += ["“", "#x", " ", "•", "é", "\u017f", "\u212a"]
LINES = st.lists(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join), min_size=1, max_size=8
)


def needs_are_met(line: str, pattern: str, fold: Fold) -> bool:
    words, clauses = openings(pattern), best_demands(pattern, fold)
    literals = all(any(holds(line, word, fold) for word in clause) for clause in clauses)
    signs = bool(clauses) or all(set(line.encode()) & set(some) for some in signs_needed(pattern))
    return bool(set(line) & set(FINE.strange)) or (literals and signs and (not words or opens(line, words)))


@settings(max_examples=300, deadline=None)
@given(st.lists(WANTED, min_size=1, max_size=12), LINES, st.sampled_from([ROUGH, FINE]), st.integers(0, 3))
def test_needs_are_met_where_python_says_so(
    wanted: list[Wanted], lines: list[str], fold: Fold, first: int
) -> None:
    some = tuple(
        one
        for one in wanted
        if best_demands(one.pattern, fold) or openings(one.pattern) or signs_needed(one.pattern)
    )
    chosen = np.arange(first, len(lines))
    words, edge = np.arange(len(chosen)) % 5, np.arange(len(chosen)) % 2 == 0
    texts = pa.array(["read also", *lines], pa.string())[1:]  # its bytes begin further on
    which, at = needing(Place(texts, chosen, words, edge), some, fold)
    wants = {
        (number, place)
        for number, one in enumerate(some)
        for place, line in enumerate(lines[first:])
        if words[place] <= one.longest and (edge[place] or not one.edge)
        if needs_are_met(line, one.pattern, fold)
    }
    assert len(which) == len(wants)
    assert set(zip(which.tolist(), at.tolist(), strict=True)) == wants


def test_nothing_is_found_in_nothing() -> None:
    one = Wanted(translate("read also", case=False), False, np.inf)
    none = Place(pa.array([], pa.string()), *[np.zeros(0, np.int64)] * 2, np.zeros(0, np.bool_))
    which, at = needing(none, (one,), ROUGH)
    assert not len(which)
    assert not len(at)
