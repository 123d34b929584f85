from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest

from ingest import entries, packs, rules
from ingest.errors import RuleError
from ingest.paragraphs import split

DOC = Path(__file__).parents[2] / "docs" / "add-a-rule.md"
RULE = """
[[rule]]
id = "en.test.share"
kind = "social"
match = '^share$'
remove = ["Share"]
keep = ["Share the bread"]
"""
CUT = """
[[inline]]
id = "en.test.cut"
kind = "related-link"
match = '(?P<cut>\\(more: [^)]+\\))'
remove = ["One <<(more: two)>> three <<(more: four)>>."]
keep = ["More: one"]
"""


def _pack(folder: Path, body: str, *, name: str = "my.toml", language: str = "en") -> Path:
    path = folder / name
    path.write_text(f'language = "{language}"\n{body}', encoding="utf-8")
    return path


def test_a_pack_is_loaded_in_order(tmp_path: Path) -> None:
    second = RULE.replace("en.test.share", "en.test.other")
    loaded = packs.load([_pack(tmp_path, RULE + second + CUT)])
    assert [rule.id for rule in loaded.lines] == ["en.test.share", "en.test.other"]
    assert [cut.id for cut in loaded.cuts] == ["en.test.cut"]
    assert {rule.language for rule in loaded.lines} == {"en"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind = ", "kinds = ", "the key is not known"),
        ('kind = "social"', 'kind = "sociable"', "'sociable' is none of title, "),
        ("'^share$'", "'^share(?=x)$'", "RE2 refuses the pattern"),
        ("'^share$'", "'^(share)?$'", "matches the empty string"),
        ("'^share$'", "'^shares$'", "does not remove its example “Share”"),
        ("'^share$'", "'^share'", "it removes “Share the bread”, which it must keep"),
        ('remove = ["Share"]', "remove = []", "rule number 1 (en.test.share): remove: "),
        ('remove = ["Share"]', "", "rule number 1 (en.test.share): remove: "),
        ("kind = ", 'where = "middle"\nkind = ', ": where: "),
        ("kind = ", "max_words = 0\nkind = ", ": max_words: "),
        ("kind = ", 'max_words = "3"\nkind = ', ": max_words: "),
        ("en.test.share", "Share It", "rule number 1 (Share It): id: "),
        ("[[rule]]", "[[rules]]", "rules: the key is not known"),
        ("[[rule]]", "[[rule]", "no valid TOML"),
    ],
)
def test_a_wrong_rule_is_one_clear_sentence(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in RULE
    with pytest.raises(RuleError) as error:
        packs.load([_pack(tmp_path, RULE.replace(old, new))])
    assert said in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "my.toml"))
    assert "\n" not in str(error.value).replace("“Share”", "")


