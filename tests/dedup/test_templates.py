from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pyarrow as pa
from builders import record, records, sentence, story
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import templates
from dedup.cleaning import clean
from dedup.fingerprints import fingerprint
from dedup.templates import Before, Field
from dedup.withdrawal import put_back, withdraw
from ingest.patterns import Rules

NO_RULES = Rules((), (), "")
LABELS = ["Harbour letters", "From the quay", "Ferries and piers", "Tides", "On board today", "Sails"]
NOTICE = "Sign up for the letters of the ferry desk, which come before each ferry leaves for the north."


def nothing(articles: int) -> Before:
    def none(keys: object) -> np.ndarray:
        return np.full(len(keys), -1)  # type: ignore[arg-type]

    zero = np.zeros(articles, np.int64)
    return Before(
        places=lambda keys: (np.zeros(len(keys), np.int64), none(keys)),
        titles=none,
        articles=zero,
    )


def cleaned(*texts: str, outlets: list[str] | None = None, titles: list[str] | None = None) -> pa.Table:
    rows = [
        record(
            text,
            article_id=f"{number:032x}",
            outlet=outlets[number] if outlets else "example.com",
            title=titles[number] if titles else None,
        )
        for number, text in enumerate(texts)
    ]
    return clean(records(*rows), NO_RULES)


def learnt(articles: pa.Table, *, witnesses: list[bool] | None = None) -> pa.Table:
    made = fingerprint(articles, chunk=0)
    names = articles["outlet"].to_pylist()
    numbers = sorted({*names}, key=str)
    field = Field(
        np.array([numbers.index(name) for name in names], np.int64),
        made.articles["title_key"].to_numpy(),
        np.array(witnesses or [True] * len(names), np.bool_),
    )
    lines = made.lines.append_column("article", made.lines["row"].cast(pa.int64()))
    found = templates.find(lines.combine_chunks(), field, nothing(len(numbers)))
    some = lines.take(found["line"])
    dates = articles["published_at"].take(pa.array(np.maximum(found["first"].to_numpy(), 0)))
    columns = {name: some[name] for name in ("row", "start", "end", "form", "dated")}
    told = {name: found[name] for name in ("frequency", "articles", "is_title")}
    outlets = articles["outlet"].take(some["row"])
    return pa.table({**columns, **told, "outlet": outlets, "first": dates})


def taken(*texts: str, **given: list[str]) -> list[list[str]]:
    """The lines that templates take out of each text."""
    one = cleaned(*texts, **given)
    _, removals = withdraw(one.articles, one.removals, learnt(one.articles))
    out: list[list[str]] = [[] for _ in texts]
    for row in removals.to_pylist():
        if row["layer"] == "template":
            out[row["row"]].append(row["text"])
    return out


ARTICLES = st.lists(
    st.tuples(st.sampled_from(["a.org", "b.org", "c.org"]), st.sets(st.integers(0, 5))), max_size=12
)


@settings(deadline=None, max_examples=25)
@given(ARTICLES)
def test_a_label_goes_where_articles_enough_of_its_outlet_have_it(made: list[tuple[str, set[int]]]) -> None:
    texts = [
        "\n\n".join([story(number, 3), *(LABELS[label] for label in sorted(labels))])
        for number, (_, labels) in enumerate(made)
    ]
    count: dict[str, int] = defaultdict(int)
    have: dict[tuple[str, int], int] = defaultdict(int)
    for outlet, labels in made:
        count[outlet] += 1
        for label in labels:
            have[outlet, label] += 1
    expected = []
    for outlet, labels in made:
        least = max(templates.LEAST, templates.SHARE * count[outlet])
        mine = [label for label in sorted(labels) if have[outlet, label] >= least]
        expected.append([LABELS[label] for label in mine] if 3 * len(mine) >= 2 * len(labels) else [])
    assert taken(*texts, outlets=[outlet for outlet, _ in made]) == expected


