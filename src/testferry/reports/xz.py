"""What ``xz`` packed, unpacked in bounded memory: a file says itself how much it takes.

Memory is taken as bytes come out, up to the size of the dictionary. `xz -9` says 64 MB whatever it
packs, so a dictionary may be larger than what is allowed as long as little comes out.
"""

from __future__ import annotations

import io
import lzma
from typing import IO

# Bytes of a dictionary that may be filled: up to `xz -8`.
MOST_FILLED = 32 * 1024 * 1024
# What a decoder needs beside its dictionary.
_BESIDE = 1024 * 1024
# What the presets of xz take, up to -9.
MOST_MEMORY = 66 * 1024 * 1024
GREEDY = "it takes more memory than testferry spends on unpacking"
_CHUNK = 1 << 16
# Longer than the heads of a stream, which say how much memory it takes.
_HEADS = 2048


class _Xz(io.RawIOBase):
    """The unpacked bytes of all streams of a file.

    Reading raises lzma.LZMAError for what is none, or takes more memory; EOFError where it is cut.
    """

    def __init__(
        self,
        file: IO[bytes],
        head: bytes = b"",
        form: int = lzma.FORMAT_AUTO,
    ) -> None:
        super().__init__()
        self._file = file
        self._form = form
        self._stream = self._begin(MOST_FILLED + _BESIDE)
        self._ahead = head
        self._is_new = True  # nothing came of this stream yet
        self._left = 0  # bytes that may come of it, if its dictionary is a large one

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while True:
            if self._stream.eof and not self._begin_another():
                return 0
            if not self._ahead and self._stream.needs_input:
                self._ahead = self._file.read(_CHUNK)
                if not self._ahead:
                    raise EOFError("it ends in the middle")
            data = self._unpacked(len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)

    def _begin_another(self) -> bool:
        """Begin the next stream, if there is one; zeros may stand between them."""
        self._ahead = self._stream.unused_data.lstrip(b"\0")
        while len(self._ahead) < _HEADS and (chunk := self._file.read(_CHUNK)):
            self._ahead = (self._ahead + chunk).lstrip(b"\0")
        if not self._ahead:
            return False
        self._stream = self._begin(MOST_FILLED + _BESIDE)
        self._is_new, self._left = True, 0
        return True

    def _unpacked(self, size: int) -> bytes:
        packed, self._ahead = self._ahead, b""
        try:
            data = self._stream.decompress(packed, size)
        except lzma.LZMAError:
            if not self._is_new:
                raise
            # perhaps its dictionary is a large one
            self._stream, self._left = self._begin(MOST_MEMORY), MOST_FILLED
            data = self._stream.decompress(packed, size)
        self._is_new = self._is_new and not data
        if self._left:
            self._left -= len(data)
            if self._left <= 0:
                raise lzma.LZMAError(GREEDY)
        return data

    def _begin(self, memory: int) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(self._form, memory)


def open_xz(file: IO[bytes], _mode: str = "rb") -> io.BufferedReader:
    """Return the unpacked bytes of a file."""
    return io.BufferedReader(_Xz(file), _CHUNK)  # type: ignore[arg-type]


def open_lzma(file: IO[bytes], head: bytes) -> io.BufferedReader:
    """Return the unpacked bytes of what LZMA packed, whose head stands elsewhere."""
    return io.BufferedReader(_Xz(file, head, lzma.FORMAT_ALONE), _CHUNK)  # type: ignore[arg-type]
