"""What the judge's evidence says: the traits that spoke most for the removal of a line, in words."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.scores import Ints, Scale, Trait

COUNT = 3  # traits that are named
NOT_HERE = "none, as ever in this script"

# What is counted, "percent" or "lines" being said by the name.
NUMBERS = {
    "words": "words",
    "lines_between": "lines on the way to the prose",
    "claims_between": "lines of boilerplate on the way to the prose",
    "claims_beyond": "lines of boilerplate on the way to the end of the text",
    "closers_between": "labels, links and notices on the way to the prose",
    "closers_beyond": "labels, links and notices on the way to the end of the text",
    "prose_between": "sentences on the way to the prose",
    "prose_beyond": "sentences on the way to the end of the text",
    "steps_between": "lines to the nearest boilerplate, towards the prose",
    "steps_beyond": "lines to the nearest boilerplate, towards the end of the text",
    "claims_near": "lines of boilerplate nearby",
    "words_near": "words a line nearby",
    "capitals": "percent of words with a capital",
    "small": "words without a capital",
    "shouting": "percent of letters that are capitals",
    "figures": "percent of characters that are digits",
    "stops": "sentence ends inside",
    "glued": "capitals inside a word",
    "commas": "commas",
    "colons": "colons",
    "quotes": "quotation marks",
    "brackets": "brackets",
    "arrows": "arrows, bars and bullets",
    "dashes": "dashes",
    "signs": "signs such as # and @",
}
FLAGS = {
    "sentence": "sentence end",
    "open_end": "open end",
    "colon_end": "colon at the end",
    "bullet": "bullet",
    "small_start": "small first letter",
    "digit_start": "digit at the beginning",
    "closed": "a label, link or notice before any sentence, towards the prose",
    "clock": "time, date or year",
    "link": "address",
    **{
        f"{side}_{kind}": f"{words} next to it, {where}"
        for side, where in (("inner", "towards the prose"), ("outer", "towards the end of the text"))
        for kind, words in (
            ("prose", "prose"),
            ("sentence", "a short sentence"),
            ("long", "a long line without a sentence end"),
            ("short", "a short line"),
            ("claimed", "boilerplate"),
        )
    },
}


def tell(scale: Scale, ranges: Ints, *, place: str) -> pa.Array:
    """Put into words why lines are removed.

    Args:
        scale: what was asked about them.
        ranges: from `scale.ranges`, one row a line.
        place: where the lines stand.

    Returns:
        String array: the place, and the traits that brought most points, the strongest first.
    """
    points = scale.points(ranges)
    best = np.argsort(-points, axis=1, kind="stable")[:, :COUNT]
    phrases = [phrase for trait in scale.traits for phrase in spelt(trait)]
    begins = np.cumsum([0, *(len(trait.points) for trait in scale.traits)])
    said = pa.array(phrases, pa.string())
    parts = []
    for column in best.T:
        lines = np.arange(len(ranges))
        found = begins[column] + ranges[lines, column]
        parts.append(said.take(pa.array(found, mask=points[lines, column] <= 0)))
    places = pa.array([place] * len(ranges), pa.string())
    return pc.binary_join_element_wise(places, *parts, "; ", null_handling="skip")


def spelt(trait: Trait) -> list[str]:
    """Return what each range of a trait is called.

    Args:
        trait: one of those in `NUMBERS` or `FLAGS`.
    """
    lows = [0, *(max(0, edge + 1) for edge in trait.edges)]
    highs = [*trait.edges, None]
    if trait.name in FLAGS:
        return [f"{FLAGS[trait.name]}: {'no' if high == 0 else 'yes'}" for high in highs]
    name = NUMBERS[trait.name]
    return [f"{name}: {_range(low, high)}" for low, high in zip(lows, highs, strict=True)]


def _range(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} or more" if low else "any"
    if high <= 0:
        return "none" if high == 0 else NOT_HERE
    return str(high) if low == high else f"{low} to {high}"
