"""Rules as they are written: the tables of a pack, its keys, and what is wrong with them."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.errors import FormError, RuleError
from ingest.patterns import Cut, Rule, complaint, translate

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


KEYS = "docs/add-a-rule.md lists the keys"
FORMS = {
    "id": "write small letters and figures, joined by dots or dashes, such as en.social.share",
    "language": "write a code of two or three small letters, such as en, or any",
}
WORDS = {"bool_type": "write true or false", "missing": "the key is missing"}
"""What pydantic says in words of its own, by the type of its error."""


class _Entry(BaseModel):
    """What rules on lines and on spans have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str = Field(
        pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)+$", description="name of the rule, unique in all packs"
    )
    kind: str = Field(description="what the removed text was: one of the kinds in docs/tables.md")
    match: str = Field(min_length=1, description="RE2 pattern; see the three conventions below")
    case: bool = Field(default=False, description="whether upper and lower case differ")
    remove: list[str] = Field(min_length=1, description="examples that the rule must remove")
    keep: list[str] = Field(default=[], description="examples that the rule must leave alone")


class RuleEntry(_Entry):
    """A `[[rule]]` of a pack: removes whole lines."""

    where: Literal["any", "head", "tail", "edge", "outside", "before"] = Field(
        default="any",
        description="`head`: before the first prose, or one of the first six lines;"
        " `tail`: behind the last prose, or one of the last six lines; `edge`: head or tail;"
        " `outside`: before the first prose or behind the last, wherever that is; `before`: before the first"
        " prose alone",
    )
    max_words: int | None = Field(default=None, ge=1, description="the longest line it may remove, in words")
    sentence: bool | None = Field(
        default=None, description="only lines that do, or do not, end like a sentence"
    )
    section: bool = Field(
        default=False,
        description="behind the last prose also what stands below the line, up to the first sentence",
    )


class InlineEntry(_Entry):
    """An `[[inline]]` of a pack: removes the group `cut` from inside a line."""

    doubled: bool = Field(
        default=False,
        description="the cut begins at the second copy of a name that stands twice without a space",
    )


Entry = RuleEntry | InlineEntry


class Pack(BaseModel):
    """A file of rules of one language."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    language: str = Field(pattern=r"^[a-z]{2,3}$")
    rule: list[RuleEntry] = []
    inline: list[InlineEntry] = []

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries: those on lines, then cuts."""
        return (*self.rule, *self.inline)

    def lines(self) -> tuple[Rule, ...]:
        """Return the rules on lines, their patterns spelled out."""
        return tuple(_rule(entry, self.language) for entry in self.rule)

    def cuts(self) -> tuple[Cut, ...]:
        """Return the rules on spans, their patterns spelled out."""
        return tuple(_cut(entry, self.language) for entry in self.inline)


def read(path: Path) -> Pack:
    """Read a pack; its patterns and examples are not looked at.

    Args:
        path: TOML file.

    Raises:
        RuleError: the file cannot be read.
        FormError: it is no TOML, or has keys or values that mean nothing.
    """
    given: dict[str, object] = {}
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return Pack.model_validate(given)
    except OSError as error:
        raise RuleError(f"{path}: the rule pack cannot be read ({error.strerror}); check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FormError(path, [f"the rule pack is no valid TOML: {error}"]) from error
    except ValidationError as error:
        # An unknown key comes first: it is why another one is missing.
        found = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        raise FormError(path, [_fault(one, given) for one in found]) from error


def _fault(error: ErrorDetails, given: dict[str, object]) -> str:
    """Put a complaint of pydantic into a sentence that names the rule and the key."""
    place: Any = given
    where = []
    for part in error["loc"]:
        place = place[part] if _holds(place, part) else None
        name = (
            f" ({place['id']})" if isinstance(part, int) and isinstance(place, dict) and "id" in place else ""
        )
        where.append(f" number {part + 1}{name}" if isinstance(part, int) else f": {part}")
    return f"{''.join(where).removeprefix(': ')}: {_complaint(error)}"


def _complaint(error: ErrorDetails) -> str:
    key = str(error["loc"][-1])
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, _keys(error["loc"]), n=1)
        return f"the key is not known; {f'did you mean {near[0]}?' if near else KEYS}"
    if error["type"] == "string_pattern_mismatch":
        return FORMS[key]
    told = WORDS.get(error["type"], error["msg"])
    return f"{told[:1].lower()}{told[1:]}"


def _keys(where: tuple[int | str, ...]) -> Iterable[str]:
    """List the keys of the table that a key stands in."""
    tables: dict[int | str, type[BaseModel]] = {"rule": RuleEntry, "inline": InlineEntry}
    return (tables.get(where[0], Pack) if len(where) > 1 else Pack).model_fields


def _holds(place: Any, part: int | str) -> bool:
    return isinstance(place, list) or (isinstance(place, dict) and part in place)


def _rule(entry: RuleEntry, language: str) -> Rule:
    pattern = translate(entry.match, case=entry.case)
    guards = (entry.where, entry.max_words, entry.sentence, entry.section)
    return Rule(entry.id, entry.kind, language, pattern, *guards)


def _cut(entry: InlineEntry, language: str) -> Cut:
    return Cut(entry.id, entry.kind, language, translate(entry.match, case=entry.case), entry.doubled)


def wrong_pattern(entry: Entry) -> str | None:
    """Compile the pattern of an entry.

    Args:
        entry: the entry.

    Returns:
        Half a sentence that says what is wrong with it, or null.
    """
    if isinstance(entry, InlineEntry) and "(?P<cut>" not in entry.match:
        return "the pattern has no group (?P<cut>...) that says what to remove"
    return complaint(translate(entry.match, case=entry.case), written=entry.match)
