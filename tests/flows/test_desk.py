"""What an earlier version wrote goes on under this one: read as it is, brought up by the first who writes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pyarrow.parquet as pq
import pytest
from golden_warehouses import ARCHIVES, unpack
from running import run, write

from flows.checking import check_warehouse
from flows.compacting import compact_warehouse
from flows.desk import desk
from flows.explain import explain
from flows.maintaining import forget, rebuild
from flows.summary import headline
from storage.contract import SCHEMA_VERSION, TABLES
from storage.errors import WarehouseLocked
from storage.manifest import manifests, snapshot
from storage.reading import files, read
from storage.warehouse import create_warehouse, open_warehouse

NOW = datetime(2030, 11, 22, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=ARCHIVES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A warehouse that the last copydesk of a schema version left; its inputs lie beside it, in `in`."""
    return unpack(request.param, tmp_path)


def stored(warehouse: Path) -> dict[str, list[dict[str, Any]]]:
    return {table: read(warehouse, table).to_pylist() for table in TABLES}


def accounts(warehouse: Path) -> list[dict[str, Any]]:
    """Return what `explain` tells of every article."""
    ids = sorted(
        each
        for table in ("articles", "duplicates")
        for each in read(warehouse, table)["article_id"].to_pylist()
    )
    return [account for each in ids for account in explain(str(warehouse), each)]


def kinds(warehouse: Path) -> list[str]:
    return [manifest.kind for manifest in manifests(open_warehouse(warehouse))]


def copies(inputs: Path) -> list[dict[str, Any]]:
    """Return every article of the inputs once more, as another outlet has it a year later."""
    lines = "".join(path.read_text(encoding="utf-8") for path in sorted(inputs.iterdir()))
    records = [json.loads(line) for line in lines.splitlines()]
    return [
        {"id": f"copy-{number}", "text": record["text"], "date": "2027-01-01", "outlet": f"{number}.example"}
        for number, record in enumerate(records)
        if record["text"]
    ]


def test_rows_and_accounts_are_the_same_before_and_after(old: Path) -> None:
    before, told = stored(old), accounts(old)
    assert check_warehouse(str(old)) == []
    with desk(open_warehouse(old), now=NOW):
        pass
    assert (stored(old), accounts(old)) == (before, told)
    assert check_warehouse(str(old)) == []


def test_who_only_reads_leaves_it_as_it_was(old: Path) -> None:
    before = snapshot(open_warehouse(old))
    summary = run(old.parent / "in", old, source="golden", dry_run=True)
    assert (summary.known, summary.kept) == (summary.inputs, 0)
    stored(old), accounts(old), check_warehouse(str(old))
    assert snapshot(open_warehouse(old)) == before


def test_the_same_inputs_are_known(old: Path) -> None:
    before, commits = stored(old), kinds(old)
    summary = run(old.parent / "in", old, source="golden")
    assert (summary.known, summary.kept, summary.batch_id) == (summary.inputs, 0, None)
    assert "Nothing new" in headline(summary)
    assert stored(old) == before
    assert kinds(old)[len(commits) :] in ([], ["upgrade"])


def test_copies_of_what_an_earlier_version_published_are_found(old: Path) -> None:
    before, ids = stored(old), {row["article_id"] for row in read(old, "articles").to_pylist()}
    again = copies(old.parent / "in")
    summary = run(write(old.parent / "later", again, 1), old, source="later")
    assert (summary.kept, summary.duplicates) == (0, len(again))
    found = [row for row in read(old, "duplicates").to_pylist() if row["batch_id"] == summary.batch_id]
    assert {row["of_article_id"] for row in found} <= ids
    assert all(row["in_history"] for row in found)
    assert all(after[: len(before[table])] == before[table] for table, after in stored(old).items())
    assert check_warehouse(str(old)) == []
    told = accounts(old)
    assert {row["article_id"] for row in found} <= {account["article_id"] for account in told}


