"""Runs of the main job in this process, without Prefect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flows import pipeline
from flows.run import Options


def write(folder: Path, records: list[dict[str, Any]], files: int) -> Path:
    folder.mkdir(parents=True)
    for number in range(files):
        lines = [json.dumps(record) + "\n" for record in records[number::files]]
        (folder / f"{number}.jsonl").write_text("".join(lines))
    return folder


def run(folder: Path, warehouse: Path, **options: Any) -> pipeline.Summary:
    asked = Options(inputs=(str(folder),), to=str(warehouse), **options)
    return pipeline.process(asked, pipeline.direct())
