"""The addresses that this user named with his own word: a file beside the journals' seal.

What a checkout names is compared with it. Without a place for the file nothing is known, which is
the safe side.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from testferry import kernel
from testferry.settings.files import journal_folder

_NAME = "addresses"


def remember(service: str, url: str) -> None:
    """Keep an address of a service."""
    if remembered(service, url):
        return
    with contextlib.suppress(OSError):
        path = _path()
        kernel.make_folder(path.parent)
        handle = kernel.open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(_line(service, url))


def remembered(service: str, url: str) -> bool:
    """Whether this user named the address before."""
    try:
        info = _path().stat()
        if not kernel.ours_or_the_systems(info) or kernel.writable_by_others(info):
            return False
        return _line(service, url) in _path().read_text("utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError):
        return False


def _line(service: str, url: str) -> str:
    return f"{service} {url}\n"


def _path() -> Path:
    return journal_folder() / _NAME
