"""What no rule may touch: words of quotation and of correction, by language.

The words of all languages are looked for in every article: who says something is quoted in any of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest import compiled
from ingest.beginnings import Beginning, begin

Bools = npt.NDArray[np.bool_]

OPENS_QUOTED = r"^[\"“”„«»‹‘『「]"
QUOTATION = r"[\"“”„«»『「]"

# RE2 patterns of words that attribute what stands between quotation marks. They only protect, so that a word
# which has a second meaning costs nothing but a line of boilerplate that stays.
SPEECH_WORDS = {
    "en": r"said|says|saying|told|tells|asked|adds|added|wrote|writes|tweeted|posted|replied|insists|insisted"
    r"|argues|argued|warned|warns|noted|notes|recalled|recalls|explained|explains|according to",
    "de": r"sagt|sagte|erklärte|schrieb",
    "fr": r"dit|disent|disait|(?:déclar|affirm|expliqu|ajout|assur|confi|soulign|indiqu|précis|estim|rappel"
    r"|racont|lanc)(?:e|é|ent|ait)|rappelle|écrit|écrivait|répond|répondu|selon|d['’]après",
    "es": r"dijo|dice|dijeron|(?:afirm|explic|señal|declar|asegur|indic|coment|expres|manifest|subray|cont)ó"
    r"|agregó|afirma|explica|señala|declara|asegura|añadió|añade|sostuvo|advirtió|reconoció|escribió|escribe|según"
    r"|(?:ha|han) (?:dicho|afirmado|asegurado|explicado|señalado|declarado|añadido)",
    "it": r"dice|detto|disse|dicono|afferma|affermato|spiega|spiegato|dichiara|dichiarato|aggiunge|aggiunto"
    r"|racconta|raccontato|sottolinea|sottolineato|scrive|scritto|secondo|ricorda|sostiene|precisa|commenta",
    "pt": r"disse|diz|dizem|(?:afirm|explic|declar|cont|ressalt|destac|relat|coment|apont|inform|sublinh)ou"
    r"|afirma|explica|declara|acrescentou|acrescenta|escreveu|escreve|garantiu|referiu|segundo",
    "nl": r"zei|zeiden|zegt|zeggen|aldus|volgens|vertelt|vertelde|schrijft|schreef|stelt|stelde|reageert"
    r"|reageerde|verklaart|verklaarde|meldt|meldde|benadrukt|laat weten|legt uit|vindt",
    "tr": r"dedi|diyor|söyledi|belirtti|konuştu|ifade etti|kaydetti|açıkladı|vurguladı|aktardı|anlattı|yazdı"
    r"|sordu|göre",
    "id": r"(?:kata|ujar|tutur|ucap|jelas|ungkap|tegas|tambah|imbuh|pungkas|terang|papar|tulis|sebut)(?:nya)?"
    r"|menurut|mengatakan|menjelaskan|menyatakan|menambahkan|menuturkan|mengungkapkan",
    "ru": r"(?:сказа|заяви|сообщи|отмети|подчеркну|добави|рассказа|поясни|написа|ответи|спроси|напомни|призна"
    r"|уточни|объясни)(?:л|ла|ли|ло|в)|говорит|говорят|говорится|считает|считают|уверена?|пишет|пишут|сообщает"
    r"|сообщают|переда[её]т|отмечает|цитирует|по словам|по мнению",
    "ar": r"[وف]?(?:قال|قالت|قالوا|يقول|تقول|صرح|صرّح|صرحت|أكد|أكّد|أكدت|أضاف|أضافت|أوضح|أوضحت|ذكر|ذكرت"
    r"|أشار|أشارت|كتب|كتبت|أعلن|أعلنت|نقل|نقلت|يؤكد|تؤكد|يضيف)|(?:وفقا|وفقاً|وفقًا|بحسب|حسب)",
    "hi": r"कहा|कहना|कहते|कहती|बताया|बताते|बताती|बोले|बोली|बोला|पूछा|लिखा|जोड़ा|जोड़ा|दावा|के (?:अनुसार|मुताबिक)",
}

# Likewise of languages that are written without spaces.
UNSPACED_SPEECH = {
    "zh": r"说|說|表示|称|稱|指出|强调|強調|写道|寫道|认为|認為|透露|告诉|告訴|补充|補充"
    r"|问道|問道|回答|回应|回應",
    "ja": r"(?:と|と、)(?:述べ|話|語|い[うっ]|言|説明|指摘|強調|答え|コメント|明かし|訴え|書)"
    r"|によると|によれば",
}

# How lines of correction begin: "Rectificatif : ...", "Errata corrige - ...".
CORRECTION_LABELS = {
    "en": r"corrections?|clarifications?|errat(?:um|a)|editor['’]s note",
    "de": r"korrektur|berichtigung",
    "fr": r"rectificatifs?|correctifs?|précision|mise au point|note de la rédaction",
    "es": r"rectificación|corrección|aclaración|fe de (?:errores|erratas)|nota de (?:la )?redacción",
    "it": r"errata corrige|rettifica|precisazione|correzione|nota della redazione",
    "pt": r"correção|erramos|retificação|esclarecimento|nota da redação",
    "nl": r"correctie|rectificatie|rechtzetting|verbetering|verduidelijking|noot van de redactie",
    "tr": r"düzeltme|editörün notu|tekzip",
    "id": r"ralat|koreksi|klarifikasi|catatan redaksi",
    "ru": r"исправлени[ея]|уточнени[ея]|поправка|опровержение|от редакции|примечание редакции",
    "ar": r"تصحيح(?: خط[أا])?|توضيح|تنويه|استدراك|ملاحظة (?:من )?(?:التحرير|المحرر)",
    "hi": r"भूल[ -]?सुधार|संशोधन|स्पष्टीकरण|संपादक की टिप्पणी",
    "zh": r"更正(?:启事|啟事|说明|說明|声明|聲明)?|勘误|勘誤|澄清(?:启事|啟事|声明|聲明)?"
    r"|编者按|編者按|编辑注|編輯註",
    "ja": r"(?:お詫びと|おわびと)?訂正(?:とお詫び|とおわび|して、?お詫び)?|編集部注|編集部より",
}

UPDATE_LABELS = (  # no corrections
    r"updates?|mise à jour|actualización|aggiornamento|atualização|güncelleme|pembaruan|обновлено|تحديث"
    r"|अपडेट|更新"
)

# How articles say of themselves that they were wrong; without regard to where in the line.
CORRECTION_SENTENCES = {
    "en": r"(?:this|an earlier|a previous) (?:version of this )?(?:version|article|story|report|post)"
    r"\b.{0,60}\b(?:updated|corrected|incorrect(?:ly)?|misstated|misidentified|misspelled|clarif(?:y|ied))",
    "fr": r"(?:une (?:première |précédente )?version (?:précédente |antérieure )?de (?:cet article|ce texte)"
    r"|cet article a été (?:corrigé|modifié|rectifié|mis à jour))",
    "es": r"(?:una versión (?:anterior|previa) de est[ea]|est[ea] (?:artículo|noticia|nota|información|texto)"
    r" (?:ha sido|fue) (?:corregid|actualizad|rectificad|modificad)[oa])",
    "it": r"una (?:precedente versione|versione precedente) di questo"
    r"|questo articolo è stato (?:corretto|aggiornato|modificato|rettificato)",
    "pt": r"uma versão anterior d(?:este|esta|a|o)|este (?:artigo|texto) foi (?:corrigido|atualizado)"
    r"|esta (?:reportagem|notícia|matéria) foi (?:corrigida|atualizada)",
    "nl": r"in een eerdere versie van dit|dit (?:artikel|bericht) (?:is|werd) (?:aangepast|gecorrigeerd)",
    "tr": r"bu haber(?:in önceki| düzeltil| güncellen)|haberin önceki (?:sürüm|versiyon|hali)",
    "id": r"(?:artikel|berita) ini telah (?:diperbarui|dikoreksi|diralat|direvisi)|versi sebelumnya dari",
    "ru": r"в (?:предыдущей|первой|прежней|первоначальной|ранней) версии "
    r"(?:статьи|материала|текста|новости|этого|этой)|(?:материал|текст|статья|новость) (?:был[аи]? )?"
    r"(?:исправлен|дополнен|обновл[её]н|измен[её]н)[аы]?",
    "ar": r"(?:في )?نسخة سابقة من (?:هذا|هذه)|(?:تم|جرى) (?:تصحيح|تعديل|تحديث) (?:هذا|هذه)",
    "hi": r"इस (?:खबर|ख़बर|लेख|रिपोर्ट|कहानी) (?:को|में) (?:.{0,20} )?(?:संशोधित|सुधार|सुधारा|अपडेट)|पिछले संस्करण में",
}
UNSPACED_CORRECTION_SENTENCES = {
    "zh": r"(?:本文|此文|报道|報道|報導)的?(?:较早|較早|早前|先前|此前)的?版本"
    r"|特此(?:更正|澄清|说明|說明)|现(?:已)?更正|現(?:已)?更正",
    "ja": r"(?:訂正|修正)(?:し|いたし|致し)(?:て|ました|ます)|お詫びして訂正|おわびして訂正"
    r"|記事の(?:一部|初出)を(?:修正|訂正)",
}

# How articles ask to be held back: "Embargoed until Monday", "Sperrfrist: ...".
EMBARGO_WORDS = {
    "en": r"(?:strictly |under )?embargo(?:ed)?(?: ?:| (?:for (?:release|publication) )?(?:until|till) )"
    r"|not for (?:publication|release|broadcast) (?:before|until)\b|hold for release (?:until|till)\b",
    "de": r"sperrfrist(?: ?:| bis\b| endet\b)",
    "fr": r"sous embargo jusqu",
    "es": r"embargad[oa] hasta\b",
    "it": r"sotto embargo fino\b",
    "pt": r"(?:sob embargo|embargad[oa]) até ",
    "nl": r"onder embargo tot\b",
    "ru": r"эмбарго до ",
}
EMBARGO = Beginning("([*", "|".join(EMBARGO_WORDS.values()))

_BEFORE, _BEHIND = r"(?:^|[^\p{L}\p{Nd}])", r"(?:$|[^\p{L}\p{Nd}])"  # RE2's \b knows ASCII alone
_LABELS = "|".join([UPDATE_LABELS, *CORRECTION_LABELS.values()])
SPEECH = rf"(?i){_BEFORE}(?:{'|'.join(SPEECH_WORDS.values())}){_BEHIND}|{'|'.join(UNSPACED_SPEECH.values())}"
LABELLED_CORRECTION = Beginning(
    "([*（【〈<",
    rf"(?:{_LABELS}){_BEHIND}.*[\p{{L}}\p{{M}}]{{3}}.*[.!?。！？।۔؟][)\]）】]?$",
)
CORRECTION = (
    rf"(?i){_BEFORE}(?:{'|'.join(CORRECTION_SENTENCES.values())})"
    rf"|{'|'.join(UNSPACED_CORRECTION_SENTENCES.values())}"
)


# What somebody says without quotation marks: ", the judge ruled", ", said the captain", ", просит мэр".
UNQUOTED = (
    r"(?i), (?:[^ ,.;:!?]+ ){1,4}?(?:said|says|told|ruled|found|wrote|warned|asked|argued|explained)"
    r"(?:[ .,;]|$)"
    r"|, (?:said|says|asked|sagt|sagte|dit|explique|raconte|assure|explica|dice|dijo|asegura|spiega|racconta"
    r"|escreveu|disse|diz|zegt|zei|aldus|просит|сказал|сказала|сообщил|сообщила|говорит|заявил|заявила) [^ ]"
)
SENTENCE = r"[.!?…][\"'”’»)]*[\s\p{Z}]*$"  # its end
UNQUOTED_LEAST = 50  # code points: about ten words; shorter lines are labels and appeals


def untouchable(texts: pa.Array) -> Bools:
    """Tell which texts are quoted, attributed, corrections or embargoes: real, whatever words they use.

    Args:
        texts: string array without nulls.

    Returns:
        One boolean a text.
    """
    quoted: Bools = _matching(texts, QUOTATION)
    quoted[quoted] = compiled.found(texts.filter(pa.array(quoted)), SPEECH)
    quoted |= _matching(texts, OPENS_QUOTED)
    quoted |= corrected(texts) | embargoed(texts) | _unquoted(texts)
    return quoted


def corrected(texts: pa.Array) -> Bools:
    """Tell which texts correct an article, or say that it was corrected.

    Args:
        texts: string array without nulls.

    Returns:
        One boolean a text.
    """
    return begin(texts, LABELLED_CORRECTION) | compiled.sought(texts, CORRECTION)


def embargoed(texts: pa.Array) -> Bools:
    """Tell which texts ask to hold an article back.

    Args:
        texts: string array without nulls.

    Returns:
        One boolean a text.
    """
    return begin(texts, EMBARGO)


def _unquoted(texts: pa.Array) -> Bools:
    """Tell which texts attribute their words without quotation marks; only sentences of some length."""
    said: Bools = pc.utf8_length(texts).to_numpy() >= UNQUOTED_LEAST
    said &= np.asarray(pc.match_substring(texts, pattern=", "), np.bool_)
    said[said] = _matching(texts.filter(pa.array(said)), SENTENCE)
    said[said] = compiled.found(texts.filter(pa.array(said)), UNQUOTED)
    return said


def _matching(texts: pa.Array, pattern: str) -> Bools:
    """Tell which texts a plain pattern matches, which costs nothing to compile."""
    return np.asarray(pc.match_substring_regex(texts, pattern=pattern), np.bool_)
