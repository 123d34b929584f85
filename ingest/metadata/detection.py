"""Which language a text is in, where its source does not say.

The model is py3langid's, asked for a chunk at once: its automaton walks through all texts side by side, which
takes a quarter of the time that one call a text does. The answers are the same; a test compares them. What is
said of a text depends on that text alone.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

SURE = 0.7  # of 1; no answer from there on was wrong on pieces of 30 characters or more, see decision 0017
FEWEST_BYTES = 20  # of UTF-8: three words of Latin letters, seven characters of Han
PARAGRAPH_CHARACTERS = 300  # of the longest paragraph, which is prose where navigation stands around it
TEXT_CHARACTERS = 1_000  # of the whole text, where that does not do
LEFT_OUT = frozenset({"pcm", "grc", "hbo", "vo"})
"""Labels of the model that are not asked for: Nigerian Pidgin takes so large a share of English headlines
that these would have no language, and nobody publishes news in the others."""

_NO_LANGUAGE = "zxx"
_TEXTS = 512  # at a time; what is held for them is some megabytes
_LOADING = threading.Lock()


class _Model(NamedTuple):
    """The automaton over bytes and the weights of what it finds, as py3langid has them."""

    moves: npt.NDArray[np.uint32]
    rows: Ints  # of `moves`, by state
    found: npt.NDArray[np.int64]  # number of the feature that a state completes, -1 for none
    weights: Floats  # by feature and label
    priors: Floats
    labels: tuple[str, ...]
    doubles: tuple[tuple[int, int], ...]  # labels of one language that is written in two scripts


def fill(languages: pa.Array, texts: pa.Array, paragraphs: pa.Table) -> pa.Array:
    """Put in the languages that sources do not give.

    Args:
        languages: string array of tags, null where the source gives none.
        texts: string array, the extracted texts.
        paragraphs: table of schema `ingest.tables.PARAGRAPHS` of these texts.

    Returns:
        String array of the same length; null where the text is too short or its language not clear.
    """
    rows = np.flatnonzero(pc.is_null(languages).to_numpy(zero_copy_only=False))
    if not len(rows):
        return languages
    told = np.full(len(languages), None, object)
    told[rows] = detect(_longest(paragraphs, len(languages)).take(pa.array(rows)))
    left = np.array([row for row in rows if told[row] is None], np.int64)
    told[left] = detect(pc.utf8_slice_codeunits(texts.take(pa.array(left)), 0, TEXT_CHARACTERS))
    return pc.coalesce(languages, pa.array(told, pa.string()))


def detect(texts: pa.Array) -> list[str | None]:
    """Tell the language of each text.

    Args:
        texts: string array; all of a text is looked at.

    Returns:
        Codes of ISO 639, the two-letter ones where there are such; None where a text is too short or not
        clear.
    """
    blocks = (texts.slice(start, _TEXTS) for start in range(0, len(texts), _TEXTS))
    return [label for block in blocks for label in _detect(block)]


def confidences(texts: pa.Array) -> npt.NDArray[np.float64]:
    """Tell how likely each text is in each language.

    Args:
        texts: string array.

    Returns:
        One row a text, one column a label of the model, in [0, 1]; of the columns of one language the first
        holds the sum.
    """
    model = _model()
    spaced = pc.replace_substring_regex(texts, pattern=r"\s{2,}", replacement=" ")  # says nothing
    plain = pc.utf8_normalize(pc.if_else(pc.utf8_is_upper(spaced), pc.utf8_lower(spaced), spaced), form="NFC")
    lengths = pc.binary_length(plain.cast(pa.binary())).to_numpy(zero_copy_only=False).astype(np.int64)
    scores = _scores(_features(plain, lengths, model), model)
    scores /= np.sqrt(np.maximum(lengths, 1))[:, None]
    shares: npt.NDArray[np.float64] = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    for first, other in model.doubles:
        shares[:, first] += shares[:, other]
        shares[:, other] = 0
    return shares


def _detect(texts: pa.Array) -> list[str | None]:
    labels = _model().labels
    shares = confidences(texts)
    best = shares.argmax(axis=1)
    sure = shares[np.arange(len(best)), best] >= SURE
    long = pc.binary_length(texts.cast(pa.binary())).to_numpy(zero_copy_only=False) >= FEWEST_BYTES
    return [
        labels[label] if told and labels[label] != _NO_LANGUAGE else None
        for label, told in zip(best.tolist(), (sure & long).tolist(), strict=True)
    ]


def _longest(paragraphs: pa.Table, articles: int) -> pa.Array:
    """Return the beginning of each article's longest paragraph; empty where it has none."""
    row, start = paragraphs["row"].to_numpy(), paragraphs["start"].to_numpy()
    order = np.lexsort((start, start - paragraphs["end"].to_numpy(), row))
    first = order[np.append(True, np.diff(row[order]) != 0)] if len(order) else order
    begins = pc.utf8_slice_codeunits(paragraphs["text"].take(pa.array(first)), 0, PARAGRAPH_CHARACTERS)
    place = np.full(articles, -1)
    place[row[first]] = np.arange(len(first))
    return pc.fill_null(begins.take(pa.array(place, mask=place < 0)).combine_chunks(), "")


