"""One report: a file, a folder of Allure results, a member of an archive, standard input."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, BinaryIO, cast

from testferry import kernel
from testferry.errors import ReportProblem
from testferry.reports.detect import Format
from testferry.reports.store import Store

# Called with every chunk that is read; it ends the reading by raising.
Watch = Callable[[], None]


def unwatched() -> None:
    """Let reading take as long as it takes."""


def parents(path: str) -> Iterator[str]:
    """Yield the folders around a path, the innermost first."""
    folder = os.path.dirname(path)
    while folder and folder != path:
        yield folder
        path, folder = folder, os.path.dirname(folder)


class _Watched:
    """A file that is read in chunks, with a look at each."""

    def __init__(self, file: IO[bytes], watch: Watch) -> None:
        self._file = file
        self._watch = watch
        self.seek = file.seek

    def read(self, size: int = -1) -> bytes:
        self._watch()
        # some files of /proc say that they are regular, and make whoever reads them wait
        return self._file.read(size) or b""


@dataclass(frozen=True, slots=True)
class Source:
    """One report file, or what was unpacked or spooled so that it can be read twice."""

    path: str
    spool: IO[bytes] | Store | None = None
    # which member of a store it is
    number: int = 0
    # where an archive's Allure results are unpacked to
    place: tempfile.TemporaryDirectory[str] | None = None
    # reports of earlier tries of the same tests, in order
    earlier: tuple[Source, ...] = ()
    # the folder or archive that was named, if this file was only found in it
    within: str = field(default="", compare=False)
    # the archive that it was unpacked from
    archive: str = field(default="", compare=False)
    # what it was told for, if that was looked at already
    form: Format | None = field(default=None, compare=False)

    @property
    def is_folder(self) -> bool:
        """An Allure results directory is one report."""
        return self.spool is None and os.path.isdir(self.folder)

    @property
    def is_file(self) -> bool:
        """Whether it lies on the disk under its own name."""
        return self.spool is None and self.place is None

    @property
    def holds(self) -> bool:
        """Whether it holds something of its own that has to be given back."""
        of_its_own = self.spool is not None and not isinstance(self.spool, Store)
        return of_its_own or self.place is not None or bool(self.earlier)

    @property
    def base(self) -> str:
        """The folder that the report's attachments are named from, empty for what was no file of
        its own.
        """
        if not self.is_file:
            return ""
        if self.is_folder:
            return os.path.abspath(self.path)
        return os.path.abspath(os.path.dirname(self.path) or os.curdir)

    @property
    def folder(self) -> str:
        """Where the files of a folder lie."""
        if self.place is not None:
            return self.place.name
        return self.path

    @contextmanager
    def open(self, watch: Watch = unwatched) -> Iterator[BinaryIO]:
        """Open the bytes from their start, for ``read`` and ``seek``.

        Raises ReportProblem if the file is gone, unreadable or no regular file.
        """
        with self._opened() as file:
            yield cast("BinaryIO", _Watched(file, watch))

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if isinstance(self.spool, Store):
            yield self.spool.open(self.number)
            return
        if self.spool is not None:
            self.spool.seek(0)
            yield self.spool
            return
        try:
            with open(
                os.open(self.path, os.O_RDONLY | kernel.NON_BLOCKING | kernel.BINARY), "rb"
            ) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ReportProblem("is not a regular file")
                yield file
        except OSError as problem:
            raise ReportProblem(
                f"cannot be read: {problem.strerror}", "check the path and its permissions"
            ) from None


def close(sources: Iterable[Source]) -> None:
    """Give back what was spooled or unpacked."""
    for source in sources:
        if source.spool is not None:
            source.spool.close()
        if source.place is not None:
            source.place.cleanup()
        close(source.earlier)
