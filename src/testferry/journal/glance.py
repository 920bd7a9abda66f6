"""What a journal's first bytes say, without opening it: thousands of finished ones cost little."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

from testferry import kernel
from testferry.journal.names import made_by_sqlite
from testferry.journal.rows import APPLICATION_ID, VERSION

# Of a finished journal this is added to the version.
FINISHED = 0x100
# The database header of sqlite: its first 16 bytes, and two numbers of the application's own.
_MAGIC = b"SQLite format 3\0"
_HEADER = struct.Struct(">16s44xI4xI")
_NOT_OURS = 0


@dataclass(frozen=True, slots=True)
class Glance:
    """What can be seen of a journal from its first bytes."""

    version: int = _NOT_OURS
    finished: bool = False
    # a -wal lies beside it: what the bytes say may be old
    open: bool = False


def glance(path: Path) -> Glance:
    """Read the first bytes of a journal; of what is none, or cannot be read, nothing is known."""
    try:
        handle = kernel.open_private(path, os.O_RDONLY | kernel.NON_BLOCKING)
        try:
            data = os.read(handle, _HEADER.size)
        finally:
            os.close(handle)
    except OSError:
        return Glance()
    if len(data) < _HEADER.size:
        return Glance()
    magic, version, application = _HEADER.unpack(data)
    if magic != _MAGIC or application != APPLICATION_ID:
        return Glance()
    finished = bool(version & FINISHED)
    return Glance(version & ~FINISHED, finished=finished, open=_has_wal(path))


def nobody_writes(path: Path) -> bool:
    """Tell whether a journal can be read as a file that does not change, leaving none beside it.

    That is so if it is finished, or of an earlier version, and no process has it open.
    """
    seen = glance(path)
    at_rest = seen.finished or _NOT_OURS < seen.version < VERSION
    return at_rest and not seen.open


def _has_wal(path: Path) -> bool:
    wal, *_ = made_by_sqlite(path)
    return wal.exists()
