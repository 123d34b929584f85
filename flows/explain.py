"""What happened to one article: what was removed from it and why, and what it matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds
from rich.console import Group
from rich.text import Text

from flows.changes import changes
from ingest.metadata.addresses import canonical_url
from storage import read
from storage.manifest import Snapshot, snapshot
from storage.warehouse import open_warehouse

SHOWN = ("outlet", "url", "published_at", "source", "source_id", "locator", "batch_id", "marks", "metadata")
ADDRESSES = ("url", "canonical_url")
AROUND = 120  # characters beside a change


class NotThere(Exception):
    """No article goes by that name."""


def explain(warehouse: str, name: str) -> list[dict[str, Any]]:
    """Find an article by article_id, source_id or URL, and all that is known of it.

    Args:
        warehouse: folder of the warehouse.
        name: the id or URL.

    Returns:
        One account for each article of that name: its columns, `outcome`, `extracted`, `removals`,
        `copied_by`, `relations` (as one or the other of the two), and `changes`: pieces of the kept text
        (`before`) and of this one (`after`), for a copy that is not identical.

    Raises:
        NotThere: no article goes by that name.
        storage.errors.StorageError: there is no such warehouse.
    """
    moment = snapshot(open_warehouse(warehouse))
    where = goes_by(name, ("article_id", "source_id", *ADDRESSES))
    kept = read(moment, "articles", where=where).to_pylist()
    copies = read(moment, "duplicates", where=where).to_pylist()
    accounts = [{**row, "outcome": "kept"} for row in kept] + [
        {**row, "outcome": "duplicate"} for row in copies
    ]
    if not accounts:
        raise NotThere(
            f"{warehouse}: no article has the id or URL {name!r}; "
            "take an article_id, a source_id or a URL from the table articles"
        )
    return [_with_details(moment, account) for account in accounts]


def goes_by(name: str, columns: Sequence[str]) -> ds.Expression:
    """Tell which articles go by a name.

    Args:
        name: an id or URL, as somebody typed it or copied it from a browser.
        columns: columns of `articles` to look for it in.

    Returns:
        What holds of their rows: one of the columns is the name or, for `canonical_url`, its canonical form.
    """
    where = pc.field(columns[0]) == name
    for column in columns[1:]:
        where = where | (pc.field(column) == name)
    canonical = canonical_url(name) if "canonical_url" in columns else None
    return where | (pc.field("canonical_url") == canonical) if canonical else where


def _with_details(moment: Snapshot, account: dict[str, Any]) -> dict[str, Any]:
    def rows(table: str, where: ds.Expression, columns: list[str] | None = None) -> list[dict[str, Any]]:
        return list(read(moment, table, where=where, columns=columns).to_pylist())

    own, of = (
        pc.field("article_id") == account["article_id"],
        pc.field("of_article_id") == account["article_id"],
    )
    return {
        **account,
        "marks": list(account["marks"]),
        "metadata": dict(account["metadata"]),
        "extracted": rows("originals", own)[0]["extracted"],
        "removals": sorted(rows("removals", own), key=lambda row: int(row["start"])),
        "copied_by": rows(
            "duplicates", of, ["article_id", "outlet", "url", "match", "jaccard", "containment"]
        ),
        "relations": rows("relations", own) + rows("relations", of),
        "changes": _changes(moment, account),
    }


def _changes(moment: Snapshot, account: dict[str, Any]) -> list[dict[str, str]]:
    """Return how a copy differs from the kept article: what only that one has, what only this one has."""
    if account["outcome"] == "kept" or account["match"] == "exact":
        return []
    where = pc.field("article_id") == account["of_article_id"]
    [kept] = read(moment, "articles", columns=["text"], where=where)["text"].to_pylist()
    return [asdict(piece) for piece in changes(kept, account["text"])]


# What an article holds is somebody else's: control characters are shown, not sent to the terminal.
_PICTURES = {
    **{code: 0x2400 + code for code in range(32)},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
}
_VISIBLE = {code: picture for code, picture in _PICTURES.items() if chr(code) not in "\t\n\r\x85"}


def as_rich(account: dict[str, Any]) -> Group:
    """Lay an account out for a terminal: facts, matches, then the text with the removed spans marked."""
    lines = [Text(visible(account["title"] or "(no title)"), style="bold")]
    lines.append(Text(f"article_id {account['article_id']}"))
    lines += [
        Text(visible(f"{name} {_plain(account[name])}"), style="dim") for name in SHOWN if account[name]
    ]
    lines.append(_verdict(account))
    lines += [
        Text(
            visible(
                f"copy: {copy['article_id']} ({copy['match']}, Jaccard {copy['jaccard']:.3f}) {copy['url']}"
            )
        )
        for copy in account["copied_by"]
    ]
    lines += [_related(account["article_id"], row) for row in account["relations"]]
    lines.append(Text(f"{len(account['removals'])} spans removed, marked [-...-] below\n"))
    lines.append(_marked(visible(account["extracted"]), account["removals"]))
    if account["changes"]:
        lines.append(Text("\nAgainst the kept article: [-only there-] {+only here+}\n"))
        lines.append(_changed(account["changes"]))
    return Group(*lines)


def visible(text: str) -> str:
    """Return a text with a picture in place of every control character, one for one."""
    return text.translate(_VISIBLE)


def _verdict(account: dict[str, Any]) -> Text:
    if account["outcome"] == "kept":
        return Text("kept", style="green")
    where = "an earlier batch" if account["in_history"] else "the same batch"
    return Text(
        f"duplicate ({account['match']}, Jaccard {account['jaccard']:.3f}, containment "
        f"{account['containment']:.3f}) of {account['of_article_id']} in {where}",
        style="yellow",
    )


def _related(own: str, row: dict[str, Any]) -> Text:
    """Say what an article is to another one."""
    other = row["of_article_id"] if row["article_id"] == own else row["article_id"]
    told = {
        "series": "of one series with",
        "revision": "another version of",
        "contained": "lies inside" if row["article_id"] == own else "holds",
    }
    alike = f"Jaccard {row['jaccard']:.3f}, containment {row['containment']:.3f}"
    return Text(visible(f"{told[row['relation']]} {other} ({alike}; {row['evidence']})"), style="yellow")


def _changed(pieces: list[dict[str, str]]) -> Text:
    """Set out what changed; of what did not, the words next to a change are enough."""
    out = Text()
    for at, piece in enumerate(pieces):
        before, after = visible(piece["before"]), visible(piece["after"])
        if before == after:
            out.append(_around(before, first=at == 0, last=at == len(pieces) - 1))
            continue
        if before.split() == after.split():  # paragraphs fall otherwise
            out.append(after)
            continue
        if before.strip():
            out.append(f"[-{before.rstrip()}-]" + before[len(before.rstrip()) :], style="red strike")
        if after.strip():
            out.append(f"{{+{after.rstrip()}+}}" + after[len(after.rstrip()) :], style="green")
    return out


def _around(text: str, *, first: bool, last: bool) -> str:
    """Shorten words that did not change to those next to a change."""
    if len(text) <= 3 * AROUND:
        return text
    head = "" if first else text[:AROUND].rsplit(" ", 1)[0] + " "
    tail = "" if last else " " + text[-AROUND:].split(" ", 1)[-1]
    return f"{head}[...]{tail}"


def _marked(text: str, removals: list[dict[str, Any]]) -> Text:
    out = Text()
    at = 0
    for removal in removals:
        out.append(text[at : removal["start"]])
        out.append(f"[-{text[removal['start'] : removal['end']]}-]", style="red strike")
        rule = removal["rule_id"] or removal["layer"]
        out.append(visible(f" {{{rule}: {removal['kind']}; {removal['evidence']}}}"), style="magenta")
        at = removal["end"]
    out.append(text[at:])
    return out


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
