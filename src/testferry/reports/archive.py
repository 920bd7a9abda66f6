"""Reports in archives: ``.gz``, ``.zip``, ``.tar`` and what is compressed of it, within each other,
told by content, with caps against bombs.

What is wanted of an archive is unpacked into the store.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

from testferry import scratch
from testferry.errors import ReportProblem
from testferry.reports import cutzip
from testferry.reports.meant import by_name
from testferry.reports.pieces import packed
from testferry.reports.store import Store
from testferry.reports.xz import open_xz
from testferry.reports.zips import opened, portions
from testferry.text import count

MOST_MEMBERS = 100_000
ALWAYS_ALLOWED = 64 * 1024 * 1024  # unpacked bytes that no ratio is asked of
LARGEST_RATIO = 200  # measured: real reports stay below 60
DEEPEST = 2  # archives within each other: a .tar in a .gz in a .zip
LARGEST = 4 * 1024 * 1024 * 1024
_CHUNK = 1 << 16
_LONGEST_HEAD = 1024 * 1024  # of a member of a tar, with all its attributes
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
    # what Python's own readers raise for heads of damaged bytes
    LookupError,
    MemoryError,
    struct.error,
)
_OPENERS: dict[str, Callable[[IO[bytes], Any], Any]] = {
    "gzip": gzip.open,
    "bzip2": bz2.open,
    "xz": open_xz,
}


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its name behind the archive's, its first bytes, its number in the
    store if it was wanted.
    """

    name: str
    head: bytes
    number: int | None


# Asked with a member's name and first bytes: whether its content is wanted.
Wanted = Callable[[str, bytes], bool]


