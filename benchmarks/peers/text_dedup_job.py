"""Deduplicate Parquet with text-dedup's MinHash program, and write what it leaves as Parquet."""

from datasets import load_from_disk
from exchange import WIDTH, arguments
from text_dedup.minhash import main as deduplicate


def main() -> None:
    """Run its program as a person would, and write what it leaves as Parquet."""
    asked = arguments(processes=2)
    words = {
        "--path": "parquet",
        "--data_files": asked.input / "*.parquet",
        "--split": "train",
        "--cache_dir": asked.output / "cache",
        "--output": asked.output / "dataset",
        "--column": "text",
        "--ngram": WIDTH,
        "--min_length": 1,
        "--num_perm": 128,
        "--threshold": 0.8,
        "--num_proc": asked.processes,
    }
    deduplicate([str(word) for pair in words.items() for word in pair], standalone_mode=False)
    load_from_disk(str(asked.output / "dataset")).to_parquet(str(asked.output / "kept.parquet"))


if __name__ == "__main__":
    main()
