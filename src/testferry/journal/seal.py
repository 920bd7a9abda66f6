"""The seal of an address: proof that this user's testferry wrote it into a journal."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from testferry import kernel

_KEY_BYTES = 32


def seal(key: bytes, url: str) -> str:
    """Give the proof that the address in a journal was written by the holder of the key."""
    return hmac.new(key, url.encode(), hashlib.sha256).hexdigest()


def user_key(folder: Path) -> bytes:
    """Read this user's key for seals, made at the first use.

    Returns empty bytes if there is no place for it, or if somebody else can have written it.
    """
    path = folder / "seal.key"
    try:
        folder.mkdir(mode=kernel.OUR_FOLDER, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            handle = kernel.open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            os.write(handle, secrets.token_bytes(_KEY_BYTES))
            os.close(handle)
        with open(kernel.open_private(path, os.O_RDONLY | kernel.NON_BLOCKING), "rb") as file:
            info = os.fstat(file.fileno())
            if not kernel.ours(info) or kernel.writable_by_others(info):
                return b""
            return file.read(_KEY_BYTES)
    except OSError:
        return b""
