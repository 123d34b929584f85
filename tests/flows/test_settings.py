"""What a source is told to be is checked when it is read, and changes what it is known by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows import provenance
from flows.configuration import load
from flows.run import rules_of
from flows.settings import ExtractTable, Settings, SettingsError, SourceTable, as_source, as_table
from ingest import packs, scores
from ingest.pages.extract import ENGINES

SOURCE = '[[source]]\nname = "wire"\ninputs = ["in"]\n'


def written(folder: Path, more: str) -> Path:
    path = folder / "copydesk.toml"
    path.write_text(SOURCE + more, encoding="utf-8")
    return path


def test_language_and_time_zone_of_a_source_are_read(tmp_path: Path) -> None:
    (source,) = load(written(tmp_path, 'language = "PT_br"\ntimezone = "America/Sao_Paulo"')).source
    assert (source.language, source.timezone) == ("pt-BR", "America/Sao_Paulo")
    assert as_table(as_source(source, None)) == source


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('timezone = "Europe/Berln"', "'Europe/Berln' is no time zone; did you mean 'Europe/Berlin'?"),
        ('timezone = "12345"', "'12345' is no time zone; write a name such as Europe/Berlin"),
        ('language = "Klingonic"', "'Klingonic' names no language; write a tag such as en or pt-BR"),
        ('time_zone = "UTC"', "did you mean 'timezone'?"),
    ],
)
def test_a_wrong_value_is_one_sentence(tmp_path: Path, more: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(written(tmp_path, more))
    assert str(raised.value).endswith(sentence)
    assert "\n" not in str(raised.value)


def test_what_changes_the_records_of_a_source_changes_how_it_is_read() -> None:
    plain = SourceTable(name="wire", inputs=["in"])
    changes = [{}, {"language": "en"}, {"timezone": "UTC"}, {"fields": {"text": "body"}}]
    tables = [plain.model_copy(update=change) for change in changes]
    readings = [provenance.reading(as_source(table, None), Settings()) for table in tables]
    assert len(set(readings)) == len(changes)


def test_another_engine_of_extraction_is_seen_and_the_default_is_as_before_there_was_a_choice() -> None:
    source = as_source(SourceTable(name="wire", inputs=["in"]), None)
    rules = packs.load(packs.bundled())
    by_engine = [Settings(extract=ExtractTable(engine=engine)) for engine in ENGINES]
    assert len({provenance.reading(source, settings) for settings in by_engine}) == len(ENGINES)
    assert len({provenance.fingerprint(settings, rules) for settings in by_engine}) == len(ENGINES)
    assert provenance.reading(source, by_engine[0]) == "d9143df4a58d141a"


def test_the_weights_of_the_judge_are_in_the_fingerprint_and_nothing_of_them_where_it_is_off(
    tmp_path: Path,
) -> None:
    on, off = load(written(tmp_path, "")), load(written(tmp_path, "[rules]\njudge = false"))
    rules, without = rules_of(on), rules_of(off)
    assert without.judge is None
    assert rules.judge == scores.load(scores.bundled())
    retrained = replace(rules, judge=replace(rules.judge, fingerprint="other"))
    hashes = [provenance.fingerprint(on, some) for some in (rules, without, retrained)]
    assert len(set(hashes)) == len(hashes)
    assert hashes[1] == provenance.fingerprint(off, packs.load(packs.bundled()))
