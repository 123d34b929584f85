"""Signatures to candidate pairs by this project: banded, grouped, and paired in order within one batch."""

import numpy as np
import planted
import pyarrow as pa
from exchange import answer, arguments, memory_now, once

from dedup import candidates
from dedup.candidates import Field
from dedup.matches import BLOCK
from dedup.settings import MIN_TOKENS, MatchSettings
from dedup.signatures import Signatures
from dedup.tables import FIELD, HITS, PAIRS


def main() -> None:
    """Match the planted sets, and answer with time, memory and recall."""
    asked = arguments(most=0)
    few = np.zeros((8, 128), np.uint32)
    match(few, articles(len(few)))
    count = len(planted.load(asked.input, "offsets", most=asked.most + 1 if asked.most else 0)) - 1
    rows = articles(count)
    memory = memory_now()
    signatures = planted.load(asked.input, "signatures", most=asked.most)
    found, spent = once(lambda: match(signatures, rows))
    peak = memory.peak() / signatures.nbytes
    pairs = planted.copies(asked.input, most=len(signatures))
    later, earlier = (found[name].to_numpy() for name in PAIRS.names)
    recall = planted.found_among(pairs, later, earlier)
    answer(**spent, items=len(signatures), memory=peak, recall=recall, pairs=len(later))


def articles(count: int) -> pa.Table:
    """Return articles of which nothing is known but that they have words enough for a sketch."""
    known = {"tokens": pa.array(np.full(count, MIN_TOKENS), pa.int32())}
    none = pa.array(np.zeros(count), pa.uint64())
    blank = pa.repeat(pa.scalar(""), count)
    for field in FIELD:
        if field.name not in known:
            by_type = none if field.type == pa.uint64() else blank
            known[field.name] = pa.nulls(count, field.type) if field.nullable else by_type
    return pa.table([known[name] for name in FIELD.names], schema=FIELD)


def match(signatures: Signatures, rows: pa.Table) -> pa.Table:
    """Return all candidates as if each article were kept: the most that there can be to do."""
    passages = pa.ListArray.from_arrays(np.zeros(len(signatures) + 1, np.int32), pa.array([], pa.uint64()))
    field = Field(rows, 0, signatures, passages, HITS.empty_table())
    apart = np.zeros(len(signatures), np.bool_)
    shared = candidates.share(field, apart=apart, settings=MatchSettings(), far=0)
    found = []
    for start in range(0, len(signatures), BLOCK):
        block = np.arange(start, min(start + BLOCK, len(signatures)))
        found.append(candidates.pair_up(shared, block)[0])
        candidates.settle(shared, block, np.ones(len(block), np.bool_))
    return pa.concat_tables(found)


if __name__ == "__main__":
    main()
