"""A rule tried on what is stored: which lines would go, and what would hold it back. Nothing is written."""

from __future__ import annotations

import difflib
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from dedup import trial
from dedup.trial import FOUND, REMOVED, TRIAL
from flows import run as runs
from flows.settings import Settings, SettingsError
from ingest import outlets
from ingest.patterns import NOWHERE, Cut, Rule, Rules, complaint, translate
from ingest.prospects import spoken_in
from ingest.survey import primary_subtags
from storage.findings import Batch, batches_of
from storage.manifest import Snapshot, snapshot
from storage.restoring import TAKEN, restore
from storage.warehouse import open_warehouse

logger = logging.getLogger(__name__)

MOST_TEXTS = 50_000  # different ones that are counted apart; a pattern that matches more is no rule
LONGEST_TEXT = 300  # characters; longer lines are told apart by their beginnings
OUTLETS_NAMED = 5  # the commonest, where none is like the one that was named
_CODE = re.compile("[a-z]{2,3}")
ROWS = 100_000  # articles of which all is read but their texts, at once

_SORT = ["text", "by", "held", "prose"]
_COUNTED = pa.schema(
    [
        *(FOUND.field(name) for name in _SORT),
        pa.field("lines", pa.int64()),
        pa.field("words", pa.int64()),
        pa.field("article_id", pa.string()),  # one that has such a line
    ]
)

_THERE = pa.schema([("sort", pa.string()), ("outlet", pa.string())])


class Asked(NamedTuple):
    """A rule to try, as somebody types it; the keys are those of a pack."""

    match: str
    where: Literal["any", "head", "tail", "edge", "outside", "before"] = "any"
    max_words: int | None = None
    sentence: bool | None = None
    section: bool = False
    case: bool = False
    inline: bool = False
    language: str = "any"
    outlet: str | None = None


class _Seen(NamedTuple):
    """What was found in one chunk."""

    articles: int  # that were looked at
    found: pa.Table  # schema FOUND, with article_id and outlet


def try_rule(warehouse: str, asked: Asked, settings: Settings) -> dict[str, Any]:
    """Find what a rule would remove from the articles that are stored, were it tried behind those in force.

    Args:
        warehouse: folder of the warehouse.
        asked: the rule.
        settings: what is in force.

    Returns:
        `articles` that were looked at; how many lines are `matched`, how many of them `new`, and of these
        `in_prose`; how many are removed `already` or `held` back; all different `lines`, the commonest first.

    Raises:
        SettingsError: RE2 refuses the pattern, or it says nothing; or no article is of the outlet.
        ingest.errors.RuleError: a pack is wrong.
        storage.errors.StorageError: there is no such warehouse.
    """
    rule, rules = _rule(asked), runs.rules_of(settings)
    moment = snapshot(open_warehouse(warehouse))
    if asked.outlet is not None:
        _check_outlet(moment, asked.outlet)
    looked, articles, there = 0, Counter[str](), pa.table({"sort": [], "outlet": []}, _THERE)
    counted, totals = _COUNTED.empty_table(), _COUNTED.empty_table()
    for seen in _seen(moment, rule, rules):
        looked += seen.articles
        for sort, rows in {"matched": seen.found, "new": _new(seen.found)}.items():
            articles += Counter({sort: len(pc.unique(rows["article_id"]))})
            there = _outlets(
                [there, pa.table([pa.repeat(sort, rows.num_rows), rows["outlet"]], schema=_THERE)]
            )
        more = _shortened(seen.found)
        totals = _together([totals, more.set_column(0, _COUNTED.field(0), pa.repeat("", more.num_rows))])
        counted = _commonest(_together([counted, more]))
    names = Counter(_having(there, "outlet")["sort"].to_pylist())
    by_sort = {"matched": totals, "new": _new(totals)}
    return {
        "warehouse": warehouse,
        "articles": looked,
        **{
            sort: {**_sums(rows), "articles": articles[sort], "outlets": names[sort]}
            for sort, rows in by_sort.items()
        },
        "in_prose": _sums(_new(totals).filter(pc.field("prose"))),
        "already": {**_sums(_having(totals, "by")), "by": _shares(totals, "by")},
        "held": {**_sums(_having(totals, "held")), "by": _shares(totals, "held")},
        "lines": counted.select([*_SORT, "lines", "article_id"]).to_pylist(),
    }


def _rule(asked: Asked) -> Rule | Cut:
    pattern = translate(asked.match, case=asked.case)
    wrong = complaint(pattern, written=asked.match)
    if wrong is None and asked.inline and "(?P<cut>" not in asked.match:
        wrong = "with --inline it needs a group (?P<cut>...) that says what to remove"
    if not _CODE.fullmatch(asked.language):
        raise SettingsError(f"--language: {asked.language!r} is no code such as de; any is for all languages")
    if wrong is not None:
        raise SettingsError(f"{asked.match}: {wrong}; docs/add-a-rule.md says how patterns are written")
    there = frozenset([outlets.key(asked.outlet)]) if asked.outlet else NOWHERE
    if asked.inline:
        return Cut(TRIAL, "", asked.language, pattern, outlets=there)
    limits = (asked.where, asked.max_words, asked.sentence, asked.section)
    return Rule(TRIAL, "", asked.language, pattern, *limits, outlets=there)


