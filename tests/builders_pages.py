"""Made-up pages as sites make them: an article amid all that stands around one."""

from __future__ import annotations

from html import escape

PARAGRAPHS = (
    "The last ferry of the year left the harbour at noon, with forty passengers and a dog on board.",
    "Nobody on the pier would say when the next one is due, though the company has promised a timetable.",
    "“We have waited for eleven years, and can wait for another,” the harbour master told the council.",
    "The council meets again in March, and the ferries are the third item on its list of forty.",
)
TITLE = "The last ferry of the year leaves the old harbour"
STANDFIRST = "Forty passengers and a dog went with it, and nobody knows about the next one"
CAPTION = "The ferry at the pier on Sunday morning, half an hour before it left."
RELATED = ("Who pays for the new harbour wall", "Seven islands to see before winter", "Why gulls steal chips")
LINK = "Read what the captains say about the plan"
TWEET = "I shall miss that boat more than I can say, and so will the dog."

HEAD = """<html lang="en-GB"><head><title>{title} - The Example</title>
<link rel="canonical" href="https://example.com/{title}">
<meta name="author" content="Ann Lee"><meta property="og:title" content="{title}">
<meta property="article:published_time" content="2026-11-20T06:30:00+02:00"></head>"""


def paragraphs(texts: tuple[str, ...]) -> str:
    return "\n".join(f"<p>{escape(text)}</p>" for text in texts)


def full_page(body: str | None = None, *, head: str = "") -> str:
    """Return a page with an article, or other markup in its place, and what sites put around it."""
    related = "".join(f'<li><a href="/{number}">{text}</a></li>' for number, text in enumerate(RELATED))
    article = paragraphs(PARAGRAPHS) if body is None else body
    return f"""<!DOCTYPE html>
<html lang="en"><head><title>{TITLE} | The Harbour Gazette</title>{head}
<script>var page = "<p>No text at all, however long it may be and however well it ends.</p>";</script>
<style>p {{ color: black }}</style></head>
<body><header><a href="/">The Harbour Gazette</a></header>
<nav><ul><li><a href="/news">News</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<main><article><h1>{TITLE}</h1><h2>{STANDFIRST}</h2>
<figure><img src="ferry.jpg" alt="A ferry"><figcaption>{CAPTION}</figcaption></figure>
<div class="article-body">{article}</div></article>
<aside><h3>More stories</h3><ul>{related}</ul></aside></main>
<footer><p>Copyright of the Harbour Gazette, all rights reserved in all countries of the world.</p></footer>
</body></html>"""