def test_the_sentence_names_the_rule(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"my\.toml: rule en\.test\.share: "):
        packs.load([_pack(tmp_path, RULE.replace("^share$", "^shares$"))])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("(?P<cut>", "(?P<cuts>", "has no group"),
        ("<<(more: two)>>", "(more: two)", "it cuts “(more: two)”"),
        ('keep = ["More: one"]', 'keep = ["a (more: b) c"]', "it cuts “(more: b)”"),
        ('"One <<(more: two)>> three <<(more: four)>>."', '"One"', "it cuts nothing"),
    ],
)
def test_examples_of_cuts_run_too(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in CUT
    with pytest.raises(RuleError) as error:
        packs.load([_pack(tmp_path, CUT.replace(old, new))])
    assert said in str(error.value)


def test_an_id_stands_once_in_all_packs(tmp_path: Path) -> None:
    one, two = _pack(tmp_path, RULE, name="one.toml"), _pack(tmp_path, RULE, name="two.toml")
    with pytest.raises(
        RuleError, match=r"two\.toml: rule en\.test\.share: the id stands already in .*one\.toml"
    ):
        packs.load([one, two])


def test_a_missing_pack_and_a_pack_of_other_bytes(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot be read"):
        packs.load([tmp_path / "none.toml"])
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleError, match="no valid TOML"):
        packs.load([tmp_path / "bytes.toml"])


def test_rules_can_be_disabled_by_id(tmp_path: Path) -> None:
    path = _pack(tmp_path, RULE + CUT)
    loaded = packs.load([path], disable=["en.test.share", "en.test.cut"])
    assert (loaded.lines, loaded.cuts) == ((), ())
    with pytest.raises(
        RuleError, match=r"the rule en\.test\.shore, which no pack has; did you mean en\.test\.share\?"
    ):
        packs.load([path], disable=["en.test.shore"])


@pytest.mark.parametrize(
    ("name", "switch"), [("judge-1", "judge = false"), ("template", "templates = false")]
)
def test_what_is_no_rule_has_a_switch_of_its_own(tmp_path: Path, name: str, switch: str) -> None:
    with pytest.raises(RuleError, match=rf"switched off by {switch} in \[rules\]"):
        packs.load([_pack(tmp_path, RULE)], disable=[name])


def test_a_pack_for_any_language(tmp_path: Path) -> None:
    assert packs.load([_pack(tmp_path, RULE, language="any")]).lines[0].language == "any"


def test_an_example_may_be_a_small_article(tmp_path: Path) -> None:
    prose = "The ferry left the harbour at noon and nobody on the quay waved to it."
    body = "\\n".join([prose] * 8)
    tail = RULE.replace("kind = ", 'where = "tail"\nkind = ')
    packs.load([_pack(tmp_path, tail.replace('["Share"]', f'["{body}\\n> Share"]'))])
    with pytest.raises(RuleError, match="does not remove its example"):
        packs.load([_pack(tmp_path, tail.replace('["Share"]', f'["{body}\\n> Share\\n{body}"]'))])
    packs.load([_pack(tmp_path, tail.replace('["Share the bread"]', f'["{body}\\n> Share\\n{body}"]'))])


def test_the_fingerprint_changes_with_what_the_rules_do_and_with_nothing_else(tmp_path: Path) -> None:
    def mark(body: str, *disable: str) -> str:
        return packs.load([_pack(tmp_path, body)], disable=disable).fingerprint

    both = RULE + CUT
    assert mark(both) == mark(both) == mark(both.replace("Share the bread", "Share the salt"))
    others = [
        both.replace("^share$", "^(share)$"),
        both.replace("kind = ", "max_words = 3\nkind = ", 1),
        CUT,
        RULE,
    ]
    marks = [mark(both), *(mark(other) for other in others), mark(both, "en.test.cut")]
    assert len(set(marks)) == len(marks) - 1  # to disable a rule is to have no such rule
    assert marks[-1] == mark(RULE)


def test_the_bundled_packs_load_with_the_language_neutral_one_first() -> None:
    paths = packs.bundled()
    assert [path.name for path in paths][:1] == ["any.toml"]
    assert "en.toml" in [path.name for path in paths]
    loaded = packs.load(paths)
    assert all(rule.id.startswith(f"{rule.language}.") for rule in (*loaded.lines, *loaded.cuts))


@pytest.mark.parametrize("path", packs.bundled(), ids=lambda path: path.name)
def test_a_bundled_pack_does_what_its_examples_say(path: Path) -> None:
    assert packs.failures(entries.read(path)) == []


@pytest.mark.parametrize("path", packs.bundled(), ids=lambda path: path.name)
def test_a_bundled_pack_is_of_one_language_and_every_rule_has_examples_of_both_sorts(path: Path) -> None:
    pack = entries.read(path)
    assert path.stem == pack.language
    for entry in pack.entries():
        assert entry.id.startswith(f"{pack.language}.")
        assert entry.remove
        assert entry.keep


def test_what_one_language_keeps_no_other_removes_where_the_language_is_unknown() -> None:
    """Short texts of no known language meet the rules of all packs."""
    kept = [
        (pack.language, example)
        for pack in map(entries.read, packs.bundled())
        for entry in pack.entries()
        for example in entry.keep
        if "\n" not in example
    ]
    paragraphs = split(pa.array([example for _, example in kept]))
    removals, _ = rules.propose(paragraphs, pa.nulls(len(kept), pa.string()), packs.load(packs.bundled()))
    hits = [(row["rule_id"], *kept[row["row"]]) for row in removals.to_pylist()]
    assert [hit for hit in hits if hit[0].split(".")[0] != hit[1]] == []


def test_bundled_packs_are_taken_as_proven_and_their_copies_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _pack(tmp_path, RULE.replace("^share$", "^shares$"), name="xx.toml")
    monkeypatch.setattr(packs, "bundled", lambda: (broken,))
    assert packs.load([broken]).lines
    copy = _pack(tmp_path, broken.read_text(encoding="utf-8").split("\n", 1)[1], name="copy.toml")
    with pytest.raises(RuleError, match="does not remove its example"):
        packs.load([copy])


def test_all_failures_are_told(tmp_path: Path) -> None:
    body = RULE.replace('["Share"]', '["Share", "Shares", "Shared"]') + CUT.replace("More: one", "(more: a)")
    found = packs.failures(entries.read(_pack(tmp_path, body)))
    assert [(failure.rule, failure.example) for failure in found] == [
        ("en.test.share", "Shares"),
        ("en.test.share", "Shared"),
        ("en.test.cut", "(more: a)"),
    ]
    refused = body.replace("^share$", "^share(?=x)$").replace("(?P<cut>", "(?P<cuts>")
    found = packs.failures(entries.read(_pack(tmp_path, refused)))
    assert [(failure.rule, failure.example) for failure in found] == [
        ("en.test.share", None),
        ("en.test.cut", None),
    ]


def test_the_key_tables_of_the_guide_say_what_the_code_says() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", DOC.read_text(encoding="utf-8"), re.MULTILINE))
    fields = {**entries.RuleEntry.model_fields, **entries.InlineEntry.model_fields}
    assert told == {name: field.description for name, field in fields.items()}


def test_the_worked_example_of_the_guide_loads(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(language = .+?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.toml"
        path.write_text(block, encoding="utf-8")
        assert packs.load([path]).lines