def test_by_glob_all_files_have_one_schema_afterwards(old: Path) -> None:
    run(write(old.parent / "later", copies(old.parent / "in"), 1), old, source="later")
    compact_warehouse(old, grace=HOUR)
    run(write(old.parent / "last", [{"id": "z", "text": "The mill reopened on Monday."}], 1), old)
    for table, schema in TABLES.items():
        found = sorted(str(path) for path in old.glob(f"{table}/*/*.parquet"))
        assert found == sorted(files(old, table))
        assert {tuple(pq.read_schema(path).names) for path in found} == {tuple(schema.names)}
        names = ", ".join(f'"{name}"' for name in schema.names)
        by_duckdb = duckdb.sql(f"select {names} from '{old}/{table}/*/*.parquet'").fetchall()
        by_pandas = pandas.read_parquet(old / table, columns=schema.names)
        assert len(by_duckdb) == len(by_pandas) == read(old, table).num_rows > 0
    assert pandas.read_parquet(old / "batches")[["taken_over", "gone"]].notna().all(axis=None)
    assert check_warehouse(str(old)) == []


def test_a_compaction_is_the_first_writer(old: Path) -> None:
    before = stored(old)
    done = compact_warehouse(old, grace=HOUR)
    assert (done["files_after"], done["runs_after"]) == (len(TABLES), 1)
    assert stored(old) == before
    assert check_warehouse(str(old)) == []
    compact_warehouse(old, grace=timedelta(0))
    assert stored(old) == before
    assert check_warehouse(str(old)) == []


def test_articles_of_an_earlier_version_can_be_forgotten_and_decided_on_anew(old: Path) -> None:
    everyone = read(old, "articles").num_rows + read(old, "duplicates").num_rows
    first = read(old, "articles")["article_id"][0].as_py()
    done = forget(str(old), ids=[first], urls=[], config=None, dry_run=False)
    assert read(old, "batches")["forgotten"].to_pylist()[-1] == [first]
    assert check_warehouse(str(old)) == []
    again = rebuild(str(old), config=None, workers=None, dry_run=False)
    assert again.kept + again.duplicates == again.taken_over == everyone - 1
    assert done.batch_id is not None
    assert check_warehouse(str(old)) == []


def test_a_batch_of_an_earlier_version_can_be_done_again(old: Path) -> None:
    before = {row["article_id"] for table in ("articles", "duplicates") for row in stored(old)[table]}
    batch = read(old, "batches")["batch_id"].to_pylist()[0]
    summary = run(old.parent / "in" / "one.jsonl", old, source="golden", batch=batch, replace=True)
    assert (summary.batch_id, summary.kept + summary.duplicates) == (batch, 4)
    assert {row["article_id"] for table in ("articles", "duplicates") for row in stored(old)[table]} == before
    assert check_warehouse(str(old)) == []


def test_one_line_tells_of_it_once(old: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "storage.upgrade")
    versions = {manifest.schema_version for manifest in manifests(open_warehouse(old))}
    for _ in range(2):
        compact_warehouse(old, grace=HOUR)
    told = [record.getMessage() for record in caplog.records if record.name == "storage.upgrade"]
    assert len(told) == kinds(old).count("upgrade") == (versions != {SCHEMA_VERSION})
    assert all(f"to {SCHEMA_VERSION}" in line for line in told)


def test_the_commit_to_come_has_a_name_behind_all_others(old: Path, tmp_path: Path) -> None:
    for warehouse in (open_warehouse(old), create_warehouse(tmp_path / "new")):
        for now in (NOW, NOW - 1000 * HOUR):
            with desk(warehouse, now=now) as (commit_id, committed):
                assert committed == manifests(warehouse)
                assert all(each.batch_id < commit_id for each in committed)
                with pytest.raises(WarehouseLocked), desk(warehouse, now=now):
                    pass
