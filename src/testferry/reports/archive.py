"""Reports in archives: ``.gz``, ``.zip``, ``.tar`` and what is compressed of it, told by content, with caps against bombs."""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from testferry.errors import ReportProblem

MOST_MEMBERS = 100_000
ALWAYS_ALLOWED = 64 * 1024 * 1024  # unpacked bytes that no ratio is asked of
LARGEST_RATIO = 200  # measured: real reports stay below 60
LARGEST = 4 * 1024 * 1024 * 1024
_SPOOL_IN_MEMORY = 8 * 1024 * 1024
_PROBLEMS = (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


def packed(head: bytes) -> str:
    """``gzip``, ``zip`` or ``tar`` from the first bytes, else empty."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "tar" if head[257:262] == b"ustar" else ""


def is_archive(path: str) -> bool:
    """Whether a file is one; False for what is no readable regular file."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            return stat.S_ISREG(os.fstat(file.fileno()).st_mode) and bool(packed(file.read(512)))
    except OSError:
        return False


def members(path: str, opened: IO[bytes] | None = None) -> Iterator[tuple[str, IO[bytes]]]:
    """Every file in an archive, with its name behind the archive's; nothing is written to the disk under a name of its own.

    Raises ReportProblem where the archive is broken, or unpacks to more than a report can.
    """
    try:
        with opened or open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            kind = packed(file.read(512))
            file.seek(0)
            budget = _Budget(max(ALWAYS_ALLOWED, LARGEST_RATIO * size))
            if kind == "zip":
                yield from _zip(path, file, budget)
            elif kind == "tar":
                yield from _tar(path, file, budget)
            else:
                yield from _gzip(path, file, budget)
    except ReportProblem:
        raise
    except _PROBLEMS as problem:
        raise ReportProblem(f"{path} cannot be unpacked: {problem}", "was it written in full?") from None


class _Budget:
    """How much may still come out of an archive."""

    def __init__(self, left: int) -> None:
        self.left = min(left, LARGEST)

    def _spend(self, size: int, name: str) -> None:
        self.left -= size
        if self.left < 0:
            raise ReportProblem(f"{name} unpacks to more than a report can: a bomb?", "unpack it yourself if you trust it")

    def spool(self, file: IO[bytes] | gzip.GzipFile, name: str) -> IO[bytes]:
        """The unpacked bytes, in memory or in a nameless file."""
        spool: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY)  # noqa: SIM115 - lives as long as its source
        try:
            while chunk := file.read(1 << 16):
                self._spend(len(chunk), name)
                spool.write(chunk)
            spool.seek(0)
        except BaseException:
            spool.close()
            raise
        return spool


def _zip(path: str, file: IO[bytes], budget: _Budget) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(file) as inside:
        for member in sorted(inside.infolist()[:MOST_MEMBERS], key=lambda one: one.filename):
            if not member.is_dir():
                with inside.open(member) as content:
                    yield f"{path}/{member.filename}", budget.spool(content, path)


def _tar(path: str, file: IO[bytes], budget: _Budget) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=file, mode="r:") as inside:
        for at, member in enumerate(inside):
            if at >= MOST_MEMBERS:
                break
            content = inside.extractfile(member) if member.isreg() else None
            if content is not None:
                with content:
                    yield f"{path}/{member.name}", budget.spool(content, path)


def _gzip(path: str, file: IO[bytes], budget: _Budget) -> Iterator[tuple[str, IO[bytes]]]:
    with gzip.open(file, "rb") as content:
        spool = budget.spool(content, path)
    if packed(spool.read(512)) == "tar":
        spool.seek(0)
        with spool:
            yield from _tar(path, spool, budget)
    else:
        yield path, spool