def _features(texts: pa.Array, lengths: Ints, model: _Model) -> npt.NDArray[np.int64]:
    """Walk the automaton through all texts, byte by byte: one row a text, -1 where nothing is found."""
    joined = np.frombuffer(b"".join(texts.cast(pa.binary()).to_pylist()) + b"\0", np.uint8)
    order = np.argsort(-lengths, kind="stable")  # so that those that go on stand first
    begins = (np.cumsum(lengths) - lengths)[order]
    going = np.searchsorted(-lengths[order], -np.arange(lengths.max(initial=0)), "left")
    found = np.full((len(going), len(texts)), -1, np.int64)
    state = np.zeros(len(texts), np.int64)
    for place, count in enumerate(going):
        state[:count] = model.moves[model.rows[state[:count]] + joined[begins[:count] + place]]
        found[place, order[:count]] = model.found[state[:count]]
    return found.T


def _scores(found: npt.NDArray[np.int64], model: _Model) -> npt.NDArray[np.float64]:
    """Add up the weights of each text's features, each by the logarithm of how often it stands there."""
    scores = np.tile(model.priors.astype(np.float64), (len(found), 1))
    if not found.size:
        return scores
    width = found.shape[1]
    flat = np.sort(found, axis=1).ravel()
    opens = np.flatnonzero(
        (flat >= 0) & (np.append(-1, flat[:-1]) != flat) | (np.arange(len(flat)) % width == 0)
    )
    opens = opens[flat[opens] >= 0]
    text = opens // width
    counts = np.minimum(np.append(opens[1:], len(flat)), (text + 1) * width) - opens
    logarithms = np.log1p(np.arange(width + 1, dtype=np.float32))  # one value a count, wherever it stands
    bounds = np.searchsorted(text, np.arange(len(found) + 1))
    for row, (begin, end) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
        weights = model.weights.take(flat[opens[begin:end]], axis=0)
        # Not a product of matrices: libraries add up in an order that depends on threads.
        scores[row] += np.einsum("i,ij->j", logarithms[counts[begin:end]], weights)
    return scores


def _model() -> _Model:
    """Return the model; of several threads that ask at once, one loads it."""
    with _LOADING:
        return _loaded()


@cache
def _loaded() -> _Model:
    """Load the model: half a second, and 210 MB of memory at its peak."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - only who cleans needs it

    theirs = LanguageIdentifier.from_model_file(MODEL_FILE)
    theirs.set_languages(set(theirs.labels) - LEFT_OUT)
    labels = tuple(theirs.nb_classes)
    return _Model(
        moves=np.asarray(theirs.tk_nextmove),
        rows=np.asarray(theirs.tk_row, np.int64) << 8,
        found=np.asarray(theirs.tk_output, np.int64),
        weights=theirs.nb_ptc.astype(np.float32, order="C"),  # row by row
        priors=theirs.nb_pc,
        labels=labels,
        doubles=tuple(
            (labels.index(each), place) for place, each in enumerate(labels) if each in labels[:place]
        ),
    )
