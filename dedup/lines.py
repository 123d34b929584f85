"""Lines of clean articles that may belong to their site, and the keys by which they are counted.

Only lines that look as if nobody had written them for this one article take part: outside the run of prose,
or without a sentence end. Of lines that are nothing but a date or a time the form counts; all other figures
are facts. Longer lines also have the slots of a small sketch, which slightly varied ones share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.comparison import tokenise
from dedup.dated_lines import dated, shape
from dedup.shingles import hash_texts, shingle, text_keys
from dedup.signatures import sign
from dedup.tables import LINES, SLOTS
from ingest import compiled
from ingest.guards import untouchable
from ingest.paragraphs import LIST_ITEM, PROSE_WORDS
from ingest.survey import booleans
from ingest.words import SENTENCE_END, utf8

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]

EDGE, BOUND, WITHIN = range(3)  # outside the run of prose, its first or last paragraphs, in the midst of it
OPEN, CLOSED, PROSE = range(3)  # without a sentence end, a short sentence, prose
BOUND_HEAD, BOUND_TAIL = 2, 4  # prose paragraphs at either end that a notice of the site may be
LONGEST = 600  # characters
SKETCHED_WORDS = 8  # shorter lines are alike or they are not
TITLE_WORDS = 4  # a title of fewer words may well be a heading of another article
END_REACH = 8  # code points in which a sentence's end is looked for
_WIDTH = 2  # tokens in a shingle of a line: of ten words, one changed leaves a Jaccard index of .64

_ODD, _SALT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03)
FIGURE_FIRST = (
    r"^(?:[•·*\-–—▪●◦‣]\s*)?[\p{N}$€£¥]"  # quantities, scores, prices: lists that an author has made
)
LEADS_IN = r"(?:[^\s\p{Z}]+[\s\p{Z}]+){4,}[^\s\p{Z}]+[:：]$"  # "The text of the letter is below:" is real
LABELLED = (
    r"^[^:：]{1,60}(?::[\s\p{Z}]+|：)[^\s\p{Z}]"  # "Deaths: 12", "Verdict: guilty": each article has its own
)
# What a site says of itself or asks for; who only says "you" may be quoted.
CUES = (
    *(
        "subscri(?:be|ption)",
        "sign(?:ing)? up",
        "newsletters?",
        "follow us",
        "contact us",
        "support us",
        "join us",
    ),
    "our (?:newsroom|journalis[mt]s?|reporters|readers|website|site|app|editors|team|privacy|terms|podcast)",
    "your (?:inbox|account|browser|device|subscription|privacy|email)",
    *("donate", "all rights reserved"),
    *(r"abonnier\p{L}*", "folgen sie uns", "unsere[nmrs]? (?:app|redaktion|website|webseite|newsletter)"),
    *("abonnez", "inscrivez", "suivez-nous", "notre (?:site|rédaction|application|newsletter)"),
    *(r"suscríb\p{L}*", "síguenos", "boletín", "nuestr[ao]s? (?:web|canal|redacción)"),
    *("iscriviti", "seguici", "nostr[oa] (?:sito|canale|redazione)"),
    *("assine", "inscreva", "siga-nos", "noss[oa] (?:site|canal|redação)"),
    *("abonneer", "nieuwsbrief", "volg ons", "onze (?:site|app|redactie)"),
    *(r"подпи[сш]\p{L}*", r"рассылк\p{L}*", r"telegram-канал\p{L}*"),
    *(r"abone ol\p{L}*", r"bültenimiz\p{L}*", "berlangganan", "ikuti kami"),
    *(r"اشترك\p{L}*", "تابعونا", "सब्सक्राइब"),
)
ADDRESSED = (
    rf"(?i)(?:^|[^\p{{L}}])(?:{'|'.join(CUES)})(?:$|[^\p{{L}}])"
    r"|订阅|关注我们|メルマガ|登録はこちら|[\p{L}\p{Nd}]@[\p{L}\p{Nd}]|©"
)
_ENDING = np.isin(np.arange(256), list(b".!?"))  # last bytes of texts that close like a sentence
_CLOSING = np.isin(np.arange(256), list(b"\"')] \t\n\f\r")) | (np.arange(256) >= 128)  # and that may
_REST = r"^[^:：|–—]{2,40}[:：|–—]\s*(.+)$"


@dataclass(frozen=True)
class _Texts:
    """The paragraphs of clean articles: text, row of the article, spans, tokens, and what they are.

    Attributes:
        prose: bool, a sentence of some length.
        closed: bool, closes like a sentence.
    """

    text: pa.Array
    row: Ints
    start: pa.Array
    end: pa.Array
    counts: Ints
    closed: Bools

    @property
    def prose(self) -> Bools:
        prose: Bools = self.closed & (self.counts >= PROSE_WORDS)
        return prose


def site_lines(articles: pa.Table, lines: pa.ListArray, counts: Ints) -> pa.Table:
    """Find the lines of clean articles that may belong to the site.

    Args:
        articles: table with the columns `outlet` and `paragraph_spans` of `dedup.tables.CLEANED`.
        lines: list<string>, the paragraphs of each clean text.
        counts: int64, tokens of each paragraph.

    Returns:
        Table of schema `dedup.tables.LINES`, in order of `row` and `start`; none for an article without an
        outlet or without prose.
    """
    spans = articles["paragraph_spans"].combine_chunks()
    there = pc.not_equal(lines.flatten(), "")  # a text of nothing has no paragraph
    text, row = (each.filter(there) for each in (lines.flatten(), pc.list_parent_indices(lines)))
    row, counts = row.to_numpy().astype(np.int64), counts[booleans(there)]
    closed = closes(text)
    flat = spans.flatten()
    texts = _Texts(text, row, flat.field("start"), flat.field("end"), counts, closed)
    outlets = hash_texts(articles["outlet"].combine_chunks())
    places = _places(texts, articles.num_rows)
    zone, form = places["zone"], np.select([texts.prose, closed], [PROSE, CLOSED], OPEN)
    wanted = (outlets[row] != 0) & (zone >= 0) & ((zone != WITHIN) | (form == OPEN))
    long = wanted & (pc.binary_length(text).to_numpy() > LONGEST)
    wanted[long] = pc.utf8_length(text.filter(pa.array(long))).to_numpy() <= LONGEST
    chosen = np.flatnonzero(wanted)
    chosen = chosen[_may_recur(text.take(pa.array(chosen)), form[chosen])]
    some = text.take(pa.array(chosen))
    is_date = dated(some)
    free = _is_free(some, zone[chosen], is_date)
    chosen, some, is_date = chosen[free], some.filter(pa.array(free)), is_date[free]
    own = outlets[row[chosen]]
    columns = {
        "row": row[chosen],
        "start": texts.start.take(pa.array(chosen)),
        "end": texts.end.take(pa.array(chosen)),
        **{name: values[chosen] for name, values in places.items()},
        "form": form[chosen],
        "words": counts[chosen],
        "dated": is_date,
        **_keys(some, own, counts[chosen], is_date),
    }
    return pa.table([pa.array(columns[field.name], field.type) for field in LINES], schema=LINES)


def closes(texts: pa.Array) -> Bools:
    """Tell which texts close like a sentence, by their last `END_REACH` code points.

    Args:
        texts: string array without nulls, none of nothing.

    Returns:
        One boolean a text.
    """
    offsets, data = utf8(texts)
    last = data[offsets[1:] - 1]
    closed: Bools = _ENDING[last]
    unsure = _CLOSING[last]
    ends = pc.utf8_slice_codeunits(texts.filter(pa.array(unsure)), -END_REACH)
    closed[unsure] = _matching(ends, SENTENCE_END)
    return closed


def postings(lines: pa.Table) -> pa.Table:
    """Return every key of lines as a row: `row`, `start`, `end`, `key`, in the order of the lines."""
    lines = lines.filter(pc.not_equal(lines["key"], pa.scalar(0, pa.uint64())))
    near = lines["near"].combine_chunks()
    sketched = pc.list_value_length(near).to_numpy().astype(np.int64)
    each = np.repeat(np.arange(lines.num_rows), sketched + 1)
    first = np.cumsum(sketched + 1) - (sketched + 1)
    keys = np.empty(len(each), np.uint64)
    own = np.zeros(len(each), np.bool_)
    own[first] = True
    keys[own] = lines["key"].to_numpy()
    keys[~own] = near.flatten().to_numpy()
    rest = lines.select(["row", "start", "end"]).take(pa.array(each))
    return rest.append_column("key", pa.array(keys))


def _places(texts: _Texts, articles: int) -> dict[str, Ints]:
    """Tell where paragraphs stand, as `LINES` has it; the zone is -1 in an article without prose."""
    row, prose = texts.row, texts.prose
    total = np.bincount(row, weights=prose, minlength=articles).astype(np.int64)
    before = np.cumsum(total) - total  # prose paragraphs of the articles before
    number = np.cumsum(prose) - before[row]  # of the article, up to this paragraph
    block = number + (before + np.arange(articles))[row]
    total = total[row]
    bound = prose & ((number <= BOUND_HEAD) | (number > total - BOUND_TAIL))
    edge = (number == 0) | ((number == total) & ~prose)
    return {
        "zone": np.select([total == 0, bound, edge], [-1, BOUND, EDGE], WITHIN),
        "block": block,
        "size": np.where(prose, 1, np.bincount(block[~prose], minlength=articles + int(prose.sum()))[block]),
        "depth": np.minimum(number - 1, total - number),
        "tail": 2 * number > total,
    }


def _may_recur(texts: pa.Array, form: Ints) -> Bools:
    """Tell which lines may: a sentence must say something of the site.

    Others recur and are real ("The investigation continues.").
    """
    may: Bools = form == OPEN
    may[~may] = compiled.sought(texts.filter(pa.array(~may)), ADDRESSED)
    return may


def _is_free(texts: pa.Array, zone: Ints, is_date: Bools) -> Bools:
    """Tell which lines are no quotations, corrections, lists of figures, items within prose."""
    free = ~_matching(texts, FIGURE_FIRST) | is_date
    item = free & (zone == WITHIN)
    free[item] = ~_matching(texts.filter(pa.array(item)), LIST_ITEM)
    leads_in = free & booleans(pc.or_(pc.ends_with(texts, ":"), pc.ends_with(texts, "：")))
    free[leads_in] = ~_matching(texts.filter(pa.array(leads_in)), LEADS_IN)
    free[free] = ~untouchable(texts.filter(pa.array(free)))
    return free


def _matching(texts: pa.Array, pattern: str) -> Bools:
    return booleans(pc.match_substring_regex(texts, pattern=pattern))


def _keys(texts: pa.Array, outlets: Keys, counts: Ints, is_date: Bools) -> dict[str, pa.Array | Keys]:
    masked = pc.replace_with_mask(texts, pa.array(is_date), shape(texts.filter(pa.array(is_date))))
    tokens = tokenise(masked)
    whole = text_keys(tokens)
    whole = np.where(whole != 0, whole, hash_texts(masked))
    labelled = _matching(texts, LABELLED) & ~is_date
    long = np.flatnonzero((counts >= SKETCHED_WORDS) & ~labelled)
    sketch = sign(shingle(tokens, width=_WIDTH))[long, :SLOTS].astype(np.uint64)
    slots = _mixed((sketch * _ODD) ^ (np.arange(1, SLOTS + 1, dtype=np.uint64) * _SALT), outlets[long, None])
    lengths = np.zeros(len(texts) + 1, np.int32)
    lengths[1:][long] = SLOTS
    return {
        "key": np.where(labelled, np.uint64(0), _mixed(whole, outlets)),
        **_title_keys(texts, outlets, counts),
        "near": pa.ListArray.from_arrays(pa.array(np.cumsum(lengths), pa.int32()), pa.array(slots.ravel())),
    }


def _title_keys(texts: pa.Array, outlets: Keys, counts: Ints) -> dict[str, Keys]:
    """Return the keys by which lines are held against titles: of the whole, and of what follows a label."""
    keys = {name: np.zeros(len(texts), np.uint64) for name in ("title_key", "rest_key")}
    enough = counts >= TITLE_WORDS
    keys["title_key"][enough] = text_keys(tokenise(texts.filter(pa.array(enough)))) ^ outlets[enough]
    enough[enough] = _matching(texts.filter(pa.array(enough)), _REST)
    rest = pc.replace_substring_regex(texts.filter(pa.array(enough)), pattern=_REST, replacement=r"\1")
    keys["rest_key"][enough] = text_keys(tokenise(rest)) ^ outlets[enough]
    return keys


def _mixed(keys: Keys, outlets: Keys) -> Keys:
    """Bind keys to outlets; they share a table with keys of paragraphs, and must not be any of theirs."""
    mixed = (keys ^ _SALT) * _ODD ^ outlets
    mixed ^= mixed >> np.uint64(29)
    bound: Keys = mixed * _ODD
    return bound
