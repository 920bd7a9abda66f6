"""What the emulator of a service is to the sandbox that serves it: which requests are its own, how
it lets in, how it refuses, and what it does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

TOKEN = "sandbox-token"  # noqa: S105 - the emulators' documented, public token


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: a document, a text, or nothing but a status."""

    status: int
    # sent as JSON; None: no body
    document: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    # sent as a web page, instead of the document
    text: str = ""

    @property
    def content_type(self) -> str:
        """Name the type of the body."""
        if self.text:
            return "text/html; charset=utf-8"
        return "application/json"

    @property
    def data(self) -> bytes:
        """Give the bytes of the body."""
        if self.text:
            return self.text.encode()
        if self.document is None:
            return b""
        return json.dumps(self.document).encode()


class Emulator(Protocol):
    """A service as far as an uploader can see it. Used under one lock.

    A ``target`` is the path with its query, as it was sent; names of headers are in lower case.
    """

    # what ``operation`` may say, besides ``other``
    operations: ClassVar[tuple[str, ...]]

    def owns(self, target: str) -> bool:
        """Say whether a request is for this service."""
        ...

    def admits(
        self,
        headers: Mapping[str, str],
        token: str,
    ) -> bool:
        """Say whether a request shows the token, in the service's way."""
        ...

    def unauthorised(self) -> Response:
        """Refuse a request that does not show it (401)."""
        ...

    def too_many(self, limits: str, seconds: int) -> Response:
        """Refuse a request over the limits that it names, for so many seconds (429)."""
        ...

    def too_large(self, limit: int) -> Response:
        """Refuse a body of more than so many bytes (413)."""
        ...

    def invalid(self) -> Response:
        """Refuse a batch over something in it, without saying where."""
        ...

    def operation(self, method: str, target: str) -> str:
        """Name what a request is for, as faults call it; ``other`` if there is no name."""
        ...

    def handle(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        content_type: str = "application/json",
    ) -> Response:
        """Apply a request and answer it."""
        ...

    def close(self) -> None:
        """Let go of what is stored."""
        ...
