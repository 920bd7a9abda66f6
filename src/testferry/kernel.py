"""What one operating system has and another has not: locks, owners, modes, flags, signals.

Everything else asks here, so that this is the one file to change when another system is to follow.
What there is decides, not the system's name: so tests can take it away, and a system that nobody
thought of works by what it has. Whatever is lacking has an answer that is safe there: a flag that
does not exist is 0, a file without an owner is taken for ours, since its folder is the user's own.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import platform
import signal
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any


def _module(name: str) -> Any:
    """Import a module that not every system has; None where there is none."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


_FCNTL = _module("fcntl")
_MSVCRT = _module("msvcrt")
_HAS_OWNERS = hasattr(os, "getuid")
_HOLDS_FOLDERS = hasattr(os, "O_DIRECTORY") and os.open in os.supports_dir_fd
NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
CLOSE_ON_EXEC: int = getattr(os, "O_CLOEXEC", 0)
NON_BLOCKING: int = getattr(os, "O_NONBLOCK", 0)
# without it, Windows changes line ends
BINARY: int = getattr(os, "O_BINARY", 0)
ONLY_US = 0o600
OUR_FOLDER = 0o700
SYSTEM = 0  # the user id of root
_WRITABLE_BY_OTHERS = 0o022
_READABLE_BY_OTHERS = 0o044
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = "/proc/self/ns/pid"
_DEAD = (b"Z", b"X")  # ended, but nobody has asked how


# --- locks


