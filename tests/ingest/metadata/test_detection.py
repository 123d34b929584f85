"""The language of a text is told where it is clear, the same for a text alone and among others."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from ingest.metadata import detection
from ingest.paragraphs import split

SENTENCES = {
    "en": "The council voted on Tuesday to close the road to larger vehicles, and nobody was surprised.",
    "de": "Der Gemeinderat beschloss am Dienstag, die Straße für größere Fahrzeuge zu sperren.",
    "fr": "Le conseil municipal a décidé mardi de fermer la route aux véhicules les plus lourds.",
    "es": "El ayuntamiento decidió el martes cerrar la carretera a los vehículos más pesados.",
    "pt": "A câmara municipal decidiu na terça-feira fechar a estrada aos veículos mais pesados.",
    "it": "Il consiglio comunale ha deciso martedì di chiudere la strada ai veicoli più pesanti.",
    "nl": "De gemeenteraad besloot dinsdag om de weg af te sluiten voor zwaardere voertuigen.",
    "pl": "Rada miasta zdecydowała we wtorek, że ulica zostanie zamknięta dla cięższych pojazdów.",
    "cs": "Městská rada v úterý rozhodla, že ulice bude uzavřena pro těžší vozidla.",
    "hu": "A városi tanács kedden úgy döntött, hogy lezárják az utcát a nehezebb járművek elől.",
    "tr": "Belediye meclisi salı günü caddeyi ağır araçlara kapatmaya karar verdi.",
    "ru": "Городской совет решил во вторник закрыть дорогу для тяжёлых машин.",
    "uk": "Міська рада вирішила у вівторок закрити дорогу для важких машин.",
    "el": "Το δημοτικό συμβούλιο αποφάσισε την Τρίτη να κλείσει τον δρόμο για τα βαριά οχήματα.",
    "ar": "قرر مجلس المدينة يوم الثلاثاء إغلاق الشارع أمام المركبات الثقيلة.",
    "he": "מועצת העיר החליטה ביום שלישי לסגור את הרחוב לכלי רכב כבדים.",
    "hi": "नगर परिषद ने मंगलवार को भारी वाहनों के लिए सड़क बंद करने का फैसला किया।",
    "th": "สภาเมืองมีมติเมื่อวันอังคารให้ปิดถนนสำหรับรถขนาดใหญ่",
    "zh": "市议会周二决定对大型车辆关闭这条道路，居民们表示满意。",
    "ja": "市議会は火曜日、大型車両に対して道路を閉鎖することを決めた。",
    "ko": "시의회는 화요일에 대형 차량의 도로 통행을 막기로 결정했다.",
}
NAVIGATION = "Skip to content\nSign in\nSubscribe now\nShare on Facebook\nMost read\nAdvertisement\n"


def told(*texts: str) -> list[str | None]:
    return detection.detect(pa.array(texts, pa.string()))


def filled(*texts: str, given: list[str | None] | None = None) -> list[str | None]:
    column = pa.array(texts, pa.string())
    languages = pa.array(given or [None] * len(texts), pa.string())
    return list(detection.fill(languages, column, split(column)).to_pylist())


@pytest.mark.parametrize("language", SENTENCES)
def test_one_sentence_is_enough(language: str) -> None:
    assert told(SENTENCES[language]) == [language]


@pytest.mark.parametrize(
    "text", ["", " \n", "OK", "Yes.", "1,234.56 78% 2026-11-20 09:30 +1.5 -2.7", "Paris Roma Berlin"]
)
def test_what_is_short_or_not_clear_has_none(text: str) -> None:
    assert told(text) == filled(text) == [None]


@pytest.mark.parametrize("language", SENTENCES)
def test_navigation_around_an_article_does_not_decide(language: str) -> None:
    assert filled(NAVIGATION + SENTENCES[language] * 2 + "\n" + NAVIGATION) == [language]


def test_what_the_source_says_stays() -> None:
    texts = [SENTENCES["de"], SENTENCES["de"], SENTENCES["fr"]]
    assert filled(*texts, given=["en-GB", None, None]) == ["en-GB", "de", "fr"]
    assert filled(*texts, given=["a", "b", "c"]) == ["a", "b", "c"]
    assert filled() == []


mixtures = st.lists(
    st.sampled_from(
        [*SENTENCES.values(), NAVIGATION, "ÀÉÎ ", "one two three ", "SHOUTED WORDS ", "  \n ", "𝕒e\u0301"]
    )
    | st.text(max_size=30),
    max_size=4,
).map("".join)


@given(texts=st.lists(mixtures, min_size=1, max_size=8), cut=st.integers(0, 8))
def test_a_text_is_judged_by_itself(texts: list[str], cut: int) -> None:
    alone = [language for text in texts for language in filled(text)]
    assert filled(*texts) == alone
    assert filled(*reversed(texts)) == alone[::-1]
    assert filled(*texts[:cut]) + filled(*texts[cut:]) == alone


@pytest.fixture(scope="module")
def oracle() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(set(identifier.labels) - detection.LEFT_OUT)
    identifier.nb_ptc = identifier.nb_ptc.copy(order="C")  # else each call takes milliseconds
    return identifier


@settings(max_examples=50)
@given(texts=st.lists(mixtures, min_size=1, max_size=6))
def test_py3langid_says_the_same(oracle: LanguageIdentifier, texts: list[str]) -> None:
    # It says nothing of a text without a feature, where we have the priors left: both are no answer.
    texts = [f"The end. {' '.join(text.split())}" for text in texts]
    shares = detection.confidences(pa.array(texts, pa.string()))
    for text, row in zip(texts, shares, strict=True):
        expected = dict(oracle.rank(text))
        found = {label: row[place] for place, label in reversed([*enumerate(oracle.nb_classes)])}
        assert found.keys() == expected.keys()
        assert all(abs(found[label] - expected[label]) < 1e-3 for label in expected)
