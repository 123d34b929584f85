"""Batches, forgetting, doing again, rebuilding, compacting in any order: after each step all laws hold."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from builders_maintenance import fits, homes, ingest, put, told
from builders_world import World
from effort import examples

STEPS = ["batch"] * 4 + ["again"] * 2 + ["replace"] * 3 + ["forget"] * 3 + ["compact", "rebuild"]


@pytest.mark.parametrize("seed", range(examples(2)))
def test_whatever_is_done_in_whatever_order_nothing_is_lost(seed: int, tmp_path: Path) -> None:
    config = tmp_path / "copydesk.toml"
    config.write_text(f'[history]\nrevisions = "{("keep", "replace")[seed % 2]}"\n')
    world = World(random.Random(seed), tmp_path, str(config))
    steps = ["batch", "batch", *world.dice.choices(STEPS, k=6), "again", "rebuild"]
    for step in steps:
        getattr(world, step)()
        assert {*homes(world.warehouse)} == world.there, world.steps
        assert fits(world.warehouse), world.steps
    everything = put(tmp_path / "all.jsonl", *(world.records[name] for name in sorted(world.there)))
    ingest(tmp_path / "fresh", everything, config=str(config))
    assert told(world.warehouse) == told(tmp_path / "fresh"), world.steps
