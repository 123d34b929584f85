"""Deduplicate Parquet as rensa's README does: stream sketches into a deduplicator, keep what is new to it."""

import pyarrow as pa
import pyarrow.parquet as pq
from exchange import arguments, shingles
from rensa import RMinHashDeduplicator


def main() -> None:
    """Read, deduplicate, write."""
    asked = arguments()
    table = pq.read_table(asked.input)
    known = RMinHashDeduplicator(threshold=0.8, num_perm=128, use_lsh=True)
    texts = table["text"].to_pylist()
    keep = known.add_pairs((str(row), list(shingles(text))) for row, text in enumerate(texts))
    asked.output.mkdir(parents=True)
    pq.write_table(table.filter(pa.array(keep)), asked.output / "kept.parquet")


if __name__ == "__main__":
    main()
