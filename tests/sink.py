"""A small bulk API on loopback: it keeps what it is asked, and answers as a function says."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Seen:
    """A request as it came; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> bytes:
        if self.headers.get("content-encoding") == "gzip":
            return gzip.decompress(self.raw)
        return self.raw

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Said:
    """An answer. ``lost``: the request is applied, and the connection closed without a word."""

    status: int = 200
    document: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False

    @property
    def data(self) -> bytes:
        if isinstance(self.document, bytes):
            return self.document
        return json.dumps(self.document).encode()


LOST = Said(lost=True)
Answers = Callable[[Seen], Said]


class Sink:
    """The server; ``answers`` may be changed at any time."""

    def __init__(self, answers: Answers = lambda _: Said()) -> None:
        self.answers = answers
        self.seen: list[Seen] = []
        self._lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Seen(self.command, self.path, headers, self.rfile.read(length))
                with sink._lock:
                    sink.seen.append(request)
                    said = sink.answer(request)
                if said.lost:
                    self.close_connection = True
                    return
                self.send_response(said.status)
                for name, value in {"Content-Type": "application/json", **said.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.data)))
                self.end_headers()
                self.wfile.write(said.data)

            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return self.do_any
                raise AttributeError(name)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Seen) -> Said:
        """What the function says; where the request is not what it should be, nobody waits."""
        try:
            return self.answers(request)
        except (AssertionError, ValueError, KeyError) as problem:
            return Said(401, {"message": f"{type(problem).__name__}: {problem} {request}"})

    def asked(self, *methods: str) -> list[Seen]:
        """The requests by these methods; all of them if none is named."""
        return [seen for seen in self.seen if not methods or seen.method in methods]


def each(status: int, document: object) -> Answers:
    """The same answer to every request."""
    return lambda _: Said(status, document)


def describe(folder: Path, text: str) -> None:
    """More keys of the target ``sink``, in the folder's testferry.toml."""
    with (folder / "testferry.toml").open("a") as file:
        file.write(f"{text}\n")
