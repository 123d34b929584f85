"""The judge's weights: for each trait of a line a table of points, which are looked up and added.

They are data, made by `benchmarks/judge.py`: names of traits and numbers, no word of any text. All are whole
numbers, so that a sum is the same in whatever order and company it is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash

Ints = npt.NDArray[np.int64]
Values = Mapping[str, Ints]

RECIPE = "copydesk-judge-1"  # a change of what traits mean is a change of this name


@dataclass(frozen=True)
class Trait:
    """The points for one trait.

    Attributes:
        name: of the trait, as in `ingest.outskirts` and `ingest.forms`.
        edges: the highest value of each range but the last, ascending.
        points: one for each range, so one more than edges.
    """

    name: str
    edges: tuple[int, ...]
    points: tuple[int, ...]

    def ranges(self, values: Ints) -> Ints:
        """Return the number of the range that each value lies in."""
        return np.searchsorted(np.array(self.edges, np.int64), values, "left")


@dataclass(frozen=True)
class Scale:
    """The traits that count on one side of the prose.

    Attributes:
        traits: in the order of the file.
        needed: points from which on a line is removed.
    """

    traits: tuple[Trait, ...]
    needed: int

    def ranges(self, values: Values) -> Ints:
        """Return the ranges that lines lie in: one row a line, one column a trait.

        Args:
            values: one array a trait, all of one length.
        """
        return np.stack([trait.ranges(values[trait.name]) for trait in self.traits], axis=1)

    def points(self, ranges: Ints) -> Ints:
        """Return the points of lines for each trait, in the shape of `ranges`."""
        columns = [np.array(trait.points, np.int64)[ranges[:, at]] for at, trait in enumerate(self.traits)]
        return np.stack(columns, axis=1)


@dataclass(frozen=True)
class Scores:
    """The weights in force.

    Attributes:
        version: name of the weights; `rule_id` of what they remove.
        head: for lines before the first long prose.
        tail: for lines behind the last.
        fingerprint: changes whenever the weights do.
    """

    version: str
    head: Scale
    tail: Scale
    fingerprint: str


def bundled() -> Path:
    """Say where the weights lie that come with copydesk."""
    return Path(str(files("ingest") / "judge.json"))


@cache
def load(path: Path) -> Scores:
    """Read weights, once a process.

    Args:
        path: a file that `benchmarks/judge.py` has written.

    Returns:
        The weights, with their fingerprint.
    """
    given = json.loads(path.read_bytes())
    content = json.dumps([RECIPE, given], sort_keys=True).encode()
    scales = (scale(given["head"]), scale(given["tail"]))
    return Scores(given["version"], *scales, xxhash.xxh3_128_hexdigest(content))


def scale(given: Mapping[str, Any]) -> Scale:
    """Return a scale as it stands in a file.

    Args:
        given: `needed`, and in `traits` the `edges` and `points` of each name.
    """
    traits = [
        Trait(name, tuple(table["edges"]), tuple(table["points"])) for name, table in given["traits"].items()
    ]
    return Scale(tuple(traits), given["needed"])
