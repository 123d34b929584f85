"""Datelines: where a story was filed, and for which agency. They stay in the text; only metadata is made."""

from __future__ import annotations

import re
from unicodedata import category

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest import compiled
from ingest.survey import booleans, column
from ingest.tables import METADATA
from ingest.words import utf8

REACH = 120  # characters of a paragraph in which its dateline must end
_WHITE = r"[\s\p{Z}]"
_PLACE = r"[\p{Lu}][\p{Lu}\p{M}.'’-]+(?:[ \x{A0}/-][\p{Lu}][\p{Lu}\p{M}.'’]*){0,4}"
_REGION = rf"(?:,{_WHITE}*[\p{{Lu}}][\p{{L}}\p{{M}}.'’-]*(?:{_WHITE}[\p{{Lu}}][\p{{L}}\p{{M}}.'’-]*){{0,2}})"
_MONTH = r"[\p{Lu}][\p{Ll}]{2,8}\.?"
_DAY = rf"(?:,?{_WHITE}*(?:{_MONTH}{_WHITE}[\p{{Nd}}]{{1,2}}|[\p{{Nd}}]{{1,2}}{_WHITE}{_MONTH}))"
PATTERN = (
    rf"^(?P<dateline>{_PLACE}{_REGION}?){_DAY}?{_WHITE}*"
    rf"(?:\((?P<agency>[\p{{L}}][\p{{L}}\p{{M}}.&/ -]{{1,30}})\)){_WHITE}*(?:[-–—]|$)"
    rf"|^(?P<plain>{_PLACE}{_REGION}?){_DAY}?{_WHITE}+[-–—]{{1,2}}{_WHITE}"
)

# Compiling `PATTERN` costs more than all else here, for its many classes of all scripts' letters. Nearly all
# texts are made of letters of Western Europe and common punctuation; for them the classes are spelled out.
LATIN = (*range(0x100), *range(0x2000, 0x2070))
NOT_LATIN = "[^" + "".join(f"\\x{{{point:X}}}" for point in LATIN) + "]"
LATIN_PATTERN = re.sub(
    r"\\p\{(\w+)\}",
    lambda name: "".join(f"\\x{{{point:X}}}" for point in LATIN if category(chr(point)).startswith(name[1])),
    PATTERN,
)
_CAPITAL = np.array([byte >= 128 or chr(byte).isupper() for byte in range(256)])  # beyond ASCII: maybe
_JOINING = np.isin(np.arange(256), list(b".'-"))
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
    row = paragraphs["row"].to_numpy()
    prose = np.flatnonzero(booleans(paragraphs["prose"]))
    first = prose[np.flatnonzero(np.diff(row[prose], prepend=-1))]
    text = column(paragraphs, "text")
    first = first[may_open(text)[first]]
    found = _matches(pc.utf8_slice_codeunits(text.take(pa.array(first)), 0, REACH))
    rows = [at for at, groups in zip(row[first].tolist(), found, strict=True) if groups]
    facts = _facts([groups for groups in found if groups])
    flat = [(at, *fact) for at, pairs in zip(rows, facts, strict=True) for fact in pairs]
    columns = list(zip(*flat, strict=True)) or [(), (), ()]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, METADATA, strict=True)], schema=METADATA)


def opens(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Tell which texts open with a dateline.

    Args:
        texts: string array without nulls.

    Returns:
        One boolean a text.
    """
    found = may_open(texts)
    found[found] = list(map(bool, _matches(texts.filter(pa.array(found)))))
    return found


def may_open(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Tell by their first two bytes which texts may open with a dateline: two capitals, or one and a sign.

    Args:
        texts: string array without nulls.

    Returns:
        One boolean a text.
    """
    offsets, data = utf8(texts)
    here = offsets[:-1][np.diff(offsets) > 1]
    may = np.diff(offsets) > 1
    may[may] = _CAPITAL[data[here]] & (_CAPITAL | _JOINING)[data[here + 1]]
    return may


def _matches(texts: pa.Array) -> list[dict[str, str] | None]:
    """Return the groups of `PATTERN` in each text, null where it does not match."""
    if not len(texts):
        return []
    others = booleans(pc.match_substring_regex(texts, pattern=NOT_LATIN))
    latin = iter(pc.extract_regex(texts.filter(pa.array(~others)), pattern=LATIN_PATTERN).to_pylist())
    rest = iter(texts.filter(pa.array(others)).cast(pa.binary()).to_pylist())
    return [
        (compiled.groups(next(rest), PATTERN) or ("", None))[1] if other else next(latin) for other in others
    ]


def _facts(groups: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
    """Return the facts of each dateline: none where what stands there is no place."""
    places = [" ".join((group["dateline"] or group["plain"]).split()) for group in groups]
    none = pc.match_substring_regex(pa.array(places, pa.string()), pattern=NO_PLACE).to_pylist()
    agencies = [" ".join(group["agency"].split()) for group in groups]
    return [
        [] if no else [("dateline", place), *([("agency", agency)] if agency else [])]
        for place, agency, no in zip(places, agencies, none, strict=True)
    ]
