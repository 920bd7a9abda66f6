"""Files that a report names, opened so that no report can reach beyond its own folder: the only
file that opens attachments.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from testferry.errors import ReportProblem
from testferry.text import clean

_CHUNK = 64 * 1024
_BOUNDARY = "testferry-4f1c2d9ab0e7"


@dataclass(slots=True)
class FilePart:
    """One file as the body of a request. Opened anew for every attempt: a half-sent handle would
    send what is left of it.
    """

    name: str
    size: int
    file: BinaryIO = field(repr=False)

    @property
    def content_type(self) -> str:
        """``multipart/form-data`` with its boundary."""
        return f"multipart/form-data; boundary={self._boundary}"

    @property
    def length(self) -> int:
        """Of the whole body."""
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
        """The body, exactly as long as it was announced: a file that shrinks meanwhile breaks the
        request.
        """
        yield self._head
        left = self.size
        with self.file as file:
            while left and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk
        yield self._tail

    def close(self) -> None:
        """For a part that was never sent."""
        self.file.close()


def open_attachment(path: str, base: str, root: str, largest: int) -> FilePart:
    """A regular file below ``base`` (the report's folder) or ``root`` (``--attachments-root``), at
    most ``largest`` bytes.

    No component may be a symbolic link: what is checked is what is opened. Raises ReportProblem in
    words for people.
    """
    for folder in filter(None, (root, base)):
        inner = _inside(path, folder)
        if (
            inner is None and base and not os.path.isabs(path)
        ):  # named from the report's folder, lies in the other
            inner = _inside(os.path.join(os.path.abspath(base), path), folder)
        if inner is None:
            continue
        try:
            handle = _descend(folder, inner)
        except FileNotFoundError:
            continue
        except OSError as problem:
            linked = problem.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK)
            words = "it is, or lies behind, a symbolic link" if linked else problem.strerror
            raise ReportProblem(f"the attachment {clean(path)} cannot be read: {words}") from None
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode) or info.st_size > largest:
            os.close(handle)
            words = (
                "is no regular file"
                if not stat.S_ISREG(info.st_mode)
                else f"is larger than {largest // 1024 // 1024} MB"
            )
            raise ReportProblem(f"the attachment {clean(path)} {words}")
        return FilePart(os.path.basename(inner), info.st_size, os.fdopen(handle, "rb"))
    if any(_inside(path, folder) is not None for folder in filter(None, (root, base))):
        raise ReportProblem(f"the attachment {clean(path)} is not there")
    where = "the report's folder" + (
        " and --attachments-root" if root else "; --attachments-root names another"
    )
    raise ReportProblem(f"the attachment {clean(path)} lies outside of {where}")


def _inside(path: str, folder: str) -> str | None:
    """The path from the folder on, None where it leads out of it."""
    if not os.path.isabs(path):
        inner = os.path.normpath(path)
    else:
        inner = ""
        for place in (os.path.abspath(folder), os.path.realpath(folder)):
            if os.path.normpath(path).startswith(place + os.sep):
                inner = os.path.relpath(os.path.normpath(path), place)
    return (
        inner
        if inner and inner != os.curdir and not inner.startswith(os.pardir) and "\0" not in inner
        else None
    )


def _descend(folder: str, inner: str) -> int:
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    parts = inner.split(os.sep)
    try:
        for part in parts[:-1]:
            deeper = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = deeper
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    finally:
        with suppress(OSError):
            os.close(here)
