"""What is packed, told by its first bytes, and a part of a file that is read like a file.

The reader of archives itself is imported when there is one: start-up is a feature.
"""

from __future__ import annotations

import io
import os
from typing import IO

from testferry.reports.heads import begun_by

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x5d\x00\x00": "xz",  # what packed .lzma, before it
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}
_TAR_HEAD = 512


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


class Part(Positioned):
    """A part of a file."""

    def __init__(
        self,
        file: IO[bytes],
        begin: int,
        size: int,
    ) -> None:
        super().__init__(size)
        self._file = file
        self._begin = begin

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        left = self._size - self._at
        if left <= 0:
            return 0
        self._file.seek(self._begin + self._at)
        data = self._file.read(min(len(buffer), left))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def packed(head: bytes) -> str:
    """Return ``gzip``, ``bzip2``, ``xz``, ``zip`` or ``tar`` from the first bytes, else empty."""
    if name := begun_by(head, _MAGIC):
        return name
    if head[257:262] == b"ustar" or _is_old_tar(head):
        return "tar"
    return ""


def _is_old_tar(head: bytes) -> bool:
    """Return whether a head has the checksum of the first tar, which had no mark."""
    stated = head[148:156].strip(b" \0")
    if len(head) < _TAR_HEAD or not stated.isdigit() or b"8" in stated or b"9" in stated:
        return False
    return sum(head[:148]) + sum(b" " * 8) + sum(head[156:_TAR_HEAD]) == int(stated, 8)
