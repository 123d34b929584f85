"""Small inputs, built by hand."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.tables import RECORDS

ROOT = Path(__file__).parent.parent
COMMAND = Path(sys.executable).with_name("copydesk")
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))
GOLD = {
    path.name: json.loads((ROOT / "tests/golden/seeds" / f"{path.name}.json").read_text()) for path in SEEDS
}


def sentence(number: int, words: int = 14) -> str:
    """Return a sentence that shares no word run with those of other numbers."""
    return " ".join(["The", *(f"w{number}x{i}" for i in range(words - 1))]) + "."


def story(number: int, paragraphs: int = 6) -> str:
    """Return an article of its own words."""
    return "\n\n".join(sentence(number * 1000 + i, 20) for i in range(paragraphs))


def record(text: str, **fields: object) -> dict[str, object]:
    """Return a row of `ingest.tables.RECORDS`."""
    base: dict[str, object] = {"article_id": f"{abs(hash(text)):032x}", "source": "test", "locator": "here"}
    return {**base, "text": text, "content_hash": "0" * 32, **fields}


def records(*rows: dict[str, object]) -> pa.Table:
    """Return a table of `ingest.tables.RECORDS`."""
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in RECORDS]
    return pa.table(columns, schema=RECORDS)


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as JSON."""
        return json.loads(self.out)
