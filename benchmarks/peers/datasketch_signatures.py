"""Text to signatures in plain Python with `datasketch.MinHash.bulk` and its default hash."""

import pyarrow.parquet as pq
from datasketch import MinHash
from exchange import answer, arguments, once, shingles, stay_on_one_core


def main() -> None:
    stay_on_one_core()
    texts = pq.read_table(arguments().input)["text"].to_pylist()
    bulk(texts[:10])
    _, split = once(lambda: [shingles(text) for text in texts])
    _, spent = once(lambda: bulk(texts))
    answer(**spent, items=len(texts), shingling=split["cpu"])


def bulk(texts: list[str]) -> list[MinHash]:
    sets = ([shingle.encode() for shingle in shingles(text)] for text in texts)
    sketches: list[MinHash] = MinHash.bulk(sets, num_perm=128, seed=1)
    return sketches


if __name__ == "__main__":
    main()
