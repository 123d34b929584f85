"""Addresses of articles: one form for all ways to write one, and who publishes there.

Two articles must never get one address: what might name an article stays, and what is only known to
be about the way a reader came goes. docs/decisions/0017-metadata.md has the reasons.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import SplitResult, urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from ingest.metadata.tracking import is_tracking

_SPLIT_BY_BROWSERS = str.maketrans("", "", "\t\r\n")  # they drop these anywhere in an address
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_LONGEST = 8_192  # characters; servers refuse longer addresses, and to take one apart must not take long
_LONGEST_HOST = 253  # characters, says RFC 1035
_CACHES = 4  # within one another; more is no address but a trap
_PORTS = {"http": 80, "https": 443}

_ESCAPE = r"%([0-9A-Fa-f]{2})"
_ODD = re.compile(
    rf"{_ESCAPE}|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]"
)  # all but what a path or query may hold as it is
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_ARTICLE = re.compile(r"-|\d{5}|\.(?:s?html?|php)", re.IGNORECASE)  # several words, a number, a file
_AMP_END = re.compile(r"(/amp(?:\.html)?|\.amp)$|\.amp(?=\.html$)", re.IGNORECASE)
_AMP_BEGIN = re.compile(r"^(?:/amp)+(?=/)", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^/(?:wp/|[cvi]/|amp/)(s/)?([^/]+\.[^/]+(?:/.*)?)$")
_AMP_CACHES = (".cdn.ampproject.org", ".bing-amp.com")
_GOOGLE = re.compile(r"google(?:\.[a-z]{2,3}){1,2}")

_BLOG_HOSTS = """
    beehiiv.com blog.jp blogg.se canalblog.com ghost.io home.blog livedoor.blog livejournal.com
    medium.com neocities.org over-blog.com overblog.com seesaa.net squarespace.com substack.com
    tistory.com tumblr.com typepad.com ucoz.ru weebly.com wordpress.com
"""  # hosts of many publishers that the public suffix list does not have
_SHARED = frozenset(_BLOG_HOSTS.split())
_BLOGSPOT = re.compile(r"blogspot\.(?:com?\.)?[a-z]{2,3}")


def canonical_url(url: str | None) -> str | None:
    """Bring an address into one form.

    Host in lower case and ASCII, without `www.`; no default port, user name, session, tracking parameter,
    fragment (but routes, `#!/a` and `#/a`) or trailing slash; escapes in one way, parameters sorted by name;
    of a page made for AMP the address of the article.

    Args:
        url: an address as given.

    Returns:
        The address, its own canonical one; None where it is none of the web's, or longer than servers take.
    """
    if not url or len(url) > _LONGEST:
        return None
    try:
        found = _canonical(url.strip().translate(_SPLIT_BY_BROWSERS), _CACHES)
    except ValueError:  # no port, no host, half characters
        return None
    return None if found and len(found) > _LONGEST else found  # escapes are longer than what they stand for


def outlet(given: str | None, *, default: str | None, url: str | None) -> str | None:
    """Name who published an article.

    Args:
        given: what the record says.
        default: what its source says.
        url: the article's canonical address.

    Returns:
        The first there is of: the given name, the default, the address's registrable domain.
    """
    if given and given.strip():
        return given.strip()
    if default:
        return default
    host = urlsplit(url).hostname if url else None
    return _publisher(host) if host else None


def _canonical(url: str, caches: int) -> str | None:
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), _ascii(parts.hostname or "")
    if scheme not in _PORTS or not host:
        return None
    path = _path(parts.path)
    inner = _within_cache(host, path, parts)
    if inner:
        return _canonical(inner, caches - 1) if caches else None
    port = parts.port
    place = host if port is None or port == _PORTS[scheme] else f"{host}:{port}"
    query, route = _query(parts.query), _route(parts.fragment)
    root = "/" if (query or route) and not path else ""
    return f"{scheme}://{place}{_without_amp(path)}{root}{'?' * bool(query)}{query}{route}"


def _ascii(host: str) -> str:
    """Write a host in ASCII, without the beginnings that name no other publisher; empty where it is none."""
    if ":" in host:
        return _ipv6(host)
    host = host.strip().removesuffix(".")
    if not host.isascii():
        host = _international(host)
    if len(host) > _LONGEST_HOST or not _HOST.fullmatch(host):
        return ""
    while True:
        label, _, rest = host.partition(".")
        if (label == "www" and "." in rest) or (label == "amp" and _suffixes().privatesuffix(rest)):
            host = rest
        else:
            return host


def _ipv6(host: str) -> str:
    try:
        return f"[{IPv6Address(host).compressed}]"
    except AddressValueError:
        return ""


def _international(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        return host.encode("idna").decode("ascii").lower()  # older rules, which allow a heart as a name


def _path(path: str) -> str:
    segments: list[str] = []
    for segment in _SESSION.sub("", _escaped(path)).split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return "/" + "/".join(segments) if segments else ""


def _without_amp(path: str) -> str:
    while found := _AMP_END.search(path):
        if found[1] and not _names_article(path[: found.start()]):
            break
        path = path[: found.start()] + path[found.end() :]
    return _AMP_BEGIN.sub("", path) if _names_article(path) else path


def _names_article(path: str) -> bool:
    """Tell whether the last segment of a path looks like an article's."""
    return bool(_ARTICLE.search(path.rpartition("/")[2]))


def _within_cache(host: str, path: str, parts: SplitResult) -> str:
    """Return the address of an article that an AMP cache shows."""
    if not (f".{host}".endswith(_AMP_CACHES) or (_GOOGLE.fullmatch(host) and path.startswith("/amp/"))):
        return ""
    found = _AMP_CACHE.match(path)
    if not found:
        return ""
    inner = found[2].replace("%3F", "?")
    query = f"{'&' if '?' in inner else '?'}{parts.query}" if parts.query else ""
    return f"{'https' if found[1] else 'http'}://{inner}{query}"


def _query(query: str) -> str:
    """Sort the parameters that may name an article; those of one name stay in their order."""
    if not query:
        return ""
    pairs = [re.sub(r"^(?:amp;)+", "", pair) for pair in _escaped(query).split("&")]
    named = [(pair.partition("="), pair) for pair in pairs]
    kept = [(name, pair) for (name, _, value), pair in named if pair and not is_tracking(name, value)]
    return "&".join(pair for _, pair in sorted(kept, key=lambda each: each[0]))


def _route(fragment: str) -> str:
    """Keep what an application in the browser shows by: without it all its articles have one address."""
    routed = fragment.startswith(("!", "/")) and any(sign.isalnum() for sign in fragment)
    return f"#{_escaped(fragment)}" if routed else ""


def _escaped(text: str) -> str:
    return _ODD.sub(_escape, text) if _ODD.search(text) else text


def _escape(found: re.Match[str]) -> str:
    if found[1]:
        sign = chr(int(found[1], 16))
        return sign if sign in _UNRESERVED else found[0].upper()
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


@lru_cache(4_096)
def _publisher(host: str) -> str:
    if ":" in host or host.replace(".", "").isdecimal():
        return host
    domain = _suffixes().privatesuffix(host) or host  # a suffix itself publishes, too: gov.uk
    below = host.removesuffix(domain).removesuffix(".")
    if below and (domain in _SHARED or _BLOGSPOT.fullmatch(domain)):
        domain = f"{below.rpartition('.')[2]}.{domain}"
    return _readable(domain)


def _readable(domain: str) -> str:
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # of the installed package: nothing is fetched
