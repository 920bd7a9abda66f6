"""Where members of archives are unpacked to: one nameless file for all of them, of which one
megabyte lies in memory.

There may be a hundred thousand members, so a member is no more than its number.
"""

from __future__ import annotations

import io
from array import array
from typing import IO, BinaryIO

from testferry import scratch
from testferry.reports.pieces import Part

IN_MEMORY = 1024 * 1024
_CHUNK = 1 << 16


class Store:
    """Members, one behind the other; it lives as long as they are read."""

    def __init__(self) -> None:
        self._file: IO[bytes] = scratch.spool(IN_MEMORY)
        # where each member ends, behind the place where the first one begins
        self._ends = array("Q", [0])
        self._written = 0

    def write(self, chunk: bytes) -> None:
        """Add to the member that ``keep`` will end."""
        self._file.seek(self._written)
        self._file.write(chunk)
        self._written += len(chunk)

    def keep(self) -> int:
        """End a member: return its number."""
        self._ends.append(self._written)
        return len(self._ends) - 2

    def drop(self) -> None:
        """Forget what was written behind the last member."""
        self._written = self._ends[-1]

    def size(self, number: int) -> int:
        """Return how many bytes a member has."""
        return self._ends[number + 1] - self._ends[number]

    def open(self, number: int) -> BinaryIO:
        """Return a member's bytes from their start."""
        piece = Part(self._file, self._ends[number], self.size(number))
        return io.BufferedReader(piece, _CHUNK)  # type: ignore[type-var]

    @property
    def closed(self) -> bool:
        """Whether it was given back."""
        return self._file.closed

    def close(self) -> None:
        """Give it back; its members cannot be read any more."""
        self._file.close()
