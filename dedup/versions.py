"""Versions of one article in a batch: the latest stands for them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.candidates import distinct, within
from dedup.kinds import Texts, judge
from dedup.settings import MatchSettings
from dedup.tables import PAIRS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def superseded(rows: pa.Table, *, apart: Bools, settings: MatchSettings, texts: Texts) -> Bools:
    """Tell which articles are earlier versions of another one of the batch.

    A version is compared with the next and with the last one at its URL, or of its outlet and title; so the
    work does not grow with the square of their number.

    Args:
        rows: table of schema `dedup.tables.FIELD`, the batch in order of publication.
        apart: bool, articles that take no part.
        settings: the thresholds.
        texts: gives the clean texts of rows.

    Returns:
        bool, one an article.
    """
    coded = np.concatenate([_pairs(rows, name, apart) for name in ("url_key", "title_key")])
    coded = distinct(coded)
    later, earlier = coded // rows.num_rows, coded % rows.num_rows
    # In the order of decisions the newer version comes first: it is the one before.
    pairs = within(pa.table([later, earlier], schema=PAIRS), rows, days=settings.days)
    judged = judge(pairs, rows, settings=settings, texts=texts)
    old = judged.filter(pc.is_in(judged["match"], pa.array(["revision", "contained"])))["later"].to_numpy()
    out = np.zeros(rows.num_rows, np.bool_)
    out[old] = True
    return out


def _pairs(rows: pa.Table, name: str, apart: Bools) -> Ints:
    """Return pairs of an older and a newer version that share a key, as `older * articles + newer`."""
    keys = rows[name].to_numpy()
    dated = rows["published_at"].is_valid().to_numpy()
    some = np.flatnonzero(~apart & (keys != 0))
    # Undated versions come first: nobody knows that they are newer.
    some = some[np.lexsort((some, dated[some], keys[some]))]
    same = np.append(keys[some][1:] == keys[some][:-1], False)
    older, ends = np.flatnonzero(same), np.flatnonzero(~same)
    following, final = some[older + 1], some[ends[np.searchsorted(ends, older)]]
    found = np.concatenate([some[older] * rows.num_rows + following, some[older] * rows.num_rows + final])
    return distinct(found.astype(np.int64))
