"""Compressed streams, read up to the very byte where they break off."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

import pyarrow as pa
import xxhash

COMPRESSIONS: Mapping[str, str] = {".gz": "gzip", ".zst": "zstd"}
"""pyarrow's name of each compression, by the extension behind the format's."""

MAGIC: Mapping[bytes, str] = {b"\x1f\x8b\x08": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
"""The compression that the first bytes of a file tell."""

BLOCK_BYTES = 1 << 18  # of decompressed data; larger ones are no faster
EXPANSION = 200  # times its own size that a file may have decompressed; articles reach 3 to 20, a bomb 1,000
ALWAYS_READ = 256 << 20  # bytes that any file may have decompressed: a second's work
_BROKEN = b"copydesk-broken-1"  # a stream cut off must never share a hash with a record made whole later
_EXPANDS = (
    f"decompressed it has more than {EXPANSION} times its size, as no text has; what follows was not read. "
    "Decompress it yourself to have it read all the same"
)


class BrokenStreamError(Exception):
    """A stream ends early or is damaged."""

    def __init__(self, detail: str, content_hash: str, reason: str = "malformed") -> None:
        """Keep what a reject needs to know.

        Args:
            detail: what the decompressor says.
            content_hash: hex, stable for the same bytes, shared with no record.
            reason: one of tables.REASONS.
        """
        super().__init__(detail)
        self.content_hash = content_hash
        self.reason = reason


def broken_stream(detail: str, content: bytes) -> BrokenStreamError:
    """Make the error for a stream that breaks off.

    Args:
        detail: what the decoder says.
        content: bytes that tell this stream from others.

    Returns:
        The error, with the hash of the bytes.
    """
    return BrokenStreamError(detail, xxhash.xxh3_128_hexdigest(_BROKEN + content))


def breaking_off(error: BrokenStreamError) -> Iterator[bytes]:
    """Break a stream off where it is read on: for who looks ahead, and must not lose what came before.

    Args:
        error: what was found while looking ahead.

    Yields:
        Nothing.

    Raises:
        BrokenStreamError: the error.
    """
    yield from ()
    raise error


def decompressed(stream: IO[bytes], compression: str) -> Iterator[bytes]:
    """Decompress a stream.

    Args:
        stream: compressed bytes, seekable; the caller closes it.
        compression: one of the values of COMPRESSIONS.

    Yields:
        Blocks of at most BLOCK_BYTES.

    Raises:
        BrokenStreamError: it is cut off or damaged, or expands beyond EXPANSION and ALWAYS_READ; all
            that can be read of it was yielded before.
        OSError: the disk fails.
    """
    digest = xxhash.xxh3_128(_BROKEN)
    done = 0
    most = max(ALWAYS_READ, EXPANSION * stream.seek(0, os.SEEK_END))
    stream.seek(0)
    try:
        # not closed: the caller's stream would be closed with it
        plain = pa.input_stream(stream, compression=compression)
        while block := plain.read(BLOCK_BYTES):
            done += len(block)
            digest.update(block)
            if done > most:
                raise BrokenStreamError(_EXPANDS, digest.hexdigest(), "too_large")
            yield block
    except pa.ArrowException as error:
        raise BrokenStreamError(str(error), digest.hexdigest()) from error
    except OSError as error:
        if error.errno is not None:  # the disk, not the decompressor
            raise
        stream.seek(0)
        rest = _last_bytes(pa.input_stream(stream, compression=compression), done)
        digest.update(rest)
        yield rest
        raise BrokenStreamError(str(error), digest.hexdigest()) from error


@contextmanager
def unpacked(stream: IO[bytes], blocks: Iterator[bytes] | None) -> Iterator[IO[bytes]]:
    """Lend a file that can be read at any place.

    Args:
        stream: the file as it lies on disk.
        blocks: what is in it, decompressed; None where it is not compressed.

    Yields:
        The stream itself, or a temporary file on disk, which goes with the context.

    Raises:
        BrokenStreamError: the compressed stream breaks off.
        OSError: the disk fails.
    """
    if blocks is None:
        yield stream
        return
    with tempfile.TemporaryFile(prefix="copydesk-") as file:
        file.writelines(blocks)
        file.seek(0)
        yield file


def _last_bytes(plain: pa.NativeFile, done: int) -> bytes:
    """Read what a failed read held back: pyarrow drops up to a block before the break."""
    while done:
        done -= len(plain.read(min(done, BLOCK_BYTES)))
    rest = bytearray()
    try:
        while byte := plain.read(1):
            rest += byte
    except OSError:
        pass
    return bytes(rest)