def _check_outlet(moment: Snapshot, outlet: str) -> None:
    there = Counter[str]()
    for batch in batches_of(moment):
        for table in ("articles", "duplicates"):
            named = pc.value_counts(batch.read(table, ["outlet"])["outlet"].drop_null())
            there.update({row["values"]: row["counts"] for row in named.to_pylist()})
    names = {outlets.key(name) for name in there}
    if outlets.key(outlet) not in names:
        near = difflib.get_close_matches(outlets.key(outlet), names, n=1)
        some = ", ".join(name for name, _ in there.most_common(OUTLETS_NAMED)) or "none"
        more = f" and {len(there) - OUTLETS_NAMED:,} more" if len(there) > OUTLETS_NAMED else ""
        hint = f"did you mean {near[0]}?" if near else f"there are {some}{more}"
        raise SettingsError(f"--outlet: no article is of {outlet!r}; {hint}")


def _seen(moment: Snapshot, rule: Rule | Cut, rules: Rules) -> Iterator[_Seen]:
    """Look at all articles that a rule is for, some at a time."""
    batches = batches_of(moment)
    total = sum(batch.count("originals") for batch in batches)
    done = 0
    for batch in batches:
        taken = _articles(batch, rule)
        step = {"step": "try", "total": total}
        for start in range(0, taken.num_rows, ROWS):
            for records in restore(moment, taken.slice(start, ROWS)):
                yield _Seen(records.num_rows, _found(batch, records, rule, rules))
                done += records.num_rows
                logger.info("tried on %d articles", done, extra={**step, "done": done})
        logger.info("tried on batch %s", batch.batch_id, extra={**step, "done": done})


def _articles(batch: Batch, rule: Rule | Cut) -> pa.Table:
    """List the articles of a batch that a rule is for, in the order in which they are restored."""
    names = [*TAKEN.names, "outlet", "language"]
    tables = [batch.read(table, names).select(names) for table in ("articles", "duplicates")]
    rows = pa.concat_tables([table.replace_schema_metadata(None) for table in tables]).combine_chunks()
    mine = spoken_in(primary_subtags(rows["language"]), rule.language)
    mine &= outlets.used_at(outlets.keys(rows["outlet"].combine_chunks()), rule)
    return rows.filter(pa.array(mine)).select(TAKEN.names).cast(TAKEN).sort_by("article_id")


def _found(batch: Batch, records: pa.Table, rule: Rule | Cut, rules: Rules) -> pa.Table:
    """Return what a rule matches in a chunk, with the articles and their outlets."""
    some = records.take(trial.rows(records, rule)).combine_chunks()
    removed = _removed(batch, some["article_id"].combine_chunks())
    found = trial.find(some, rule, rules=rules, removed=removed)
    for name in ("article_id", "outlet"):
        found = found.append_column(name, some[name].take(found["row"]))
    return found


def _removed(batch: Batch, ids: pa.Array) -> pa.Table:
    """Return what is removed from some articles, by the place of each in `ids`."""
    if not len(ids):
        return REMOVED.empty_table()
    columns = ["article_id", "start", "end", "rule_id", "layer"]
    rows = batch.read("removals", columns, where=ds.field("article_id").isin(ids))
    row = pc.index_in(rows["article_id"], value_set=ids)
    by = pc.coalesce(rows["rule_id"], rows["layer"])
    table = pa.table([row, rows["start"], rows["end"], by], schema=REMOVED)
    return table.sort_by([("row", "ascending"), ("start", "ascending")])


def _shortened(found: pa.Table) -> pa.Table:
    """Bring what was found into the schema of what is counted."""
    columns = {
        **{name: found[name] for name in FOUND.names},
        "text": pc.utf8_slice_codeunits(found["text"], 0, LONGEST_TEXT),
        "words": found["words"].cast(pa.int64()),
        "lines": pa.repeat(pa.scalar(1, pa.int64()), found.num_rows),
        "article_id": found["article_id"],
    }
    return pa.table([columns[name] for name in _COUNTED.names], schema=_COUNTED)


def _together(tables: Iterable[pa.Table]) -> pa.Table:
    """Count lines of one sort as one."""
    sums = [("lines", "sum"), ("words", "sum"), ("article_id", "min")]
    rows = pa.concat_tables(tables).group_by(_SORT).aggregate(sums)
    return pa.table([rows[name] for name in (*_SORT, *map("_".join, sums))], schema=_COUNTED)


def _outlets(tables: Iterable[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).group_by(_THERE.names).aggregate([])


def _commonest(counted: pa.Table) -> pa.Table:
    order = [("lines", "descending"), *((name, "ascending") for name in _SORT)]
    return counted.sort_by(order).slice(0, MOST_TEXTS)


def _new(rows: pa.Table) -> pa.Table:
    """Leave what would go that stays today."""
    return rows.filter(pc.field("by").is_null() & pc.field("held").is_null())


def _having(rows: pa.Table, name: str) -> pa.Table:
    return rows.filter(pc.field(name).is_valid())


def _sums(rows: pa.Table) -> dict[str, int]:
    return {name: pc.sum(rows[name], min_count=0).as_py() for name in ("lines", "words")}


def _shares(totals: pa.Table, name: str) -> dict[str, int]:
    """Say how many lines each of them took, the most first."""
    rows = _having(totals, name).group_by(name).aggregate([("lines", "sum")])
    order = rows.sort_by([("lines_sum", "descending"), (name, "ascending")])
    return dict(zip(order[name].to_pylist(), order["lines_sum"].to_pylist(), strict=True))
