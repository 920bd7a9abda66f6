"""The network, against raw sockets that misbehave: what failed, and whether the whole request was
on the wire.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from testferry.clock import SystemClock
from testferry.engine.client import Client, Connection
from testferry.engine.judge import Answer, Lost
from testferry.engine.payload import LARGEST_ANSWER
from testferry.engine.worker import Done
from testferry.errors import UsageProblem

Serve = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def whole_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(
        next(
            (
                line.split(b":")[1]
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            b"0",
        )
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class Server:
    """Accepts on loopback; each connection is served by the next script."""

    def __init__(self, *scripts: Serve) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._scripts = list(scripts)
        self.connections = 0
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        for script in self._scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, suppress(OSError):
                script(connection)

    def close(self) -> None:
        self.ended.set()
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def serving() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*scripts: Serve) -> Server:
        servers.append(Server(*scripts))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def ask(connection: Connection, body: bytes = b"{}", requests: int = 1) -> list[Answer | Lost]:
    client = Client(connection, SystemClock())
    found: list[Answer | Lost] = []
    try:
        for _ in range(requests):
            client.post("POST", "path", body, {})
            done: Done | None = None
            while done is None:
                done = client.wait(30.0)
            found.append(done.answer)
    finally:
        client.close()
    return found


def says(answer: bytes, *, rest: Serve | None = None) -> Serve:
    def script(connection: socket.socket) -> None:
        whole_request(connection)
        connection.sendall(answer)
        if rest:
            rest(connection)

    return script


def reset(connection: socket.socket) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return True


def test_an_answer_with_its_headers_in_lower_case(serving: Callable[..., Server]) -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        seen.append(whole_request(connection))
        connection.sendall(b"HTTP/1.1 429 No\r\nRetry-AFTER: 5\r\nContent-Length: 3\r\n\r\nbad")

    server = serving(script)
    answer = ask(
        Connection(server.url, {"Authorization": "Bearer t", "Accept-Encoding": "identity"})
    )[0]
    assert answer == Answer(429, {"retry-after": "5", "content-length": "3"}, b"bad")
    assert b"POST /path HTTP/1.1" in seen[0]
    assert b"accept-encoding: identity" in seen[0].lower()


def test_the_connection_is_kept(serving: Callable[..., Server]) -> None:
    def script(connection: socket.socket) -> None:
        for _ in range(3):
            whole_request(connection)
            connection.sendall(OK)

    server = serving(script)
    assert all(isinstance(one, Answer) for one in ask(Connection(server.url), requests=3))
    assert server.connections == 1


@pytest.mark.parametrize(
    "behind",
    [
        b"HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n1",  # the answer once more
        b"HTTP/1.1 200 OK\r\n",  # a part of one
        b"garbage",
    ],
)
def test_what_comes_behind_an_answer_is_no_answer_to_the_next_request(
    behind: bytes, serving: Callable[..., Server]
) -> None:
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n1"
    later = says(OK)
    server = serving(says(answer + behind, rest=later), later)
    first, second = ask(Connection(server.url), requests=2)
    assert isinstance(first, Answer)
    assert first.status == 201
    assert isinstance(second, Answer)
    assert (second.status, second.body) == (200, b"{}")
    assert server.connections == 2


def test_a_204_has_no_body_whatever_comes(serving: Callable[..., Server]) -> None:
    server = serving(says(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}"), says(OK))
    first, second = ask(Connection(server.url), requests=2)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (first.body, second.body) == (b"", b"{}")


def test_redirects_are_not_followed(serving: Callable[..., Server]) -> None:
    other = serving(says(OK))
    server = serving(
        says(
            b"HTTP/1.1 307 T\r\nLocation: " + other.url.encode() + b"\r\nContent-Length: 0\r\n\r\n"
        )
    )
    answer = ask(Connection(server.url))[0]
    assert isinstance(answer, Answer)
    assert answer.status == 307
    assert other.connections == 0


def test_nobody_there_is_not_applied() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    answer = ask(Connection(f"http://127.0.0.1:{port}"))[0]
    assert isinstance(answer, Lost)
    assert not answer.sent
    assert "no connection" in answer.reason


@pytest.mark.parametrize(
    ("script", "body", "sent"),
    [
        pytest.param(lambda c: whole_request(c), b"{}", True, id="closed after the whole request"),
        pytest.param(
            lambda c: [whole_request(c), reset(c)], b"{}", True, id="reset after the whole request"
        ),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nContent-Le"), b"{}", True, id="cut in the header"),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
            b"{}",
            True,
            id="cut in the body",
        ),
        pytest.param(says(b"SSH-2.0-OpenSSH\r\n\r\n"), b"{}", True, id="not HTTP"),
        pytest.param(
            lambda c: [c.recv(100), reset(c)],
            b"x" * 30_000_000,
            False,
            id="reset in the middle of the body",
        ),
    ],
)
def test_whether_the_whole_request_was_on_the_wire(
    serving: Callable[..., Server], script: Serve, body: bytes, sent: bool
) -> None:
    """The exception type is the same; only the trace can tell."""
    answer = ask(Connection(serving(script).url), body)[0]
    assert isinstance(answer, Lost)
    assert answer.sent is sent
    assert answer.reason


def test_a_refusal_whose_words_are_cut_is_still_a_refusal(serving: Callable[..., Server]) -> None:
    server = serving(says(b'HTTP/1.1 422 No\r\nContent-Length: 100\r\n\r\n{"mess'))
    assert ask(Connection(server.url))[0] == Answer(422, {"content-length": "100"}, b'{"mess')


def test_silence_ends_at_the_timeout(serving: Callable[..., Server]) -> None:
    server = serving(lambda c: (whole_request(c), c.recv(1)))
    assert ask(Connection(server.url, timeout=0.2))[0] == Lost("no answer in time", sent=True)


def test_a_dripping_answer_ends_at_the_total_deadline(
    serving: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testferry.engine.client.CONNECT_TIMEOUT", 0.2)

    def drip(connection: socket.socket) -> None:
        whole_request(connection)
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000:
            connection.sendall(bytes([byte]))
            served.append(byte)
            if server.ended.wait(0.05):
                return

    served: list[int] = []
    server = serving(drip)
    assert ask(Connection(server.url, timeout=0.5))[0] == Lost("no answer in time", sent=True)
    assert len(served) < 150, "every byte was in time, the answer was not"


def test_a_worker_that_cannot_be_cut_is_replaced(
    serving: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name look-up cannot be interrupted; somebody else takes the place of whoever waits for
    it.
    """
    monkeypatch.setattr("testferry.engine.client.CONNECT_TIMEOUT", 0.1)
    monkeypatch.setattr("testferry.engine.client.GRACE", 0.1)
    held = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: held.wait(10) or [])
    client = Client(Connection("http://localhost:1", timeout=0.1), SystemClock())
    client.post("POST", "x", b"", {})
    done = None
    while done is None:
        done = client.wait(5.0)
    assert done.answer == Lost("no answer in time", sent=False)
    held.set()
    client.close()