def test_of_dates_the_form_counts_and_of_figures_the_value() -> None:
    for dates in (
        ["4 March 2024 at 10:30", "17 May 2023 at 08:15", "1 June 2021 at 22:01"],
        ["10:42", "9:15", "8:01"],
    ):
        assert taken(*(f"{story(i, 3)}\n\n{one}" for i, one in enumerate(dates))) == [[one] for one in dates]
    for facts in (
        ["Room G20", "Room G21", "Room G22"],
        ["Deaths: 12", "Deaths: 240", "Deaths: 31"],
        ["Port Ashby 3 Northgate 2", "Port Ashby 2 Northgate 1", "Port Ashby 1 Northgate 0"],
        ["Next meeting on 4 March 2024", "Next meeting on 5 May 2024", "Next meeting on 8 June 2024"],
        ["Verdict: guilty"] * 3,
    ):
        assert taken(*(f"{story(i, 3)}\n\n{one}" for i, one in enumerate(facts))) == [[]] * 3


def test_slightly_varied_notices_count_as_one() -> None:
    more = "It takes letters of your friends, too, from Monday to Saturday, but none on Sunday or holidays."
    words = f"{NOTICE} {more}".split()
    varied = [" ".join([*words[:at], "really", *words[at:]]) for at in range(2, 32, 3)]
    assert taken(*(f"{story(i, 9)}\n\n{one}" for i, one in enumerate(varied))) == [[one] for one in varied]


def test_however_many_vary_a_line_all_of_them_go() -> None:
    words = ["letters", "tides", "songs", "ropes", "knots", "sails", "maps", "bells", "piers", "boats"]
    ends = [
        f"Follow the harbour on all its ways and never miss a single story about {word}" for word in words
    ]
    texts = [f"{story(i, 4)}\n\n{ends[i % 10]} and more" for i in range(120)]
    assert sum(map(len, taken(*texts))) > 100
    one_each = [
        f"{story(i, 4)}\n\nFollow the harbour on all its ways and never miss a story on pier{i}"
        for i in range(120)
    ]
    assert sum(map(len, taken(*one_each))) > 100


def test_sentences_that_say_nothing_of_the_site_stay_however_often_they_come() -> None:
    real = [
        "The investigation continues.",
        sentence(7, 20),
        "He was 87.",
        "“You cannot drown in a harbour,” she said.",
    ]
    real += [
        "He told a passenger that you cannot drown in a harbour, and denies it to this day at every turn."
    ]
    real += ["Die Taucher suchten die Männer im Hafen, nachdem sie vergeblich um Hilfe gerufen hatten."]
    for one in real:
        assert taken(*(f"{story(i, 4)}\n\n{one}" for i in range(8))) == [[]] * 8


def test_in_the_midst_of_prose_a_box_goes_if_all_of_it_recurs_and_a_heading_stays() -> None:
    def texts(count: int, box: str) -> list[str]:
        return [f"{story(2 * i, 3)}\n\n{box}\n\n{story(2 * i + 1, 3)}" for i in range(count)]

    box = ["Harbour letters", "Ropes and knots"]
    assert taken(*texts(4, "\n\n".join(box))) == [[]] * 4
    assert taken(*texts(5, "\n\n".join(box))) == [box] * 5
    assert taken(*texts(5, "The background")) == [[]] * 5
    alone = [story(100 + i, 6) for i in range(6)]
    assert taken(*texts(5, "\n\n".join(box)), *alone) == [[]] * 11


def test_what_few_articles_of_many_have_is_their_own() -> None:
    letters = [f"{story(i, 3)}\n\nSincerely yours" for i in range(3)]
    others = [story(100 + i, 3) for i in range(13)]
    assert taken(*letters, *others[:12]) == [["Sincerely yours"]] * 3 + [[]] * 12
    assert taken(*letters, *others) == [[]] * 16


def test_lines_that_lead_in_stay() -> None:
    for one, gone in (("The text of the letter is below:", []), ("Contact:", ["Contact:"])):
        assert taken(*(f"{story(i, 3)}\n\n{one}" for i in range(4))) == [gone] * 4


