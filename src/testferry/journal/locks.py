"""One process at a time: at an upload, and where something is made at a service."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from testferry import kernel
from testferry.clock import pause
from testferry.errors import JournalProblem, TryLater
from testferry.journal.names import lock_of, upload_of
from testferry.journal.trouble import unusable

_LONGEST_NAME = 4096
_INSTANT = 0.05  # seconds


def locked(path: Path) -> int:
    """Lock a journal and return the handle; closing it, or the end of the process, unlocks.

    Raises TryLater if another process is working on it, JournalProblem if there can be no lock.
    """
    while True:
        handle = _lock_now(path)
        if _has_its_name(handle, lock_of(path)):
            return handle
        # Whoever forgot the upload removed the lock that was waited for: others lock another file.
        os.close(handle)


def is_locked(path: Path) -> bool:
    """Whether another process is working on a journal; nobody is where there can be no lock."""
    if not lock_of(path).exists():
        return False
    try:
        os.close(locked(path))
    except TryLater:
        return True
    except JournalProblem:
        return False
    return False


def _lock_now(path: Path) -> int:
    lock = lock_of(path)
    try:
        handle = kernel.open_private(lock, os.O_RDWR | os.O_CREAT)
    except OSError as problem:
        raise unusable(lock, problem) from None
    try:
        ours = kernel.lock(handle)
        if not ours:  # whoever only looks whether it is held has it for an instant
            pause(_INSTANT)
            ours = kernel.lock(handle)
    except OSError as problem:
        os.close(handle)
        raise unusable(lock, problem) from None
    if not ours:
        os.close(handle)
        raise TryLater(
            f"another process is working on upload {upload_of(path)}", "wait for it to end"
        )
    return handle


def _has_its_name(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one after the other works, and leaves its name. Without a file it knows nobody."""

    handle: int

    def before(self) -> str:
        """The name of the one before; empty if there was none, or it cannot be read."""
        with contextlib.suppress(OSError, ValueError):
            os.lseek(self.handle, 0, os.SEEK_SET)
            return os.read(self.handle, _LONGEST_NAME).decode()
        return ""

    def take(self, name: str) -> None:
        """Leave this name."""
        with contextlib.suppress(OSError):
            os.ftruncate(self.handle, 0)
            os.lseek(self.handle, 0, os.SEEK_SET)
            os.write(self.handle, name.encode())


@contextlib.contextmanager
def one_at_a_time(path: Path, wait: Callable[[], None]) -> Iterator[Seat]:
    """Let the other processes of this machine that make something at one place go first.

    ``wait`` is called again and again while another one has its turn; it lets some time pass, and
    may raise. Without a place for the lock nobody is waited for.
    """
    handle = -1
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=kernel.OUR_FOLDER, parents=True, exist_ok=True)
        handle = kernel.open_private(path, os.O_RDWR | os.O_CREAT)
    try:
        while handle >= 0 and not _ours_now(handle):
            wait()
        yield Seat(handle)
    finally:
        if handle >= 0:
            os.close(handle)


def _ours_now(handle: int) -> bool:
    try:
        return kernel.lock(handle)
    except OSError:  # a file system without locks
        return True
