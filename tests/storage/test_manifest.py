from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import WarehouseFormat
from storage.manifest import FileEntry, Manifest, decode, encode, load, manifests
from storage.names import next_batch_id
from storage.warehouse import MANIFESTS, create_warehouse

NOW = datetime(2026, 11, 21, 6, 0, 0, 999_999, tzinfo=UTC)
TOKENS = st.text("0123456789abcdef", min_size=8, max_size=8)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone comes apart


def test_an_id_is_the_time_and_the_token() -> None:
    assert next_batch_id([], now=NOW, token="0f3a9c21") == "20261121T060000Z-0f3a9c21"
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    assert next_batch_id([], now=east, token="0f3a9c21") == "20261121T060000Z-0f3a9c21"


@given(st.lists(st.tuples(TIMES, TOKENS), min_size=1, max_size=20))
def test_ids_sort_in_order_of_the_commits_whatever_the_clock_does(runs: list[tuple[datetime, str]]) -> None:
    taken: list[str] = []
    for now, token in runs:
        taken = [*taken, next_batch_id(taken, now=now, token=token)]
    assert taken == sorted(set(taken))


def test_ids_that_people_chose_do_not_disturb() -> None:
    assert next_batch_id(["november", "2026-11-21"], now=NOW, token="0" * 8) == "20261121T060000Z-00000000"


def manifest(version: int) -> Manifest:
    entry = FileEntry("articles/batch=b/part-00000.parquet", 3, 99, "0" * 32, ("a", "b"))
    return Manifest(
        version=version,
        kind="batch",
        batch_id="b",
        run="00000001",
        committed_at=NOW.isoformat(),
        tables={"articles": (entry,)},
        replaced=("articles/batch=a",),
        index=(entry,),
        tier=1,
        runs=("a", "b"),
        counts={"kept": 3},
        settings="0f",
        schema_version="1",
    )


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "00000001.json"
    path.write_bytes(encode(manifest(1)))
    assert load(path) == manifest(1)


def test_every_change_of_a_byte_is_found(tmp_path: Path) -> None:
    content = encode(manifest(1))
    assert decode(content, tmp_path) == manifest(1)
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        with pytest.raises(WarehouseFormat):
            decode(bytes(changed), tmp_path)


def test_an_edit_that_keeps_the_form_is_found(tmp_path: Path) -> None:
    content = encode(manifest(1))
    for edited in (content.replace(b'"tier": 1', b'"tier": 2'), content.rstrip()):
        assert edited != content
        with pytest.raises(WarehouseFormat, match="was changed since it was written"):
            decode(edited, tmp_path)


def test_a_manifest_under_the_number_of_another_is_found(tmp_path: Path) -> None:
    house = create_warehouse(tmp_path / "house")
    for version in (1, 2):
        (house.root / MANIFESTS / f"{version:08d}.json").write_bytes(encode(manifest(1)))
    with pytest.raises(WarehouseFormat, match=r"00000002\.json: holds number 1"):
        manifests(house)


def test_manifests_come_in_order_and_without_gaps(tmp_path: Path) -> None:
    house = create_warehouse(tmp_path / "house")
    for version in (1, 2, 10, 3, 4, 5, 6, 7, 8, 9):
        (house.root / MANIFESTS / f"{version:08d}.json").write_bytes(encode(manifest(version)))
    assert [each.version for each in manifests(house)] == list(range(1, 11))
    (house.root / MANIFESTS / "00000004.json").unlink()
    with pytest.raises(WarehouseFormat, match=r"00000004\.json: is missing"):
        manifests(house)
