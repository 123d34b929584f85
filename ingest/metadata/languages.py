"""Languages: tags as sources give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global

_TAG = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{1,8})*)(?:\.[\w-]+)?(?:@\w+)?", re.ASCII)
_UNSAID = frozenset({"und", "zxx", "mul", "mis", "root"})  # codes for no language and for several
_NAMED = """
    ar bg ca cs da de el en es et fi fr he hi hr hu id it ja ko lt lv nb nl pl pt ro ru sk sl sr sv th tr uk
    vi zh
"""


@lru_cache(4_096)  # sources give few
def tag(value: str | None) -> str | None:
    """Read what a source says of a language.

    Args:
        value: a tag such as `en`, `en-GB`, `en_US.UTF-8` or `eng`, or a name such as `English` or `Deutsch`.

    Returns:
        The tag of BCP 47, its case as usual, its language the shortest code there is; None where the value
        names no language.
    """
    plain = value.strip() if value else ""
    found = _TAG.fullmatch(plain)
    if not found:
        return _names().get(plain.casefold())
    code = found[1].lower()
    code = str(get_global("language_aliases").get(code, code))
    if code in _UNSAID or code not in _known() or len(code.split("_")) > 1:
        return None
    return "-".join([code, *(_cased(part) for part in re.split("[-_]", found[2])[1:])])


def _cased(subtag: str) -> str:
    if len(subtag) == 4 and subtag.isalpha():
        return subtag.title()  # a script
    return subtag.upper() if len(subtag) == 2 else subtag.lower()  # a region, or anything else


@cache
def _known() -> frozenset[str]:
    return frozenset(str(code) for code in Locale("en").languages if "_" not in str(code))


@cache
def _names() -> Mapping[str, str]:
    """Return codes by names: English ones, and those of larger languages for themselves."""
    own = {str(Locale(code).languages[code]).casefold(): code for code in _NAMED.split()}
    english = {name.casefold(): code for code, name in Locale("en").languages.items() if code in _known()}
    return {name: code for name, code in {**own, **english}.items() if code not in _UNSAID}
