"""Names of months and weekdays in the languages of Europe and some beyond, from Unicode's CLDR.

A name that means two months is none: `listopad` is October in Zagreb and November in Prague.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

from babel import Locale

_CODES = """
    be bg bs ca cs cy da de de_AT el en es et eu fi fr fy ga gl hr hu hy id is it ka lb lt lv mk ms
    mt nb nl nn pl pt rm ro ru sk sl sq sr sr_Latn sv sw tr uk
"""
LANGUAGES = tuple(_CODES.split())
"""The languages whose names are known, as CLDR calls them."""

_SHORTEST = 3  # letters; CLDR also abbreviates to numbers and to one letter


def month_of(word: str) -> int | None:
    """Return the month that a word names.

    Args:
        word: one word casefolded, in NFKC, such as `march`, `mar` or `märz`.

    Returns:
        1 to 12; None where it names none, or one in one language and another in another.
    """
    return _ENGLISH_MONTHS.get(word) or _months().get(word)


def is_weekday(word: str) -> bool:
    """Tell whether a word names a day of the week.

    Args:
        word: one word casefolded, in NFKC.
    """
    return word in _ENGLISH_WEEKDAYS or word in _weekdays()


@cache
def month_names() -> frozenset[str]:
    """Return all words that `month_of` takes for a month."""
    return frozenset([*_ENGLISH_MONTHS, *_months()])


@cache
def day_names() -> frozenset[str]:
    """Return all words that `is_weekday` takes for a day of the week."""
    return _ENGLISH_WEEKDAYS | _weekdays()


def _forms(name: str) -> Iterator[str]:
    """Yield a name, without a full stop, as it is and as it is typed without accents."""
    plain = unicodedata.normalize("NFKC", name.casefold()).rstrip(".")
    if plain.isalpha() and len(plain) >= _SHORTEST:
        yield plain
        bare = "".join(
            sign for sign in unicodedata.normalize("NFD", plain) if not unicodedata.combining(sign)
        )
        if bare.isascii():
            yield bare


def _spelt(calendar: Mapping[str, Mapping[str, Mapping[int, str]]]) -> Iterator[tuple[int, str]]:
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in calendar[context][width].items():
                yield from ((number, form) for form in _forms(name))


@cache
def _months() -> Mapping[str, int]:
    """Read the months of all languages: a fifth of a second, which English dates do not take."""
    meanings: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for number, form in _spelt(Locale.parse(language).months):
            meanings.setdefault(form, set()).add(number)
    return {form: min(numbers) for form, numbers in meanings.items() if len(numbers) == 1}


@cache
def _weekdays() -> frozenset[str]:
    return frozenset(
        part
        for language in LANGUAGES
        for name in _days(language)
        for part in name.split("-")  # segunda-feira
    )


def _days(language: str) -> Iterator[str]:
    days = Locale.parse(language).days
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for name in days[context][width].values():
                yield unicodedata.normalize("NFKC", name.casefold()).rstrip(".")


_ENGLISH = "january february march april may june july august september october november december"
_ENGLISH_MONTHS = {
    form: number
    for number, name in enumerate(_ENGLISH.split(), 1)
    for form in (name, name[:3], *(["sept"] if number == 9 else []))
}
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_ENGLISH_WEEKDAYS = frozenset(form for name in _DAYS.split() for form in (name, name[:3]))
