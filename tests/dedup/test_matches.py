from __future__ import annotations

import random
from collections import Counter
from itertools import combinations, pairwise
from unittest import mock

import numpy as np
import oracle_matching as oracle
import pyarrow as pa
import pytest
from builders import story
from builders_matching import Article, Result, cleaned, make_field, match, shared_keys
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import candidates, kinds, matches
from dedup.candidates import least_bands
from dedup.decisions import in_order
from dedup.fingerprints import fingerprint
from dedup.kernels.groups import BAND
from dedup.settings import MatchSettings

VOCABULARY = ["after", "along", "under", "river", "street", "bridge", "worker", "letter", "market", "window"]


def swapped(words: list[str], other: dict[int, str]) -> str:
    """Return a text with other words in some places."""
    return " ".join(other.get(i, word) for i, word in enumerate(words))


def variants(base: int) -> list[str]:
    """Return versions of an article of 120 words: cut, edited, lengthened, and of the same words."""
    words = story(base).replace(".", "").split()
    texts = [story(base), story(base).upper(), story(base).replace(".", " !")]
    texts += [" ".join(words[cut:]) for cut in (1, 3, 7, 15, 30, 65, 72, 90, 102)]
    texts += [" ".join(words[:-cut]) for cut in (2, 9, 20, 71)]
    for count in (1, 2, 3, 5, 9):
        texts.append(swapped(words, {7 + i * (50 // count): VOCABULARY[i] for i in range(count)}))
    for who in ("Ellen Brandt", "Tom Ferris", "Hoda Salim"):  # two of them are a series of one outlet
        texts.append(swapped(words, dict(zip((40, 41), who.split(), strict=True))))
        texts.append(swapped(words, dict(zip((4, 44), who.split(), strict=True))))
    texts += [story(base) + "\n\n" + " ".join(story(base + 50).split()[:more]) for more in (3, 12, 28, 75)]
    stub = words[: 12 + base]
    return [*texts, " ".join(stub), " ".join(stub).title(), " ".join([*stub[:-1], "seven"]), "*" * base]


POOL = [*variants(1), *variants(2)]
SETTINGS = st.builds(
    MatchSettings,
    near=st.sampled_from([0.8, 0.8, 0.7, 0.95]),
    contained=st.sampled_from([0.9, 0.9, 0.95, 1.0]),
    days=st.sampled_from([0, 0, 3, 10]),
)
HALF = st.one_of(st.sampled_from(variants(1)), st.sampled_from(variants(1)), st.sampled_from(POOL))


def drawn(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[list[Article]]:
    """Draw batches of articles."""
    defaults = {
        "text": HALF,
        "day": st.one_of(st.none(), st.integers(1, 14)),
        "outlet": st.sampled_from([None, "a.example", "a.example", "b.example"]),
        "url": st.sampled_from([None, None, None, "https://a.example/1", "https://b.example/2"]),
        "title": st.sampled_from([None, None, "One title", "one  TITLE!", "Other"]),
    }
    one = st.builds(Article, number=st.integers(0, 10**6), **{**defaults, **fields})
    return st.lists(one, min_size=1, max_size=14, unique_by=lambda article: article.number)


BATCH = drawn()


@pytest.mark.parametrize("near", [0.7, 0.8, 0.95])
def test_what_is_alike_in_the_pool_is_found_without_luck(near: float) -> None:
    settings = MatchSettings(near=near, contained=0.9)
    articles = [Article(i, text, day=i) for i, text in enumerate(POOL)]
    field = make_field(in_order(fingerprint(cleaned(articles), chunk=0).articles))
    everyone = np.arange(len(POOL))
    shared = candidates.share(field, apart=np.zeros(len(POOL), np.bool_), settings=settings, far=10**5)
    pairs, left_out = candidates.pair_up(shared, everyone)
    found = set(zip(*(pairs[name].to_pylist() for name in pairs.column_names), strict=True))
    alike = {
        (later, earlier)
        for later in everyone.tolist()
        for earlier in range(later)
        for one in [oracle.verdict(articles[later], articles[earlier], settings)]
        if one.match or one.swallows
    }
    assert len(alike) > 400
    assert alike <= found
    assert not left_out.any()


@given(BATCH, SETTINGS, st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_all_is_decided_as_the_rules_say(
    articles: list[Article], some: MatchSettings, rng: random.Random
) -> None:
    expected = oracle.decide(articles, some)
    result = match(rng.sample(articles, len(articles)), some)
    assert result.copies == expected.copies
    assert result.kept == {article.name for article in expected.kept}
    assert {name: row["copies"] for name, row in result.decisions.items() if row["copies"]} == Counter(
        copy[0] for copy in result.copies.values()
    )
    check_related(articles, result, some)


def check_related(articles: list[Article], result: Result, some: MatchSettings) -> None:
    """Hold every relation against the texts; a revision and a part are told as such."""
    by_name = {article.name: article for article in articles}
    told = {(row["article"], row["of"], row["relation"]) for row in result.related}
    aside = {
        (name, copy[0], copy[1])
        for name, copy in result.copies.items()
        if copy[1] in ("revision", "contained")
    }
    assert aside <= told
    for row in result.related:
        x, k = by_name[row["article"]], by_name[row["of"]]
        assert (row["jaccard"], row["containment"]) == oracle.scores(x.text, k.text)
        if (x.name, k.name, row["relation"]) not in aside:
            assert x.name in result.kept
            verdict = oracle.verdict(x, k, some)
            reverse = oracle.verdict(k, x, some)
            assert reverse.swallows if row["relation"] == "contained" else verdict.series
    marked = {name for name, row in result.decisions.items() if row["series"]}
    assert marked == {row["article"] for row in result.related if row["relation"] == "series"}


def rows_of(result: Result) -> object:
    """Return all that is told, but where the articles lie in their chunk, and series."""
    decided = {
        name: {column: value for column, value in row.items() if column not in ("row", "series")}
        for name, row in result.decisions.items()
    }
    related = {tuple(row.values()) for row in result.related if row["relation"] != "series"}
    return decided, related


@given(BATCH, SETTINGS, st.sampled_from([1, 2, 3]), st.sampled_from([1, 5]))
def test_how_much_is_done_at_a_time_makes_no_difference(
    articles: list[Article], some: MatchSettings, block: int, pairs: int
) -> None:
    with mock.patch.object(matches, "BLOCK", block), mock.patch.object(kinds, "PAIRS_AT_ONCE", pairs):
        in_parts = match(articles[::-1], some)
    assert rows_of(in_parts) == rows_of(match(articles, some))


def edited(number: int) -> str:
    """Return one of a family in which each has up to six words of its own, and none is cut."""
    rng = random.Random(number)
    words = story(7).replace(".", "").split()
    places = rng.sample([9, 25, 50, 75, 95, 110], rng.randrange(5))
    return swapped(words, {place: rng.choice(VOCABULARY[:3]) for place in places})


FAMILY = [*(edited(number) for number in range(40)), story(7).upper(), story(8), "One line."]
IN_ORDER = drawn(text=st.sampled_from(FAMILY), url=st.none(), title=st.none())


def test_what_is_alike_in_the_family_is_found_by_a_later_batch_without_luck() -> None:
    fingerprints = fingerprint(cleaned([Article(i, text) for i, text in enumerate(FAMILY)]), chunk=0).articles
    hits = Counter()
    for row in shared_keys(fingerprints, fingerprints, near=0.8).to_pylist():
        hits[row["later"] - len(FAMILY), row["earlier"]] += row["kind"] == BAND
    pairs = [pair for pair in combinations(range(len(FAMILY)), 2) if len(FAMILY[pair[1]]) > 20]
    alike = [(x, k) for x, k in pairs if oracle.scores(FAMILY[x], FAMILY[k])[0] >= 0.8]
    assert 100 < len(alike) < len(pairs) - 100
    assert min(hits[pair] for pair in alike) >= least_bands(0.8)


@given(IN_ORDER, st.sampled_from([0, 0, 3]), st.sets(st.integers(1, 13)))
def test_in_batches_in_order_of_publication_the_same_is_kept(
    articles: list[Article], days: int, cuts: set[int]
) -> None:
    some = MatchSettings(contained=1.0, days=days)
    whole = match(articles, some)
    ordered = sorted(articles, key=lambda x: (x.day is None, x.day or 0, x.name))
    bounds = sorted({0, len(ordered), *(cut for cut in cuts if cut < len(ordered))})
    before, kept, copies = None, set(), {}
    for start, end in pairwise(bounds):
        before = match(ordered[start:end], some, before)
        kept |= before.kept
        copies |= before.copies
    assert (kept, copies) == (whole.kept, whole.copies)


def test_an_article_of_an_earlier_batch_stays_though_a_longer_one_holds_it() -> None:
    part, whole = Article(1, story(1), day=1), Article(2, story(1) + "\n\n" + story(2, 9), day=2)
    together = match([part, whole], MatchSettings())
    assert together.copies == {part.name: (whole.name, "contained", *oracle.scores(part.text, whole.text))}
    first = match([part], MatchSettings())
    later = match([whole], MatchSettings(), first)
    assert later.copies == {}
    assert [(row["article"], row["of"], row["relation"]) for row in later.related] == [
        (part.name, whole.name, "contained")
    ]


def test_copies_of_a_part_are_decided_again() -> None:
    words = story(1).replace(".", "").split()
    part, twin = Article(1, " ".join(words), day=1), Article(2, " ".join(words).upper(), day=2)
    own = Article(3, swapped(words, {3: "alpha", 60: "beta"}), day=3)  # no part of the whole
    whole = Article(4, " ".join([*words, *story(2, 9).split()]), day=4)
    result = match([part, twin, own, whole], MatchSettings(contained=0.95))
    assert {name: copy[:2] for name, copy in result.copies.items()} == {
        part.name: (whole.name, "contained"),
        twin.name: (whole.name, "contained"),
    }
    assert result.kept == {own.name, whole.name}


def test_a_part_whose_whole_goes_is_decided_again_but_not_against_itself() -> None:
    words = story(1).replace(".", "").split()
    whole = f"{story(1)}\n\n{' '.join(story(51).split()[:75])}"
    edited = swapped(words, {40: "Ellen", 41: "Brandt"})
    first = {"day": 2, "outlet": "a.example", "url": "https://a.example/1"}
    articles = [
        Article(0, " ".join(words[15:]), **first),
        Article(1, whole, outlet="b.example", url="https://b.example/2"),
        Article(2, whole, url="https://a.example/1"),
        Article(3, edited, url="https://b.example/2"),
    ]
    expected = oracle.decide(articles, MatchSettings())
    result = match(articles, MatchSettings())
    assert result.copies == expected.copies
    assert all(name != copy[0] for name, copy in result.copies.items())


class Blowup(AssertionError):
    """More pairs than grow with the number of articles."""


def flood(texts: list[str]) -> tuple[Result, int]:
    """Decide on 3,000 articles of one outlet and day; return how many pairs were looked at, too."""
    pairs = 0
    find = candidates.pair_up

    def counted(shared: candidates.Shared, rows: np.ndarray) -> tuple[pa.Table, np.ndarray]:
        nonlocal pairs
        found = find(shared, rows)
        pairs += found[0].num_rows
        if pairs > 200 * len(texts):
            raise Blowup(f"{pairs} pairs of {len(texts)} articles")
        return found

    with mock.patch.object(candidates, "pair_up", counted):
        articles = [Article(i, text, day=1, outlet="a.example") for i, text in enumerate(texts)]
        return match(articles, MatchSettings()), pairs


LONG = [f"{VOCABULARY[i % 10]}{i // 10}" for i in range(300)]


def test_a_flood_of_one_text_is_one_article() -> None:
    result, _ = flood([story(1)] * 3000)
    assert result.kept == {Article(0, "").name}
    assert {copy[:2] for copy in result.copies.values()} == {(Article(0, "").name, "exact")}


def test_a_flood_of_one_text_with_a_word_changed_is_one_article() -> None:
    result, _ = flood([swapped(LONG, {7 * i % 300: f"{VOCABULARY[i % 10]}er"}) for i in range(3000)])
    assert result.kept == {Article(0, "").name}
    assert {copy[0] for copy in result.copies.values()} == {Article(0, "").name}
    assert {copy[1] for copy in result.copies.values()} <= {"near", "exact"}
