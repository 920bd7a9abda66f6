"""A service that misbehaves byte by byte, on raw sockets, with the truth kept apart; and a TCP
proxy that does so on the way.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from testferry.services.emulation import Emulator, Response

RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Script:
    """What happens to one request.

    ``apply``: whether the service does it; ``answer``: bytes instead of its own; ``cut``: only so
    many bytes of the answer; ``read``: only so many bytes of the request are taken; ``reset``: a
    TCP reset instead of a close; ``drip``: seconds between bytes; ``delay``: seconds before the
    answer; ``endless``: sent again and again until nobody takes it any more; ``close``: the
    connection is closed behind the answer.
    """

    apply: bool = True
    answer: bytes | None = None
    cut: int | None = None
    read: int | None = None
    reset: bool = False
    drip: float = 0.0
    delay: float = 0.0
    endless: bytes = b""
    close: bool = False


FINE = Script()
Scripts = Callable[[int, str, str, bytes], Script]


class FaultServer:
    """Serves a Testmo or a TestRail in memory; ``scripts`` are asked for each request (its number,
    operation, target, body).
    """

    def __init__(self, service: Emulator, scripts: Scripts, port: int = 0) -> None:
        self.service = service
        self.scripts = scripts
        self.times: list[float] = []
        self.headers: list[bytes] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._open = False
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while self._open:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, ValueError):
            connection.settimeout(30)
            while self._one(connection):
                pass

    def _one(self, connection: socket.socket) -> bool:
        head, body = _request(connection, None)
        if not head:
            return False
        line = head.split(b"\r\n")[0].decode("latin-1")
        method, target, _ = line.split(" ", 2)
        length = _length(head)
        with self._lock:
            number = len(self.times)
            self.times.append(time.monotonic())
            self.headers.append(head)
        script = self.scripts(number, self.service.operation(method, target), target, body)
        if script.read is not None:
            _reset(connection)
            return False
        while len(body) < length:
            piece = connection.recv(65536)
            if not piece:
                return False
            body += piece
        with self._lock:
            made = self._handle(method, target, head, body) if script.apply else Response(200, {})
        time.sleep(script.delay)
        return self._answer(connection, script, made)

    def _answer(self, connection: socket.socket, script: Script, made: Response) -> bool:
        data = script.answer if script.answer is not None else _http(made)
        if script.cut is not None:
            data = data[: script.cut]
        if script.drip:
            for at in range(len(data)):
                connection.sendall(data[at : at + 1])
                time.sleep(script.drip)
        else:
            connection.sendall(data)
        while script.endless:
            connection.sendall(script.endless)
        if script.reset:
            _reset(connection)
        return script.cut is None and not script.reset and not script.close

    def _handle(self, method: str, target: str, head: bytes, body: bytes) -> Response:
        kind = next(
            (line for line in head.split(b"\r\n") if line.lower().startswith(b"content-type:")),
            b":",
        ).partition(b":")[2]
        return self.service.handle(method, target, body, kind.decode("latin-1").strip())


def _request(connection: socket.socket, _: object) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b"", b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = _length(head)
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return head, body


def _length(head: bytes) -> int:
    line = next(
        (one for one in head.split(b"\r\n") if one.lower().startswith(b"content-length:")), b":0"
    )
    return int(line.partition(b":")[2])


def _http(response: Response) -> bytes:
    data = response.data if response.status != 204 else b""
    lines = [f"HTTP/1.1 {response.status} X", f"Content-Type: {response.content_type}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status != 204:
        lines.append(f"Content-Length: {len(data)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def http(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An answer's bytes."""
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Length: {len(body)}",
        *(f"{key.replace('_', '-')}: {value}" for key, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


class ChaosProxy:
    """Between the program and a server: latency and a bandwidth, small slices, resets and black
    holes by the number of bytes.
    """

    def __init__(
        self,
        port: int,
        *,
        latency: float = 0.0,
        slices: int = 65536,
        bandwidth: float = 0.0,
        reset_every: int = 0,
        hole_every: int = 0,
    ) -> None:
        self._to, self._latency, self._slices, self._bandwidth = port, latency, slices, bandwidth
        self._reset_every, self._hole_every = reset_every, hole_every
        self._connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                inner, _ = self._listener.accept()
            except OSError:
                return
            self._connections += 1
            reset = bool(self._reset_every) and self._connections % self._reset_every == 0
            hole = bool(self._hole_every) and self._connections % self._hole_every == 0
            threading.Thread(
                target=self._carry, args=(inner, 60 if reset else 0, hole), daemon=True
            ).start()

    def _carry(self, inner: socket.socket, reset_after: int, hole: bool) -> None:
        with inner, suppress(OSError), socket.create_connection(("127.0.0.1", self._to)) as outer:
            there = threading.Thread(target=self._pump, args=(inner, outer, 0, False), daemon=True)
            there.start()
            self._pump(outer, inner, reset_after, hole)
            with suppress(OSError):
                inner.shutdown(socket.SHUT_RDWR)
            there.join(10)

    def _pump(
        self, source: socket.socket, sink: socket.socket, reset_after: int, hole: bool
    ) -> None:
        moved = 0
        with suppress(OSError):
            while data := source.recv(65536):
                time.sleep(self._latency)
                for at in range(0, len(data), self._slices):
                    piece = data[at : at + self._slices]
                    moved += len(piece)
                    if reset_after and moved >= reset_after:
                        _reset(sink)
                        source.close()
                        return
                    if not hole:
                        sink.sendall(piece)
                    if self._bandwidth:
                        time.sleep(len(piece) / self._bandwidth)
            sink.shutdown(socket.SHUT_WR)
