"""The network: a few threads that do nothing but one request each. Everything else stays in the
main thread.

No hidden retries, no redirects, a total deadline per request on top of the socket timeouts, answers
read with a cap, and for every failure the one thing that matters: whether the whole request was on
the wire. The exception does not say (httpx raises the same ``RemoteProtocolError`` whether or not
the server had the body); the ``trace`` extension does.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import httpx

from testferry.attachments import FilePart
from testferry.clock import Clock
from testferry.engine.judge import Answer, Lost
from testferry.errors import UsageProblem

LARGEST_ANSWER = 8 * 1024 * 1024
CONNECT_TIMEOUT = 10.0
GRACE = 5.0  # for a worker to come back after its connection was cut
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


@dataclass(frozen=True, slots=True)
class Connection:
    """Where to and how. ``headers`` hold the credentials and are shown to nobody."""

    base: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 120.0
    ca_bundle: str = ""
    proxy: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """One request for a worker; ``token`` tells the answers apart."""

    token: int
    method: str
    url: str
    body: bytes | FilePart | None
    headers: Mapping[str, str]
    deadline: float


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job."""

    token: int
    answer: Answer | Lost


class Client:
    """Takes jobs, hands back what became of them. Used by one thread."""

    def __init__(self, connection: Connection, width: int, clock: Clock) -> None:
        self.connection = connection
        self._clock = clock
        self._outbox: SimpleQueue[tuple[_Worker, Done] | None] = SimpleQueue()
        self._verify = _verification(connection)
        self._workers = [self._hire() for _ in range(width)]
        self._token = 0

    def post(
        self, method: str, target: str, body: bytes | FilePart | None, headers: Mapping[str, str]
    ) -> int:
        """Start a request; the token names it. There is always a free worker for as many requests
        as the width.
        """
        self._token += 1
        base = self.connection.base
        url = f"{base}/{target}" if target else base
        deadline = self._clock.now() + CONNECT_TIMEOUT + self.connection.timeout
        worker = next((one for one in self._workers if one.job is None), None)
        if worker is None:
            worker = self._hire()
            self._workers.append(worker)
        worker.give(
            Job(self._token, method, url, body, {**self.connection.headers, **headers}, deadline)
        )
        return self._token

    def wait(self, seconds: float | None) -> Done | None:
        """The next thing that is done, None after ``seconds`` or when ``wake`` was called."""
        now = self._clock.now()
        limits = [one.job.deadline - now for one in self._workers if one.job is not None]
        if seconds is not None:
            limits.append(seconds)
        timeout = max(0.0, min(limits)) if limits else None
        try:
            taken = self._outbox.get(timeout=timeout)
        except Empty:
            return self._overdue()
        if taken is None:
            return None
        worker, done = taken
        if worker.job is None or worker.job.token != done.token:
            return None  # given up before
        worker.job = None
        return done

    def wake(self) -> None:
        """Make ``wait`` return; safe in a signal handler (SimpleQueue.put is reentrant)."""
        self._outbox.put(None)

    def cut(self, grace: float = 0.0) -> None:
        """Every request that is out has so many seconds left."""
        limit = self._clock.now() + grace
        for worker in self._workers:
            if worker.job is not None and worker.job.deadline > limit:
                worker.shorten(limit)

    def close(self) -> None:
        """Send the workers home; a stuck one is left to the end of the process."""
        for worker in self._workers:
            worker.leave()

    def _hire(self) -> _Worker:
        worker = _Worker(_http_client(self.connection, self._verify), self._outbox)
        worker.start()
        return worker

    def _overdue(self) -> Done | None:
        now = self._clock.now()
        for at, worker in enumerate(self._workers):
            job = worker.job
            if job is None or now < job.deadline:
                continue
            if not worker.aborted:
                worker.abort(now + GRACE)
            # stuck where no socket can be cut (a name look-up): somebody else takes its place
            else:
                self._workers[at] = self._hire()
                worker.job = None
                worker.leave()
                return Done(job.token, Lost("no answer in time", sent=worker.sent))
        return None


