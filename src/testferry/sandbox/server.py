"""The sandbox: a small emulator of the services on a loopback socket, for rehearsing a pipeline.

It stores into sqlite, asks for the token, keeps the rate windows and the body limit it was given,
answers errors as the services document them, and misbehaves on request. What it does not do: check
that projects exist, know users or permissions beyond one token, keep attachments. It is never
imported by the uploader itself.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from testferry.clock import SystemClock
from testferry.dialects import Window
from testferry.sandbox.faults import Fault, Faults
from testferry.services.testmo.emulator import Response, TestmoService
from testferry.services.testrail.emulator import TestrailService

TOKEN = "sandbox-token"  # noqa: S105 - the emulator's documented, public token
_SPANS = {1.0: "second", 60.0: "minute", 3600.0: "hour"}
BODY_LIMIT = 20 * 1024 * 1024


@dataclass(slots=True)
class Settings:
    """How the sandbox behaves. ``windows`` are enforced on all requests; ``latency`` in seconds is
    added to each answer.
    """

    database: str = ":memory:"
    token: str = TOKEN
    windows: tuple[Window, ...] = ()
    sliding: bool = True
    body_limit: int = BODY_LIMIT
    latency: float = 0.0
    faults: Faults = field(default_factory=Faults)


class Sandbox:
    """A running emulator; use as a context manager. ``url`` is its address."""

    def __init__(self, settings: Settings, port: int = 0) -> None:
        self.settings = settings
        self._clock = SystemClock()
        self.service = TestmoService(settings.database, self._clock.wall)
        self.testrail = TestrailService(self._clock.wall)
        self.requests = 0
        self.refused = 0
        self._served: list[deque[float]] = [deque() for _ in settings.windows]
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"sandbox": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.settings.faults.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with self._lock:  # a request may still be at it
            self.service.close()

    def wait(self) -> None:
        """Until somebody interrupts."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[Response | None, Fault | None]:
        """The answer to a request, None where the connection is to be dropped instead."""
        of_testrail = target.startswith("/index.php")
        with self._lock:
            self.requests += 1
            if refusal := self._gatekeeper(headers, body, of_testrail=of_testrail):
                self.refused += refusal.status == 429
                return refusal, None
            named = (
                self.testrail.operation(method, target)
                if of_testrail
                else self.service.operation(method, urlsplit(target).path)
            )
            fault = self.settings.faults.next(named, body, self._clock.now())
            if fault is not None and not fault.applies:
                if fault.text and of_testrail:
                    return Response(
                        400, {"error": "Field :results contains one or more invalid results"}
                    ), fault
                return fault.response, fault
            if fault is not None and fault.late:
                later = threading.Timer(fault.seconds, self._apply, (method, target, headers, body))
                later.daemon = True
                later.start()
                return None, fault
            made = self._apply_now(method, target, headers, body)
        return (fault.response if fault is not None and not fault.keeps_answer else made), fault

    def _apply(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        with self._lock:
            self._apply_now(method, target, headers, body)

    def _apply_now(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Response:
        if target.startswith("/index.php"):
            return self.testrail.handle(method, target, body, headers.get("content-type", ""))
        split = urlsplit(target)
        try:
            document = json.loads(body) if body else None
        except ValueError:
            return Response(400, {"message": "The body is not valid JSON."})
        return self.service.handle(method, split.path, dict(parse_qsl(split.query)), document)

    def _gatekeeper(
        self, headers: Mapping[str, str], body: bytes, *, of_testrail: bool
    ) -> Response | None:
        if wait := self._over_the_limit():
            limits = " and ".join(
                f"{one.limit} per {_SPANS.get(one.per, f'{one.per:g} seconds')}"
                for one in self.settings.windows
            )
            words = (
                f"API Rate Limit Exceeded - {limits} maximum allowed. Retry after {wait} seconds."
            )
            document = {"error": words} if of_testrail else {"message": "Too Many Attempts."}
            return Response(429, document, {"Retry-After": str(wait)})
        if of_testrail:
            said = headers.get("authorization", "").removeprefix("Basic ")
            with contextlib.suppress(ValueError):
                if (
                    base64.b64decode(said, validate=True).decode().rpartition(":")[2]
                    == self.settings.token
                ):
                    return self._too_large(body)
            return Response(
                401,
                {
                    "error": "Authentication failed: "
                    "invalid or missing user/password or session cookie."
                },
            )
        if headers.get("authorization") != f"Bearer {self.settings.token}":
            return Response(401, {"message": "Unauthenticated: invalid or missing API token."})
        return self._too_large(body)

    def _too_large(self, body: bytes) -> Response | None:
        if len(body) > self.settings.body_limit:
            return Response(
                413, {"message": f"The body is larger than {self.settings.body_limit} bytes."}
            )
        return None

    def _over_the_limit(self) -> int:
        """Seconds to wait, 0 where the request may pass; refused requests do not count."""
        now = self._clock.now()
        for window, served in zip(self.settings.windows, self._served, strict=True):
            start = now - window.per if self.settings.sliding else now - now % window.per
            while served and served[0] <= start:
                served.popleft()
            if len(served) >= window.limit:
                free = served[0] + window.per if self.settings.sliding else start + window.per
                return max(1, int(free - now) + 1)
        for served in self._served:
            served.append(now)
        return 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    sandbox: ClassVar[Sandbox]
    protocol_version = "HTTP/1.1"
    server_version = "testferry-sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        response, fault = self.sandbox.answer(self.command, self.path, headers, body)
        if self.sandbox.settings.latency:
            self.sandbox.settings.faults.hold(self.sandbox.settings.latency)
        if fault is not None and fault.seconds and not fault.late:
            self.sandbox.settings.faults.hold(fault.seconds)
        if response is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write(response)

    def _write(self, response: Response) -> None:
        data = response.data
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if response.status != 204:
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet: the uploader is the one that talks."""
