"""Rules as values: how their patterns are written, and what RE2 gets to see of them.

Packs use RE2's syntax with three conventions: a plain space stands for any run of white space, an
apostrophe for the straight and the curly one, and `^` at the very beginning also skips a bullet, an arrow
or a dash in front of the line, and holds for the whole pattern. Marks that set the direction of writing count
as white space, and a nukta may be missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from unicodedata import normalize

import pyarrow as pa
import pyarrow.compute as pc

from ingest.scores import Scores

DIRECTIONS = r"\x{61C}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}"
"""Marks that set the direction of writing, around lines and words of Arabic and Hebrew: nobody sees them."""

# RE2's \s is ASCII; \p{Z} has the no-break spaces, but not the zero-width ones.
_WHITE = rf"\s\p{{Z}}\x{{200B}}\x{{FEFF}}{DIRECTIONS}"
WHITE = f"[{_WHITE}]"
START = rf"^[•‣◦▪■●·*»›→►▶>|/・◆◇□○◎▼▲★☆※＞{_WHITE}–—-]*"
# Escapes and character classes, apart from what stands between them.
_APART = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\]?)", re.DOTALL)
_ESCAPES = re.compile(r"(\\.)", re.DOTALL)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")
# Letters with a nukta are one code point or two, and many write them without.
_WITH_NUKTA = {normalize("NFD", letter): letter for letter in map(chr, range(0x958, 0x960))}
_NUKTAS = re.compile("|".join([*_WITH_NUKTA, *_WITH_NUKTA.values()]))


NOWHERE: frozenset[str] = frozenset()

OWN_LINES = pa.schema(
    [
        pa.field("outlet", pa.string(), nullable=False),  # its key, see ingest.outlets
        pa.field("line", pa.string(), nullable=False),  # white space made plain
        pa.field("words", pa.int32(), nullable=False),
    ]
)
"""Lines that are boilerplate of one outlet."""


@dataclass(frozen=True)
class Rule:
    """A rule on whole paragraphs; `pattern` is plain RE2.

    Of outlets it has their keys: those whose articles alone it is for, unless it is for all, and those where
    it is not used.
    """

    id: str
    kind: str
    language: str
    pattern: str
    where: str = "any"
    max_words: int | None = None
    sentence: bool | None = None
    section: bool = False
    outlets: frozenset[str] = NOWHERE
    disabled_at: frozenset[str] = NOWHERE


@dataclass(frozen=True)
class Cut:
    """A rule on spans inside paragraphs; `pattern` is plain RE2 with a group `cut`; outlets as for `Rule`."""

    id: str
    kind: str
    language: str
    pattern: str
    doubled: bool = False
    outlets: frozenset[str] = NOWHERE
    disabled_at: frozenset[str] = NOWHERE


@dataclass(frozen=True)
class Rules:
    """The rules in force, in the order in which they are tried.

    Attributes:
        lines: rules on whole paragraphs.
        cuts: rules on spans inside paragraphs.
        fingerprint: changes whenever the rules do.
        own_lines: lines of outlets, a table of schema `OWN_LINES`.
        judge: the weights of the judge, null where it is switched off.
    """

    lines: tuple[Rule, ...]
    cuts: tuple[Cut, ...]
    fingerprint: str
    own_lines: pa.Table = field(default_factory=OWN_LINES.empty_table)
    judge: Scores | None = None


def translate(match: str, *, case: bool) -> str:
    """Turn a pattern of a pack into plain RE2.

    Args:
        match: the pattern as the pack has it.
        case: whether upper and lower case differ.

    Returns:
        The pattern with white space, apostrophes, a leading `^` and the case flag spelled out.
    """
    match = _NUKTAS.sub(_either_nukta, match)
    body, start = (match[1:], START) if match.startswith("^") else (match, "")
    flags = "" if case else "i"
    return f"(?{flags}:{start}(?:{_spell_out(body)}))"


def complaint(pattern: str, *, written: str = "") -> str | None:
    """Say what is wrong with a pattern.

    Args:
        pattern: plain RE2, from `translate`.
        written: the pattern as the pack has it; what RE2 stumbles over is named where it stands there, too.

    Returns:
        Half a sentence, or null where the pattern can be used.
    """
    try:
        empty = pc.match_substring_regex(pa.array([""]), pattern=pattern)[0].as_py()
    except pa.ArrowInvalid as error:
        told, _, part = str(error).removeprefix("Invalid regular expression: ").partition(": ")
        return f"RE2 refuses the pattern ({told}{f': {part}' if part and part in written else ''})"
    return "the pattern matches the empty string, so it would match every line" if empty else None


def _either_nukta(letter: re.Match[str]) -> str:
    base = normalize("NFD", letter[0])
    return f"(?:{_WITH_NUKTA[base]}|{base}?)"


def _spell_out(body: str) -> str:
    end = f"(?:[{DIRECTIONS}]*$)" if _RIGHT_TO_LEFT.search(body) else "$"
    parts = _APART.split(body)
    outside = [_plain(part, space=f"(?:{WHITE}+)", apostrophe="['’]") for part in parts[::2]]
    parts[::2] = [part.replace("$", end) for part in outside]
    parts[1::2] = [_class(part) if part[0] == "[" else part for part in parts[1::2]]
    return "".join(parts)


def _class(part: str) -> str:
    if " " not in part and "'" not in part:
        return part
    parts = _ESCAPES.split(part)
    parts[::2] = [_plain(each, space=_WHITE, apostrophe="'’") for each in parts[::2]]
    return "".join(parts)


def _plain(part: str, *, space: str, apostrophe: str) -> str:
    """Spell out what stands between escapes: runs of spaces, and apostrophes."""
    if "  " in part:
        part = re.sub(" +", " ", part)
    return part.replace("'", apostrophe).replace(" ", space)
