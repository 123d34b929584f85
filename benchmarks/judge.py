"""Train the judge on labelled pages, compare kinds of models on sites they have not seen, write the weights.

    uv run --isolated --with lightgbm==4.7.0 --with scikit-learn==1.9.1 python benchmarks/judge.py FOLDER

FOLDER holds tracks, `*.jsonl.gz`: a page a line with `site` and `lines`, each with `text`, `label` (keep,
drop, title) and `n` (tokens), perhaps `ambiguous` or `residue`. Such pages belong to their publishers, so
there are none to be had with the project. The weights go to ingest/judge.json, the figures to the console
and to results.md.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks import judge_models, report
from benchmarks.labelled import Ints, Lines, read
from ingest import scores

HEADING = "The judge"
COLUMNS = (
    *report.LEAD,
    *(
        "model",
        "track",
        "recall added, % of lines",
        "of folds",
        "real text lost, %",
        "pages hurt",
        "of",
        "titles hit",
    ),
)
FOLDS = 5
SEEDS = 3  # ways of dealing sites into folds
CHANCE = 0.95  # of being boilerplate, from which on a line goes: decision 0019
SIDES = ("head", "tail")
VERSION = "judge-1"


def main() -> None:
    """Compare, print, record, train on all pages, write."""
    parser = argparse.ArgumentParser(description="Train the judge, and compare kinds of models.")
    parser.add_argument("folder", type=Path, help="labelled pages: *.jsonl.gz, a track each")
    parser.add_argument("--out", type=Path, default=scores.bundled(), help="file for the weights")
    parser.add_argument("--no-record", action="store_true", help="append nothing to results.md")
    asked = parser.parse_args()
    tracks = sorted(asked.folder.glob("*.jsonl.gz")) if asked.folder.is_dir() else []
    if not tracks:
        sys.exit(f"{asked.folder}: no labelled pages there; name a folder with *.jsonl.gz")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    lines = read(tracks)
    rows = [row for model in judge_models.MODELS for row in _compared(lines, model, asked.folder.name)]
    print("\n".join(["", HEADING, "", *report.table(COLUMNS, rows)]))
    if not asked.no_record:
        report.add(HEADING, COLUMNS, rows)
    asked.out.write_text(json.dumps(_trained(lines), indent=1) + "\n", encoding="utf-8")


def _compared(lines: Lines, model: str, data: str) -> list[list[str]]:
    """Judge each line by a model that has not seen its site, and count for each track what came of it."""
    rows = []
    verdicts = [(_unseen(lines, model, seed), _dealt(lines, seed)) for seed in range(SEEDS)]
    for at, track in enumerate(lines.tracks):
        found = [_figures(lines, taken, at, dealt >= 0) for taken, dealt in verdicts]
        folds = [
            _figures(lines, taken, at, dealt == one)["added"]
            for taken, dealt in verdicts
            for one in range(FOLDS)
        ]
        mean = {name: float(np.mean([one[name] for one in found])) for name in found[0]}
        spread = f"{100 * min(folds):.1f} to {100 * max(folds):.1f}"
        cells = [f"{100 * mean['added']:.2f}", spread, f"{100 * mean['lost']:.3f}", f"{mean['hurt']:.1f}"]
        who = [*report.lead(data, runs=SEEDS), model, track]
        rows.append([*who, *cells, str(lines.pages[at]), f"{mean['titles']:.1f}"])
    return rows


def _unseen(lines: Lines, model: str, seed: int) -> Ints:
    """Tell which lines go, each judged by a model that has not seen its site in any track."""
    chance = np.zeros(len(lines.label))
    fold = _dealt(lines, seed)[lines.site]
    for side in SIDES:
        here = lines.tail == (side == "tail")
        for one in range(FOLDS):
            learn, judge = here & (fold != one), here & (fold == one)
            odds = judge_models.odds(model, lines, learn=learn, judge=judge)
            chance[judge] = odds - _odds(CHANCE)
    return (chance >= 0) & ~lines.guarded


def _dealt(lines: Lines, seed: int) -> Ints:
    """Deal sites, with all their pages of all tracks, into folds."""
    return np.random.default_rng(seed).permutation(lines.boilerplate.shape[1]) % FOLDS


def _figures(lines: Lines, taken: Ints, track: int, sites: Ints) -> dict[str, float]:
    """Count what the removal of some lines does to the pages of some sites of a track."""
    taken = taken & (lines.track == track) & sites[lines.site]
    wrong = taken & (lines.label == "keep")
    return {
        "added": np.sum(taken & (lines.label == "drop")) / lines.boilerplate[track, sites].sum(),
        "lost": lines.tokens[wrong].sum() / lines.real[track],
        "hurt": len(np.unique(lines.page[wrong])),
        "titles": float(np.sum(taken & (lines.label == "title"))),
    }


def _odds(chance: float) -> float:
    return float(np.log(chance / (1 - chance)))


def _trained(lines: Lines) -> Mapping[str, object]:
    """Return the weights, learned from all pages."""
    sides = {
        side: judge_models.tables(lines, lines.tail == (side == "tail"), odds=_odds(CHANCE)) for side in SIDES
    }
    return {"version": VERSION, **sides}


if __name__ == "__main__":
    main()
