"""Text to signatures by this project, on one thread or more."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
from exchange import WIDTH, answer, arguments, repeated, stay_on_one_core

from dedup.comparison import tokenise
from dedup.shingles import shingle
from dedup.signatures import Signatures, sign

AT_ONCE = 1_000  # texts; the pipeline has up to 4,000 in hand


def main() -> None:
    """Sign the texts again and again, and answer with the time of one pass."""
    asked = arguments(threads=1)
    if asked.threads == 1:
        stay_on_one_core()
    texts = pq.read_table(asked.input)["text"].combine_chunks()
    chunks = [texts.slice(start, AT_ONCE) for start in range(0, len(texts), AT_ONCE)]
    signatures_of(chunks[0])  # what is built or loaded once a process is no part of the figure
    with ThreadPoolExecutor(asked.threads) as pool:
        # With one thread, no other is asked: handing over takes time too.
        spread = pool.map if asked.threads > 1 else map
        spent = repeated(lambda: list(spread(signatures_of, chunks)))
    answer(**spent, items=len(texts))


def signatures_of(texts: pa.Array) -> Signatures:
    """Return the signatures of some texts, from UTF-8 to the end."""
    return sign(shingle(tokenise(texts), width=WIDTH))


if __name__ == "__main__":
    main()
