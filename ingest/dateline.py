"""Datelines: where a story was filed, and for which agency. They stay in the text; only metadata is made."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.survey import booleans, column
from ingest.tables import METADATA

REACH = 120  # characters of a paragraph in which its dateline must end
_WHITE = r"[\s\p{Z}]"
_PLACE = r"\p{Lu}[\p{Lu}\p{M}.'’-]+(?:[ \x{A0}/-]\p{Lu}[\p{Lu}\p{M}.'’]*){0,4}"
_REGION = rf"(?:,{_WHITE}*\p{{Lu}}[\p{{L}}\p{{M}}.'’-]*(?:{_WHITE}\p{{Lu}}[\p{{L}}\p{{M}}.'’-]*){{0,2}})"
_MONTH = r"\p{Lu}\p{Ll}{2,8}\.?"
_DAY = rf"(?:,?{_WHITE}*(?:{_MONTH}{_WHITE}\p{{Nd}}{{1,2}}|\p{{Nd}}{{1,2}}{_WHITE}{_MONTH}))"
PATTERN = (
    rf"^(?P<dateline>{_PLACE}{_REGION}?){_DAY}?{_WHITE}*"
    rf"(?:\((?P<agency>\p{{L}}[\p{{L}}\p{{M}}.&/ -]{{1,30}})\)){_WHITE}*(?:[-–—]|$)"
    rf"|^(?P<plain>{_PLACE}{_REGION}?){_DAY}?{_WHITE}+[-–—]{{1,2}}{_WHITE}"
)
NO_PLACE = (
    r"(?i)^(?:breaking|exclusive|updated?|opinion|analysis|comment|commentary|column|watch|video|live|correction"
    r"|editorial|review|news|fact check|photos?|interview|feature|report|sponsored|covid.*|note)\b"
)


def find(paragraphs: pa.Table) -> pa.Table:
    """Find the datelines of articles, at the beginning of their first prose paragraph.

    Args:
        paragraphs: schema `ingest.tables.PARAGRAPHS`.

    Returns:
        Schema `METADATA`, keys `dateline` and `agency`, in order of `row`.
    """
    prose = paragraphs.filter(paragraphs["prose"])
    row = prose["row"].to_numpy()
    first = np.flatnonzero(np.diff(row, prepend=-1))
    texts = pc.utf8_slice_codeunits(column(prose, "text").take(pa.array(first)), 0, REACH)
    found = pc.extract_regex(texts, pattern=PATTERN)
    at = np.flatnonzero(booleans(found.is_valid()))
    facts = [_facts(group) for group in found.take(pa.array(at)).to_pylist()]
    rows = [(int(row[first[place]]), *fact) for place, pairs in zip(at, facts, strict=True) for fact in pairs]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, METADATA, strict=True)], schema=METADATA)


def _facts(group: dict[str, str]) -> list[tuple[str, str]]:
    place = " ".join((group["dateline"] or group["plain"]).split())
    if pc.match_substring_regex(pa.scalar(place), pattern=NO_PLACE).as_py():
        return []
    agency = " ".join(group["agency"].split())
    return [("dateline", place), *([("agency", agency)] if agency else [])]
