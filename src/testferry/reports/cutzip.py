"""The members of a zip archive whose directory is gone: its end is cut off, or it is damaged.

Each member has a head of its own before it; they are walked from the first one on.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

_HEAD = struct.Struct("<4s5H3L2H")
_DIRECTORY = struct.Struct("<4s24x3H12x")
_END = struct.Struct("<4s16xH")
_MARK = b"PK\x03\x04"
_SIZE_FOLLOWS = 0x08
_ENCRYPTED = 0x01
_UTF_8 = 0x800
_LARGE = 0xFFFFFFFF
_CHUNK = 1 << 16
_STORED, _DEFLATED = 0, 8
# What may stand behind a member whose size follows it: with and without a mark, of 32 and 64 bits.
_DESCRIPTORS = (16, 12, 24, 20)


def members(file: IO[bytes]) -> Iterator[tuple[str, Inner]]:
    """Yield name and content of every member from the first head on.

    The content of one is read before the next is asked for. Raises zipfile.BadZipFile at what is
    neither a member nor a directory, EOFError where the archive ends in a head.
    """
    end = file.seek(0, os.SEEK_END)
    at = 0
    while at < end:
        file.seek(at)
        mark = file.read(4)
        file.seek(at)
        if mark == _MARK:
            inner = Inner(file)
            if not inner.name.endswith("/"):
                yield inner.name, inner
            at = inner.end()
        elif mark == b"PK\x01\x02":
            _, *lengths = _DIRECTORY.unpack(_exactly(file, _DIRECTORY.size))
            at += _DIRECTORY.size + sum(lengths)
        elif mark == b"PK\x05\x06":
            _, comment = _END.unpack(_exactly(file, _END.size))
            at += _END.size + comment
        else:
            raise zipfile.BadZipFile(f"there is no member at byte {at:,}")


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError("the archive ends here")
    return data


class Inner:
    """One member: its name, and its content by ``read1``.

    Raises EOFError where the archive ends before the content does, zipfile.BadZipFile if the
    content is another one than its checksum says.
    """

    def __init__(self, file: IO[bytes]) -> None:
        (
            _,
            _,
            self._flags,
            self._method,
            _,
            _,
            self._sum,
            self._size,
            unpacked,
            name,
            extra,
        ) = _HEAD.unpack(_exactly(file, _HEAD.size))
        coding = "utf-8" if self._flags & _UTF_8 else "cp437"
        self.name = _exactly(file, name).decode(coding, "replace")
        more = _exactly(file, extra)
        if self._size == _LARGE:
            self._size = _large_size(more, both=unpacked == _LARGE)
        self._file = file
        self._begin = self._at = file.tell()
        self._found = 0  # the checksum of what came out
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._is_over = False

    @property
    def _size_follows(self) -> bool:
        return bool(self._flags & _SIZE_FOLLOWS) and not self._size

    def read1(self, size: int = _CHUNK) -> bytes:
        """Return the next bytes, none at the end."""
        if self._flags & _ENCRYPTED:
            raise RuntimeError("it is encrypted")
        if self._is_over:
            return b""
        if self._method == _DEFLATED:
            data = self._inflated(size)
        elif self._method == _STORED and not self._size_follows:
            data = self._plain(size)
        else:
            raise NotImplementedError("that compression method is not supported")
        self._found = zlib.crc32(data, self._found)
        if not data:
            self._is_over = True
            if not self._size_follows and self._found != self._sum:
                raise zipfile.BadZipFile("its content is not what its checksum says")
        return data

    def _plain(self, size: int) -> bytes:
        left = self._begin + self._size - self._at
        data = self._next(min(size, left))
        if left and not data:
            raise EOFError("the archive ends in it")
        return data

    def _inflated(self, size: int) -> bytes:
        while not self._inflater.eof:
            chunk = self._inflater.unconsumed_tail or self._next(_CHUNK)
            if data := self._inflater.decompress(chunk, size):
                return data
            if not chunk:
                raise EOFError("the archive ends in it")
        return b""

    def _next(self, size: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(size)
        self._at += len(data)
        return data

    def end(self) -> int:
        """Return where the next head begins."""
        if not self._size_follows:
            packed: int = self._size
            return self._begin + packed
        while self.read1():
            pass
        behind = self._at - len(self._inflater.unused_data)
        self._file.seek(behind)
        after = self._file.read(_DESCRIPTORS[2] + 4)
        for size in _DESCRIPTORS:
            if after[size : size + 2] == b"PK":
                return behind + size
        return behind + len(after)


def _large_size(extra: bytes, *, both: bool) -> int:
    """Return the packed size of a member that is larger than its head can say."""
    fields = io.BytesIO(extra)
    while len(head := fields.read(4)) == struct.calcsize("<2H"):
        kind, length = struct.unpack("<2H", head)
        data = fields.read(length)
        begin = 8 if both else 0
        if kind == 1 and len(data) >= begin + 8:
            return int.from_bytes(data[begin : begin + 8], "little")
    raise zipfile.BadZipFile("a member does not say how large it is")