def lock(handle: int) -> bool:
    """Lock an open file; return False if another process holds it.

    The lock ends with the process, however that ends. Raises OSError if there are no locks.
    """
    if _FCNTL is None:
        return _lock_byte(handle)
    try:
        _FCNTL.flock(handle, _FCNTL.LOCK_EX | _FCNTL.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_byte(handle: int) -> bool:
    """Lock the first byte of a file that nobody reads, as Windows does it."""
    try:
        _MSVCRT.locking(handle, _MSVCRT.LK_NBLCK, 1)
    except PermissionError:
        return False
    return True


def remove_lock(handle: int, path: Path) -> None:
    """Remove the file of a lock that is held, and give the lock back. Raises OSError.

    The file goes first: nobody can take the lock in between. Where a file that is open cannot be
    removed, it goes last, and whoever has taken the lock in between keeps it by that rule.
    """
    if _FCNTL is not None:
        try:
            path.unlink(missing_ok=True)
        finally:
            os.close(handle)
        return
    os.close(handle)
    with contextlib.suppress(PermissionError):
        path.unlink(missing_ok=True)


# --- files


def open_private(path: Path | str, flags: int) -> int:
    """Open a file that only this user may read, never through a link. Raises OSError."""
    return os.open(path, flags | NO_FOLLOW | CLOSE_ON_EXEC | BINARY, ONLY_US)


def open_below(folder: str, parts: Sequence[str]) -> int:
    """Open a file below a folder for reading, so that no part of the way is a link and nobody can
    make it one meanwhile. Raises OSError.

    Where no folder can be held, nobody is kept from making a link between the look and the opening.
    """
    if not _HOLDS_FOLDERS:
        return _open_unlinked(os.path.join(os.path.realpath(folder), *parts))
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | CLOSE_ON_EXEC)
    try:
        for part in parts[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | NO_FOLLOW | CLOSE_ON_EXEC
            deeper = os.open(part, flags, dir_fd=here)
            os.close(here)
            here = deeper
        # a pipe that nobody writes to must not hold us up
        flags = os.O_RDONLY | NO_FOLLOW | NON_BLOCKING | CLOSE_ON_EXEC
        return os.open(parts[-1], flags, dir_fd=here)
    finally:
        with contextlib.suppress(OSError):
            os.close(here)


def _open_unlinked(path: str) -> int:
    if os.path.normcase(os.path.realpath(path)) != os.path.normcase(path):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    return os.open(path, os.O_RDONLY | NON_BLOCKING | CLOSE_ON_EXEC | BINARY)


def ours(info: os.stat_result) -> bool:
    """Tell whether a file belongs to this user."""
    if not _HAS_OWNERS:
        return True
    return info.st_uid == os.getuid()


def ours_or_the_systems(info: os.stat_result) -> bool:
    """Tell whether a file belongs to this user or to root."""
    return ours(info) or info.st_uid == SYSTEM


def writable_by_others(info: os.stat_result) -> bool:
    """Tell whether another user may change a file."""
    return _HAS_OWNERS and bool(stat.S_IMODE(info.st_mode) & _WRITABLE_BY_OTHERS)


def readable_by_others(info: os.stat_result) -> bool:
    """Tell whether another user may read a file."""
    return _HAS_OWNERS and bool(stat.S_IMODE(info.st_mode) & _READABLE_BY_OTHERS)


def user_word() -> str:
    """Give a word for this user that a shared folder can hold."""
    if not _HAS_OWNERS:
        return os.environ.get("USERNAME", "user")
    return str(os.getuid())


def can_be_made(folder: Path) -> bool:
    """Tell whether a folder of ours is there and can be written, or could be made so."""
    try:
        if folder.exists():
            info = folder.lstat()
            ours_to_use = ours_or_the_systems(info) and stat.S_ISDIR(info.st_mode)
            return ours_to_use and os.access(folder, os.W_OK | os.X_OK)
        place = folder.parent
        while not place.exists() and place != place.parent:
            place = place.parent
        return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    except OSError:
        return False


def make_folder(path: Path) -> None:
    """Make a folder for nobody but us, and its parents; their names are on the disk then.

    Raises OSError.
    """
    made = []
    place = path
    while not place.exists():
        made.append(place)
        place = place.parent
    path.mkdir(mode=OUR_FOLDER, parents=True, exist_ok=True)
    for folder in reversed(made):
        sync(folder.parent)


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk. Raises OSError."""
    if not _HOLDS_FOLDERS and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY | CLOSE_ON_EXEC | BINARY)
    try:
        if hasattr(_FCNTL, "F_FULLFSYNC"):
            # On a Mac, fsync leaves it in the drive's own memory. Not every file system knows more.
            with contextlib.suppress(OSError):
                _FCNTL.fcntl(handle, _FCNTL.F_FULLFSYNC)
                return
        os.fsync(handle)
    finally:
        os.close(handle)


# --- programs


def program(name: str, found: str) -> str:
    """Say how a program that was found on the path is to be called.

    Windows finds ``npm.cmd`` for ``npm``, but starts it only by its whole name.
    """
    if os.path.splitext(found)[1].lower() != os.path.splitext(name)[1].lower():
        return found
    return name


# --- the machine and its processes


def boot_id() -> str:
    """Give this boot's own word, empty if the system has none."""
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return ""


def process_namespace() -> str:
    """Name the space in which this process's id is unique: a container has its own."""
    try:
        return os.readlink(_NAMESPACE)
    except OSError:
        return sys.platform


def host() -> str:
    """Name this machine, in one word."""
    return "-".join(platform.node().replace(":", "-").split()) or "machine"


def alive(process: int) -> bool:
    """Tell whether a process of this namespace still runs; one that nobody has reaped does not."""
    if sys.platform == "win32":
        import ctypes

        synchronize, timeout = 0x00100000, 0x102
        system = ctypes.windll.kernel32
        handle = system.OpenProcess(synchronize, 0, process)
        if not handle:
            return False
        ended = system.WaitForSingleObject(handle, 0) != timeout
        system.CloseHandle(handle)
        return not ended
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is somebody else's
        return True
    return _state_of(process) not in _DEAD


def _state_of(process: int) -> bytes:
    """Read the letter that the kernel shows for a process, empty if it shows none."""
    try:
        text = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return b""
    return text.rpartition(b")")[2].strip()[:1]


# --- signals


def stopping_signals() -> list[int]:
    """List the signals that ask this process to stop.

    The end of the terminal is one of them, unless nohup is to outlive it; Ctrl-Break is Windows'.
    """
    found: list[int] = [signal.SIGINT, signal.SIGTERM]
    for name in ("SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            found.append(number)
    return found


def not_ignored(numbers: list[int]) -> list[int]:
    """Leave out the signals that this process was started to ignore, as nohup does it."""
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


@contextlib.contextmanager
def heeding(numbers: list[int], heed: Callable[[int], None]) -> Iterator[None]:
    """Call ``heed`` with the number of each of these signals meanwhile.

    The end of the terminal and Ctrl-Break count as SIGTERM: they have no exit code of their own.
    """

    def handler(number: int, _: object) -> None:
        if number == signal.SIGINT:
            heed(number)
        else:
            heed(signal.SIGTERM)

    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
