"""What no rule may touch, and the mark of corrections, in the languages of the packs."""

from __future__ import annotations

import pyarrow as pa
import pytest

from ingest.guards import CORRECTION_LABELS, CORRECTION_SENTENCES, SPEECH_WORDS, untouchable
from ingest.marks import corrections
from ingest.paragraphs import split

ATTRIBUTED = {
    "en": "Share “the bread”, the captain said",
    "de": "Teilen Sie „das Brot“, sagte der Kapitän",
    "fr": "Partager « le pain », a déclaré le capitaine",
    "es": "Compartir «el pan», afirmó el capitán",
    "it": "Condividi “il pane”, ha spiegato il capitano",
    "pt": "Compartilhe “o pão”, afirmou o capitão",
    "nl": "Deel “het brood”, zei de kapitein",
    "tr": "Kaptan “ekmeği paylaş” diye konuştu",
    "id": "Bagikan “roti itu”, katanya di pelabuhan",
}
LABELLED = {
    "en": "Correction: the ferry sank in 1999.",
    "de": "Berichtigung: Die Fähre sank 1999.",
    "fr": "Rectificatif du 3 mai : le bac a coulé en 1999.",
    "es": "Fe de errores: el transbordador se hundió en 1999.",
    "it": "Errata corrige – il traghetto affondò nel 1999.",
    "pt": "Correção: a balsa afundou em 1999.",
    "nl": "Rectificatie: de veerboot zonk in 1999.",
    "tr": "Düzeltme: feribot 1999’da battı.",
    "id": "Ralat: kapal feri itu tenggelam pada 1999.",
}
CORRECTED = {
    "en": "An earlier version of this article misstated the year.",
    "fr": "Une première version de cet article donnait une autre année.",
    "es": "Una versión anterior de esta noticia daba otro año.",
    "it": "Una precedente versione di questo articolo dava un altro anno.",
    "pt": "Uma versão anterior deste texto dava outro ano.",
    "nl": "In een eerdere versie van dit artikel stond een ander jaar.",
    "tr": "Bu haberin önceki halinde başka bir yıl yazıyordu.",
    "id": "Artikel ini telah dikoreksi karena tahunnya salah.",
}


def test_every_language_has_its_examples() -> None:
    assert set(SPEECH_WORDS) <= set(ATTRIBUTED)
    assert set(CORRECTION_LABELS) <= set(LABELLED)
    assert set(CORRECTION_SENTENCES) <= set(CORRECTED)


@pytest.mark.parametrize("line", [*ATTRIBUTED.values(), *LABELLED.values(), *CORRECTED.values()])
def test_attributed_lines_and_corrections_are_never_touched(line: str) -> None:
    assert untouchable(pa.array([line])).to_pylist() == [True]


@pytest.mark.parametrize("line", ATTRIBUTED.values())
def test_neither_quotation_marks_nor_words_of_speech_protect_alone(line: str) -> None:
    silent = dict.fromkeys(map(ord, "“”„«»"))
    assert (
        untouchable(pa.array([line.translate(silent), "Lire aussi « Le port »"])).to_pylist() == [False] * 2
    )


@pytest.mark.parametrize("line", LABELLED.values())
def test_a_line_of_correction_marks_its_article(line: str) -> None:
    paragraphs = split(pa.array(["Nothing here.", line, f"First this.\n{line}"]))
    assert corrections(paragraphs).to_pylist() == [1, 2]


@pytest.mark.parametrize(
    "line",
    [
        "Une précision du port : le bac ne part pas.",
        "Correctie op de beurs zet door.",
        "Klarifikasi wali kota soal pelabuhan belum cukup.",
        "Aggiornamento: il traghetto è partito.",
        "Update: the ferry has left.",
        "Correção de provas começa na segunda-feira: veja as datas",
    ],
)
def test_the_same_words_in_news_mark_nothing(line: str) -> None:
    assert corrections(split(pa.array([line]))).to_pylist() == []
