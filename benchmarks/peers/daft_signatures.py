"""Text to signatures with Daft's native expression, on the text as it is or normalised by Daft."""

import daft
import pyarrow.parquet as pq
from daft.functions import minhash, normalize
from exchange import WIDTH, answer, arguments, repeated, stay_on_one_core


def main() -> None:
    """Sign the texts again and again, and answer with the time of one pass."""
    asked = arguments(normalised=0)
    stay_on_one_core()
    table = pq.read_table(asked.input, columns=["text"])
    frame = daft.from_arrow(table).collect()
    sketch(daft.from_arrow(table.slice(0, 10)), asked.normalised)
    answer(**repeated(lambda: sketch(frame, asked.normalised)), items=table.num_rows)


def sketch(frame: daft.DataFrame, normalised: int) -> daft.DataFrame:
    """Return the signatures, computed; Daft alone would wait until they are asked for."""
    text = frame["text"]
    if normalised:
        text = normalize(text, remove_punct=True, lowercase=True, nfd_unicode=True, white_space=True)
    return frame.select(minhash(text, num_hashes=128, ngram_size=WIDTH, seed=1)).collect()


if __name__ == "__main__":
    main()
