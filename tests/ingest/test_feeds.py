"""A feed gives each of its items once, in the words of the item, and a broken one costs no neighbour."""

from __future__ import annotations

import gzip
import io
import time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

import storage
from ingest.formats import Fault, Passed, Raw, open_records
from ingest.formats.feeds import read_feed
from tests.builders import story
from tests.running import run

LIMIT = 1 << 20
RSS = (
    '<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<channel><title>The Example</title><language>en-GB</language>{items}</channel></rss>"
)


def rss(*items: str, encoding: str = "utf-8") -> bytes:
    return RSS.format(encoding=encoding, items="\n".join(items)).encode(encoding)


def item(number: int) -> str:
    return f"<item><guid>{number}</guid><description>Story {number} has some words.</description></item>"


def read(content: bytes, *, name: str = "a.rss", limit: int = LIMIT) -> list[Raw | Fault | Passed]:
    return list(open_records(Path(name), io.BytesIO(content), limit=limit))


def fields(content: bytes) -> dict[str, Any]:
    (found,) = read(content)
    assert isinstance(found, Raw), found
    return dict(found.fields)


def outcomes(content: bytes, **options: Any) -> list[Any]:
    return [
        one.fields["id"] if isinstance(one, Raw) else one.reason
        for one in read(content, **options)
        if not isinstance(one, Passed)
    ]


def test_rss_2() -> None:
    found = fields(
        rss(
            """<item><title>Johnson &amp;amp; &lt;b&gt;Sons&lt;/b&gt; &#8211; sold</title>
            <link> https://example.com/1?a=1&b=2 </link><guid isPermaLink="false">tag:1</guid>
            <dc:creator>Ann Lee</dc:creator><dc:creator>Bo Diaz</dc:creator>
            <pubDate>Fri, 20 Nov 2026 06:30:00 +0200</pubDate><description>A teaser.</description>
            <content:encoded><![CDATA[<p>It was <b>sold</b> for 5&nbsp;&euro;.</p>
            <ul><li>One</li><li>Two</li></ul>
            <p>Line<br>break</p><script>track()</script></item>]]></content:encoded></item>"""
        )
    )
    assert found == {
        "id": "tag:1",
        "url": "https://example.com/1?a=1&b=2",
        "title": "Johnson & Sons – sold",
        "authors": ["Ann Lee", "Bo Diaz"],
        "published_at": "Fri, 20 Nov 2026 06:30:00 +0200",
        "language": "en-GB",
        "text": "It was sold for 5\xa0€.\n\nOne\n\nTwo\n\nLine\nbreak",
    }


