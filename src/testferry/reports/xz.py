"""What ``xz`` packed, unpacked in bounded memory: a file says itself how much it takes."""

from __future__ import annotations

import io
import lzma
from typing import IO

MOST_MEMORY = 66 * 1024 * 1024  # bytes: what the presets of xz take, up to -9
_CHUNK = 1 << 16


class _Xz(io.RawIOBase):
    """The unpacked bytes of all streams of a file.

    Reading raises lzma.LZMAError for what is none, or takes more memory; EOFError where it is cut.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        self._stream = _begin()
        self._ahead = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while True:
            if self._stream.eof:
                self._ahead = self._stream.unused_data.lstrip(b"\0")
                while not self._ahead and (chunk := self._file.read(_CHUNK)):
                    self._ahead = chunk.lstrip(b"\0")
                if not self._ahead:
                    return 0
                self._stream = _begin()
            if not self._ahead and self._stream.needs_input:
                self._ahead = self._file.read(_CHUNK)
                if not self._ahead:
                    raise EOFError("it ends in the middle")
            data = self._stream.decompress(self._ahead, len(buffer))
            self._ahead = b""
            if data:
                buffer[: len(data)] = data
                return len(data)


def _begin() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_MEMORY)


def open_xz(file: IO[bytes], _mode: str = "rb") -> io.BufferedReader:
    """Return the unpacked bytes of a file."""
    return io.BufferedReader(_Xz(file), _CHUNK)  # type: ignore[arg-type]
