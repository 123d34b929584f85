"""Both engines find the article in a page, and neither what stands around it."""

from __future__ import annotations

import warnings
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.settings import ExtractTable
from ingest.pages import engines, extract
from ingest.pages.engines import Engine
from tests.builders_pages import (
    CAPTION,
    LINK,
    PARAGRAPHS,
    RELATED,
    STANDFIRST,
    TITLE,
    TWEET,
    full_page,
    paragraphs,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it imports warns of extras that are not installed
    import trafilatura  # noqa: F401 - here once, instead of in the middle of a test

EACH = pytest.mark.parametrize("engine", engines.BY_NAME.values(), ids=engines.BY_NAME)


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def found(engine: Engine, body: str, *, head: str = "") -> list[str]:
    """Return the lines an engine finds in a full page, title and standfirst aside."""
    return [
        line for line in lines(engine(full_page(body, head=head)).text) if line not in (TITLE, STANDFIRST)
    ]


def test_the_names_of_the_engines_are_those_of_the_settings() -> None:
    assert list(engines.BY_NAME) == list(extract.ENGINES)
    assert get_args(ExtractTable.model_fields["engine"].annotation) == extract.ENGINES
    assert ExtractTable().engine == extract.ENGINES[0]


@EACH
def test_the_article_comes_out_and_nothing_from_around_it(engine: Engine) -> None:
    text = lines(engine(full_page()).text)
    assert [line for line in text if line not in (TITLE, STANDFIRST)] == list(PARAGRAPHS)
    assert not {CAPTION, *RELATED} & {*text}


@EACH
def test_a_standfirst_above_the_text_is_part_of_it(engine: Engine) -> None:
    page = full_page(f"<h2>{STANDFIRST}</h2>{paragraphs(PARAGRAPHS)}")
    assert STANDFIRST in lines(engine(page).text)


@EACH
def test_a_paragraph_that_is_a_link_goes_and_one_that_has_a_link_stays(engine: Engine) -> None:
    link = f'<p><a href="/captains">{LINK}</a></p>'
    linked = (
        "The company <a href='/company'>has promised a timetable</a>, and the council has asked for it twice."
    )
    body = paragraphs(PARAGRAPHS[:2]) + link + f"<p>{linked}</p>" + paragraphs(PARAGRAPHS[2:])
    plain = "The company has promised a timetable, and the council has asked for it twice."
    assert found(engine, body) == [*PARAGRAPHS[:2], plain, *PARAGRAPHS[2:]]


@EACH
def test_a_quoted_post_is_part_of_the_article(engine: Engine) -> None:
    tweet = (
        '<div class="social-embed"><blockquote class="twitter-tweet" data-width="500">'
        f"<p>{TWEET}</p></blockquote></div>"
    )
    text = found(engine, paragraphs(PARAGRAPHS[:2]) + tweet + paragraphs(PARAGRAPHS[2:]))
    assert text == [*PARAGRAPHS[:2], TWEET, *PARAGRAPHS[2:]]


@EACH
def test_headings_and_short_paragraphs_of_the_article_stay(engine: Engine) -> None:
    body = (
        paragraphs(PARAGRAPHS[:2])
        + "<h2>Eleven years</h2>"
        + paragraphs(("“No.”", *PARAGRAPHS[2:]))
        + "<h2>What the council will do in March about all of this</h2>"
        + paragraphs(PARAGRAPHS[:1])
    )
    text = found(engine, body)
    assert "Eleven years" in text
    assert "What the council will do in March about all of this" in text
    assert "“No.”" in text


@EACH
def test_captions_and_credits_are_not_taken_for_text(engine: Engine) -> None:
    caption = (
        f'<div class="image-Caption--large">{CAPTION}</div><div class="photo-credit">Photo: Ann Lee</div>'
    )
    body = paragraphs(PARAGRAPHS[:2]) + caption + paragraphs(PARAGRAPHS[2:])
    assert found(engine, body) == list(PARAGRAPHS)


@EACH
def test_a_class_of_furniture_around_the_whole_article_is_none(engine: Engine) -> None:
    for around in ("body", "article", "div", "section"):
        page = full_page().replace(f"<{around}>", f'<{around} class="has-gallery promo">', 1)
        assert [line for line in lines(engine(page).text) if line != TITLE] == list(PARAGRAPHS)
    untitled = f'<html><body class="no-promo"><div class="promo">{paragraphs(PARAGRAPHS)}</div></body></html>'
    assert lines(engine(untitled).text) == list(PARAGRAPHS)


@EACH
@pytest.mark.parametrize("name", ["article-gallery", "promo__body", "teaser"])
def test_a_class_of_furniture_around_a_short_article_is_none(engine: Engine, name: str) -> None:
    body = paragraphs(PARAGRAPHS[:3])
    assert found(engine, f'<div class="{name}">{body}</div>') == list(PARAGRAPHS[:3])
    apart = body.replace("</p>", "</p><div></div>")
    assert found(engine, f'<div class="{name}">{apart}</div>') == list(PARAGRAPHS[:3])


@EACH
def test_a_list_of_teasers_is_no_article(engine: Engine) -> None:
    teasers = "".join(
        f'<div class="teaser"><h2><a href="/{number}">{LINK}</a></h2><p>{text}</p></div>'
        for number, text in enumerate(PARAGRAPHS)
    )
    assert not {*PARAGRAPHS} & {*found(engine, teasers)}


@EACH
def test_the_first_heading_of_a_text_without_paragraphs_stays(engine: Engine) -> None:
    heading = "What the council will do in March about all of this"
    parts = [f"<div>{text}</div>" for text in PARAGRAPHS]
    body = "".join([*parts[:2], f"<h2>{heading}</h2>", *parts[2:]])
    assert found(engine, body) == [*PARAGRAPHS[:2], heading, *PARAGRAPHS[2:]]


@EACH
def test_markup_in_the_text_is_read_as_browsers_do(engine: Engine) -> None:
    body = "<p>Fish &amp; chips for 5 &lt; 6 pounds,<br>with peas and <b>vine</b>gar.</p>"
    text = " ".join(found(engine, body + paragraphs(PARAGRAPHS)))
    assert text.startswith("Fish & chips for 5 < 6 pounds, with peas and vinegar.")


@EACH
def test_without_paragraphs_the_text_is_found_all_the_same(engine: Engine) -> None:
    body = "".join(f"<div>{text}</div>" for text in PARAGRAPHS)
    assert found(engine, body) == list(PARAGRAPHS)


@EACH
def test_a_page_that_has_its_text_in_its_metadata_alone(engine: Engine) -> None:
    text = "\\n".join(PARAGRAPHS * 2).replace("“", "&ldquo;")
    script = (
        f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{text}"}}</script>'
    )
    assert found(engine, "<p>Please enable scripts.</p>", head=script) == list(PARAGRAPHS * 2)


def test_where_trafilatura_stops_early_the_second_opinion_goes_on() -> None:
    chunk = '<div class="grid"><div class="article-body">{}</div></div><div class="ad">Advertisement</div>'
    more = tuple(f"{text} That was day {number}." for number in range(3) for text in PARAGRAPHS)
    text = found(engines.trafilatura, chunk.format(paragraphs(PARAGRAPHS)) + chunk.format(paragraphs(more)))
    assert [line for line in text if line != "Advertisement"] == [*PARAGRAPHS, *more]


@EACH
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_gives_an_answer(engine: Engine, text: str) -> None:
    assert isinstance(engine(text).text, str)
    assert PARAGRAPHS[0] in engine(full_page(f"<p>{text}</p>{paragraphs(PARAGRAPHS)}")).text or "<" in text


@EACH
def test_no_page_changes_what_comes_out_of_another(engine: Engine) -> None:
    pages = [
        full_page(),
        full_page(paragraphs(PARAGRAPHS[::-1])),
        full_page("<p>Nothing.</p>"),
        "x",
        full_page(),
    ]
    alone = [engine(page) for page in pages]
    assert [engine(page) for page in pages[::-1]] == alone[::-1]
    assert [engine(page) for page in pages * 3] == alone * 3
