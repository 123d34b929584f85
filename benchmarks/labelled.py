"""Labelled pages as lines that the judge can learn from, with their traits."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.repeats import paragraph_of
from ingest import judge, packs
from ingest.metadata import detection
from ingest.paragraphs import split
from ingest.rules import propose
from ingest.survey import column

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lines:
    """The lines of all tracks around the prose that no rule claims, one value a line in each array.

    Attributes:
        tracks: names of the tracks.
        pages, real: pages and tokens of real text of each track.
        boilerplate: labelled lines of boilerplate, one row a track, one column a site.
        track, site, page: numbers; a site has the same in all tracks, a page its own in each.
        label: keep, drop, title, or empty where nobody can tell.
        tokens: of the line.
        tail: it stands behind the prose.
        guarded: it stays, whatever the model says.
        names: of the traits.
        traits: one row a line, one column a trait.
    """

    tracks: tuple[str, ...]
    pages: tuple[int, ...]
    real: tuple[int, ...]
    boilerplate: Ints
    track: Ints
    site: Ints
    page: Ints
    label: npt.NDArray[np.str_]
    tokens: Ints
    tail: npt.NDArray[np.bool_]
    guarded: npt.NDArray[np.bool_]
    names: tuple[str, ...]
    traits: Ints


def read(paths: Sequence[Path]) -> Lines:
    """Read tracks.

    Args:
        paths: .jsonl.gz files, a page a line.
    """
    tracks = []
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            tracks.append([json.loads(line) for line in file])
    sites = sorted({page["site"] for pages in tracks for page in pages})
    parts = [_lines(pages, sites) for pages in tracks]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name != "names"}
    kept = [[line for page in pages for line in page["lines"] if _label(line) == "keep"] for pages in tracks]
    return Lines(
        tracks=tuple(path.name.split(".")[0] for path in paths),
        pages=tuple(map(len, tracks)),
        boilerplate=np.array([_boilerplate(pages, sites) for pages in tracks]),
        real=tuple(sum(line["n"] for line in some) for some in kept),
        track=np.repeat(np.arange(len(parts)), [len(part["label"]) for part in parts]),
        names=tuple(parts[0]["names"]),
        **joined,
    )


def _boilerplate(pages: list[dict[str, Any]], sites: list[str]) -> list[int]:
    counts = Counter(dict.fromkeys(sites, 0))
    for page in pages:
        counts[page["site"]] += sum(_label(line) == "drop" for line in page["lines"])
    return [counts[site] for site in sites]


def _label(line: dict[str, Any]) -> str:
    return "" if line.get("ambiguous") or line.get("residue") else str(line["label"])


def _lines(pages: list[dict[str, Any]], sites: list[str]) -> dict[str, Any]:
    texts = pa.array(["\n".join(line["text"] for line in page["lines"]) for page in pages])
    paragraphs = split(texts)
    languages = detection.fill(pa.nulls(len(pages), pa.string()), texts, paragraphs)
    claims, _ = propose(paragraphs, languages, packs.load(packs.bundled()))
    said = judge.said_of(paragraphs, paragraph_of(paragraphs, claims), column(claims, "kind"))
    around = judge.candidates(paragraphs, said)
    traits = judge.traits_of(paragraphs, around)
    row = paragraphs["row"].to_numpy()[around.index]
    told = _labels(pages, paragraphs, around.index)
    return {
        "site": np.array([sites.index(page["site"]) for page in pages])[row],
        "page": row.astype(np.int64),
        "label": np.array([label for label, _ in told]),
        "tokens": np.array([tokens for _, tokens in told]),
        "tail": around.tail,
        "guarded": judge.guarded(paragraphs, around.index, around) | ~judge.within_reach(around),
        "names": list(traits),
        "traits": np.stack(list(traits.values()), axis=1),
    }


def _labels(pages: list[dict[str, Any]], paragraphs: pa.Table, index: Ints) -> list[tuple[str, int]]:
    """Return label and tokens of the line that each paragraph is; no label where it is several lines."""
    labels: dict[tuple[int, int, int], tuple[str, int]] = {}
    for row, page in enumerate(pages):
        at = 0
        for line in page["lines"]:
            text = line["text"]
            start = at + len(text) - len(text.lstrip())
            labels[row, start, at + len(text.rstrip())] = (_label(line), line["n"])
            at += len(text) + 1
    spans = paragraphs.select(["row", "start", "end"]).take(pa.array(index)).to_pylist()
    return [labels.get((span["row"], span["start"], span["end"]), ("", 0)) for span in spans]