def test_an_endless_answer_is_cut_at_the_cap(serving: Callable[..., Server]) -> None:
    def flood(connection: socket.socket) -> None:
        whole_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(LARGEST_ANSWER // 65536 + 20):
            connection.sendall(b"x" * 65536)

    answer = ask(Connection(serving(flood).url))[0]
    assert isinstance(answer, Lost)
    assert "more than 8 MB" in answer.reason


@pytest.mark.parametrize("size", [100, 50_000_000])
def test_a_compressed_answer_is_unpacked_up_to_the_cap(
    serving: Callable[..., Server], size: int
) -> None:
    packed = gzip.compress(b"x" * size)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    answer = ask(Connection(serving(says(head + packed)).url))[0]
    assert isinstance(answer, Answer)
    assert len(answer.body) == min(size, LARGEST_ANSWER)


def test_what_only_claims_to_be_compressed(serving: Callable[..., Server]) -> None:
    server = serving(
        says(b"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\noops")
    )
    assert ask(Connection(server.url))[0] == Answer(
        500, {"content-encoding": "gzip", "content-length": "4"}, b"oops"
    )


def test_a_wake_and_a_cut(serving: Callable[..., Server]) -> None:
    server = serving(lambda c: (whole_request(c), c.recv(1)))
    client = Client(Connection(server.url), SystemClock())
    client.wake()
    assert client.wait(5.0) is None
    assert client.wait(0.0) is None
    client.post("POST", "x", b"", {})
    client.cut(0.05)
    done = None
    while done is None:
        done = client.wait(5.0)
    assert isinstance(done.answer, Lost)
    client.post("POST", "x", b"", {})
    client.post("POST", "y", b"", {})
    client.close()


def certified(folder: Path) -> tuple[ssl.SSLContext, Path, Path]:
    """A server's side of TLS, with a certificate that is its own authority; and its key."""
    import subprocess

    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context, certificate, key


def test_a_server_that_wants_a_certificate_of_ours_has_read_nothing(
    tmp_path: Path, serving: Callable[..., Server]
) -> None:
    context, certificate, _ = certified(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        ) as wrapped:
            with suppress(ssl.SSLError):
                wrapped.do_handshake()
            # a connection that is closed on unread bytes takes its last word with it
            while socket.socket.recv(wrapped, 65536):
                pass

    url = serving(script).url.replace("http:", "https:")
    lost = ask(Connection(url, ca_bundle=str(certificate)))[0]
    assert isinstance(lost, Lost)
    assert "asks for a certificate" in lost.reason
    assert not lost.sent
    assert lost.cure


def test_a_certificate_of_nobody_is_refused_and_an_own_authority_is_trusted(
    tmp_path: Path, serving: Callable[..., Server]
) -> None:
    context, certificate, key = certified(tmp_path)

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            whole_request(wrapped)
            wrapped.sendall(OK)

    server = serving(script, script)
    url = server.url.replace("http:", "https:")
    refused = ask(Connection(url))[0]
    assert isinstance(refused, Lost)
    assert not refused.sent
    assert "certificate" in refused.reason
    assert isinstance(ask(Connection(url, ca_bundle=str(certificate)))[0], Answer)
    with pytest.raises(UsageProblem, match="cannot be used"):
        ask(Connection(url, ca_bundle=str(key)))


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1", "ftp://127.0.0.1", "::garbage::", "http://me:hun/ter@h:1"]
)
def test_a_proxy_that_cannot_be_used_is_said_at_once(proxy: str) -> None:
    with pytest.raises(UsageProblem, match="cannot be used") as raised:
        Client(Connection("https://example.invalid", proxy=proxy), SystemClock())
    assert "hun" not in str(raised.value)


def test_authorities_of_the_environment_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    with pytest.raises(UsageProblem, match="SSL_CERT_FILE"):
        Client(Connection("https://example.invalid"), SystemClock())


def test_headers_are_shown_to_nobody() -> None:
    assert "SEKRET" not in repr(
        Connection("http://x", {"Authorization": "SEKRET"}, proxy="http://u:SEKRET@p")
    )
