"""The command with groups of one file and chunks of a few records: started by tests, so that a small input
takes many steps, between which it can be stopped."""

from __future__ import annotations

from functools import partial

from flows import tasks
from flows.cli import main
from ingest.records import Reading

if __name__ == "__main__":
    tasks.GROUP_FILES = 1
    tasks.Reading = partial(Reading, chunk_records=20)  # type: ignore[misc, assignment]
    main()
