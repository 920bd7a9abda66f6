"""The network: a few threads that do nothing but one request each. Everything else stays in the
main thread.

No hidden retries, no redirects, a total deadline per request on top of the socket timeouts, answers
read with a cap, and for every failure the one thing that matters: whether the whole request was on
the wire. The exception does not say (httpx raises the same ``RemoteProtocolError`` whether or not
the server had the body); the ``trace`` extension does.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from urllib.parse import urlencode

from testferry.address import LOOPBACK, NO_PROXY, is_host
from testferry.clock import Clock
from testferry.defaults import TIMEOUT
from testferry.engine.authorities import trust, usual
from testferry.engine.broken import LATE, Way
from testferry.engine.http import httpx
from testferry.engine.judge import Lost
from testferry.engine.payload import Body
from testferry.engine.worker import Done, Job, Worker
from testferry.errors import UsageProblem

CONNECT_TIMEOUT = 10.0  # seconds
GRACE = 5.0  # seconds for a worker to come back after its connection was cut
# Seconds that an idle connection is trusted: Node and uvicorn close theirs after five.
_KEPT_ALIVE = 4.0
# They log every address, and a token may be a part of it.
for _talkative in ("httpx", "httpcore"):
    logging.getLogger(_talkative).disabled = True


@dataclass(frozen=True, slots=True)
class Connection:
    """Where to and how."""

    base: str
    # they hold the credentials and are shown to nobody
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    # put behind every address, for services that take their token there
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    # seconds
    timeout: float = TIMEOUT
    ca_bundle: str = ""
    # it may hold credentials too
    proxy: str = field(default="", repr=False)


class Client:
    """Takes jobs, hands back what became of them. Used by one thread."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
    ) -> None:
        self.connection = connection
        self._clock = clock
        self._outbox: SimpleQueue[tuple[Worker, Done] | None] = SimpleQueue()
        self._verify = _verification(connection)
        self._way = Way.to(connection.base, connection.proxy)
        if self._way.proxy and not is_host(self._way.proxy):
            raise _no_proxy()
        self._workers = [self._hire()]  # what it cannot do is known before anything is sent
        self._token = 0

    def post(
        self,
        method: str,
        target: str,
        body: Body,
        headers: Mapping[str, str],
    ) -> int:
        """Start a request; the token that comes back names it. There is always a free worker: one
        is hired if all are at work.
        """
        self._token += 1
        url = _address(self.connection, target)
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

    def _free_worker(self) -> Worker:
        for worker in self._workers:
            if worker.job is None:
                return worker
        worker = self._hire()
        self._workers.append(worker)
        return worker

    def _hire(self) -> Worker:
        worker = Worker(
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


def _address(connection: Connection, target: str) -> str:
    """Where a request goes to; only here is the secret of a query part of it."""
    url = connection.base
    if target:
        url = f"{url}/{target}"
    if not connection.query:
        return url
    between = "?"
    if "?" in url:
        between = "&"
    return f"{url}{between}{urlencode(connection.query)}"


def _http_client(connection: Connection, verify: ssl.SSLContext) -> httpx.Client:
    """Make a client of one connection. Raises UsageProblem for a proxy that cannot be used, the
    environment's too.
    """
    try:
        local = httpx.URL(connection.base).host in LOOPBACK
        proxy = None if local else _with_scheme(connection.proxy) or None
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
    except (ImportError, ValueError, httpx.InvalidURL):
        # The library's words quote a piece of a password that is not written as it has to be.
        raise _no_proxy() from None


def _no_proxy() -> UsageProblem:
    words, cure = NO_PROXY
    return UsageProblem(f"the proxy or the address cannot be used: it {words}", cure)


def _with_scheme(proxy: str) -> str:
    """A proxy's address as httpx takes it; curl and the environment's need no scheme."""
    if proxy and "://" not in proxy:
        return f"http://{proxy}"
    return proxy


def _verification(connection: Connection) -> ssl.SSLContext:
    """Make one context for all workers: the usual authorities plus the user's own. Without TLS it
    trusts nobody: reading the usual ones takes longer than a whole start.
    """
    if not connection.base.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context = usual(httpx.create_ssl_context)
    except OSError as problem:
        raise UsageProblem(
            f"the authorities of SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {problem}"
        ) from None
    trust(context, connection.ca_bundle)
    return context
