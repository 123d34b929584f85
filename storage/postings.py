"""Postings of a batch: key of what articles may share → the kept articles that have it.

Each kind is a table sorted by `key`, then `member`: the article's row in the run's table `kept`. All bands of
a signature share one kind: a band's number is part of its key (`dedup.signatures.band_keys`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import RECIPE as COMPARISON
from dedup.fingerprints import fingerprint
from dedup.kernels.pairs import sorted_pairs
from dedup.lines import postings as line_postings
from dedup.passages import WINDOW
from dedup.settings import MIN_PARAGRAPH, WIDTH, MatchSettings
from dedup.signatures import PERMUTATIONS, SEED, band_keys, rows_per_band
from dedup.tables import FINGERPRINTS, LINES, PARAGRAPH_KEYS, SLOTS
from storage.runs import POSTING_KINDS, Facts, write_run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]

WITHOUT_LINES = (
    f"{COMPARISON} width={WIDTH} hash=xxh64 sketch=affine32 permutations={PERMUTATIONS} seed={SEED} "
    f"bands=multilinear passage={WINDOW} paragraph={MIN_PARAGRAPH}"
)
"""The recipe of runs that know nothing of the lines of sites; all else is the same."""
RECIPE = f"{WITHOUT_LINES} lines={SLOTS}"
"""How the keys are made: two runs of different recipes cannot be searched for the same things."""

ROWS = rows_per_band(MatchSettings().near)
KEYS = "keys"  # written beside the postings, until the commit has made `kept` of it

POSTINGS = pa.schema(
    [pa.field("key", pa.uint64(), nullable=False), pa.field("member", pa.int32(), nullable=False)]
)
PLACES = pa.schema(
    [
        *POSTINGS,
        pa.field("start", pa.int32(), nullable=False),  # in the extracted text, code points
        pa.field("end", pa.int32(), nullable=False),
    ]
)
SCHEMAS = {kind: PLACES if kind == "paragraphs" else POSTINGS for kind in POSTING_KINDS}

_CHUNK = 1_000  # articles fingerprinted together
_HALF, _LOW = np.uint64(32), np.uint64((1 << 32) - 1)


def write_postings(
    folder: Path, fingerprints: pa.Table, paragraphs: pa.Table, *, rows: int = ROWS, recipe: str = RECIPE
) -> None:
    """Write the postings of a batch's kept articles into its run.

    Args:
        folder: The run's folder, `storage.publish.Staging.index`, before the commit.
        fingerprints: table of schema `dedup.tables.FINGERPRINTS` (columns may be missing that no posting is
            made of): exactly the articles that are written to the table `articles`, in any order.
        paragraphs: of `keyed`; `row` is the row in `fingerprints`.
        rows: rows of a signature that make a band.
        recipe: how the keys were made.

    Raises:
        WarehouseUnwritable: The disk refuses.
    """
    keys, postings = make_postings(fingerprints, paragraphs, rows=rows)
    facts = Facts.of(keys, recipe=recipe, rows=rows)
    write_run(folder, {**postings, KEYS: keys.replace_schema_metadata(facts.metadata())})


def make_postings(
    fingerprints: pa.Table, paragraphs: pa.Table, *, rows: int
) -> tuple[pa.Table, dict[str, pa.Table]]:
    """Make the postings of a batch's kept articles.

    Args:
        fingerprints: As for `write_postings`.
        paragraphs: Likewise.
        rows: Rows of a band.

    Returns:
        What `storage.kept.kept_rows` needs of the articles, a member a row; and for each kind its table.
    """
    order = in_order(fingerprints)
    members = np.empty(len(order), np.uint64)
    members[order.to_numpy()] = np.arange(len(order), dtype=np.uint64)
    bands = band_keys(signatures_of(fingerprints), rows=rows)
    passages = fingerprints["passages"].combine_chunks()
    counts = pc.list_value_length(passages).to_numpy()
    postings = {
        "texts": _sorted(fingerprints["text_key"].to_numpy(), members),
        "titles": _sorted(fingerprints["title_key"].to_numpy(), members),
        "urls": _sorted(fingerprints["url_key"].to_numpy(), members),
        "bands": _sorted(bands.T.ravel(), np.tile(members, bands.shape[1])),
        "passages": _sorted(passages.flatten().to_numpy(), np.repeat(members, counts)),
        "paragraphs": _places(paragraphs, members),
    }
    return fingerprints.select(_KEYS.names).take(order).cast(_KEYS), postings


def signatures_of(fingerprints: pa.Table) -> NDArray[np.uint32]:
    """Give the signatures of a table of fingerprints.

    Args:
        fingerprints: A table with the column `signature` of `dedup.tables.FINGERPRINTS`.

    Returns:
        uint32 of shape (articles, 128).
    """
    column = fingerprints.column("signature").combine_chunks()
    if not len(column):
        return np.empty((0, PERMUTATIONS), np.uint32)
    values = np.frombuffer(column.buffers()[1], np.uint32).reshape(-1, PERMUTATIONS)
    return values[column.offset : column.offset + len(column)]


def in_order(articles: pa.Table) -> pa.Array:
    """Say in what order articles of a batch are numbered as members: that of publication.

    It does not depend on the order in which they came: by date, nulls last, then by id.

    Args:
        articles: A table with `published_at` and `article_id`.

    Returns:
        Their rows, in order.
    """
    return pc.sort_indices(articles, [("published_at", "ascending"), ("article_id", "ascending")])


def keyed(paragraphs: pa.Table, lines: pa.Table) -> pa.Table:
    """Put together what is looked up of paragraphs and of lines.

    Args:
        paragraphs: table of schema `dedup.tables.PARAGRAPH_KEYS`.
        lines: table of schema `dedup.tables.LINES`.

    Returns:
        `row`, `start`, `end` and `key`: one row for each key.
    """
    own = paragraphs.select(["row", "start", "end", "key"])
    return pa.concat_tables([own, line_postings(lines).cast(own.schema)]).combine_chunks()


def fingerprint_stored(tables: Iterable[pa.Table], *, recipe: str = RECIPE) -> tuple[pa.Table, pa.Table]:
    """Fingerprint published articles once more, as flows did before the commit.

    Args:
        tables: The columns `STORED` of the table `articles`, some rows at a time, as they were matched
            (`storage.matched`).
        recipe: How keys are made: with lines, or without.

    Returns:
        Fingerprints, and what `keyed` makes of their paragraphs and lines; `row` is the row in them.
    """
    articles, keys, before = [FINGERPRINTS.empty_table()], [keyed(*_NOTHING)], 0
    for table in tables:
        for first in range(0, table.num_rows, _CHUNK):
            some = table.slice(first, _CHUNK).combine_chunks()
            # Kept in originals; nothing that is looked up is made of it.
            some = some.append_column("content_hash", pa.repeat("", some.num_rows))
            made = fingerprint(some, chunk=0)
            own = keyed(made.paragraphs, made.lines if recipe != WITHOUT_LINES else _NOTHING[1])
            row = pc.add(own["row"], pa.scalar(before, pa.int32()))
            articles.append(made.articles)
            keys.append(own.set_column(0, PARAGRAPH_KEYS.field("row"), row))
            before += some.num_rows
    return pa.concat_tables(articles).combine_chunks(), pa.concat_tables(keys).combine_chunks()


_NOTHING = (PARAGRAPH_KEYS.empty_table(), LINES.empty_table())

STORED = (
    *("article_id", "locator", "published_at", "outlet", "canonical_url", "content_id"),
    *("title", "text", "paragraph_spans"),
)
"""The columns of `articles` that fingerprints are made of."""

_KEYS = pa.schema(
    [
        FINGERPRINTS.field(name)
        for name in (
            *("article_id", "published_at", "outlet", "canonical_url", "content_id"),
            *("text_key", "title_key", "url_key", "tokens"),
        )
    ]
)


def _sorted(keys: Keys, members: Keys) -> pa.Table:
    """Sort postings by key, then member. A key of 0 stands for nothing."""
    ordered, values = sorted_pairs(keys, members)
    return pa.table([ordered, values.astype(np.int32)], schema=POSTINGS)


def _places(paragraphs: pa.Table, members: Keys) -> pa.Table:
    """Sort the places of paragraphs by key, then member; of an article's equal ones the first stays."""
    rows, starts = (paragraphs[name].to_numpy().astype(np.uint64) for name in ("row", "start"))
    texts = rows << _HALF | starts
    if (texts[1:] < texts[:-1]).any():
        return _places(paragraphs.take(pa.array(np.argsort(texts, kind="stable"))), members)
    numbers = np.arange(len(rows), dtype=np.uint64)  # they ascend as the places in a text do
    keys, values = sorted_pairs(paragraphs["key"].to_numpy(), members[rows] << _HALF | numbers)
    member = (values >> _HALF).astype(np.int32)
    new = np.ones(len(keys), bool)
    new[1:] = (keys[1:] != keys[:-1]) | (member[1:] != member[:-1])
    first = (values[new] & _LOW).astype(np.int64)
    columns = [keys[new], member[new], *(paragraphs[name].to_numpy()[first] for name in ("start", "end"))]
    return pa.table(columns, schema=PLACES)