class _Worker(threading.Thread):
    """One connection and one request at a time."""

    def __init__(
        self, client: httpx.Client, outbox: SimpleQueue[tuple[_Worker, Done] | None]
    ) -> None:
        super().__init__(daemon=True, name="testferry-sender")
        self.job: Job | None = None  # the main thread's own record
        self.sent = False
        self.aborted = False
        self._client = client
        self._outbox = outbox
        self._inbox: SimpleQueue[Job | None] = SimpleQueue()
        self._socket: socket.socket | None = None

    def give(self, job: Job) -> None:
        self.job, self.sent, self.aborted = job, False, False
        self._inbox.put(job)

    def shorten(self, limit: float) -> None:
        if self.job is not None:
            job = self.job
            self.job = Job(job.token, job.method, job.url, job.body, job.headers, limit)

    def abort(self, limit: float) -> None:
        """Cut the connection: the worker meets the end of the stream and comes back."""
        self.aborted = True
        self.shorten(limit)
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        self._inbox.put(None)

    def run(self) -> None:
        with self._client as client:
            while (job := self._inbox.get()) is not None:
                self._outbox.put((self, Done(job.token, self._answer(client, job))))

    def _answer(self, client: httpx.Client, job: Job) -> Answer | Lost:
        status, headers, body = 0, {}, b""
        content, more = _content(job)
        try:
            with client.stream(
                job.method,
                job.url,
                content=content,
                headers=more,
                extensions={"trace": self._trace},
            ) as response:
                status = response.status_code
                headers = {name.lower(): value for name, value in response.headers.items()}
                for piece in response.iter_raw():
                    body += piece
                    _check_size(body)
            return Answer(status, headers, _plain(body, headers.get("content-encoding", "")))
        except httpx.HTTPError as problem:
            if status >= 300:
                return Answer(status, headers, body)
            return Lost(self._words(problem), sent=self.sent or bool(status))
        # whatever is raised there, it must not get further
        # one bad file loses no other; whatever it was is told
        except Exception as problem:  # noqa: BLE001
            return Lost(f"{type(problem).__name__}: {problem}", sent=self.sent or bool(status))

    def _words(self, problem: httpx.HTTPError) -> str:
        if self.aborted or isinstance(problem, httpx.ReadTimeout):
            return "no answer in time"
        if isinstance(problem, httpx.ConnectTimeout):
            return "no connection in time"
        if isinstance(problem, httpx.ProxyError):
            return f"the proxy refuses: {problem}"
        if isinstance(problem, httpx.ConnectError):
            return f"no connection: {problem}"
        if isinstance(problem, httpx.RemoteProtocolError) and "without sending a response" in str(
            problem
        ):
            return "the connection was closed without an answer"
        return (
            f"the connection was lost: {problem}"
            if str(problem)
            else f"the connection was lost ({type(problem).__name__})"
        )

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        stream = info.get("return_value")
        if event.endswith(".complete") and stream is not None and hasattr(stream, "get_extra_info"):
            found = stream.get_extra_info("socket")
            self._socket = found if isinstance(found, socket.socket) else self._socket
        elif event == "http11.send_request_body.complete":
            self.sent = True


# httpx's own type
def _http_client(connection: Connection, verify: ssl.SSLContext | bool) -> httpx.Client:  # noqa: FBT001
    """A client of one connection. Raises UsageProblem for a proxy that cannot be used, the
    environment's too.
    """
    try:
        local = (httpx.URL(connection.base).host or "") in LOOPBACK
        return httpx.Client(
            verify=verify,
            timeout=httpx.Timeout(connection.timeout, connect=CONNECT_TIMEOUT),
            proxy=None if local else connection.proxy or None,
            trust_env=not local,
            follow_redirects=False,
            limits=httpx.Limits(
                max_connections=1, max_keepalive_connections=1, keepalive_expiry=5.0
            ),
        )
    except (ImportError, ValueError, httpx.InvalidURL) as problem:
        raise UsageProblem(
            f"the proxy or the address cannot be used: {problem}", "use --proxy http://HOST:PORT"
        ) from None


def _content(job: Job) -> tuple[bytes | Iterator[bytes] | None, Mapping[str, str]]:
    if not isinstance(job.body, FilePart):
        return job.body, job.headers
    length = {"Content-Type": job.body.content_type, "Content-Length": str(job.body.length)}
    return job.body.stream(), {**job.headers, **length}


def _check_size(body: bytes) -> None:
    if len(body) > LARGEST_ANSWER:
        raise httpx.ReadError(f"an answer of more than {LARGEST_ANSWER // 1024 // 1024} MB")


def _plain(body: bytes, encoding: str) -> bytes:
    """The body of a server that compresses although it was asked not to; never more than the
    cap.
    """
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return body
    unpacker = zlib.decompressobj(wbits=47)  # either header
    try:
        return unpacker.decompress(body, LARGEST_ANSWER)
    except zlib.error:
        return body


def _verification(connection: Connection) -> ssl.SSLContext | bool:
    """One context for all workers: the usual authorities plus the user's own (httpx ignores two of
    the usual variables).
    """
    if not connection.base.startswith("https:"):
        return True
    try:
        context = httpx.create_ssl_context()
    except OSError as problem:
        raise UsageProblem(
            f"the authorities of SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {problem}"
        ) from None
    for extra in (
        connection.ca_bundle,
        os.environ.get("REQUESTS_CA_BUNDLE"),
        os.environ.get("CURL_CA_BUNDLE"),
    ):
        if not extra:
            continue
        try:
            folder = Path(extra).is_dir()
            context.load_verify_locations(
                cafile=None if folder else extra, capath=extra if folder else None
            )
        except (OSError, ssl.SSLError) as problem:
            raise UsageProblem(
                f"the CA bundle {extra} cannot be used: {problem}", "name a PEM file"
            ) from None
    return context
