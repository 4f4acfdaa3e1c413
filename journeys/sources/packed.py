"""Opens gzip on the way, whatever the file is called."""

from __future__ import annotations

import gzip
import io
from typing import IO, cast

MOST_AT_ONCE = 128 * 2**20
"""Bytes, unpacked, of what can only be read whole; parsed it takes some ten times as much memory."""
_GZIP_MAGIC = b"\x1f\x8b"


def unpacked(stream: IO[bytes]) -> io.BufferedReader:
    """The same bytes, unpacked while they are read if they are gzip."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stream))
    if buffered.peek(2)[:2] == _GZIP_MAGIC:
        return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=buffered)))
    return buffered
