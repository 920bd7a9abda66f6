"""Makes Python on Linux lack what it lacks on Windows, and files behave as they do there.

A process gets it by a copy called sitecustomize.py on its PYTHONPATH. What must not happen on
Windows is written to the file $FOUL, a line each. It cannot show what only a real one can: paths
with drives and backslashes, consoles, the locks of a virus scanner.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pathlib
import shutil
import signal
import stat
import sys
import types
from contextlib import suppress
from typing import Any

# What belongs to Python itself, or to a library, has ways of its own on Windows: it is loaded as it
# is here, before anything goes.
for module in (
    "asyncio",
    "tempfile",
    "subprocess",
    "ssl",
    "socket",
    "tarfile",
    "platformdirs.unix",
):
    __import__(module)
for module in ("anyio", "httpx", "click", "rich.console"):
    with suppress(ImportError):
        __import__(module)

_real: Any = types.SimpleNamespace(
    open=os.open, stat=os.stat, lstat=os.lstat, fstat=os.fstat, unlink=os.unlink, replace=os.replace
)
BINARY = 1 << 28  # a flag that Linux does not know
_NOT_INHERITED = os.O_CLOEXEC


def _foul(words: str) -> None:
    where = sys._getframe(1)
    while where.f_back is not None and "/testferry/" not in where.f_code.co_filename:
        where = where.f_back
    place = f"{os.path.basename(where.f_code.co_filename)}:{where.f_lineno}"
    with suppress(KeyError):
        handle = _real.open(os.environ["FOUL"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(handle, f"{words} at {place}\n".encode())
        os.close(handle)


def _called_by_us() -> bool:
    return "/testferry/" in sys._getframe(2).f_code.co_filename


# --- files


def _open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
    if dir_fd is not None:
        raise NotImplementedError("dir_fd unavailable on this platform")
    if os.path.isdir(path):
        raise PermissionError(errno.EACCES, "Permission denied", path)
    if not flags & BINARY and _called_by_us():
        _foul(f"{path} is opened as text")
    handle: int = _real.open(path, flags & ~BINARY | _NOT_INHERITED, 0o666)
    return handle


def _as_there(info: os.stat_result) -> os.stat_result:
    """Modes and owners say nothing there."""
    reduced: Any = info.__reduce__()[1]
    values = list(reduced[0])
    mode = 0o666
    if stat.S_ISDIR(values[0]):
        mode = 0o777
    values[0] = stat.S_IFMT(values[0]) | mode
    values[4] = values[5] = 0
    return os.stat_result(values, reduced[1])


def _check_closed(path: Any) -> None:
    """Nobody removes or replaces a file that this process has open."""
    with suppress(OSError):
        wanted = _real.lstat(path)
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                if os.path.samestat(_real.stat(f"/proc/self/fd/{name}"), wanted):
                    _foul(f"{path} is open when it is to go")
                    break
        else:
            return
        raise PermissionError(errno.EACCES, "it is used by another process", str(path))


def _unlink(path: Any, **more: Any) -> None:
    _check_closed(path)
    _real.unlink(path, **more)


def _replace(source: Any, target: Any, **more: Any) -> None:
    _check_closed(source)
    _check_closed(target)
    _real.replace(source, target, **more)


os.O_BINARY = BINARY  # type: ignore[attr-defined]
os.open = _open
os.stat = lambda *a, **k: _as_there(_real.stat(*a, **k))
os.lstat = lambda *a, **k: _as_there(_real.lstat(*a, **k))
os.fstat = lambda *a, **k: _as_there(_real.fstat(*a, **k))
os.unlink = os.remove = _unlink
os.replace = os.rename = _replace  # type: ignore[assignment]
shutil._use_fd_functions = False  # type: ignore[attr-defined]
_text, _bytes = pathlib.Path.read_text, pathlib.Path.read_bytes


def _no_proc(path: pathlib.Path) -> None:
    if str(path).startswith("/proc/"):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))


def _read_text(path: pathlib.Path, *a: Any, **k: Any) -> str:
    _no_proc(path)
    return _text(path, *a, **k)


def _read_bytes(path: pathlib.Path) -> bytes:
    _no_proc(path)
    return _bytes(path)


pathlib.Path.read_text = _read_text  # type: ignore[method-assign,assignment]
pathlib.Path.read_bytes = _read_bytes  # type: ignore[method-assign,assignment]


# --- modules and names


def _locking(handle: int, how: int, count: int) -> None:
    if how != msvcrt.LK_NBLCK or count != 1:
        raise AssertionError("only this is simulated")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PermissionError(errno.EACCES, "Permission denied") from None


msvcrt: Any = types.ModuleType("msvcrt")
msvcrt.LK_UNLCK, msvcrt.LK_LOCK, msvcrt.LK_NBLCK = 0, 1, 2
msvcrt.locking = _locking
sys.modules["msvcrt"] = msvcrt
for module in ("fcntl", "grp", "pwd", "pty", "readline", "resource", "termios", "tty"):
    sys.modules[module] = None  # type: ignore[assignment]
_NAMES = """
    O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_NOCTTY O_SYNC chown fchmod fchown fork getegid
    geteuid getgid getloadavg getpgid getsid getuid killpg lchown mkfifo mknod pread pwrite
    sched_getaffinity setsid sync uname
"""
for name in _NAMES.split():
    if hasattr(os, name):
        delattr(os, name)
for name in dir(signal):
    there = ("SIGINT", "SIGTERM", "SIGABRT", "SIGFPE", "SIGILL", "SIGSEGV", "SIG_DFL", "SIG_IGN")
    if name.startswith("SIG") and name not in there:
        delattr(signal, name)
signal.SIGBREAK = 21  # type: ignore[attr-defined]
