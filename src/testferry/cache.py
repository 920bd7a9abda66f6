"""What an upload learnt of a service that the next one need not ask again. Never trusted without a
question to the service.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from testferry.kernel import open_private

_FASTEST = 1  # zlib's level


@dataclass(frozen=True, slots=True)
class Cache:
    """One file for each key beside the journals. Losing it costs requests and nothing else, so
    every trouble with it is silent.
    """

    # None: nothing is kept
    folder: Path | None = None
    # the service's address
    scope: str = ""

    def get(self, key: str) -> Mapping[str, object]:
        """Give what was kept; empty if there is nothing that can be read."""
        if self.folder is None:
            return {}
        path = self._path(self.folder, key)
        try:
            found = json.loads(zlib.decompress(path.read_bytes()))
        except (OSError, ValueError, zlib.error):
            return {}
        if not isinstance(found, dict):
            return {}
        return found

    def put(self, key: str, document: Mapping[str, object]) -> None:
        """Keep it, whole or not at all."""
        if self.folder is None:
            return
        text = json.dumps(document, separators=(",", ":"))
        data = zlib.compress(text.encode(), _FASTEST)
        path = self._path(self.folder, key)
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            handle = open_private(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            with open(handle, "wb") as file:
                file.write(data)
            os.replace(partial, path)

    def _path(self, folder: Path, key: str) -> Path:
        word = hashlib.sha256(f"{self.scope}\n{key}".encode()).hexdigest()
        return folder / f"{word[:16]}.cache"
