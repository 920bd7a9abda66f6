"""Where what need not last lies: the directory for temporary files, if there is one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from testferry import kernel
from testferry.errors import JournalProblem

_VARIABLES = ("TMPDIR", "TEMP", "TMP")
_USUAL = ("/tmp", "/var/tmp", "/usr/tmp")  # noqa: S108 - what Python looks at
# Where Linux keeps shared memory. A container whose root is read-only has it all the same.
_MEMORY = "/dev/shm"  # noqa: S108
_CURE = "set TMPDIR to a directory that you can write to"


def folder() -> str | None:
    """Find the directory for temporary files; None if there is none that can be written.

    The current directory is none, though Python takes it as its last resort: it may be a stranger's
    checkout, with files in it that only this user should have written.
    """
    try:
        found = tempfile.gettempdir()
    except OSError:
        found = ""
    if found and (found != os.getcwd() or _is_meant(found)):
        return found
    if os.path.isdir(_MEMORY) and os.access(_MEMORY, os.W_OK | os.X_OK):
        return _MEMORY
    return None


def _is_meant(found: str) -> bool:
    said = [os.environ.get(name) for name in _VARIABLES]
    return found in _USUAL or any(os.path.abspath(place) == found for place in said if place)


def own_folder() -> Path | None:
    """Name this user's own folder there, made or not. Whoever uses it looks whose it is."""
    place = folder()
    if place is None:
        return None
    return Path(place) / f"testferry-{kernel.user_word()}"


@contextlib.contextmanager
def directory(prefix: str = "testferry-") -> Iterator[Path]:
    """Make a directory that is gone at the end. Raises JournalProblem if there is no place."""
    made = lasting_directory(prefix)
    with made as path:
        yield Path(path)


def lasting_directory(prefix: str = "testferry-") -> tempfile.TemporaryDirectory[str]:
    """Make a directory that is gone when it is cleaned up. Raises JournalProblem."""
    with _told():
        return tempfile.TemporaryDirectory(
            prefix=prefix, dir=_needed_folder(), ignore_cleanup_errors=True
        )


def spool(in_memory: int) -> IO[bytes]:
    """Make a file that is on the disk only if it is larger than so many bytes.

    Writing to it raises JournalProblem if there is no place.
    """
    return _Spool(in_memory, dir=folder())


class _Spool(tempfile.SpooledTemporaryFile[bytes]):
    def rollover(self) -> None:
        _needed_folder()
        with _told():
            super().rollover()

    def write(self, data: Any) -> int:
        with _told():
            return super().write(data)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise JournalProblem(
            f"temporary files cannot be written: {problem.strerror}", _CURE
        ) from None


def _needed_folder() -> str:
    found = folder()
    if found is None:
        raise JournalProblem("there is no directory for temporary files", _CURE)
    return found
