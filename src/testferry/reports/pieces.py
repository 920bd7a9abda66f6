"""What is packed, told by its first bytes, and a part of a file that is read like a file.

The reader of archives itself is imported when there is one: start-up is a feature.
"""

from __future__ import annotations

import io
import os

_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)


class Positioned(io.RawIOBase):
    """A file of so many bytes that is read from wherever it is asked to."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_CUR:
            offset += self._at
        elif whence == os.SEEK_END:
            offset += self._size
        self._at = max(0, offset)
        return self._at


def packed(head: bytes) -> str:
    """Return ``gzip``, ``bzip2``, ``xz``, ``zip`` or ``tar`` from the first bytes, else empty."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[257:262] == b"ustar":
        return "tar"
    return ""
