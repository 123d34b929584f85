"""The kinds of models that were compared for the judge, and the tables of points of the one that it took."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.labelled import Ints, Lines

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MODELS = ("logistic regression", "tables", "trees")
RAW = 0.2  # weight of a line where a track has more than twice as many as the middle one: they are much alike
ROUNDS = {"tables": 150, "trees": 80}
POINTS = 100  # for each unit of the logarithm of the odds
SMALLEST = 5  # points: a trait that never brings more is left out
UNCASED = ("capitals", "small", "shouting")  # -1 where a script has no capitals: no points then
# What can only speak for the removal of a line (1), or against it (-1).
DIRECTIONS = {
    **dict.fromkeys(
        ("claims_between", "claims_beyond", "closers_between", "closers_beyond", "claims_near"), 1
    ),
    **dict.fromkeys(("prose_between", "prose_beyond", "sentence"), -1),
}
SETTINGS = {
    "objective": "binary",
    "verbose": -1,
    "num_threads": 1,
    "deterministic": True,
    "seed": 1,
    "force_row_wise": True,
    "min_data_in_leaf": 60,
    "learning_rate": 0.1,
    "lambda_l2": 1.0,
}


def odds(model: str, lines: Lines, *, learn: Bools, judge: Bools) -> Floats:
    """Learn from some lines, and return the logarithm of the odds that others are boilerplate.

    Args:
        model: one of `MODELS`.
        lines: all lines.
        learn: which to learn from.
        judge: which to judge.
    """
    if model == "logistic regression":
        return _logistic(lines, learn, judge)
    return _boosted(model, lines, learn).predict(lines.traits[judge], raw_score=True)


def tables(lines: Lines, learn: Bools, *, odds: float) -> dict[str, Any]:
    """Learn tables of points, as `ingest.scores.scale` reads them.

    Args:
        lines: all lines.
        learn: which to learn from.
        odds: logarithm of the odds from which on a line goes.
    """
    booster = _boosted("tables", lines, learn)
    splits: dict[int, list[tuple[int, float, float]]] = {}
    base = 0.0
    for tree in booster.dump_model()["tree_info"]:
        root = tree["tree_structure"]
        if "split_feature" not in root:
            base += root["leaf_value"]
            continue
        sides = (root["left_child"]["leaf_value"], root["right_child"]["leaf_value"])
        splits.setdefault(root["split_feature"], []).append((int(np.floor(root["threshold"])), *sides))
    traits = {}
    for feature in sorted(splits):
        table, mean = _table(splits[feature], lines, feature, learn)
        base += mean
        if max(map(abs, table["points"])) > SMALLEST:
            traits[lines.names[feature]] = table
    return {"needed": round(POINTS * (odds - base)), "traits": traits}


def _table(
    splits: list[tuple[int, float, float]], lines: Lines, feature: int, learn: Bools
) -> tuple[dict[str, list[int]], float]:
    """Add up the splits on a trait: points around their mean, and the mean."""
    uncased = {-1} if lines.names[feature] in UNCASED else set()
    edges = sorted({edge for edge, _, _ in splits} | uncased)
    tops = [*edges, np.inf]
    values = np.array([sum(low if top <= edge else high for edge, low, high in splits) for top in tops])
    seen = np.searchsorted(edges, lines.traits[learn, feature], "left")
    mean = float(np.average(values[seen], weights=_weights(lines)[learn]))
    points = [round(POINTS * (value - mean)) for value in values]
    if uncased:
        points[0] = 0
    return {"edges": edges, "points": points}, mean


def _weights(lines: Lines) -> Floats:
    """Return what each line counts: less where a track has very many, nothing where nobody can tell."""
    sizes = np.bincount(lines.track)
    weights = np.where(sizes > 2 * np.median(sizes), RAW, 1.0)[lines.track]
    return np.where(lines.label == "", 0.0, weights)


def _boosted(model: str, lines: Lines, learn: Bools) -> Any:
    lightgbm = importlib.import_module("lightgbm")  # not one of our dependencies
    shape = {"num_leaves": 2} if model == "tables" else {"num_leaves": 8, "max_depth": 3}
    directions = [DIRECTIONS.get(name, 0) for name in lines.names]
    weights = _weights(lines)
    told = learn & (weights > 0)
    data = lightgbm.Dataset(
        lines.traits[told].astype(np.float64), (lines.label[told] == "drop").astype(int), weight=weights[told]
    )
    settings = {**SETTINGS, **shape, "monotone_constraints": directions}
    return lightgbm.train(settings, data, ROUNDS[model])


def _logistic(lines: Lines, learn: Bools, judge: Bools) -> Floats:
    """Regress on traits cut into ranges: one step function a range."""
    linear = importlib.import_module("sklearn.linear_model")
    weights = _weights(lines)
    told = learn & (weights > 0)
    shares = np.linspace(0.05, 0.95, 10)
    cuts = [np.unique(np.quantile(values, shares).astype(int)) for values in lines.traits[told].T]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops before it has converged, near enough
        model = linear.LogisticRegression(C=0.3, max_iter=300)
        model.fit(_steps(lines.traits[told], cuts), lines.label[told] == "drop", sample_weight=weights[told])
    found: Floats = model.decision_function(_steps(lines.traits[judge], cuts))
    return found


def _steps(traits: Ints, cuts: Sequence[Ints]) -> Floats:
    """Return 1 for each cut that a value lies above, else 0: one column a cut."""
    return np.concatenate([(traits[:, [at]] > cut).astype(float) for at, cut in enumerate(cuts)], axis=1)
