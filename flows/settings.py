"""Settings: what a person may set, and the sources that a run takes of it.

Each folder owns the settings it uses; here they are put together. `flows.configuration` reads them.
"""

from __future__ import annotations

import difflib
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dedup.settings import MatchSettings
from ingest import outlets
from ingest.metadata import languages
from ingest.records import Reading
from ingest.sources import Source

DEFAULT_WAREHOUSE = "warehouse"
DEFAULT_SOURCE = "local"


class SettingsError(Exception):
    """A setting is wrong; the message is one clear sentence."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceTable(_Table):
    """`[[source]]`: where articles come from, and what their fields are called there."""

    name: Annotated[str, Field(min_length=1)]
    inputs: list[str] = Field(min_length=1)
    outlet: str | None = None
    language: str | None = None
    timezone: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)

    @field_validator("language")
    @classmethod
    def _is_a_language(cls, value: str | None) -> str | None:
        if value is not None and languages.tag(value) is None:
            raise ValueError(f"{value!r} names no language; write a tag such as en or pt-BR")
        return languages.tag(value)

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str | None) -> str | None:
        known = zoneinfo.available_timezones()
        if value is None or value in known:
            return value
        close = difflib.get_close_matches(value, sorted(known), 1)
        hint = f"did you mean {close[0]!r}?" if close else "write a name such as Europe/Berlin"
        raise ValueError(f"{value!r} is no time zone; {hint}")


class MatchTable(_Table):
    """`[match]`: what makes an article a copy."""

    near: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False, strict=True)] = MatchSettings().near
    contained: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False, strict=True)] = (
        MatchSettings().contained
    )


class HistoryTable(_Table):
    """`[history]`: how far articles look back, and what a later version of one does."""

    days: Annotated[int, Field(ge=0, le=36_500, strict=True)] = MatchSettings().days
    revisions: Literal["keep", "replace"] = "keep"


class RulesTable(_Table):
    """`[rules]`: packs of your own, bundled rules to leave out, and whether the judge works beside them."""

    packs: list[str] = Field(default_factory=list)
    disable: list[str] = Field(default_factory=list)
    templates: Annotated[bool, Field(strict=True)] = True
    judge: Annotated[bool, Field(strict=True)] = True


class OutletTable(_Table):
    """`[outlet."example.com"]`: what holds for the articles of one outlet alone."""

    disable: list[str] = Field(default_factory=list)
    lines: list[str] = Field(default_factory=list)
    packs: list[str] = Field(default_factory=list)
    templates: Annotated[bool, Field(strict=True)] = True

    @field_validator("lines")
    @classmethod
    def _say_something(cls, value: list[str]) -> list[str]:
        if not all(line.strip() for line in value):
            raise ValueError("a line is empty; leave it out")
        return value


class ExtractTable(_Table):
    """`[extract]`: how articles are taken out of HTML pages."""

    engine: Literal["trafilatura", "resiliparse"] = "trafilatura"


class LimitsTable(_Table):
    """`[limits]`: what no record may exceed."""

    record_mib: Annotated[int, Field(ge=1, le=1024)] = 16
    page_seconds: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)] = Reading().page_seconds


class Settings(_Table):
    """All settings in force, paths made absolute."""

    warehouse: str = DEFAULT_WAREHOUSE
    source: list[SourceTable] = Field(default_factory=list)
    match: MatchTable = MatchTable()
    history: HistoryTable = HistoryTable()
    rules: RulesTable = RulesTable()
    outlet: dict[str, OutletTable] = Field(default_factory=dict)
    extract: ExtractTable = ExtractTable()
    limits: LimitsTable = LimitsTable()

    @field_validator("outlet")
    @classmethod
    def _are_different_outlets(cls, value: dict[str, OutletTable]) -> dict[str, OutletTable]:
        seen: dict[str, str] = {}
        for name in value:
            if not outlets.key(name):
                raise ValueError(f"{name!r} names no outlet; write one as it stands in the column outlet")
            if (other := seen.setdefault(outlets.key(name), name)) != name:
                raise ValueError(f"{other!r} and {name!r} are one outlet; put their tables together")
        return value


def choose_sources(
    settings: Settings, inputs: Iterable[str], *, name: str | None, outlet: str | None, bundled: Path
) -> list[Source]:
    """Return the sources of one run.

    Args:
        settings: the settings in force.
        inputs: what the command line names; empty for the sources of the settings, or else the seeds.
        name: the source to take, or to call the inputs by.
        outlet: outlet for records that name none, in place of the source's own.
        bundled: folder of the bundled seeds.

    Raises:
        SettingsError: `name` is no source of the settings, and no inputs are named.
    """
    known = {table.name: table for table in settings.source}
    inputs = list(inputs)
    if inputs:
        base = known.get(name or "", SourceTable(name=name or DEFAULT_SOURCE, inputs=inputs))
        tables = [base.model_copy(update={"inputs": inputs})]
    elif name is not None and name not in known:
        there = f"the configuration has {', '.join(known)}" if known else "no configuration names any"
        raise SettingsError(f"no source is called {name!r}: {there}; name one of these, or name INPUT")
    elif not known:
        tables = [SourceTable(name="seeds", inputs=[str(bundled)])]
    else:
        tables = [table for table in settings.source if name in (None, table.name)]
    return [as_source(table, outlet) for table in tables]


def as_source(table: SourceTable, outlet: str | None) -> Source:
    """Return the source that a table of the configuration describes.

    Args:
        table: the table.
        outlet: outlet for records that name none, in place of the table's.
    """
    return Source(
        name=table.name,
        inputs=tuple(table.inputs),
        outlet=outlet or table.outlet,
        fields=tuple(sorted(table.fields.items())),
        language=table.language,
        timezone=table.timezone,
    )


def as_table(source: Source) -> SourceTable:
    """Return the table of a configuration that describes a source.

    Args:
        source: the source.
    """
    return SourceTable(
        name=source.name,
        inputs=list(source.inputs),
        outlet=source.outlet,
        language=source.language,
        timezone=source.timezone,
        fields=dict(source.fields),
    )
