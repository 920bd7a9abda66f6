"""The network: a few threads that do nothing but one request each. Everything else stays in the
main thread.

No hidden retries, no redirects, a total deadline per request on top of the socket timeouts, answers
read with a cap, and for every failure the one thing that matters: whether the whole request was on
the wire. The exception does not say (httpx raises the same ``RemoteProtocolError`` whether or not
the server had the body); the ``trace`` extension does.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, SimpleQueue

import httpx

from testferry.address import LOOPBACK
from testferry.clock import Clock
from testferry.engine.authorities import trust
from testferry.engine.broken import LATE, Way, explained
from testferry.engine.judge import Answer, Lost
from testferry.engine.payload import LARGEST_ANSWER, Body, outgoing, unpacked
from testferry.errors import UsageProblem

CONNECT_TIMEOUT = 10.0  # seconds
GRACE = 5.0  # seconds for a worker to come back after its connection was cut
# Seconds that an idle connection is trusted: Node and uvicorn close theirs after five.
_KEPT_ALIVE = 4.0
_FIRST_REFUSAL = 300  # an answer from here on says enough without its body


@dataclass(frozen=True, slots=True)
class Connection:
    """Where to and how."""

    base: str
    # they hold the credentials and are shown to nobody
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    # seconds
    timeout: float = 120.0
    ca_bundle: str = ""
    # it may hold credentials too
    proxy: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """One request for a worker."""

    # tells the answers apart
    token: int
    method: str
    url: str
    body: Body
    headers: Mapping[str, str]
    # monotonic
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
        self._way = Way.to(connection.base, connection.proxy)
        self._workers = [self._hire() for _ in range(width)]
        self._token = 0

    def post(
        self,
        method: str,
        target: str,
        body: Body,
        headers: Mapping[str, str],
    ) -> int:
        """Start a request; the token that comes back names it. There is always a free worker for as
        many requests as the width.
        """
        self._token += 1
        url = self.connection.base
        if target:
            url = f"{url}/{target}"
        worker = self._free_worker()
        worker.give(
            Job(
                token=self._token,
                method=method,
                url=url,
                body=body,
                headers={**self.connection.headers, **headers},
                deadline=self._clock.now() + CONNECT_TIMEOUT + self.connection.timeout,
            )
        )
        return self._token

    def wait(self, seconds: float | None) -> Done | None:
        """Wait for the next job that is done; None after ``seconds`` or if ``wake`` was called."""
        now = self._clock.now()
        limits = [worker.job.deadline - now for worker in self._workers if worker.job is not None]
        if seconds is not None:
            limits.append(seconds)
        timeout = None
        if limits:
            timeout = max(0.0, min(limits))
        try:
            taken = self._outbox.get(timeout=timeout)
        except Empty:
            return self._overdue()
        if taken is None:
            return None
        worker, done = taken
        # an answer to what was given up before is nobody's any more
        if worker.job is None or worker.job.token != done.token:
            return None
        worker.job = None
        return done

    def wake(self) -> None:
        """Make ``wait`` return; safe in a signal handler (SimpleQueue.put is reentrant)."""
        self._outbox.put(None)

    def cut(self, grace: float = 0.0) -> None:
        """Leave every request that is out so many seconds."""
        limit = self._clock.now() + grace
        for worker in self._workers:
            if worker.job is not None and worker.job.deadline > limit:
                worker.shorten(limit)

    def close(self) -> None:
        """Send the workers home; a stuck one is left to the end of the process."""
        for worker in self._workers:
            worker.leave()

    def _free_worker(self) -> _Worker:
        for worker in self._workers:
            if worker.job is None:
                return worker
        worker = self._hire()
        self._workers.append(worker)
        return worker

    def _hire(self) -> _Worker:
        worker = _Worker(
            partial(_http_client, self.connection, self._verify), self._way, self._outbox
        )
        worker.start()
        return worker

    def _overdue(self) -> Done | None:
        """Cut what is over its deadline; give up what could not be cut."""
        now = self._clock.now()
        for place, worker in enumerate(self._workers):
            job = worker.job
            if job is None or now < job.deadline:
                continue
            if not worker.aborted:
                worker.abort(now + GRACE)
                continue
            # stuck where no socket can be cut (a name look-up): somebody else takes its place
            self._workers[place] = self._hire()
            worker.job = None
            worker.leave()
            return Done(job.token, Lost(LATE, sent=worker.sent))
        return None


class _Worker(threading.Thread):
    """One connection and one request at a time."""

    def __init__(
        self,
        anew: Callable[[], httpx.Client],
        way: Way,
        outbox: SimpleQueue[tuple[_Worker, Done] | None],
    ) -> None:
        super().__init__(daemon=True, name="testferry-sender")
        self.job: Job | None = None  # the main thread's own record
        self.sent = False
        self.aborted = False
        self._anew = anew
        self._client = anew()
        self._way = way
        self._in_tunnel = False  # the request that is on the wire asks a proxy for a tunnel
        self._offered = ""  # ways to log in that a proxy takes
        self._outbox = outbox
        self._inbox: SimpleQueue[Job | None] = SimpleQueue()
        self._socket: socket.socket | None = None

    def give(self, job: Job) -> None:
        self.job = job
        self.sent = False
        self.aborted = False
        self._inbox.put(job)

    def shorten(self, limit: float) -> None:
        if self.job is not None:
            self.job = replace(self.job, deadline=limit)

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
        client = self._client
        while (job := self._inbox.get()) is not None:
            answer = self._answer(client, job)
            if isinstance(answer, Lost):
                # What is left of a broken connection, or of a tunnel that broke while it was made,
                # would hold up every later request.
                client.close()
                client = self._anew()
            self._outbox.put((self, Done(job.token, answer)))
        client.close()

    def _answer(self, client: httpx.Client, job: Job) -> Answer | Lost:
        status, headers, body = 0, {}, b""
        content, more = outgoing(job.body, job.headers)
        extensions = {"trace": self._trace}
        try:
            with client.stream(
                job.method,
                job.url,
                content=content,
                headers=more,
                extensions=extensions,
            ) as response:
                status = response.status_code
                headers = {name.lower(): value for name, value in response.headers.items()}
                for piece in response.iter_raw():
                    body += piece
                    _check_size(body)
            return Answer(status, headers, unpacked(body, headers.get("content-encoding", "")))
        except httpx.HTTPError as problem:
            if status >= _FIRST_REFUSAL:
                return Answer(status, headers, body)
            sent = self.sent or bool(status)
            if self.aborted:
                return Lost(LATE, sent=sent)
            found = explained(problem, self._way, self._offered)
            return Lost(found.words, sent=sent, cure=found.cure)
        # whatever is raised there is told, and gets no further
        except Exception as problem:  # noqa: BLE001
            return Lost(f"{type(problem).__name__}: {problem}", sent=self.sent or bool(status))

    def _trace(self, event: str, info: Mapping[str, object]) -> None:
        """Learn from httpx which socket is used, and that the request has left.

        A proxy's CONNECT is not the request: it passes through the same events.
        """
        found = info.get("return_value")
        if event == "http11.send_request_headers.started":
            self._in_tunnel = getattr(info.get("request"), "method", b"") == b"CONNECT"
        elif event == "http11.send_request_body.complete":
            self.sent = not self._in_tunnel
        elif event == "http11.receive_response_headers.complete" and self._in_tunnel:
            self._offered = _offered(found)
        elif event.endswith(".complete") and hasattr(found, "get_extra_info"):
            used = found.get_extra_info("socket")
            if isinstance(used, socket.socket):
                self._socket = used


def _offered(answer: object) -> str:
    """The ways to log in that a proxy's refusal names."""
    headers = answer[3] if isinstance(answer, tuple) and len(answer) > 3 else ()
    ways = []
    for name, value in headers:
        if name.lower() == b"proxy-authenticate":
            ways.append(value.decode("ascii", "replace").split(" ")[0])
    return ", ".join(ways)


