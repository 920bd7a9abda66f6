"""The server: it asks for the token, keeps the rate windows and the body limit that it was given,
misbehaves on request, and hands everything else to the emulator whose request it is.

It checks no permissions beyond one token. What is stored, and for how long, is the emulators'
business.
"""

from __future__ import annotations

import re
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self

from testferry.clock import SystemClock
from testferry.dialects import Window
from testferry.sandbox.faults import Fault, Faults
from testferry.services.emulation import TOKEN, Emulator, Response
from testferry.services.emulators import Emulators

__all__ = ["TOKEN", "Sandbox", "Settings"]

BODY_LIMIT = 20 * 1024 * 1024
_SPANS = {
    1.0: "second",
    60.0: "minute",
    3600.0: "hour",
}
_NO_CONTENT = 204
_BAD_REQUEST = 400
_LONGEST_NUMBER = 18
_CHUNK = 64 * 1024
_PASSED_OVER = 64 * 1024 * 1024  # bytes of a refused body that are waited for
_PATIENCE = 2.0  # seconds for each of its pieces
# A name that leads here from a page in a browser is another one (DNS rebinding).
_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?", re.IGNORECASE)


@dataclass(slots=True)
class Settings:
    """How the sandbox behaves."""

    database: str = ":memory:"
    token: str = TOKEN
    # they hold over all requests
    windows: tuple[Window, ...] = ()
    # windows move with the requests; else they begin at multiples of their length
    sliding: bool = True
    # bytes
    body_limit: int = BODY_LIMIT
    # seconds, added to every answer
    latency: float = 0.0
    faults: Faults = field(default_factory=Faults)


class Sandbox(Emulators):
    """The emulators behind a socket; use as a context manager."""

    def __init__(self, settings: Settings, port: int = 0) -> None:
        self._clock = SystemClock()
        super().__init__(settings.database, self._clock.wall)
        self.settings = settings
        self.requests = 0
        self.refused = 0
        self._served: list[deque[float]] = [deque() for _ in settings.windows]
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"sandbox": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(0.05,),
            daemon=True,
        )

    @property
    def url(self) -> str:
        """Give its address."""
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
            for emulator in self.emulators.values():
                emulator.close()

    def wait(self) -> None:
        """Serve until somebody interrupts."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def refusal(
        self,
        target: str,
        headers: Mapping[str, str],
        length: int,
    ) -> Response | None:
        """Refuse a request in the words of its service, before its body is read; None if it may
        pass.
        """
        emulator = self.owner(target)
        with self._lock:
            self.requests += 1
            seconds = self._over_the_limit()
            if seconds:
                self.refused += 1
                return emulator.too_many(self._limits(), seconds)
            if not emulator.admits(headers, self.settings.token):
                return emulator.unauthorised()
            if length > self.settings.body_limit:
                return emulator.too_large(self.settings.body_limit)
        return None

    def answer(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> tuple[Response | None, Fault | None]:
        """Answer a request that may pass; None if the connection is to be closed instead.

        Also gives the fault that struck.
        """
        emulator = self.owner(target)
        content_type = headers.get("content-type", "")
        handle = partial(emulator.handle, method, target, body, content_type)
        apply = partial(_applied, handle)
        with self._lock:
            operation = emulator.operation(method, target)
            fault = self.settings.faults.next(
                operation,
                body,
                self._clock.now(),
            )
            if fault is None:
                return apply(), None
            return self._misbehave(fault, emulator, apply), fault

    def _misbehave(
        self, fault: Fault, emulator: Emulator, apply: Callable[[], Response]
    ) -> Response | None:
        if fault.text:
            return emulator.invalid()
        if not fault.applies:
            return fault.response
        if fault.late:
            later = threading.Timer(fault.seconds, self._apply_late, (apply,))
            later.daemon = True
            later.start()
            return None
        made = apply()
        if fault.keeps_answer:
            return made
        return fault.response

    def _apply_late(self, apply: Callable[[], Response]) -> None:
        with self._lock:
            apply()

    def _limits(self) -> str:
        """Say the windows in words: ``30 per minute and 100 per hour``."""
        limits = []
        for window in self.settings.windows:
            span = _SPANS.get(window.per, f"{window.per:g} seconds")
            limits.append(f"{window.limit} per {span}")
        return " and ".join(limits)

    def _over_the_limit(self) -> int:
        """Count the seconds to wait, 0 if the request may pass. Refused requests do not count."""
        now = self._clock.now()
        for window, served in zip(self.settings.windows, self._served, strict=True):
            if self.settings.sliding:
                start = now - window.per
            else:
                start = now - now % window.per
            while served and served[0] <= start:
                served.popleft()
            if len(served) >= window.limit:
                if self.settings.sliding:
                    begun = served[0]
                else:
                    begun = start
                return max(1, int(begun + window.per - now) + 1)
        for served in self._served:
            served.append(now)
        return 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that went away is no news."""


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

    def handle_expect_100(self) -> bool:
        """Ask for a body only when the rest of the request was looked at."""
        return True

    def _serve(self) -> None:
        """Look at the head of a request before its body is read: whose it is, how long it is."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = _length(headers)
        if length is None or not _is_for_loopback(headers):
            self.close_connection = True
            self._write(Response(_BAD_REQUEST))
            return
        refusal = self.sandbox.refusal(self.path, headers, length)
        if refusal is not None:
            self._write(refusal)
            self._pass_over(length)
            return
        if headers.get("expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
            self.wfile.flush()
        body = self.rfile.read(length)
        # a request that was cut is not applied
        if len(body) < length:
            self.close_connection = True
            return
        self._answer(headers, body)

    def _pass_over(self, length: int) -> None:
        """Let a client that is still sending come to its end and read its answer."""
        self.wfile.flush()
        self.connection.settimeout(_PATIENCE)
        if length > _PASSED_OVER:
            self.close_connection = True
        left = min(length, _PASSED_OVER)
        try:
            while left and (chunk := self.rfile.read1(min(left, _CHUNK))):
                left -= len(chunk)
        except OSError:
            left = length
        self.connection.settimeout(None)
        if left:
            self.close_connection = True

    def _answer(self, headers: Mapping[str, str], body: bytes) -> None:
        response, fault = self.sandbox.answer(
            self.command,
            self.path,
            headers,
            body,
        )
        settings = self.sandbox.settings
        if settings.latency:
            settings.faults.hold(settings.latency)
        if fault is not None and fault.seconds and not fault.late:
            settings.faults.hold(fault.seconds)
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
        if response.status != _NO_CONTENT:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if response.status != _NO_CONTENT:
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing: the uploader is the one that talks."""


def _applied(handle: Callable[[], Response]) -> Response:
    """What the emulator answers; if it fails, that is told, because a connection that is closed
    over it would look like a lost answer for ever.
    """
    try:
        return handle()
    except Exception as problem:  # noqa: BLE001 - whatever it is
        return Response(500, {"message": f"The sandbox failed: {type(problem).__name__}."})


def _length(headers: Mapping[str, str]) -> int | None:
    """Read how many bytes the body has; None if that cannot be told."""
    said = headers.get("content-length", "0").strip()
    if "transfer-encoding" in headers or not (said.isascii() and said.isdigit()):
        return None
    return int(said[:_LONGEST_NUMBER])


def _is_for_loopback(headers: Mapping[str, str]) -> bool:
    host = headers.get("host")
    return host is None or _LOOPBACK.fullmatch(host) is not None