def test_rss_1() -> None:
    content = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:d="http://purl.org/dc/elements/1.1/"><channel><items><rdf:Seq><rdf:li/></rdf:Seq></items></channel>
        <item rdf:about="https://example.com/1"><title>T</title><d:date>2026-11-20</d:date><d:language>fr</d:language>
        <description>Two words</description></item></rdf:RDF>"""
    assert fields(content) == {
        "url": "https://example.com/1",
        "title": "T",
        "published_at": "2026-11-20",
        "language": "fr",
        "text": "Two words",
    }


@pytest.mark.parametrize("prefix", ["", "a:"])
def test_atom(prefix: str) -> None:
    content = """<f:feed xmlns{colon}="http://www.w3.org/2005/Atom" xml:lang="de"><f:entry><f:id>urn:1</f:id>
        <f:title type="html">Wer &lt;i&gt;hat&lt;/i&gt; &amp;lt;b&amp;gt;?</f:title>
        <f:link rel="self" href="https://e.com/x"/><f:link href="https://example.com/1"/><f:updated>2026-11-21T00:00:00Z</f:updated>
        <f:published>2026-11-20T06:30:00Z</f:published><f:author><f:name>Ann Lee</f:name>
        <f:email>a@e.com</f:email></f:author><f:summary>kurz</f:summary><f:content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
        <p>Guten <em>Tag</em>.</p><p>Auch.</p></div></f:content></f:entry></f:feed>"""
    content = content.replace("f:", prefix).replace("{colon}", f":{prefix[:-1]}" if prefix else "")
    assert fields(content.encode()) == {
        "id": "urn:1",
        "url": "https://example.com/1",
        "title": "Wer hat <b>?",
        "authors": ["Ann Lee"],
        "published_at": "2026-11-20T06:30:00Z",
        "language": "de",
        "text": "Guten Tag.\n\nAuch.",
    }


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<content:encoded> </content:encoded><description>Short.</description>", "Short."),
        ("<description>&lt;p&gt;AT&amp;amp;T&lt;/p&gt;&lt;p&gt;b&lt;/p&gt;</description>", "AT&T\n\nb"),
        ("<description>One\n\nTwo &amp;copy;</description>", "One\n\nTwo ©"),
        ("<description>AT&T and a & b&nbsp;&hellip;</description>", "AT&T and a & b\xa0…"),
        ("<description><p>bare <i>tags</i></p><p>b</p></description>", "bare tags\n\nb"),
        ("<description>a\x0bb</description>", "ab"),
        ("<description><![CDATA[a & b <br/>c]]></description>", "a & b\nc"),
        ("<media:description>no</media:description><description>yes</description>", "yes"),
        ('<content src="https://e.com/x" type="image/png"/><summary>yes</summary>', "yes"),
        ('<content type="text">1 &lt; 2 <![CDATA[<b>]]></content>', "1 < 2 <b>"),
    ],
)
def test_what_the_text_of_an_item_is(inside: str, text: str) -> None:
    assert fields(rss(f"<item>{inside}</item>"))["text"] == text


@pytest.mark.parametrize(
    ("inside", "url"),
    [
        ("<guid>https://example.com/1</guid>", "https://example.com/1"),
        ('<guid isPermaLink="false">https://example.com/1</guid>', None),
        ("<guid>7</guid>", None),
        ("<guid>https://e.com/2</guid><link>https://example.com/1</link>", "https://example.com/1"),
    ],
)
def test_the_address_of_an_item(inside: str, url: str | None) -> None:
    assert fields(rss(f"<item>{inside}</item>")).get("url") == url


@pytest.mark.parametrize(
    ("author", "names"),
    [("ann@example.com (Ann Lee)", ["Ann Lee"]), ("ann@example.com", None), ("Ann Lee", ["Ann Lee"])],
)
def test_the_author_of_an_item(author: str, names: list[str] | None) -> None:
    assert fields(rss(f"<item><author>{author}</author></item>")).get("authors") == names


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("<item><guid>2</guid><description>no end", "malformed"),
        ("<item><guid>2</guid><title>no end</item>", "malformed"),
        ("<item><guid>2</guid><description>&notdefined;</description></item>", "malformed"),
        ("<item>" + "<a>" * 10_000 + "</a>" * 10_000 + "</item>", "malformed"),
        ("<item><description>" + "&lt;div&gt;" * 10_000 + "x</description></item>", "malformed"),
        ("<item><description>" + "x" * LIMIT + "</description></item>", "too_large"),
    ],
)
def test_a_broken_item_costs_no_neighbour(broken: str, reason: str) -> None:
    found = read(rss(item(1), broken, item(3)))
    assert [one.part for one in found] == ["#1", "#2", "#3"]
    assert outcomes(rss(item(1), broken, item(3))) == ["1", reason, "3"]


def test_an_empty_item_and_items_in_comments_and_cdata() -> None:
    content = rss("<!-- <item> -->", "<item/>", "<copyright><![CDATA[<item>]]></copyright>", item(1))
    assert [dict(one.fields).get("id") for one in read(content) if isinstance(one, Raw)] == [None, "1"]


def test_a_bomb_of_entities_does_not_go_off() -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    bomb = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{entities}]><rss>{item(1)}<item>&e12;</item></rss>'
    external = (
        '<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]><rss><item><title>&e;</title></item></rss>'
    )
    begun = time.process_time()
    assert outcomes(bomb.encode()) == ["1", "malformed"]
    assert outcomes(external.encode()) == ["malformed"]
    assert time.process_time() - begun < 1


MANY = 200_000
SLOW = {
    "attributes of HTML": "<item><description>&lt;p "
    + " ".join(f"a{n}=1" for n in range(MANY))
    + "&gt;x</description></item>",
    "attributes of XML": "<item><p " + " ".join(f"a{n}='1'" for n in range(MANY)) + "/></item>",
    "pieces": "<item><title>" + "<![CDATA[x]]>&" * MANY + "</title></item>",
    "prefixes": "<item>" + "".join(f"<p{n}:a/>" for n in range(MANY)) + "</item>",
    "entities": "<item><title>" + "&nbsp;" * MANY + "</title></item>",
    "tags": "<item><description>" + "&lt;p&gt;" * MANY + "</description></item>",
    "ends": "<item><title>" + "]]>" * MANY + "-->" * MANY + "</title></item>",
}


@pytest.mark.parametrize("slow", list(SLOW))
def test_an_item_made_to_take_long_does_not(slow: str) -> None:
    begun = time.process_time()
    found = read(rss(SLOW[slow], item(2)), limit=16 << 20)
    assert time.process_time() - begun < 10  # each takes a second or less; some took minutes
    assert [one.part for one in found] == ["#1", "#2"]


@pytest.mark.parametrize("begin", ["<!--", "<?", "<!DOCTYPE [", "<!DOCTYPE []", "<", "<![CDATA["])
def test_a_head_made_to_take_long_does_not(begin: str) -> None:
    begun = time.process_time()
    (fault,) = read((begin * 20_000).encode(), name="a.xml")
    assert isinstance(fault, Fault)
    assert time.process_time() - begun < 2


def test_an_undefined_prefix_is_no_damage() -> None:
    many = "".join(f"<p{n}:a q{n}:b='1'>x</p{n}:a>" for n in range(20))
    assert fields(rss(f"<item>{many}<description>Yes.</description></item>"))["text"] == "Yes."


@pytest.mark.parametrize("encoding", ["utf-8", "koi8-r", "windows-1251", "utf-16"])
def test_encodings(encoding: str) -> None:
    content = rss("<item><description>Совет решил закрыть дорогу.</description></item>", encoding=encoding)
    assert fields(content)["text"] == "Совет решил закрыть дорогу."


def test_bytes_that_are_no_text_cost_their_item_alone() -> None:
    content = rss(item(1), item(2).replace("words", "BAD"), item(3))
    content = content.replace(b"BAD", b"\xff" + "cafés and cafés and cafés".encode())
    assert outcomes(content) == ["1", "undecodable", "3"]


@pytest.mark.parametrize("name", ["a.rss", "a.rss.gz"])
def test_a_feed_that_breaks_off_gives_what_is_whole_and_one_fault(name: str) -> None:
    items = (f"<item><guid>{n}</guid><description>{escape(story(n))}</description></item>" for n in range(4))
    plain = rss(*items)
    whole = gzip.compress(plain) if name.endswith(".gz") else plain
    for cut in range(len(whole) // 3, len(whole) - 40, len(whole) // 50):
        *before, last = outcomes(whole[:cut], name=name)
        assert before == [str(n) for n in range(len(before))]
        assert last in (str(len(before)), "malformed")


@pytest.mark.parametrize("root", ["urlset", "sitemapindex", "opml"])
def test_lists_of_addresses_are_passed_over(root: str) -> None:
    content = f'<?xml version="1.0"?>\n<!-- <rss> -->\n<{root} xmlns="x"><url><loc>y</loc></url></{root}>'
    assert read(content.encode(), name="sitemap.xml") == [Passed("")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"no markup", "malformed"),
        (b"<nitf><body>An article</body></nitf>", "malformed"),
        (b"<html><body><item>x</item></body></html>", "malformed"),
        (b"<rss><channel></channel></rss>", "empty"),
        (b"\x89PNG\r\n" * 99_999, "malformed"),
    ],
)
def test_what_is_no_feed_is_one_fault(content: bytes, reason: str) -> None:
    (fault,) = read(content, name="a.xml")
    assert isinstance(fault, Fault)
    assert (fault.part, fault.reason) == ("", reason)


@given(size=st.integers(1, 300))
def test_records_do_not_depend_on_where_blocks_end(size: int) -> None:
    content = rss(item(1), "<item><description><![CDATA[</item>]]></description></item>", "<item>", item(2))
    stream = io.BytesIO(content)
    assert list(read_feed(iter(lambda: stream.read(size), b""), LIMIT)) == read(content)


def test_an_item_is_the_same_record_in_another_feed() -> None:
    (one,) = read(rss(item(1)))
    _, other = read(rss(item(2), item(1)).replace(b"The Example", b"Today"))
    assert isinstance(one, Raw)
    assert isinstance(other, Raw)
    assert one.content_hash == other.content_hash


def test_feeds_end_to_end(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    body = escape("".join(f"<p>{part}</p>" for part in story(1).split("\n\n")))
    full = (
        "<item><link>https://www.example.com/1</link><title>Road to close</title>"
        f"<description>{body}</description></item>"
    )
    entry = (
        "<entry><id>urn:2</id><title>Bridge to open</title><published>2026-11-20T06:30:00+02:00</published>"
        f"<content>{escape(story(2))}</content></entry>"
    )
    (tmp_path / "in/a.rss.gz").write_bytes(gzip.compress(rss(full, "<item><title>No text</title></item>")))
    (tmp_path / "in/b.atom").write_text(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>')
    (tmp_path / "in/sitemap.xml").write_text("<urlset></urlset>")
    summary = run(tmp_path / "in", tmp_path / "w")
    assert (summary.inputs, summary.kept, summary.rejected, summary.passed_over) == (3, 2, 1, 1)
    rows = {row["title"]: row for row in storage.read(tmp_path / "w", "articles").to_pylist()}
    assert rows["Road to close"]["text"] == story(1)
    assert rows["Road to close"]["outlet"] == "example.com"
    assert rows["Bridge to open"]["source_id"] == "urn:2"
    assert rows["Bridge to open"]["published_at"].isoformat() == "2026-11-20T04:30:00+00:00"
    (reject,) = storage.read(tmp_path / "w", "rejects").to_pylist()
    assert (reject["reason"], reject["locator"].rpartition("/")[2]) == ("no_text", "a.rss.gz#2")
    assert run(tmp_path / "in", tmp_path / "w").batch_id is None
