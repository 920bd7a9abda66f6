"""Makes Python on Linux lack what it lacks on a Mac, and ask the drive as it does there.

A process gets it by a copy called sitecustomize.py on its PYTHONPATH. There is no /proc: no word
for a boot, and none for a space of processes. That the user's folders lie behind links is for the
test to arrange.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pathlib
from contextlib import suppress
from typing import Any

FULL_SYNC = 51
_fcntl, _link = fcntl.fcntl, os.readlink
_text, _bytes = pathlib.Path.read_text, pathlib.Path.read_bytes


def _ask(handle: int, what: int, *more: Any) -> Any:
    if what != FULL_SYNC:
        return _fcntl(handle, what, *more)
    with suppress(KeyError), open(os.environ["SYNCED"], "a", encoding="utf-8") as file:
        file.write(f"{_link(f'/proc/self/fd/{handle}')}\n")
    return 0


def _no_proc(path: object) -> None:
    if str(path).startswith("/proc/"):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))


def _read_text(path: pathlib.Path, *a: Any, **k: Any) -> str:
    _no_proc(path)
    return _text(path, *a, **k)


def _read_bytes(path: pathlib.Path) -> bytes:
    _no_proc(path)
    return _bytes(path)


def _readlink(path: Any, *a: Any, **k: Any) -> Any:
    _no_proc(path)
    return _link(path, *a, **k)


fcntl.F_FULLFSYNC = FULL_SYNC  # type: ignore[attr-defined]
fcntl.fcntl = _ask  # type: ignore[assignment]
os.readlink = _readlink
pathlib.Path.read_text = _read_text  # type: ignore[method-assign,assignment]
pathlib.Path.read_bytes = _read_bytes  # type: ignore[method-assign,assignment]
for name in ("O_TMPFILE", "O_PATH", "sched_getaffinity", "memfd_create"):
    if hasattr(os, name):
        delattr(os, name)
