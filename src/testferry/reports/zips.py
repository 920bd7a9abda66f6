"""The entries of a zip archive, some at a time: the directory of a large one takes more memory than
all that is read of it.

Python's own reader holds the whole directory. It is given a part of it instead: the archive's bytes
with a directory of a thousand entries behind them.
"""

from __future__ import annotations

import bz2
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from testferry.reports.pieces import Part, Positioned
from testferry.reports.xz import open_lzma

PORTION = 1000  # entries
_ENTRY = b"PK\x01\x02"
_ENTRY_SIZE = 46
_LOCAL_SIZE = 30
_LZMA_SIZE = 9  # a version, a length, the properties
_ENDS_BY_A_MARK = 2  # a flag of an entry that LZMA packed
_UNKNOWN = b"\xff" * 8
_CHUNK = 1 << 16
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 0xFFFF
_CUT = "it is cut, or several archives stand in one file"


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where an archive's directory lies."""

    begin: int
    size: int
    entries: int


def portions(file: IO[bytes]) -> Iterator[tuple[zipfile.ZipFile, int]]:
    """Yield the archive with some of its entries, and how many there are in all.

    Raises zipfile.BadZipFile if the directory is none, or that of another archive.
    """
    directory = _directory(file)
    if directory is None or directory.entries <= PORTION:
        with zipfile.ZipFile(file) as whole:
            if min((entry.header_offset for entry in whole.infolist()), default=0):
                # a directory was found, but it is that of an archive within this one, or behind it
                raise zipfile.BadZipFile(_CUT)
            yield whole, len(whole.infolist())
        return
    for part in _parts(file, directory):
        with zipfile.ZipFile(_Spliced(file, directory.begin, part)) as some:
            yield some, directory.entries


def opened(
    file: IO[bytes],
    inside: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
) -> IO[bytes]:
    """Open an entry's content.

    Python's own reader takes all at once that comes of a chunk that bzip2 or LZMA packed: a few
    bytes may stand for gigabytes. Raises zipfile.BadZipFile and what the packers raise.
    """
    unpacked = _UNPACKED.get(entry.compress_type)
    if unpacked is None or entry.flag_bits & 1:
        return inside.open(entry)
    file.seek(entry.header_offset)
    head = file.read(_LOCAL_SIZE)
    if len(head) < _LOCAL_SIZE:
        raise zipfile.BadZipFile(_CUT)
    begin = entry.header_offset + _LOCAL_SIZE + sum(struct.unpack_from("<2H", head, 26))
    plain = unpacked(file, begin, entry)
    return io.BufferedReader(_Summed(plain, entry.CRC), _CHUNK)  # type: ignore[type-var]


def _of_bzip2(
    file: IO[bytes],
    begin: int,
    entry: zipfile.ZipInfo,
) -> io.BufferedIOBase:
    packed = io.BufferedReader(Part(file, begin, entry.compress_size))  # type: ignore[type-var]
    return bz2.BZ2File(packed)


def _of_lzma(
    file: IO[bytes],
    begin: int,
    entry: zipfile.ZipInfo,
) -> io.BufferedIOBase:
    """Open what LZMA packed: behind a version and a length it is what a .lzma file holds, whose
    head says how much comes out, too.
    """
    file.seek(begin)
    said = file.read(_LZMA_SIZE)
    comes_out = _UNKNOWN
    if not entry.flag_bits & _ENDS_BY_A_MARK:
        comes_out = struct.pack("<Q", entry.file_size)
    rest = Part(file, begin + len(said), max(0, entry.compress_size - len(said)))
    packed = io.BufferedReader(rest)  # type: ignore[type-var]
    return open_lzma(packed, said[4:] + comes_out)


_UNPACKED = {
    zipfile.ZIP_BZIP2: _of_bzip2,
    zipfile.ZIP_LZMA: _of_lzma,
}


class _Summed(io.RawIOBase):
    """A content that is held against its checksum."""

    def __init__(self, plain: io.BufferedIOBase, stated: int) -> None:
        super().__init__()
        self._plain = plain
        self._stated = stated
        self._found = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._plain.read1(len(buffer))
        self._found = zlib.crc32(data, self._found)
        if not data and self._found != self._stated:
            raise zipfile.BadZipFile("its content is not what its checksum says")
        buffer[: len(data)] = data
        return len(data)


def _directory(file: IO[bytes]) -> _Directory | None:
    """Return where the directory lies, None if it is for Python's own reader to say."""
    size = file.seek(0, os.SEEK_END)
    begin = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(begin)
    tail = file.read()
    at = tail.rfind(_END_MARK)
    if at < 0 or at + _END.size > len(tail):
        return None
    *_, entries, length, offset, _ = _END.unpack_from(tail, at)
    if at >= _LOCATOR.size and tail[at - _LOCATOR.size :].startswith(b"PK\x06\x07"):
        _, _, place, _ = _LOCATOR.unpack_from(tail, at - _LOCATOR.size)
        file.seek(min(place, size))
        end = file.read(_END_64.size)
        if len(end) == _END_64.size and end.startswith(b"PK\x06\x06"):
            *_, entries, length, offset = _END_64.unpack(end)
    if offset + length > begin + at or offset >= 0xFFFFFFFF:
        return None
    return _Directory(offset, length, entries)


def _parts(file: IO[bytes], directory: _Directory) -> list[tuple[int, int, int]]:
    """Return the place, the size and the number of entries of each part of the directory."""
    parts: list[tuple[int, int, int]] = []
    file.seek(directory.begin)
    reader = io.BufferedReader(Part(file, directory.begin, directory.size))  # type: ignore[type-var]
    at = begin = directory.begin
    entries = total = 0
    first = None
    while len(head := reader.read(_ENTRY_SIZE)) == _ENTRY_SIZE and head.startswith(_ENTRY):
        more = sum(struct.unpack_from("<3H", head, 28))
        reader.read(more)
        offset = struct.unpack_from("<L", head, 42)[0]
        first = offset if first is None else min(first, offset)
        at += _ENTRY_SIZE + more
        entries, total = entries + 1, total + 1
        if entries == PORTION:
            parts.append((begin, at - begin, entries))
            begin, entries = at, 0
    if entries:
        parts.append((begin, at - begin, entries))
    if first or total != directory.entries:
        raise zipfile.BadZipFile(_CUT)
    return parts


class _Spliced(Positioned):
    """The archive up to its directory, with a part of that directory behind it."""

    def __init__(
        self,
        file: IO[bytes],
        length: int,
        part: tuple[int, int, int],
    ) -> None:
        begin, size, entries = part
        file.seek(begin)
        directory = file.read(size)
        end = _END.pack(_END_MARK, 0, 0, entries, entries, size, length, 0)
        self._file = file
        self._length = length
        self._behind = directory + end
        super().__init__(length + len(self._behind))

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if self._at < self._length:
            self._file.seek(self._at)
            data = self._file.read(min(len(buffer), self._length - self._at))
        else:
            begin = self._at - self._length
            data = self._behind[begin : begin + len(buffer)]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
