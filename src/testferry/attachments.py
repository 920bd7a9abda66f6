"""Files that a report names, opened so that no report can reach beyond its own folder: the only
file that opens attachments.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from testferry.errors import ReportProblem
from testferry.kernel import open_below
from testferry.text import clean

_CHUNK = 64 * 1024
_BOUNDARY = "testferry-4f1c2d9ab0e7"
# What the system says of a component that is a link.
_LINKED = (errno.ELOOP, errno.ENOTDIR, errno.EMLINK)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where attachments may lie, in the order in which they are looked for; empty: nowhere."""

    report: str
    working: str = ""
    root: str = ""  # ``--attachments-root``

    @property
    def known(self) -> list[str]:
        """Those that there are, each once."""
        named = (self.report, self.working, self.root)
        return list(dict.fromkeys(folder for folder in named if folder))

    def told(self) -> str:
        """Name them for people, with what names another."""
        where = "the report's folder"
        if self.working:
            where += f"{',' if self.root else ' and'} the working directory"
        if self.root:
            return f"{where} and --attachments-root"
        return f"{where}; --attachments-root names another"


@dataclass(slots=True)
class FilePart:
    """One file as the body of a request. Opened anew for every attempt: a half-sent handle would
    send what is left of it.
    """

    name: str
    # bytes
    size: int
    file: BinaryIO = field(repr=False)
    # the one of the folders in which it lies
    folder: str = ""

    @property
    def content_type(self) -> str:
        """Give ``multipart/form-data`` with its boundary."""
        return f"multipart/form-data; boundary={self._boundary}"

    @property
    def length(self) -> int:
        """Count the bytes of the whole body."""
        return len(self._head) + self.size + len(self._tail)

    @property
    def _boundary(self) -> str:
        return f"{_BOUNDARY}-{self.size:x}-{abs(hash(self.name)):x}"

    @property
    def _head(self) -> bytes:
        quoted = self.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        lines = (
            f"--{self._boundary}",
            f'Content-Disposition: form-data; name="attachment"; filename="{quoted}"',
            "Content-Type: application/octet-stream",
            "",
            "",
        )
        return "\r\n".join(lines).encode("utf-8", "replace")

    @property
    def _tail(self) -> bytes:
        return f"\r\n--{self._boundary}--\r\n".encode()

    def stream(self) -> Iterator[bytes]:
        """Give the body, exactly as long as it was announced: a file that shrinks meanwhile breaks
        the request.
        """
        yield self._head
        left = self.size
        with self.file as file:
            while left and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk
        yield self._tail

    def close(self) -> None:
        """Close a part that was never sent."""
        self.file.close()


def open_attachment(
    path: str,
    folders: Folders,
    largest: int,
) -> FilePart:
    """Open a regular file below one of the folders, of at most ``largest`` bytes.

    No component may be a symbolic link: what is checked is what is opened. Raises ReportProblem in
    words for people.
    """
    shown = clean(path)
    hidden = False
    for folder, inner in _places(path, folders):
        # What lies behind a dot below the folder is configuration: credentials of CI, keys.
        if any(part.startswith(".") for part in inner.split(os.sep)):
            hidden = True
            continue
        try:
            handle = open_below(folder, inner.split(os.sep))
        except FileNotFoundError:
            continue
        except OSError as problem:
            raise _unreadable(shown, problem) from None
        part = _checked(handle, os.path.basename(inner), shown, largest)
        part.folder = folder
        return part
    if hidden:
        raise ReportProblem(
            f"the attachment {shown} is, or lies in, a hidden file or folder, which no report may "
            "attach unless --attachments-root lies in it",
        )
    raise _not_found(path, folders)


def _unreadable(shown: str, problem: OSError) -> ReportProblem:
    words = problem.strerror
    if problem.errno in _LINKED:
        words = "it is, or lies behind, a symbolic link"
    return ReportProblem(f"the attachment {shown} cannot be read: {words}")


def _places(path: str, folders: Folders) -> Iterator[tuple[str, str]]:
    """Where an attachment may lie: a folder, and the path from there on."""
    base = folders.report
    for folder in folders.known:
        inner = _inside(path, folder)
        if inner is not None:
            yield folder, inner
        # named from the report's folder, it may lie in the other
        if base and folder != base and not os.path.isabs(path):
            inner = _inside(os.path.join(os.path.abspath(base), path), folder)
            if inner is not None:
                yield folder, inner


def _checked(
    handle: int,
    name: str,
    shown: str,
    largest: int,
) -> FilePart:
    """Make a part of a file that is open. Raises ReportProblem if it is none that can be sent."""
    info = os.fstat(handle)
    trouble = ""
    if not stat.S_ISREG(info.st_mode):
        trouble = "is no regular file"
    elif info.st_size > largest:
        trouble = f"is larger than {largest // 1024 // 1024} MB"
    if trouble:
        os.close(handle)
        raise ReportProblem(f"the attachment {shown} {trouble}")
    return FilePart(name, info.st_size, os.fdopen(handle, "rb"))


def _not_found(path: str, folders: Folders) -> ReportProblem:
    shown = clean(path)
    if any(True for _ in _places(path, folders)):
        return ReportProblem(f"the attachment {shown} is not there")
    return ReportProblem(f"the attachment {shown} lies outside of {folders.told()}")


def _inside(path: str, folder: str) -> str | None:
    """Give the path from the folder on; None if it leads out of it."""
    inner = os.path.normpath(path)
    if os.path.isabs(path):
        whole = inner
        inner = ""
        for place in (os.path.abspath(folder), os.path.realpath(folder)):
            if whole.startswith(os.path.join(place, "")):  # the root of all ends in one
                inner = os.path.relpath(whole, place)
    if inner in ("", os.curdir) or "\0" in inner:
        return None
    drive, rest = os.path.splitdrive(inner)  # Windows has C:name, which no folder contains
    if drive or rest.startswith((os.pardir, os.sep)):
        return None
    return inner
