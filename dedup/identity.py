"""The id of a text: equal for equal texts, and only for them."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
import xxhash

CONTENT_RECIPE = "copydesk-content-1"
"""Name and version of the recipe of `content_ids`; another recipe gets another number."""

_PREFIX = CONTENT_RECIPE.encode() + b"\n"


def content_ids(texts: pa.Array) -> pa.Array:
    """Name each text by a hash of its characters.

    The recipe, which anybody can follow: xxh3_128 of the line `copydesk-content-1`, a line feed, and the
    text, in UTF-8. Nothing is normalised first: texts that differ in a single character have different ids.

    Args:
        texts: The clean texts, an array or a chunked array of strings; none is null.

    Returns:
        An array of as many strings, each 32 hex digits.

    Raises:
        ValueError: A text is null.
    """
    if texts.null_count:
        raise ValueError(
            f"{texts.null_count} of {len(texts)} texts are null; an article without text has no content id"
        )
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    return pa.array([digest for chunk in chunks for digest in _digests(chunk)], pa.string())


def _digests(texts: pa.Array) -> list[str]:
    # xxhash hashes one buffer a call. The slices are of the array's own bytes: no text becomes a Python
    # string.
    plain = texts.cast(pa.large_binary())
    _, offset_bytes, value_bytes = plain.buffers()
    if value_bytes is None or not len(plain):
        return [xxhash.xxh3_128_hexdigest(_PREFIX)] * len(plain)
    view = memoryview(value_bytes)
    bounds = memoryview(offset_bytes).cast("q")[plain.offset : plain.offset + len(plain) + 1].tolist()
    return [xxhash.xxh3_128_hexdigest(_PREFIX + view[start:end]) for start, end in pairwise(bounds)]
