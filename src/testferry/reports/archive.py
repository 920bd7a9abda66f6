"""Reports in archives: ``.gz``, ``.zip``, ``.tar`` and what is compressed of it, told by content,
with caps against bombs.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from testferry.errors import ReportProblem

MOST_MEMBERS = 100_000
ALWAYS_ALLOWED = 64 * 1024 * 1024  # unpacked bytes that no ratio is asked of
LARGEST_RATIO = 200  # measured: real reports stay below 60
DEEPEST = 2
LARGEST = 4 * 1024 * 1024 * 1024
_SPOOL_IN_MEMORY = 8 * 1024 * 1024
_PROBLEMS = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def packed(head: bytes) -> str:
    """``gzip``, ``bzip2``, ``xz``, ``zip`` or ``tar`` from the first bytes, else empty."""
    for magic, name in ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz")):
        if head.startswith(magic):
            return name
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
    """Every file in an archive, with its name behind the archive's; nothing is written to the disk
    under a name of its own.

    Raises ReportProblem where the archive is broken, or unpacks to more than a report can.
    """
    try:
        with opened or open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            yield from _unpacked(path, file, _Budget(max(ALWAYS_ALLOWED, LARGEST_RATIO * size)))
    except ReportProblem:
        raise
    except _PROBLEMS as problem:
        raise ReportProblem(f"cannot be unpacked: {problem}", "was it written in full?") from None


def _unpacked(
    path: str, file: IO[bytes], budget: _Budget, depth: int = 0
) -> Iterator[tuple[str, IO[bytes]]]:
    kind = packed(file.read(512))
    file.seek(0)
    if kind == "zip":
        inside = _zip(path, file, budget)
    elif kind == "tar":
        inside = _tar(path, file, budget)
    else:
        inside = _compressed(path, file, kind, budget)
    for name, spool in inside:
        if depth < DEEPEST and packed(spool.read(512)) not in (
            "",
            "zip",
        ):  # a .tar in a .gz, a .gz in a .zip
            spool.seek(0)
            with spool:
                yield from _unpacked(name, spool, budget, depth + 1)
        else:
            spool.seek(0)
            yield name, spool


class _Budget:
    """How much may still come out of an archive."""

    def __init__(self, left: int) -> None:
        self.left = min(left, LARGEST)

    def _spend(self, size: int, name: str) -> None:
        self.left -= size
        if self.left < 0:
            raise ReportProblem(
                f"{name} unpacks to more than a report can: a bomb?",
                "unpack it yourself if you trust it",
            )

    def copy(self, file: IO[bytes] | gzip.GzipFile, spool: IO[bytes], name: str) -> None:
        """Unpacked bytes, as far as the budget allows."""
        # at most what is whole: all that comes before a break counts
        while chunk := file.read1(1 << 16):  # type: ignore[union-attr]
            self._spend(len(chunk), name)
            spool.write(chunk)

    def spool(self, file: IO[bytes] | gzip.GzipFile, name: str) -> IO[bytes]:
        """The unpacked bytes, in memory or in a nameless file."""
        # lives as long as its source
        spool: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY)  # noqa: SIM115
        try:
            self.copy(file, spool, name)
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


def _compressed(
    path: str, file: IO[bytes], kind: str, budget: _Budget
) -> Iterator[tuple[str, IO[bytes]]]:
    # lives as long as its source
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY)  # noqa: SIM115
    broken: Exception | None = None
    with _OPENERS[kind](file, "rb") as content:
        try:
            budget.copy(content, spool, path)
        except ReportProblem:
            spool.close()
            raise
        except _PROBLEMS as problem:  # what came out before it broke is read
            broken = problem
    if spool.tell():
        spool.seek(0)
        yield path, spool
    else:
        spool.close()
    if broken is not None:
        raise broken


_OPENERS: dict[str, Callable[[IO[bytes], Any], Any]] = {
    "gzip": gzip.open,
    "bzip2": bz2.open,
    "xz": lzma.open,
}
