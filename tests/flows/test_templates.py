"""Templates of sites through whole runs: learned over batch and history, taken out of published texts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
from builders import story
from running import run, write

from flows.checking import check_warehouse
from flows.maintaining import rebuild
from storage import read

LABELS = ("Harbour letters", "Ropes and knots today")


def made(
    numbers: range, *, outlet: str = "example.com", lines: tuple[str, ...] = LABELS
) -> list[dict[str, Any]]:
    return [
        {
            "id": f"r{number}",
            "outlet": outlet,
            "date": f"2026-01-{number + 1:02d}",
            "text": "\n\n".join([story(number, 4), *lines]),
        }
        for number in numbers
    ]


def templates(warehouse: Path) -> Counter[tuple[str, str]]:
    """The lines that templates took, with the number of articles in their evidence."""
    rows = read(warehouse, "removals").to_pylist()
    return Counter((row["text"], row["evidence"].split(",")[0]) for row in rows if row["layer"] == "template")


def texts(warehouse: Path) -> dict[str, str]:
    table = read(warehouse, "articles")
    return dict(zip(table["source_id"].to_pylist(), table["text"].to_pylist(), strict=True))


def test_what_is_learned_later_cleans_the_next_batch_and_rebuild_the_old_ones(tmp_path: Path) -> None:
    warehouse = tmp_path / "w"
    run(write(tmp_path / "one", made(range(1)), 1), warehouse)
    assert templates(warehouse) == {}
    summary = run(write(tmp_path / "two", made(range(1, 3)), 1), warehouse)
    seen = "seen in 3 of 3 articles of example.com"
    assert templates(warehouse) == {(label, seen): 2 for label in LABELS}
    assert summary.words_removed == {"template": 2 * 6}
    evidence = {row["evidence"] for row in read(warehouse, "removals").to_pylist()}
    assert evidence == {f"{seen}, copies not counted, first on 2026-01-01"}
    assert texts(warehouse)["r0"].endswith(LABELS[1])
    assert not texts(warehouse)["r1"].endswith(LABELS[1])
    assert check_warehouse(warehouse) == []
    rebuild(str(warehouse), config=None, workers=2, dry_run=False)
    assert templates(warehouse) == {(label, seen): 3 for label in LABELS}
    assert check_warehouse(warehouse) == []


def test_who_wants_none_gets_none(tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text("[rules]\ntemplates = false")
    inputs = write(tmp_path / "in", made(range(5)), 1)
    run(inputs, tmp_path / "w", config=str(tmp_path / "copydesk.toml"))
    assert templates(tmp_path / "w") == {}
    assert texts(tmp_path / "w")["r0"].endswith(LABELS[1])


def test_one_outlet_may_want_none(tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text('[outlet."www.Example.com"]\ntemplates = false')
    both = [*made(range(3)), *made(range(3, 6), outlet="other.org")]
    run(write(tmp_path / "in", both, 1), tmp_path / "w", config=str(tmp_path / "copydesk.toml"))
    seen = "seen in 3 of 3 articles of other.org"
    assert templates(tmp_path / "w") == {(label, seen): 3 for label in LABELS}


def test_one_batch_learns_what_many_would_and_outlets_do_not_teach_one_another(tmp_path: Path) -> None:
    both = [*made(range(3)), *made(range(3, 4), outlet="other.org")]
    run(write(tmp_path / "in", both, 2), tmp_path / "w")
    seen = "seen in 3 of 3 articles of example.com"
    assert templates(tmp_path / "w") == {(label, seen): 3 for label in LABELS}


def test_matching_is_the_same_with_templates_and_without(tmp_path: Path) -> None:
    """Copies on a site where nobody has learned the lines yet: matched by the texts before templates."""
    warehouse = tmp_path / "w"
    own = made(range(4))
    copies = [
        {**record, "id": f"copy {record['id']}", "outlet": "other.org", "date": "2026-02-01"}
        for record in own[:2]
    ]
    run(write(tmp_path / "one", own, 1), warehouse)
    run(write(tmp_path / "two", copies, 1), warehouse)
    duplicates = read(warehouse, "duplicates").to_pylist()
    assert {row["source_id"]: row["match"] for row in duplicates} == {"copy r0": "exact", "copy r1": "exact"}
    assert check_warehouse(warehouse) == []
    kept = read(warehouse, "articles")
    assert set(kept["copies"].to_pylist()) == {0}
    assert len(pa.compute.unique(kept["content_id"])) == 4


def test_paragraphs_that_go_are_no_reuse(tmp_path: Path) -> None:
    notice = (
        "Sign up for the letters of the ferry desk, which come each time before a ferry leaves the "
        "harbour for the north."
    )
    assert len(notice.split()) >= 20
    run(write(tmp_path / "in", made(range(4), lines=(notice,)), 1), tmp_path / "w")
    assert sum(templates(tmp_path / "w").values()) == 4
    assert read(tmp_path / "w", "reuse").num_rows == 0
    assert check_warehouse(tmp_path / "w") == []
