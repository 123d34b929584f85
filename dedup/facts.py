"""Do two paragraphs of an article tell the same facts? Word by word, for the few pairs that are alike.

A copy may differ in a typo, in one word of no weight, or lack its end. Another number, name, day or denial
is another fact; so is any other word in scripts without capitals, where names cannot be told.
"""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata

from dedup.comparison import UNSPACED_BLOCKS

WORDS_PER_CHANGE = (
    20  # a shorter sentence with another word says another thing: "the law on water", "on soil"
)
TYPO_LETTERS = 5  # shorter words are a letter apart without being misspelt: "he", "she"; "now", "not"
NAME_LETTERS = 6  # of a name that may lack a letter or have two swapped; "Anna" and "Hanna" are two persons
WHOLE_SENTENCES = 0.5  # share of the words that a copy must keep to which whole sentences are wanting
STOP = "."  # stands for the end of a sentence among words

_ENDS = ".!?…。！？।۔؟"
_ELLIPSIS = re.compile(r"(?:\.\.|…)[\s\])）】\"'”’»]*$")
_QUOTED = re.compile(r"^[\s(\[]*[\"'“”„«»‘‚「『]")
_CLOSED = re.compile(rf"[{_ENDS}:：][\s\"'”“’»)\]）」』]*$")
_UNSPACED = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSPACED_BLOCKS) + "]")
_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non", "mis", "de", "ent", "miss", "dés", "des")
_DENIALS = {
    *(
        "no",
        "not",
        "never",
        "none",
        "without",
        "nor",
        "neither",
        "nobody",
        "nothing",
        "cannot",
        "t",
        "hardly",
    ),
    *("couldn", "wouldn", "shouldn", "didn", "isn", "wasn", "aren", "weren", "won", "don", "doesn", "hasn"),
    *("nicht", "nichts", "kein", "keine", "keinen", "keiner", "nie", "niemand", "ohne", "weder", "kaum"),
    *(
        "ne",
        "pas",
        "jamais",
        "sans",
        "aucun",
        "aucune",
        "rien",
        "personne",
        "sin",
        "nunca",
        "tampoco",
        "nada",
    ),
    *("non", "mai", "senza", "não", "nem", "sem", "niet", "geen", "nooit", "inte", "ikke", "ei", "не", "нет"),
    *("ни", "без", "yok", "değil", "bez", "nic", "nem", "tidak", "bukan"),
}
_COUNTS = {
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("dozen", "hundred", "thousand", "million", "billion", "trillion", "half", "third", "quarter", "twice"),
    *(
        "first",
        "second",
        "fourth",
        "fifth",
        "sixth",
        "last",
        "next",
        "previous",
        "all",
        "some",
        "most",
        "few",
    ),
    *("many", "several", "only", "both", "each", "every", "any", "another", "single", "double", "triple"),
    *("ein", "eine", "einen", "einer", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    *(
        "zehn",
        "elf",
        "zwölf",
        "erste",
        "ersten",
        "zweite",
        "zweiten",
        "dritte",
        "dritten",
        "letzte",
        "letzten",
    ),
    *("un", "une", "deux", "trois", "quatre", "cinq", "sept", "huit", "neuf", "dix", "premier", "deuxième"),
    *("uno", "dos", "tres", "cuatro", "cinco", "siete", "ocho", "nueve", "diez", "primero", "segundo"),
}
_OPPOSITES = {
    *("up", "down", "more", "less", "fewer", "higher", "lower", "over", "under", "above", "below", "before"),
    *("after", "with", "for", "against", "from", "to", "into", "out", "in", "off", "on", "ago", "until"),
    *("rose", "fell", "rise", "fall", "rising", "falling", "risen", "fallen", "rises", "falls", "gained"),
    *("lost", "won", "win", "lose", "wins", "loses", "gain", "loss", "grew", "shrank", "raised", "cut"),
    *("increase", "decrease", "increased", "decreased", "increases", "decreases", "support", "oppose"),
    *("supported", "opposed", "supports", "opposes", "approved", "rejected", "accepted", "refused", "agreed"),
    *("allowed", "banned", "opened", "closed", "open", "confirmed", "denied", "guilty", "innocent", "legal"),
    *("dead", "alive", "killed", "injured", "wounded", "true", "false", "yes", "left", "right", "north"),
    *(
        "south",
        "east",
        "west",
        "northern",
        "southern",
        "eastern",
        "western",
        "he",
        "she",
        "his",
        "her",
        "him",
    ),
    *("man", "woman", "men", "women", "father", "mother", "son", "daughter", "brother", "sister", "husband"),
    *("wife", "boy", "girl", "morning", "afternoon", "evening", "night", "today", "yesterday", "tomorrow"),
    *("may", "must", "can", "could", "will", "would", "should", "might", "was", "were", "is", "are", "had"),
    *("mehr", "weniger", "vor", "nach", "gegen", "mit", "für", "über", "unter", "gestiegen", "gefallen"),
    *(
        "gestern",
        "heute",
        "morgen",
        "er",
        "sie",
        "plus",
        "moins",
        "pour",
        "contre",
        "avant",
        "après",
        "hausse",
    ),
    *("baisse", "avec", "hier", "demain", "il", "elle", "más", "menos", "contra", "antes", "después", "con"),
    *("ayer", "hoy", "mañana", "più", "meno", "contro", "prima", "dopo", "ieri", "oggi", "domani"),
}
_DAYS = {  # where they are written without a capital
    *("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "janvier", "février", "mars"),
    *("avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre", "lunes"),
    *("martes", "miércoles", "jueves", "viernes", "sábado", "domingo", "enero", "febrero", "marzo", "abril"),
    *("mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre", "lunedì"),
    *("martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica", "gennaio", "febbraio", "aprile"),
    *("maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre", "segunda", "terça", "quarta"),
    *("quinta", "sexta", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
}
TURNS = frozenset(_DENIALS | _COUNTS | _OPPOSITES | _DAYS)
"""Words that turn a statement round, count, or date: few differ so little and say so much."""


@functools.cache
def _written(character: str) -> str:
    """Return what a character becomes: part of a word, a gap, or a stop."""
    if character in _ENDS:
        return f" {STOP} "
    category = unicodedata.category(character)
    if category[0] not in "LNM":
        return "" if category == "Cf" else " "
    return f" {character} " if _UNSPACED.match(character) else character


def items(text: str) -> list[str]:
    """Return the words of a text as it writes them, with `STOP` where a sentence may end."""
    plain = unicodedata.normalize("NFKC", text)  # which makes three dots of an ellipsis
    return plain.translate({ord(character): _written(character) for character in set(plain)}).split()


def words(text: str) -> list[str]:
    """Return the words of a text as it writes them; in scripts without spaces one a character."""
    return [item for item in items(text) if item != STOP]


def same_facts(copy: str, kept: str, *, alike: bool) -> bool:
    """Tell whether a paragraph says what another says, but for single words of no weight.

    Args:
        copy: the paragraph that would go.
        kept: the one that would stay.
        alike: they are alike enough as a whole to differ in several places; else one may differ.
    """
    left, right = words(copy), words(kept)
    changes = _changes(left, right)
    few = len(left) // WORDS_PER_CHANGE
    return len(changes) <= (max(1, few) if alike else 1) and all(
        _harmless(one, other, plain=few > 0) for one, other in changes
    )


def is_beginning(copy: str, kept: str) -> bool:
    """Tell whether a paragraph is another one cut short, so that nothing is lost without it.

    It breaks off (with an ellipsis, or within a sentence or a word), or its last sentences are wanting. What
    closes where the other's sentence goes on is a quotation ("..., she said"), and what has no full stop
    where the other has one is a heading: they are no copies.

    Args:
        copy: the shorter paragraph.
        kept: the longer one.
    """
    left, right = words(copy), items(kept)
    matched, place = _common(left, right)
    rest = [item for item in right[place:] if item != STOP]
    if not rest or bool(_QUOTED.search(copy)) != bool(_QUOTED.search(kept)):
        return False
    if matched < len(left):
        return matched == len(left) - 1 and _broken_off(copy, left[-1], rest[0])
    if left[-1][-1].isdigit() and rest[0][0].isdigit():  # "3" of "3.5"
        return False
    if _ELLIPSIS.search(copy):
        return True
    if not _CLOSED.search(copy):
        return right[place] != STOP
    return right[place] == STOP and len(left) >= WHOLE_SENTENCES * (len(left) + len(rest))


def _common(left: list[str], right: list[str]) -> tuple[int, int]:
    """Return how many words of `left` open `right`, and the item of `right` behind them."""
    matched, place = 0, 0
    for at, item in enumerate(right):
        if item == STOP:
            continue
        if matched == len(left) or item.casefold() != left[matched].casefold():
            break
        matched, place = matched + 1, at + 1
    return matched, place


def _broken_off(copy: str, piece: str, whole: str) -> bool:
    """Tell whether the last word of a copy is the beginning of the word that stands there in the other."""
    open_end = _ELLIPSIS.search(copy) or not _CLOSED.search(copy)
    return bool(open_end) and piece.isalpha() and whole.casefold().startswith(piece.casefold())


def _changes(left: list[str], right: list[str]) -> list[tuple[list[str], list[str]]]:
    """Return the runs of words in which two texts differ."""
    folded = [[word.casefold() for word in side] for side in (left, right)]
    matcher = difflib.SequenceMatcher(None, folded[0], folded[1], autojunk=False)
    return [(left[i1:i2], right[j1:j2]) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal"]


def _harmless(copy: list[str], kept: list[str], *, plain: bool) -> bool:
    """Tell whether a change loses nothing: a typo, another word of no weight, words that only the kept has.

    Args:
        copy: words of the paragraph that would go.
        kept: words that stand in their place.
        plain: the paragraph is long enough for a word in it to be another.
    """
    if any(character.isdigit() for word in copy + kept for character in word):
        return False
    if copy and kept and "".join(copy).casefold() == "".join(kept).casefold():  # "to day", "dont"
        return True
    if len(copy) == len(kept) == 1 and _typo(copy[0], kept[0]):
        return True
    if not plain or len(copy) > 1 or (copy and len(kept) > 1):
        return False
    return not any(map(_weighty, copy + kept)) and not (copy and kept and _negated(copy[0], kept[0]))


def _weighty(word: str) -> bool:
    """Tell whether a word is a name, counts, denies or dates; or may be, in a script without capitals."""
    return not word[0].islower() or word.casefold() in TURNS


def _negated(one: str, other: str) -> bool:
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    return long.endswith(short) and long.removesuffix(short) in _PREFIXES


def _typo(one: str, other: str) -> bool:
    """Tell whether two words are one letter apart, or two swapped letters; the first letter is the same."""
    name = one[0].isupper() or other[0].isupper()
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    if len(short) < (NAME_LETTERS if name else TYPO_LETTERS) or short[0] != long[0]:
        return False
    if _UNSPACED.match(short) or {short, long} & TURNS:
        return False
    at = next((i for i, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    if len(long) - len(short) == 1:
        return short[at:] == long[at + 1 :]
    swapped = short[:at] + short[at : at + 2][::-1] + short[at + 2 :]
    return len(long) == len(short) and (swapped == long or (not name and short[at + 1 :] == long[at + 1 :]))