def test_lists_that_authors_make_stay() -> None:
    lists = ["Salt\n\nOlive oil\n\nLemons", "Salt\n\nBread\n\nTwo onions", "Salt\n\nRice\n\nFresh peas"]
    assert taken(*(f"{story(i, 3)}\n\n{one}" for i, one in enumerate(lists))) == [[], [], []]
    amounts = "2 cups of flour\n\n1 pinch of salt"
    assert taken(*(f"{story(i, 3)}\n\n{amounts}" for i in range(5))) == [[]] * 5


def test_quotations_corrections_and_articles_without_prose_are_left_alone() -> None:
    for one in ("“We sail with you at dawn”", "Correction: we had the wrong year for you, and changed it."):
        assert taken(*(f"{story(i, 3)}\n\n{one}" for i in range(5))) == [[]] * 5
    assert taken(*("Harbour letters\n\nFrom the quay" for _ in range(5))) == [[]] * 5


def test_copies_and_relatives_are_no_witnesses() -> None:
    one = cleaned(*(f"{story(i, 3)}\n\nHarbour letters" for i in range(3)))
    assert learnt(one.articles).num_rows == 3
    assert learnt(one.articles, witnesses=[True, False, False]).num_rows == 0


def test_a_line_that_is_the_title_of_another_article_is_a_link_to_it() -> None:
    titles = [
        "The ferry leaves without its captain",
        "Harbour music will play on Sunday",
        "Piers are painted",
    ]
    texts = [
        f"{story(0, 3)}\n\nRead on: {titles[1]}\n\n{story(10, 2)}",
        f"{story(1, 3)}\n\n{titles[0]}",
        f"{story(2, 3)}\n\nA line that is no title of any",
    ]
    assert taken(*texts, titles=titles) == [[f"Read on: {titles[1]}"], [titles[0]], []]
    assert taken(*texts, titles=titles, outlets=["a.org", "b.org", "c.org"]) == [[], [], []]


TAILS = st.lists(st.lists(st.sampled_from([*LABELS, NOTICE, "“Quoted”"]), max_size=4), min_size=2, max_size=6)


@settings(deadline=None, max_examples=25)
@given(TAILS)
def test_every_character_is_in_the_text_or_in_one_removal_and_comes_back(tails: list[list[str]]) -> None:
    texts = ["\n \n".join([story(i, 4), *lines]) for i, lines in enumerate(tails)]
    before = cleaned(*texts)
    articles, removals = withdraw(before.articles, before.removals, learnt(before.articles))
    for row, article in enumerate(articles.to_pylist()):
        spans = [(one["start"], one["end"]) for one in article["paragraph_spans"]]
        gone = [one for one in removals.to_pylist() if one["row"] == row]
        both = sorted([*spans, *((one["start"], one["end"]) for one in gone)])
        assert all(one[1] <= other[0] for one, other in pairwise(both))
        whole = article["extracted"]
        assert (
            "".join(whole[start:end] for start, end in both).split()
            == "".join(part for part in whole.split("\n") if part.strip()).split()
        )
        assert [whole[start:end] for start, end in spans] == article["text"].split("\n\n")
        assert all(whole[one["start"] : one["end"]] == one["text"] for one in gone)
        assert article["word_count"] == len(article["text"].split())
    named = removals.append_column("article_id", articles["article_id"].take(removals["row"]))
    own = named.filter(pa.compute.equal(named["layer"], "template"))
    assert (
        put_back(articles, own)
        .select(["text", "content_id", "paragraph_spans"])
        .equals(before.articles.select(["text", "content_id", "paragraph_spans"]))
    )


def test_where_too_much_prose_would_go_all_of_it_stays_and_is_marked() -> None:
    texts = [f"{sentence(i, 24)}\n\n{NOTICE}" for i in range(4)]
    assert taken(*texts) == [[]] * 4
    one = cleaned(*texts)
    articles, _ = withdraw(one.articles, one.removals, learnt(one.articles))
    assert articles["marks"].to_pylist() == [["review"]] * 4
