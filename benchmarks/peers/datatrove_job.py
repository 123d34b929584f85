"""Deduplicate Parquet with datatrove's MinHash pipeline on its local executor, with its own settings.

But for the words: split at spaces, as all punctuation is gone by then. Its English tokenizer, spaCy, would
find the same words in twenty times the time.
"""

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import ParquetWriter
from datatrove.utils.word_tokenizers import WordTokenizer
from exchange import WIDTH, arguments


class Words(WordTokenizer):
    """Words between spaces: its own tokeniser would take most of the time."""

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()

    def sent_tokenize(self, text: str) -> list[str]:
        return [text]

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        return [(0, len(text))]


def main() -> None:
    """Run the four stages, one behind the other."""
    asked = arguments(tasks=1)
    work, tasks = asked.output / "work", asked.tasks
    config = MinhashConfig(n_grams=WIDTH)  # 14 bands of 8: 0.92 of the pairs at 0.8
    sketch = MinhashDedupSignature(str(work / "signatures"), config=config)
    sketch.word_tokenizer = Words()
    pair = MinhashDedupBuckets(str(work / "signatures"), str(work / "pairs"), config=config)
    cluster = MinhashDedupCluster(str(work / "pairs"), str(work / "remove"), config=config)
    choose, write = MinhashDedupFilter(str(work / "remove")), ParquetWriter(str(asked.output / "kept"))
    read = str(asked.input)
    stages = [
        ([ParquetReader(read), sketch], tasks),
        ([pair], config.num_buckets),
        ([cluster], 1),
        ([ParquetReader(read), choose, write], tasks),
    ]
    for number, (steps, count) in enumerate(stages):
        logs = str(work / f"logs-{number}")
        LocalPipelineExecutor(steps, tasks=count, workers=min(tasks, count), logging_dir=logs).run()


if __name__ == "__main__":
    main()
