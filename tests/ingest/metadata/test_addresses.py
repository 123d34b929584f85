"""One article has one address, and two never share one."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.metadata.addresses import canonical_url, outlet


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Www.Example.COM:443/A/b?utm_source=x&b=2&a=1#frag", "https://example.com/A/b?a=1&b=2"),
        ("http://example.com/", "http://example.com"),
        ("http://example.com?utm_campaign=x", "http://example.com"),
        ("http://example.com:80/a/", "http://example.com/a"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://user:word@example.com/a", "https://example.com/a"),
        ("https://example.com/story?page=2&fbclid=abc", "https://example.com/story?page=2"),
        ("https://example.com/a?x=1&amp;y=2", "https://example.com/a?x=1&y=2"),
        ("https://example.com//a/./b/../c//", "https://example.com/a/c"),
        ("https://example.com/%7euser/%41%2f%e4", "https://example.com/~user/A%2F%E4"),
        ("https://example.com/文?q=ü é", "https://example.com/%E6%96%87?q=%C3%BC%20%C3%A9"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://example.com/a;jsessionid=1F2E", "https://example.com/a"),
        ("https://Bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://faß.example/a", "https://xn--fa-hia.example/a"),  # not fass: that is another domain
        ("https://example.com/#!/article/5", "https://example.com/#!/article/5"),
        ("https://example.com/#/article/5", "https://example.com/#/article/5"),
        ("https://example.com/a#!", "https://example.com/a"),
        ("http://[2001:DB8:0::1]:80/a", "http://[2001:db8::1]/a"),
        (" https://example.com/a\n", "https://example.com/a"),
        ("https://www.gov.uk/a", "https://gov.uk/a"),
        ("https://m.example.com/a", "https://m.example.com/a"),  # its numbers may be its own
        ("not a url", None),
        ("example.com/a", None),
        ("//example.com/a", None),
        ("http://[::1", None),
        ("http://", None),
        ("http://example.com:99999/", None),
        ("http://exam ple.com/", None),
        ("mailto:desk@example.com", None),
        ("javascript:alert(1)", None),
        ("http://example.com/\ud800", None),
        ("", None),
        (None, None),
    ],
)
def test_canonical_urls(url: str | None, expected: str | None) -> None:
    assert canonical_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://amp.example.com/2026/road-closed",
        "https://example.com/2026/road-closed/amp",
        "https://example.com/2026/road-closed/amp/",
        "https://example.com/2026/road-closed.amp",
        "https://example.com/amp/2026/road-closed",
        "https://example.com/2026/road-closed?amp",
        "https://example.com/2026/road-closed?amp=1&utm_source=x",
        "https://example.com/2026/road-closed?outputType=amp",
        "https://example-com.cdn.ampproject.org/c/s/www.example.com/2026/road-closed/amp?amp_js_v=0.1&usqp=m",
        "https://cdn.ampproject.org/v/s/example.com/2026/road-closed",
        "https://www.google.com/amp/s/example.com/2026/road-closed",
        "https://www.google.co.uk/amp/s/amp.example.com/2026/road-closed%3Famp=1",
        "https://www.bing-amp.com/c/s/example.com/2026/road-closed",
    ],
)
def test_a_page_made_for_amp_has_the_address_of_its_article(url: str) -> None:
    assert canonical_url(url) == "https://example.com/2026/road-closed"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/wiki/amp",
        "https://example.com/amp/news",
        "https://amp.dev/about",
        "https://amp.co.uk/about",
        "https://example.com/a?amp=12345",
        "https://example.com/a?output=pdf",
        "https://google.com/amp/about",
    ],
)
def test_amp_is_also_a_word(url: str) -> None:
    assert canonical_url(url) == url


MEANINGFUL = "id p cid eid uid ref source session article story page aid sid gl item from mod tid"
PLACES = (
    "https://example.com/?{}={}",
    "https://example.com/index.php?utm_id=1&{}={}",
    "https://example.com/?{1}",
)
PIECES = """
    a A-b 1 0 _ ~ : ; = @ + \\ [ ] ü 文 % %41 %2e %3F / // .. . ? & &amp; amp; amp /amp .amp .html # #! !
    utm_x=1 id=2 ref=rss :80 www. amp. http:// x.org /c/s/
