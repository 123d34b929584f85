"""Why rules leave lines alone, one reason at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import entries, packs

PROSE = "The ferry left the harbour at noon and nobody on the quay waved to it."
PACK = """
language = "en"
[[rule]]
id = "en.test.share"
kind = "social"
match = "^.?share"
{said}
remove = [{example}]
"""


def problem(folder: Path, said: str, example: str) -> str:
    """Return what is said of the one example of a rule."""
    path = folder / "my.toml"
    path.write_text(PACK.format(said=said, example=f'"""{example}"""'), encoding="utf-8")
    [failure] = packs.failures(entries.read(path))
    assert failure.example == example
    told, _, why = failure.sentence.removeprefix("it does not remove its example ").partition("”: ")
    assert told == f"“{example}"
    return why


@pytest.mark.parametrize(
    ("said", "example", "why"),
    [
        ("", "Tell it", "the pattern does not match it; mend the rule or the example"),
        ("max_words = 3", "Share this with us", "it has 4 words, and max_words is 3"),
        ("sentence = false", "Share it.", "it ends like a sentence, and sentence is false"),
        ("sentence = true", "Share it", "it does not end like a sentence, and sentence is true"),
        ("", "“Share it”", "it is held back as a quotation, which no rule touches"),
        ("", "Share “it,” he said", "it is held back as a quotation, which no rule touches"),
        ("", f"{PROSE}\nShare", "none of its lines is marked; put “> ” before the one that must go"),
        (
            "section = true",
            f"{PROSE}\n> Tell\nIt",
            "the pattern does not match it, and it is no link below a",
        ),
        ("", f"{PROSE}\n>   Share", "it is not read as a line of its own"),
    ],
)
def test_the_reason_is_told(tmp_path: Path, said: str, example: str, why: str) -> None:
    assert problem(tmp_path, said, example).startswith(why)


@pytest.mark.parametrize("where", ["head", "tail", "edge", "outside", "before"])
def test_a_line_in_another_place_is_told_the_place(tmp_path: Path, where: str) -> None:
    article = "\n".join([PROSE] * 8)
    told = problem(tmp_path, f'where = "{where}"', f"{article}\n> Share\n{article}")
    assert told.startswith(f"it does not stand where the rule looks, and where is {where}; ")


def test_an_item_and_a_correction_are_told_apart(tmp_path: Path) -> None:
    article = "\n".join([PROSE] * 8)
    item = problem(tmp_path, "", f"{article}\n> • Share\n{article}")
    assert item.startswith("it is held back as an item of a list amid the article, ")
    (tmp_path / "pack").mkdir()
    correction = PACK.replace("^.?share", "^correction")
    path = tmp_path / "pack" / "my.toml"
    path.write_text(correction.format(said="", example='"Correction: the ferry left at two."'))
    [failure] = packs.failures(entries.read(path))
    assert "it is held back as a correction, " in failure.sentence
