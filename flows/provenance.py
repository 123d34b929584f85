"""What a result rests on: settings and versions, as they are written beside it."""

from __future__ import annotations

import json
import platform
import unicodedata
from importlib.metadata import version
from pathlib import Path

import xxhash

from dedup.comparison import RECIPE
from dedup.identity import CONTENT_RECIPE
from dedup.passages import WINDOW
from dedup.settings import MIN_CONTAINED, MIN_PARAGRAPH, MIN_REVISED, MIN_TOKENS, WIDTH
from flows.settings import Settings
from ingest.pages.extract import ENGINES
from ingest.patterns import Rules
from ingest.sources import Source

LIBRARIES = (
    *("babel", "chardet", "copydesk", "datasketch", "numba", "prefect", "publicsuffixlist", "py3langid"),
    *("pyarrow", "resiliparse", "trafilatura"),
)


def fingerprint(settings: Settings, rules: Rules) -> str:
    """Return a hash, 16 hex digits, of everything that can change which rows a run gives.

    It covers the rules, the judge's weights, the thresholds, the recipes and Python's Unicode version; not
    where things lie or how many workers there are.
    """
    parts = {
        **_engine(settings),
        "rules": rules.fingerprint,
        **({"judge": rules.judge.fingerprint} if rules.judge else {}),
        "match": settings.match.model_dump(),
        "limits": _limits(settings),
        "history": settings.history.model_dump(),
        "recipes": [
            RECIPE,
            CONTENT_RECIPE,
            WIDTH,
            MIN_TOKENS,
            MIN_CONTAINED,
            MIN_REVISED,
            MIN_PARAGRAPH,
            WINDOW,
        ],
        "unicode": unicodedata.unidata_version,
    }
    return xxhash.xxh3_64_hexdigest(json.dumps(parts, sort_keys=True).encode())


def pipeline(settings_hash: str) -> str:
    """Return what the tables say of the way in which an article was made.

    Args:
        settings_hash: what `fingerprint` gave.
    """
    return f"copydesk {version('copydesk')} settings {settings_hash}"


def reading(source: Source, settings: Settings) -> str:
    """Return a hash, 16 hex digits, of what decides which records a source gives.

    These are field names, limits, the engine of extraction, what stands in for a language or a time zone, and
    the format of standard input.
    """
    parts: list[object] = ["copydesk-reading-1", source.fields, _limits(settings), *_engine(settings).items()]
    if source.language or source.timezone:  # the hash of a source without them is that of earlier versions
        parts = [*parts, source.language, source.timezone]
    if source.stdin:  # whoever takes it for another format reads other records
        parts = [*parts, Path(source.stdin).suffix]
    return xxhash.xxh3_64_hexdigest(json.dumps(parts, sort_keys=True).encode())


def _limits(settings: Settings) -> dict[str, object]:
    """Return the limits; one that came later and is as it was before stays away, so that hashes stay."""
    later = settings.limits.model_dump(exclude_defaults=True)
    return {"record_mib": settings.limits.record_mib, **later}


def _engine(settings: Settings) -> dict[str, str]:
    """Return the engine of extraction, the default left out: hashes from before there was a choice hold."""
    engine = settings.extract.engine
    return {} if engine == ENGINES[0] else {"engine": engine}


def versions() -> dict[str, str]:
    """Return the versions of what a result rests on."""
    return {
        **{name: version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "unicode": unicodedata.unidata_version,
    }