class Unpacking:
    """Walks one archive, and those within it."""

    def __init__(
        self,
        store: Store,
        wanted: Wanted,
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._wanted = wanted
        self._watch = watch  # called with every chunk
        self._left = 0  # bytes that may still come out
        self._members = 0
        self.problems: list[tuple[str, ReportProblem]] = []  # of archives within this one

    def members(self, path: str, spool: IO[bytes] | None = None) -> Iterator[Member]:
        """Yield every file in an archive; nothing is written to the disk under a name of its own.

        Raises ReportProblem if the archive is broken, or unpacks to more than a report can.
        """
        try:
            with spool or open(path, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(0)
                self._left = min(max(ALWAYS_ALLOWED, LARGEST_RATIO * size), LARGEST)
                yield from self._unpacked(path, file, 0)
        except _PROBLEMS as problem:
            raise _unpackable(problem) from None

    def _unpacked(
        self,
        path: str,
        file: IO[bytes],
        depth: int,
    ) -> Iterator[Member]:
        kind = packed(file.read(512))
        file.seek(0)
        if kind == "zip":
            yield from self._zip(path, file, depth)
        elif kind == "tar":
            yield from self._tar(path, file, depth)
        else:
            yield from self._compressed(
                path,
                file,
                kind,
                depth,
            )

    def _zip(
        self,
        path: str,
        file: IO[bytes],
        depth: int,
    ) -> Iterator[Member]:
        begun = False
        try:
            for inside, entries in portions(file):
                begun = True
                for entry in sorted(inside.infolist(), key=lambda entry: entry.filename):
                    if entry.filename.endswith("/"):
                        continue
                    self._count(path, entries)
                    name = f"{path}/{entry.filename}"
                    with self._told(name), opened(file, inside, entry) as content:
                        yield from self._member(name, content, depth)
        except ReportProblem:
            raise
        except _PROBLEMS as problem:
            if begun:
                raise
            yield from self._cut_zip(
                path,
                file,
                depth,
                problem,
            )

    def _cut_zip(
        self,
        path: str,
        file: IO[bytes],
        depth: int,
        why: Exception,
    ) -> Iterator[Member]:
        """Yield the members before the place where an archive is cut, then raise why it is."""
        found = 0
        with contextlib.suppress(*_PROBLEMS):
            for inside, content in cutzip.members(file):
                self._count(path, 0)
                name = f"{path}/{inside}"
                with self._told(name):
                    yield from self._member(name, cast("IO[bytes]", content), depth)
                found += 1
        raise ReportProblem(
            f"its directory is missing or damaged ({why}): only what stands before that is read, "
            f"{count(found, 'member')}",
            "was it written in full?",
            code="cut-off",
        )

    @contextlib.contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Tell what is wrong with a member: it costs no other."""
        try:
            yield
        except ReportProblem:
            raise
        except _PROBLEMS as problem:
            self.problems.append((name, _unpackable(problem)))

    def _tar(
        self,
        path: str,
        file: IO[bytes],
        depth: int,
    ) -> Iterator[Member]:
        with tarfile.open(fileobj=cast("IO[bytes]", _ShortHeads(path, file)), mode="r:") as inside:
            while (entry := inside.next()) is not None:
                # tarfile remembers every one
                inside.members.clear()  # type: ignore[attr-defined]
                if entry.issym() and by_name(entry.name):
                    words = "is a link, and what it leads to is not read"
                    self.problems.append((f"{path}/{entry.name}", ReportProblem(words)))
                if not entry.isreg():
                    continue
                self._count(path, 0)
                content = inside.extractfile(entry)
                if content is not None:
                    with content:
                        yield from self._member(
                            f"{path}/{entry.name}",
                            content,
                            depth,
                        )

    def _compressed(
        self,
        path: str,
        file: IO[bytes],
        kind: str,
        depth: int,
    ) -> Iterator[Member]:
        self._count(path, 0)
        with _OPENERS[kind](file, "rb") as content:
            yield from self._member(path, content, depth)

    def _count(self, path: str, of: int) -> None:
        self._members += 1
        if self._members > MOST_MEMBERS:
            total = ""
            if of:
                total = f" of {of:,}"
            raise ReportProblem(
                f"{path} holds more than {count(MOST_MEMBERS, 'file')}: the rest{total} is not "
                "read",
                "unpack it yourself, and name its folder",
                code="over-limit",
            )

    def _member(
        self,
        name: str,
        content: IO[bytes],
        depth: int,
    ) -> Iterator[Member]:
        """Yield one member, or what is in it if it is an archive itself.

        What came out before the content broke is yielded before the problem is raised.
        """
        head, broken = self._head(name, content)
        inner = packed(head[:512])
        if inner and depth >= DEEPEST:
            words = f"is an archive more than {DEEPEST} levels within others: it is not read"
            self.problems.append(
                (
                    name,
                    ReportProblem(
                        words,
                        "unpack it",
                        code="over-limit",
                    ),
                )
            )
            return
        if inner:
            yield from self._archive(
                name,
                head,
                content,
                broken,
                depth + 1,
            )
            return
        if not head and broken is not None:
            raise broken
        if not self._wanted(name, head):
            yield Member(name, head, None)
            return
        number, cut = self._stored(name, head, content, broken)
        yield Member(name, head, number)
        if cut is not None:
            raise cut

    def _stored(
        self,
        name: str,
        head: bytes,
        content: IO[bytes],
        broken: Exception | None,
    ) -> tuple[int, Exception | None]:
        """Write the content to the store; return its number, and what ended it too early."""
        self._store.drop()
        self._store.write(head)
        try:
            while broken is None and (chunk := self._read(name, content)):
                self._store.write(chunk)
        except ReportProblem:
            raise
        except _PROBLEMS as problem:  # what came out before it broke is read
            broken = problem
        return self._store.keep(), broken

    def _head(self, name: str, content: IO[bytes]) -> tuple[bytes, Exception | None]:
        head = b""
        try:
            while len(head) < _CHUNK and (chunk := self._read(name, content)):
                head += chunk
        except ReportProblem:
            raise
        except _PROBLEMS as problem:
            return head, problem
        return head, None

    def _read(self, name: str, content: IO[bytes]) -> bytes:
        """Return the next unpacked bytes, as far as the budget allows."""
        self._watch()
        # at most what is whole: all that comes before a break counts
        chunk: bytes = content.read1(_CHUNK)  # type: ignore[attr-defined]
        self._left -= len(chunk)
        if self._left < 0:
            raise ReportProblem(
                f"{name} unpacks to more than a report can: a bomb?",
                "unpack it yourself if you trust it",
                code="over-limit",
            )
        return chunk

    def _archive(
        self,
        name: str,
        head: bytes,
        content: IO[bytes],
        broken: Exception | None,
        depth: int,
    ) -> Iterator[Member]:
        """Yield the members of an archive within; a broken one costs only itself."""
        with scratch.spool(_CHUNK) as spool:
            spool.write(head)
            try:
                while broken is None and (chunk := self._read(name, content)):
                    spool.write(chunk)
            except ReportProblem:
                raise
            except _PROBLEMS as problem:
                broken = problem
            spool.seek(0)
            try:
                yield from self._unpacked(name, spool, depth)
            except ReportProblem:
                raise
            except _PROBLEMS as problem:
                broken = broken or problem
            if broken is not None:
                self.problems.append((name, _unpackable(broken)))


class _ShortHeads:
    """A tar of which nothing is read at once that is longer than the head of a member can be: it
    says itself how long that is.
    """

    def __init__(self, path: str, file: IO[bytes]) -> None:
        self._path = path
        self._file = file
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int) -> bytes:
        if size > _LONGEST_HEAD:
            raise ReportProblem(
                f"{self._path} holds a member whose name and attributes take "
                f"{size:,} bytes: the rest is not read",
                "unpack it yourself if you trust it",
                code="over-limit",
            )
        return self._file.read(size)


def _unpackable(problem: Exception) -> ReportProblem:
    if isinstance(problem, ReportProblem):
        return problem
    if isinstance(problem, RuntimeError) and "encrypted" in str(problem):  # it has no other name
        return ReportProblem("is encrypted", "unpack it with its password, and name its folder")
    return ReportProblem(f"cannot be unpacked: {problem}", "was it written in full?")
