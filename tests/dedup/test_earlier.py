from __future__ import annotations

import datetime as dt
from collections import defaultdict
from unittest import mock

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedup import earlier
from dedup.candidates import least_bands
from dedup.kernels.groups import BAND, PASSAGE, TITLE, URL, WORDS
from dedup.settings import MatchSettings
from dedup.tables import FIELD

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ARTICLE = st.tuples(
    st.one_of(st.none(), st.integers(0, 12)), st.sampled_from([None, "a", "a", "b"]), st.integers(0, 400)
)
ARTICLES = st.lists(ARTICLE, min_size=1, max_size=5)
Article = tuple[int | None, str | None, int]  # day, outlet, tokens
Row = tuple[int, int, int, int]
MOST = 2


def table(articles: list[Article]) -> pa.Table:
    columns = {
        "published_at": [None if day is None else START + dt.timedelta(days=day) for day, _, _ in articles],
        "outlet": [outlet for _, outlet, _ in articles],
        "tokens": [tokens for _, _, tokens in articles],
        "article_id": [""] * len(articles),
        "content_id": [""] * len(articles),
    }
    nothing = {name: [0] * len(articles) for name in ("text_key", "title_key", "url_key")}
    columns |= nothing
    return pa.table(
        [pa.array(columns.get(f.name, [None] * len(articles)), f.type) for f in FIELD], schema=FIELD
    )


def passages(tokens: int) -> int:
    shingles = max(tokens - 4, 0)
    return 1 + max(shingles - 48, 0) * 2 // 49 if shingles else 0


def expected(
    shared: list[Row], queries: list[Article], members: list[Article], settings: MatchSettings
) -> set[tuple[int, int]]:
    tallies: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: dict.fromkeys(range(5), 0))
    for query, member, kind, count in shared:
        tallies[query, member][kind] += count
    ranked: dict[tuple[int, str], list[tuple[int, int, int, int]]] = defaultdict(list)
    for (query, member), tally in tallies.items():
        (day, outlet, tokens), (other_day, other_outlet, other_tokens) = queries[query], members[member]
        gap = abs(day - other_day) if day is not None and other_day is not None else 0
        if settings.days and gap > settings.days:
            continue
        same = tally[WORDS] + tally[URL] > 0
        far = outlet is not None and outlet == other_outlet and gap >= 5
        fewer = min(passages(tokens), passages(other_tokens))
        alike = tally[BAND] >= least_bands(settings.near)
        alike |= tally[PASSAGE] > 0 and 10 * tally[PASSAGE] >= 3 * fewer
        score = (not same, -tally[BAND], -tally[PASSAGE], member)
        if same or (not far and (alike or tally[TITLE])):
            ranked[query, "near"].append(score)
        elif far and alike:
            ranked[query, "far"].append(score)
    return {
        (query, score[-1])
        for (query, kind), scores in ranked.items()
        for score in sorted(scores)[: MOST if kind == "near" else 1]
    }


@given(ARTICLES, ARTICLES, st.data(), st.sampled_from([0, 0, 4, 8]), st.sampled_from([0.7, 0.8]))
def test_likely_pairs_are_those_of_the_rules(
    queries: list[Article], members: list[Article], data: st.DataObject, days: int, near: float
) -> None:
    row = st.tuples(
        st.integers(0, len(queries) - 1),
        st.integers(0, len(members) - 1),
        st.sampled_from([BAND, PASSAGE, PASSAGE, WORDS, URL, TITLE]),
        st.integers(1, least_bands(near) + 2),
    )
    shared = data.draw(st.lists(row, max_size=20))
    columns = list(zip(*shared, strict=True)) or [[], [], [], []]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, earlier.SHARED, strict=True)]
    some = MatchSettings(near=near, days=days)
    with mock.patch.object(earlier, "MOST", MOST):
        chosen = earlier.likely(
            pa.table(arrays, schema=earlier.SHARED), table(queries), table(members), settings=some
        )
    wanted = expected(shared, queries, members, some)
    assert [tuple(row.values()) for row in chosen.to_pylist()] == [row for row in shared if row[:2] in wanted]


def test_a_flood_of_equals_leaves_the_first() -> None:
    count = 200
    columns = [np.zeros(count), np.arange(count)[::-1], np.full(count, BAND), np.full(count, 20)]
    arrays = [
        pa.array(c.astype(f.type.to_pandas_dtype())) for c, f in zip(columns, earlier.SHARED, strict=True)
    ]
    chosen = earlier.likely(
        pa.table(arrays, schema=earlier.SHARED),
        table([(1, None, 300)]),
        table([(1, None, 300)] * count),
        settings=MatchSettings(),
    )
    assert sorted(chosen["member"].to_pylist()) == list(range(64))