"""
BEGINNINGS = """
    https:// http://example.com https://www.example.com/ https://www.google.com/amp/s/ https://amp.
    https://x.cdn.ampproject.org/c/s/ https://user@
"""


@given(
    name=st.sampled_from(MEANINGFUL.split()),
    numbers=st.lists(st.integers(1, 10**6), min_size=2, max_size=2, unique=True),
    place=st.sampled_from(PLACES),
)
def test_articles_with_numbers_of_their_own_never_share_an_address(
    name: str, numbers: list[int], place: str
) -> None:
    one, other = (canonical_url(place.format(name, number)) for number in numbers)
    assert one != other


odd = st.lists(st.sampled_from([" ", *PIECES.split()]), max_size=12).map("".join)
begins = st.sampled_from(["", *BEGINNINGS.split()])


@given(begin=begins, url=odd | st.text())
def test_a_canonical_url_is_its_own_or_null_and_never_an_exception(begin: str, url: str) -> None:
    canonical = canonical_url(begin + url)
    if canonical is not None:
        assert canonical_url(canonical) == canonical
        assert canonical.isascii()
        assert urlsplit(canonical).scheme in ("http", "https")
        assert outlet(None, default=None, url=canonical)


paths = st.from_regex(r"(/[a-z0-9-]{1,8}){1,3}", fullmatch=True).filter(lambda path: "amp" not in path)
values = st.from_regex(r"[b-z0-9]{1,4}", fullmatch=True)


@given(path=paths, query=st.dictionaries(st.sampled_from(["a", "page", "q"]), values))
def test_variants_of_an_address_are_one(path: str, query: dict[str, str]) -> None:
    pairs = "&".join(f"{key}={value}" for key, value in query.items())
    turned = "&".join(f"{key}={value}" for key, value in reversed(query.items()))
    canonical = canonical_url(f"https://example.com{path}?{pairs}")
    for variant in (
        f"https://EXAMPLE.com{path}?utm_medium=mail&{pairs}#top",
        f"https://www.example.com:443{path}/?{turned}&fbclid=X",
        f"https://example.com{path}?{pairs}&source=rss&amp",
    ):
        assert canonical_url(variant) == canonical
    parts = urlsplit(canonical or "")
    assert parts.path == path
    assert sorted(filter(None, parts.query.split("&"))) == sorted(filter(None, pairs.split("&")))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.example.com/a", "example.com"),
        ("https://news.bbc.co.uk/a", "bbc.co.uk"),
        ("https://a.b.example.com.au/a", "example.com.au"),
        ("https://one.blogspot.com/a", "one.blogspot.com"),
        ("https://two.blogspot.co.uk/a", "two.blogspot.co.uk"),
        ("https://one.github.io/a", "one.github.io"),
        ("https://one.wordpress.com/a", "one.wordpress.com"),
        ("https://www.tumblr.com/a", "tumblr.com"),
        ("https://www.gov.uk/a", "gov.uk"),
        ("https://xn--bcher-kva.example/a", "bücher.example"),
        ("http://192.0.2.7/a", "192.0.2.7"),
        ("http://[2001:db8::1]/a", "2001:db8::1"),
        ("http://localhost:8000/a", "localhost"),
    ],
)
def test_the_outlet_of_an_address_is_its_registrable_domain(url: str, expected: str) -> None:
    assert outlet(None, default=None, url=canonical_url(url)) == expected


def test_the_outlet_is_given_or_the_source_s_or_the_domain() -> None:
    url = "https://example.com/a"
    assert outlet(" The Example ", default="d", url=url) == "The Example"
    assert outlet(" ", default="d", url=url) == "d"
    assert outlet(None, default=None, url=url) == "example.com"
    assert outlet(None, default=None, url=None) is None
