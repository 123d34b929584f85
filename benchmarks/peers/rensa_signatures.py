"""Text to signatures with rensa's full-set R-MinHash, of shingles that plain Python makes."""

import pyarrow.parquet as pq
from exchange import answer, arguments, once, shingles, stay_on_one_core
from rensa import RMinHash, RMinHashDigestMatrix


def main() -> None:
    """Sign the texts once, and answer with the time, and how much of it the shingles take."""
    stay_on_one_core()
    texts = pq.read_table(arguments().input)["text"].to_pylist()
    digests(texts[:10])
    _, split = once(lambda: [shingles(text) for text in texts])
    _, spent = once(lambda: digests(texts))
    answer(**spent, items=len(texts), shingling=split["cpu"])


def digests(texts: list[str]) -> RMinHashDigestMatrix:
    """Return the sketches of some texts."""
    return RMinHash.digest_matrix_from_token_sets([list(shingles(text)) for text in texts], 128, 1)


if __name__ == "__main__":
    main()
