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
from typing import Any


@dataclass(frozen=True, slots=True)
class Cache:
    """One file for each key beside the journals; ``scope`` is the service's address. Without a
    folder nothing is kept.

    Losing it costs requests and nothing else, so every trouble with it is silent.
    """

    folder: Path | None = None
    scope: str = ""

    def get(self, key: str) -> Mapping[str, Any]:
        """What was kept, empty where there is nothing that can be read."""
        if self.folder is None:
            return {}
        try:
            found = json.loads(zlib.decompress(self._path(key).read_bytes()))
        except (OSError, ValueError, zlib.error):
            return {}
        return found if isinstance(found, dict) else {}

    def put(self, key: str, document: Mapping[str, Any]) -> None:
        """Keep it, whole or not at all."""
        if self.folder is None:
            return
        path = self._path(key)
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with open(handle, "wb") as file:
                file.write(zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 1))
            os.replace(partial, path)

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(f"{self.scope}\n{key}".encode()).hexdigest()[:16]
        return (self.folder or Path()) / f"{name}.cache"