def _check_size(body: bytes) -> None:
    if len(body) > LARGEST_ANSWER:
        raise httpx.ReadError(f"an answer of more than {LARGEST_ANSWER // 1024 // 1024} MB")


# httpx's own type
def _http_client(connection: Connection, verify: ssl.SSLContext | bool) -> httpx.Client:  # noqa: FBT001
    """Make a client of one connection. Raises UsageProblem for a proxy that cannot be used, the
    environment's too.
    """
    try:
        local = httpx.URL(connection.base).host in LOOPBACK
        proxy = None if local else connection.proxy or None
        return httpx.Client(
            verify=verify,
            timeout=httpx.Timeout(connection.timeout, connect=CONNECT_TIMEOUT),
            proxy=proxy,
            trust_env=not local,
            follow_redirects=False,
            limits=httpx.Limits(
                max_connections=1,
                max_keepalive_connections=1,
                keepalive_expiry=_KEPT_ALIVE,
            ),
        )
    except (ImportError, ValueError, httpx.InvalidURL) as problem:
        raise UsageProblem(
            f"the proxy or the address cannot be used: {problem}",
            "use --proxy http://HOST:PORT",
        ) from None


def _verification(connection: Connection) -> ssl.SSLContext | bool:
    """Make one context for all workers: the usual authorities plus the user's own."""
    if not connection.base.startswith("https:"):
        return True
    try:
        context = httpx.create_ssl_context()
    except OSError as problem:
        raise UsageProblem(
            f"the authorities of SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {problem}"
        ) from None
    trust(context, connection.ca_bundle)
    return context
